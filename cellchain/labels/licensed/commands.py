"""The verbs of ISBT 128: state the registration, switch off, admit and remove a facility, bind and release a number.

Whether a site may read and print ISBT 128 is a matter of its contract and not of any donor, so those verbs have
permissions of their own: the administrator who states the registration sees no number.
"""

from typing import Annotated, Any

from pydantic import Field

from cellchain.identity import isbt, scan
from cellchain.identity.codes import Identifier, Kind
from cellchain.identity.isbt.scheme import FACILITY
from cellchain.identity.scan import Scan
from cellchain.kernel.errors import NotFound, Refused
from cellchain.labels.licensed import queries, rules
from cellchain.labels.licensed.models import THE_SCHEME, IsbtFacility, IsbtNumber, IsbtScheme
from cellchain.labels.licensed.rules import SCHEME, THINGS, Bound, SchemePhase
from cellchain.ledger.actor import Actor
from cellchain.ledger.foundation import is_demonstration
from cellchain.ledger.registry import CommandResult, Day, NoResult, Order, Symbol, Text, command, scanned
from cellchain.ledger.tx import CommandTx

FacilityNumber = Annotated[
    str,
    Field(
        pattern=f"^{FACILITY}$",
        title="Facility identification number",
        description="Five characters, as ICCBBA assigned them.",
    ),
]
Reason = Annotated[Text, Field(min_length=3, max_length=300, title="Reason")]


class NumberedThing(Identifier):
    """What may have a number of ISBT 128."""

    kinds = tuple(kind for kind in Kind if any(kind in kinds for kinds in THINGS.values()))


class SchemeResult(CommandResult):
    """Whether ISBT 128 is on, and for which facility."""

    phase: SchemePhase
    facility: str


class NumberResult(CommandResult):
    """A number as it is printed, and what it stands for."""

    thing: str | None
    shown: str


class StateRegistration(Order):
    """That this facility is registered, and how."""

    facility: FacilityNumber
    registration: Annotated[
        Text,
        Field(
            min_length=1,
            max_length=40,
            title="Registration",
            description="The number or the date of the licence document, so that it can be found again.",
        ),
    ]
    registered_on: Annotated[Day, Field(title="Registered on")]


@command(
    event="labels:isbt:registration_stated",
    permission="licensing.state_registration",
    signature="I state that this facility is registered with ICCBBA for ISBT 128 and keeps the registration",
)
def state_registration(tx: CommandTx, by: Actor, order: StateRegistration) -> SchemeResult:
    """Switch ISBT 128 on. Raises Refused `isbt_scheme.phase`, `isbt.registered_later`, `isbt.demonstration_number`,
    `isbt.real_number`."""
    known = queries.stated(tx)
    phase = SCHEME.move("state", SCHEME.first if known is None else known.phase)
    rules.may_state(order.facility, order.registered_on, tx.today, demonstration=is_demonstration(tx))
    tx.about(order.facility)
    told = {**order.model_dump(), "phase": phase, "stated_at": tx.now, "stated_by": by.person, "off_reason": None}
    if known is None:
        tx.add(IsbtScheme(name=THE_SCHEME, **told))
    else:
        tx.change(tx.lock(IsbtScheme, THE_SCHEME), **told)
    return SchemeResult(phase=SchemePhase(phase), facility=order.facility)


class EndRegistration(Order):
    """Why ISBT 128 is not read or printed any more."""

    reason: Reason


@command(event="labels:isbt:registration_ended", permission="licensing.end_registration")
def end_registration(tx: CommandTx, by: Actor, order: EndRegistration) -> SchemeResult:
    """Switch ISBT 128 off; numbers stay bound for the day it is on again. Raises Refused `isbt_scheme.phase`."""
    known = queries.stated(tx)
    phase = SCHEME.move("end", SCHEME.first if known is None else known.phase)
    row = tx.change(tx.lock(IsbtScheme, THE_SCHEME), phase=phase, off_reason=order.reason)
    tx.about(row.facility)
    return SchemeResult(phase=row.phase, facility=row.facility)


class AdmitFacility(Order):
    """Another facility whose labels arrive here."""

    facility: FacilityNumber
    name: Annotated[Text, Field(min_length=2, max_length=120, title="Name")]


@command(event="labels:isbt:facility_admitted", permission="licensing.admit_facility", subject="facility")
def admit_facility(tx: CommandTx, by: Actor, order: AdmitFacility) -> NoResult:
    """Read the numbers of another facility too. Raises Refused `isbt.off`, `isbt.facility_known`,
    `isbt.demonstration_number`, `isbt.real_number`."""
    scheme = _on(tx)
    rules.may_admit(order.facility, scheme.facilities, demonstration=scheme.demonstration)
    told: dict[str, Any] = {
        "name": order.name,
        "admitted_at": tx.now,
        "admitted_by": by.person,
        "removed_at": None,
        "removed_reason": None,
    }
    if queries.facility(tx, order.facility) is None:
        tx.add(IsbtFacility(facility=order.facility, **told))
    else:
        tx.change(tx.lock(IsbtFacility, order.facility), **told)
    return NoResult()


class RemoveFacility(Order):
    """Another facility whose labels do not arrive here any more, and why."""

    facility: FacilityNumber
    reason: Reason


@command(event="labels:isbt:facility_removed", permission="licensing.remove_facility", subject="facility")
def remove_facility(tx: CommandTx, by: Actor, order: RemoveFacility) -> NoResult:
    """Read the numbers of another facility no longer, also while ISBT 128 is off; what they are bound to stays bound
    for the day it is admitted again. Raises NotFound `isbt.facility_not_admitted`."""
    known = queries.facility(tx, order.facility)
    row = None if known is None else tx.lock(IsbtFacility, order.facility)
    if row is None or row.removed_at is not None:
        raise NotFound(
            "isbt.facility_not_admitted",
            "{facility} is not among the other facilities. Reload the page.",
            facility=order.facility,
        )
    tx.change(row, removed_at=tx.now, removed_reason=order.reason)
    return NoResult()


class BindNumber(Order):
    """A number of ISBT 128, and what of ours it stands for."""

    number: Annotated[
        Symbol,
        Field(
            min_length=1,
            max_length=256,
            title="ISBT 128 number",
            description="Scan it, or type it as it is printed, with the character from the box at its end.",
            json_schema_extra=scanned(part=queries.NUMBER),
        ),
    ]
    thing: Annotated[
        NumberedThing, Field(title="Stands for", description="The donation, donor, container or recipient.")
    ]


@command(event="labels:isbt:number_bound", subject="thing")
def bind_number(tx: CommandTx, by: Actor, order: BindNumber) -> NumberResult:
    """Let a number of ISBT 128 stand for a thing of ours.

    Raises NotFound for a thing that is not known or not theirs to know, or Refused: what `identity.isbt` refuses,
    `isbt.names_nothing`, `isbt.wrong_thing`, `isbt.number_taken`, `isbt.thing_has_number`.
    """
    _on(tx)
    number = queries.first(_read(tx, by, order.number))
    if tx.house.describe(tx, order.thing, by) is None:
        raise NotFound(
            "code.unknown", "{code} is not known here, or not for you. Scan the label again.", code=order.thing
        )
    known = None if queries.bound(tx, number.text) is None else tx.lock(IsbtNumber, number.text)
    own = queries.number_of(tx, order.thing)
    standing = Bound(None if known is None else known.thing, None if own is None else own.shown)
    rules.may_bind(number, order.thing, standing)
    told: dict[str, Any] = {
        "thing": str(order.thing),
        "bound_at": tx.now,
        "bound_by": by.person,
        "released_reason": None,
    }
    if known is None:
        tx.add(IsbtNumber(number=number.text, shown=number.shown, **told))
    else:
        tx.change(known, **told)
    return NumberResult(thing=order.thing, shown=number.shown)


class ReleaseNumber(Order):
    """What has a number that is not its own."""

    thing: Annotated[NumberedThing, Field(title="Stands for")]
    reason: Reason


@command(event="labels:isbt:number_released", subject="thing")
def release_number(tx: CommandTx, by: Actor, order: ReleaseNumber) -> NumberResult:
    """Take a wrongly bound number back; it may be bound again. Raises NotFound `isbt.no_number`."""
    found = queries.number_of(tx, order.thing)
    held = None if found is None else tx.lock(IsbtNumber, found.number)
    if held is None or held.thing != order.thing:
        raise NotFound("isbt.no_number", "{thing} has no number of ISBT 128. Check the code.", thing=order.thing)
    row = tx.change(held, thing=None, released_reason=order.reason)
    return NumberResult(thing=None, shown=row.shown)


def _on(tx: CommandTx) -> isbt.Scheme:
    scheme = queries.scheme_of(tx)
    if not scheme.on:
        raise Refused(str(isbt.Reason.OFF), scan.explain(isbt.Reason.OFF).template)
    return scheme


def _read(tx: CommandTx, by: Actor, symbol: str) -> Scan:
    """What was scanned, else what was typed as it is printed. Raises Refused for what is neither."""
    read: Scan = tx.house.read(tx, symbol, station=by.device)
    if read.system is not scan.System.ISBT:
        read = tx.house.read(tx, symbol, by_hand=True)
    if read.isbt is None:
        problem = read.problem if read.system is scan.System.ISBT and read.problem else isbt.Reason.NOT_ISBT
        raise Refused(str(problem), scan.explain(problem).template)
    return read
