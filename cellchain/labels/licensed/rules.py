"""Who may switch ISBT 128 on, with which facility, and what a message of it names. Pure.

A donation number (DS001) names a donation, with a product code (DS003, DS032) one container of it; a donor number
(DS019) names the donor, and a chain-of-identity number (DS040) the recipient whose therapy it is.
"""

from collections.abc import Collection, Mapping
from datetime import date
from enum import StrEnum

from cellchain.identity.codes import Kind
from cellchain.identity.isbt import Message, NotIsbt, Scheme
from cellchain.identity.isbt.structures import ChainOfIdentityNumber, DonationNumber, DonorNumber, Structure
from cellchain.kernel.errors import Refused
from cellchain.kernel.lifecycle import Lifecycle, Phase
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass


class SchemePhase(Phase):
    """Off until a registration is stated, and off again when it ends."""

    OFF = "switched_off"
    ON = "switched_on"


SCHEME = Lifecycle(
    "isbt_scheme",
    first=SchemePhase.OFF,
    moves={
        "state": ([SchemePhase.OFF], SchemePhase.ON),
        "end": ([SchemePhase.ON], SchemePhase.OFF),
    },
)


class Named(StrEnum):
    """What a number of ISBT 128 is the number of."""

    CONTAINER = "container"
    DONATION = "donation"
    DONOR = "donor"
    THERAPY = "therapy"


THINGS: Mapping[Named, frozenset[Kind]] = {
    Named.CONTAINER: frozenset({Kind.BAG, Kind.CONTAINER, Kind.CRYOVIAL}),
    Named.DONATION: frozenset({Kind.DONATION}),
    Named.DONOR: frozenset({Kind.DONOR}),
    Named.THERAPY: frozenset({Kind.RECIPIENT}),
}
WORDS: Mapping[Named, T] = {
    Named.CONTAINER: T("a container"),
    Named.DONATION: T("a donation"),
    Named.DONOR: T("a donor"),
    Named.THERAPY: T("a recipient"),
}


@dataclass(frozen=True)
class Number:
    """One number: what it names, its symbol's text without flags, and how it is printed, check character last."""

    names: Named
    text: str
    shown: str


def scheme(facility: str | None, others: Collection[str], *, demonstration: bool) -> Scheme:
    """What is read here. Raises Refused where a facility does not fit: `isbt.real_number` and its like."""
    try:
        return Scheme(facility, frozenset(others), demonstration=demonstration)
    except NotIsbt as fault:
        raise Refused(str(fault.reason), fault.text.template) from fault


def may_state(facility: str, registered_on: date, today: date, *, demonstration: bool) -> None:
    """Raises Refused `isbt.registered_later`, `isbt.demonstration_number`, `isbt.real_number`."""
    if registered_on > today:
        raise Refused("isbt.registered_later", "The registration lies in the future. Check the day.")
    scheme(facility, (), demonstration=demonstration)


def may_admit(facility: str, known: Collection[str], *, demonstration: bool) -> None:
    """Raises Refused `isbt.facility_known`, `isbt.demonstration_number`, `isbt.real_number`."""
    if facility in known:
        raise Refused(
            "isbt.facility_known", "Numbers of {facility} are read here already. Nothing to do.", facility=facility
        )
    scheme(facility, (), demonstration=demonstration)


def numbers(message: Message) -> tuple[Number, ...]:
    """What a message names, the most exact first. Raises Refused `isbt.names_nothing`, `isbt.division_needed`,
    `isbt.repeated`."""
    try:
        found = tuple(_numbers(message))
    except NotIsbt as fault:
        raise Refused(str(fault.reason), fault.text.template) from fault
    if not found:
        raise Refused(
            "isbt.names_nothing",
            "This ISBT 128 symbol names no donation, container, donor or therapy. Scan the one that does.",
        )
    return found


def _numbers(message: Message) -> list[Number]:
    found = []
    donation, product = message.one(DonationNumber), message.product
    if donation is not None:
        # Flags say which label or tube it is and are no part of the number.
        din = f"{DonationNumber.identifier}{donation.din}"
        if product is not None:
            division = "" if product.division is None else product.division.text
            shown = f"{_shown(donation)} {product.code.content}{division and f' {product.division_text}'}"
            found.append(Number(Named.CONTAINER, din + product.code.text + division, shown))
        found.append(Number(Named.DONATION, din, _shown(donation)))
    for kind, names in ((DonorNumber, Named.DONOR), (ChainOfIdentityNumber, Named.THERAPY)):
        one = message.one(kind)
        if one is not None:
            found.append(Number(names, one.text, _shown(one)))
    return found


def _shown(one: Structure) -> str:
    """As it is printed for eyes: a donation number without its flags, its check character behind."""
    text = f"{one.facility} {one.year} {one.sequence}" if isinstance(one, DonationNumber) else one.eye_readable
    return f"{text} {one.check}"


@dataclass(frozen=True)
class Bound:
    """What stands in the way of a binding: the thing the number stands for, the number that the thing has."""

    thing: str | None
    number: str | None


def may_bind(number: Number, thing: str, bound: Bound) -> None:
    """Raises Refused `isbt.wrong_thing`, `isbt.number_taken`, `isbt.thing_has_number`."""
    if Kind(thing[:2]) not in THINGS[number.names]:
        raise Refused(
            "isbt.wrong_thing",
            "{number} is the number of {what}, and {thing} is something else. Scan {what}.",
            number=number.shown,
            what=WORDS[number.names],
            thing=thing,
        )
    if bound.thing is not None:
        raise Refused(
            "isbt.number_taken",
            "{number} stands for {thing} already. If that is wrong, QA releases it first.",
            number=number.shown,
            thing=bound.thing,
        )
    if bound.number is not None:
        raise Refused(
            "isbt.thing_has_number",
            "{thing} has the number {number} already. If that is wrong, QA releases it first.",
            thing=thing,
            number=bound.number,
        )
