"""The ISBT 128 structures that say what is in a container, and what came with it."""

from typing import Self

from cellchain.identity.isbt.base import ANY, FIN, UPPER, YEAR, Structure
from cellchain.identity.isbt.faults import NotIsbt, Reason
from cellchain.kernel.values import dataclass


@dataclass(frozen=True, slots=True)
class BloodGroup(Structure):
    """DS002, section 2.4.2: `ggre`. `group` is a code of the standard's; two of them say no group but a warning."""

    group: str
    phenotype: str
    reserved: str

    number = "002"
    identifier = "=%"
    length = 4
    form = f"(?P<group>{UPPER}{ANY})(?P<phenotype>{UPPER})(?P<reserved>{UPPER})"

    @property
    def is_biohazard(self) -> bool:
        """Whether the symbol warns of infection in the group's place."""
        return self.group == "Mb"

    @property
    def is_autologous(self) -> bool:
        """Whether the symbol says autologous in the group's place."""
        return self.group == "Ma"


@dataclass(frozen=True, slots=True)
class ProductCode(Structure):
    """DS003, section 2.4.3: `αoooo` the description, `t` the collection type, `ds` the division.

    A division of 99 is written in DS032, in a symbol of its own that has to be scanned too.
    """

    description: str
    collection_type: str
    division: str

    number = "003"
    identifier = "=<"
    length = 8
    form = f"(?P<description>[A-Z]{UPPER}{{4}})(?P<collection_type>{ANY})(?P<division>[A-Z][a-z0]|[0-9]{{2}})"

    @property
    def family(self) -> str:
        """The letter of the product family: S cellular therapy, Y clinical trial, D a facility's own."""
        return self.description[0]

    @property
    def is_undivided(self) -> bool:
        """Whether the container is the whole product."""
        return self.division == "00"

    @property
    def needs_division(self) -> bool:
        """Whether DS032 must be scanned and recorded with this code."""
        return self.division == "99"

    @property
    def is_research(self) -> bool:
        """Whether the collection type says research: not for use in people."""
        return self.collection_type in {"R", "r"}


@dataclass(frozen=True, slots=True)
class ContainerLot(Structure):
    """DS018, section 2.4.18: ten characters, padded with zeroes on the left."""

    padded: str

    number = "018"
    identifier = "&)"
    length = 10
    form = f"(?P<padded>{ANY}{{10}})"

    @classmethod
    def of(cls, lot: str) -> Self:
        """The structure of a lot number of ten characters at most."""
        return cls(padded=lot.rjust(cls.length, "0"))

    @property
    def lot(self) -> str:
        """The lot number without its padding."""
        return self.padded.lstrip("0")


@dataclass(frozen=True, slots=True)
class CompoundHeader(Structure):
    """DS023, section 2.4.23: how many structures follow, and which message they make (000: none in particular)."""

    count: str
    reference: str = "000"

    number = "023"
    identifier = "=+"
    length = 5
    form = "(?P<count>[0-9]{2})(?P<reference>[0-9]{3})"


@dataclass(frozen=True, slots=True)
class InfectionMarkers(Structure):
    """DS027, section 2.4.27: ten digits of test results, eight zeroes. What a digit says stands in a licensed table."""

    results: str
    zeroes: str = "00000000"

    number = "027"
    identifier = '&"'
    length = 18
    form = "(?P<results>[0-9]{10})(?P<zeroes>0{8})"
    boxed = True

    @property
    def eye_readable(self) -> str:
        return self.content


@dataclass(frozen=True, slots=True)
class Consignment(Structure):
    """DS028, section 2.4.28: facility, year, number, and container `cc` of `dd`."""

    facility: str
    year: str
    sequence: str
    container: str
    containers: str

    number = "028"
    identifier = "=$"
    length = 16
    form = FIN + YEAR + "(?P<sequence>[0-9]{5})(?P<container>[0-9]{2})(?P<containers>[0-9]{2})"

    def ensure(self) -> None:
        if not 1 <= int(self.container) <= int(self.containers):
            raise NotIsbt(Reason.BAD_FORM)


@dataclass(frozen=True, slots=True)
class ProductDivision(Structure):
    """DS032, section 2.4.32: six characters, unique within donation and product; goes with a division of 99."""

    division: str

    number = "032"
    identifier = "=,"
    length = 6
    form = f"(?P<division>{ANY}{{6}})"


@dataclass(frozen=True, slots=True)
class ProcessingFacility(Structure):
    """DS033, section 2.4.33: the facility that gave the product code, and six characters."""

    facility: str
    code: str

    number = "033"
    identifier = "&+"
    length = 11
    form = FIN + f"(?P<code>{UPPER}{{6}})"


@dataclass(frozen=True, slots=True)
class ProductLot(Structure):
    """DS035, section 2.4.35: the maker's lot of a product of human origin, eighteen characters."""

    lot: str

    number = "035"
    identifier = "&,1"
    length = 18
    form = f"(?P<lot>{ANY}{{18}})"


@dataclass(frozen=True, slots=True)
class SupplementalNumber(Structure):
    """DS036, section 2.4.36: a further number of the maker's, eighteen characters. Never the one that identifies."""

    supplement: str

    number = "036"
    identifier = "&,2"
    length = 18
    form = f"(?P<supplement>{ANY}{{18}})"


@dataclass(frozen=True, slots=True)
class National(Structure):
    """Section 2.5.1: `&a` to `&z`, defined by a country or a facility. Kept as it is, interpreted nowhere."""

    letter: str
    body: str

    number = "national"
    identifier = "&"
    length = 2
    form = "(?P<letter>[a-z])(?P<body>[!-~]+)"

    @classmethod
    def size(cls, content: str) -> int:
        return max(cls.length, len(content))
