"""All ISBT 128 data structures that cellchain knows, and the walk over a text that holds them.

ISBT 128 Standard Technical Specification (ICCBBA ST-001), sections 2.1 to 2.5. The names of the parts are this house's,
the docstrings give the letters of the standard. Parts whose meaning is a table of ICCBBA's stay the codes they are.
"""

from cellchain.identity.isbt.base import Structure
from cellchain.identity.isbt.dates import (
    CollectionDay,
    CollectionMoment,
    ExpiryDay,
    ExpiryMoment,
    FlexibleMoment,
    ProductionDay,
    ProductionMoment,
    RecipientBirthDay,
)
from cellchain.identity.isbt.faults import NotIsbt, Reason
from cellchain.identity.isbt.numbers import (
    ChainOfIdentityNumber,
    DonationNumber,
    DonorNumber,
    FlagKind,
    RecipientNumber,
    RegistryDonorNumber,
    SingleEuropeanCode,
    StaffNumber,
)
from cellchain.identity.isbt.products import (
    BloodGroup,
    CompoundHeader,
    Consignment,
    ContainerLot,
    InfectionMarkers,
    National,
    ProcessingFacility,
    ProductCode,
    ProductDivision,
    ProductLot,
    SupplementalNumber,
)

STRUCTURES: tuple[type[Structure], ...] = (
    DonationNumber,
    BloodGroup,
    ProductCode,
    ExpiryDay,
    ExpiryMoment,
    CollectionDay,
    CollectionMoment,
    ProductionDay,
    ProductionMoment,
    ContainerLot,
    DonorNumber,
    StaffNumber,
    CompoundHeader,
    RecipientBirthDay,
    RecipientNumber,
    InfectionMarkers,
    Consignment,
    FlexibleMoment,
    ProductDivision,
    ProcessingFacility,
    ProductLot,
    SupplementalNumber,
    SingleEuropeanCode,
    RegistryDonorNumber,
    ChainOfIdentityNumber,
)
# DS011, DS015, DS016 and DS037: recognised, so that a person is told what they are, and never read or issued.
RETIRED = frozenset({"={", "=[", '="', "&,3"})

_DONATION_STARTS = frozenset("ABCDEFGHIJKLMNPQRSTUVWXYZ123456789")
_NATIONAL_STARTS = frozenset("abcdefghijklmnopqrstuvwxyz")
_BY_IDENTIFIER = {kind.identifier: kind for kind in STRUCTURES if kind is not DonationNumber}

__all__ = [
    "RETIRED",
    "STRUCTURES",
    "BloodGroup",
    "ChainOfIdentityNumber",
    "CollectionDay",
    "CollectionMoment",
    "CompoundHeader",
    "Consignment",
    "ContainerLot",
    "DonationNumber",
    "DonorNumber",
    "ExpiryDay",
    "ExpiryMoment",
    "FlagKind",
    "FlexibleMoment",
    "InfectionMarkers",
    "National",
    "ProcessingFacility",
    "ProductCode",
    "ProductDivision",
    "ProductLot",
    "ProductionDay",
    "ProductionMoment",
    "RecipientBirthDay",
    "RecipientNumber",
    "RegistryDonorNumber",
    "SingleEuropeanCode",
    "StaffNumber",
    "Structure",
    "SupplementalNumber",
    "kind_of",
    "looks_like",
    "parse",
    "parse_all",
    "write",
]


def looks_like(text: str) -> bool:
    """Whether a text claims to be ISBT 128: the two characters are reserved for it (section 2.1)."""
    return text[:1] in {"=", "&"}


def kind_of(text: str) -> type[Structure]:
    """Which structure stands at the start of `text`, by its data identifier alone (section 2.1). Raises NotIsbt.

    `NOT_ISBT` without an identifier, `RETIRED` and `UNKNOWN_STRUCTURE` for one that is not read here.
    """
    if not looks_like(text):
        raise NotIsbt(Reason.NOT_ISBT)
    second = text[1:2]
    if text[0] == "=" and second in _DONATION_STARTS:
        return DonationNumber
    if text[0] == "&" and second in _NATIONAL_STARTS:
        return National
    identifier = text[:3] if second == "," and text[0] == "&" else text[:2]
    if identifier in RETIRED:
        raise NotIsbt(Reason.RETIRED)
    kind = _BY_IDENTIFIER.get(identifier)
    if kind is None:
        raise NotIsbt(Reason.UNKNOWN_STRUCTURE)
    return kind


def parse(text: str) -> Structure:
    """Read exactly one structure. Raises NotIsbt; nothing is trimmed, re-cased or guessed.

    This is form alone. Whether the scheme is on and the number belongs here is `messages.read`.
    """
    kind = kind_of(text)
    return kind.take(text[len(kind.identifier) :])


def parse_all(text: str) -> tuple[Structure, ...]:
    """Read structures that follow each other without a separator (sections 2.4.23 and 10), all or none.

    Raises NotIsbt, also for a nationally defined one beside others: it does not say where it ends.
    """
    found: list[Structure] = []
    rest = text
    while rest:
        kind = kind_of(rest)
        if kind is National and (found or rest != text):
            raise NotIsbt(Reason.NATIONAL_INSIDE)
        content = rest[len(kind.identifier) :]
        size = kind.size(content)
        if len(content) < size:
            raise NotIsbt(Reason.WRONG_LENGTH)
        found.append(kind.take(content[:size]))
        rest = content[size:]
    return tuple(found)


def write(structure: Structure) -> str:
    """The structure as a symbol carries it: `write(parse(text)) == text`."""
    return structure.text
