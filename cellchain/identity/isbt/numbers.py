"""The ISBT 128 structures that name someone, or one donation."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Self

from cellchain.identity.isbt import base
from cellchain.identity.isbt.base import ANY, FIN, UPPER, YEAR, Structure
from cellchain.identity.isbt.checks import check_value, flag
from cellchain.identity.isbt.faults import NotIsbt, Reason
from cellchain.kernel.values import dataclass

_FLAG_CHECKS = range(60, 97)
_FLAG_RESERVED = range(97, 100)


class FlagKind(StrEnum):
    """What the flags of a donation number say (section 2.4.1). They are no part of the number."""

    NONE = "none"
    CONTAINER = "container"
    SECOND_LABEL = "second_label"
    PILOT_TUBE = "pilot_tube"
    TEST_TUBE = "test_tube"
    DONOR_RECORD = "donor_record"
    NUCLEIC_ACID_SAMPLE = "nucleic_acid_sample"
    BACTERIAL_SAMPLE = "bacterial_sample"
    PARTIAL_LABEL = "partial_label"
    ATTACHED_LABEL = "attached_label"
    LOCAL = "local"
    CHECK = "check"
    UNASSIGNED = "unassigned"


_FLAG_KINDS: Mapping[int, FlagKind] = {
    0: FlagKind.NONE,
    5: FlagKind.SECOND_LABEL,
    6: FlagKind.PILOT_TUBE,
    7: FlagKind.TEST_TUBE,
    8: FlagKind.DONOR_RECORD,
    9: FlagKind.NUCLEIC_ACID_SAMPLE,
    10: FlagKind.BACTERIAL_SAMPLE,
    12: FlagKind.PARTIAL_LABEL,
    13: FlagKind.ATTACHED_LABEL,
    **dict.fromkeys([*range(1, 5), *range(15, 20)], FlagKind.CONTAINER),
    **dict.fromkeys(range(20, 60), FlagKind.LOCAL),
    **dict.fromkeys(_FLAG_CHECKS, FlagKind.CHECK),
}


@dataclass(frozen=True, slots=True)
class DonationNumber(Structure):
    """DS001, section 2.4.1: `αppppyynnnnnnff`. The identifier's second character is the first of the facility.

    Flags 60 to 96 carry the check inside the symbol and must fit; 97 to 99 are reserved and refused.
    """

    facility: str
    year: str
    sequence: str
    flags: str = "00"

    number = "001"
    identifier = "="
    length = 15
    form = FIN + YEAR + "(?P<sequence>[0-9]{6})(?P<flags>[0-9]{2})"
    boxed = True

    def ensure(self) -> None:
        value = int(self.flags)
        if value in _FLAG_RESERVED:
            raise NotIsbt(Reason.BAD_FORM)
        if value in _FLAG_CHECKS and self.flags != flag(self.din):
            raise NotIsbt(Reason.BAD_CHECK)

    @property
    def din(self) -> str:
        """The donation number proper, thirteen characters without the flags."""
        return self.content[:13]

    @property
    def flag_kind(self) -> FlagKind:
        """What the flags say."""
        return _FLAG_KINDS.get(int(self.flags), FlagKind.UNASSIGNED)

    @property
    def is_second_label(self) -> bool:
        """Whether the label was printed once more, on demand."""
        return self.flag_kind is FlagKind.SECOND_LABEL

    @property
    def checked_text(self) -> str:
        return self.din

    @property
    def eye_readable(self) -> str:
        """Grouped, `A9999 17 123456`, with the flags behind unless they are a check, which is never printed."""
        grouped = f"{self.facility} {self.year} {self.sequence}"
        return grouped if self.flag_kind in {FlagKind.NONE, FlagKind.CHECK} else f"{grouped} {self.flags}"


@dataclass(frozen=True, slots=True)
class DonorNumber(Structure):
    """DS019, section 2.4.19: facility and sixteen characters, padded with zeroes. It names the donor, no donation."""

    facility: str
    sequence: str

    number = "019"
    identifier = "=;"
    length = 21
    form = FIN + f"(?P<sequence>{UPPER}{{16}})"
    boxed = True


@dataclass(frozen=True, slots=True)
class StaffNumber(Structure):
    """DS020, section 2.4.20: facility and six characters."""

    facility: str
    sequence: str

    number = "020"
    identifier = "='"
    length = 11
    form = FIN + f"(?P<sequence>{UPPER}{{6}})"


@dataclass(frozen=True, slots=True)
class RecipientNumber(Structure):
    """DS025, section 2.4.25: where it was read, the length, and the hospital's number of letters and digits."""

    location: str
    size_text: str
    hospital_number: str

    number = "025"
    identifier = "&#"
    length = 4
    form = f"(?P<location>{UPPER}{{2}})(?P<size_text>[0-9]{{2}})(?P<hospital_number>{ANY}{{1,99}})"

    @classmethod
    def of(cls, location: str, hospital_number: str) -> Self:
        """The structure of a number of 1 to 99 letters and digits."""
        return cls(location, f"{len(hospital_number):02d}", hospital_number)

    @classmethod
    def size(cls, content: str) -> int:
        size = content[2:4]
        if len(size) < 2 or not size.isascii() or not size.isdigit():
            raise NotIsbt(Reason.WRONG_LENGTH if len(size) < 2 else Reason.BAD_FORM)
        return cls.length + int(size)

    def ensure(self) -> None:
        if int(self.size_text) != len(self.hospital_number):
            raise NotIsbt(Reason.WRONG_LENGTH)

    @property
    def eye_readable(self) -> str:
        """The hospital's number alone."""
        return self.hospital_number


@dataclass(frozen=True, slots=True)
class SingleEuropeanCode(Structure):
    """DS038, section 2.4.38, and ISBT 128 and the Single European Code (ICCBBA ST-012): forty characters.

    Country, establishment and donation identify the donation (21 characters); coding system, product, split and expiry
    the product (19). The coding system A is ISBT 128, whose donation number is the first thirteen of DS001.
    """

    country: str
    establishment: str
    donation: str
    system: str
    product: str
    split: str
    expires_on: date

    number = "038"
    identifier = "&,4"
    length = 40
    form = (
        f"(?P<country>[A-Z]{{2}})(?P<establishment>{UPPER}{{6}})(?P<donation>{UPPER}{{13}})"
        f"(?P<system>[A-Z])(?P<product>{UPPER}{{7}})(?P<split>{ANY}{{3}})(?P<expiry>[0-9]{{8}})"
    )

    @classmethod
    def take(cls, content: str) -> Self:
        parts = dict(cls.texts_of(content))
        expires_on = base.calendar_day(parts.pop("expiry"))
        return cls(**parts, expires_on=expires_on)

    @property
    def parts(self) -> Mapping[str, str]:
        return {
            "country": self.country,
            "establishment": self.establishment,
            "donation": self.donation,
            "system": self.system,
            "product": self.product,
            "split": self.split,
            "expiry": base.calendar_text(self.expires_on),
        }

    @property
    def issuer(self) -> str | None:
        """The facility within the donation number, where that is of ISBT 128."""
        return self.donation[:5] if self.system == "A" else None

    @property
    def eye_readable(self) -> str:
        """`SEC: `, the donation's part, a blank, the product's part (Directive 2006/86/EC, annex VII)."""
        return f"SEC: {self.content[:21]} {self.content[21:]}"


@dataclass(frozen=True, slots=True)
class RegistryDonorNumber(Structure):
    """DS039, section 2.4.39: the Global Registration Identifier for Donors of a registry's volunteer.

    Issuing organisation, thirteen characters, and the check of both as two digits, 00 to 36.
    """

    organisation: str
    sequence: str
    checksum: str

    number = "039"
    identifier = "&:"
    length = 19
    form = f"(?P<organisation>[0-9]{{4}})(?P<sequence>{UPPER}{{13}})(?P<checksum>[0-9]{{2}})"

    @classmethod
    def of(cls, organisation: str, sequence: str) -> Self:
        """The structure with its checksum. Raises NotIsbt where the parts have another form."""
        try:
            return cls(organisation, sequence, f"{check_value(organisation + sequence):02d}")
        except NotIsbt:
            raise
        except ValueError as fault:
            raise NotIsbt(Reason.BAD_FORM) from fault

    def ensure(self) -> None:
        if int(self.checksum) != check_value(self.organisation + self.sequence):
            raise NotIsbt(Reason.BAD_CHECK)

    @property
    def eye_readable(self) -> str:
        """Grouped by four."""
        return " ".join(self.content[at : at + 4] for at in range(0, self.length, 4))


@dataclass(frozen=True, slots=True)
class ChainOfIdentityNumber(Structure):
    """DS040, section 2.4.40: `CHαppppyynnnnnn`, one number for all donations of one recipient's therapy.

    It stands beside the donation numbers and replaces none of them. The sequence has letters as well as digits.
    """

    facility: str
    year: str
    sequence: str
    mark: str = "CH"

    number = "040"
    identifier = "&/"
    length = 15
    form = "(?P<mark>CH)" + FIN + YEAR + f"(?P<sequence>{UPPER}{{6}})"
    boxed = True

    @property
    def parts(self) -> Mapping[str, str]:
        return {"mark": self.mark, "facility": self.facility, "year": self.year, "sequence": self.sequence}
