"""The verbs of custody: store, move, hand over, ship, bring back, destroy, and what temperatures have to say."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from cellchain.accounts import queries as people
from cellchain.custody import queries, rules
from cellchain.custody.models import (
    COLDEST_MC,
    REASON_LENGTH,
    WARMEST_MC,
    Destruction,
    Excursion,
    HandOver,
    Return,
    Shipment,
    StoredAt,
    TemperatureReading,
)
from cellchain.custody.rules import (
    EXCURSION,
    HAND_OVER,
    SHIPMENT,
    ExcursionOutcome,
    ExcursionPhase,
    HandOverPhase,
    ShipmentPhase,
)
from cellchain.identity import scan
from cellchain.identity.codes import BagCode, ContainerCode, Kind, LocationCode, ShipmentCode
from cellchain.identity.numbering import issue
from cellchain.kernel.ensure import ensure
from cellchain.kernel.errors import Refused
from cellchain.labels import queries as labels
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import Moment, Order, Symbol, Text, command, scanned
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.commands import mark_discarded
from cellchain.manufacturing.rules.lifecycles import ContainerPhase
from cellchain.materials import queries as materials
from cellchain.quality import queries as quality

SubjectField = Annotated[ContainerCode, Field(title="Container")]
Position = Annotated[Text, Field(min_length=1, max_length=40, title="Position", description="Shelf, box, place.")]
Temperature = Annotated[int, Field(ge=COLDEST_MC, le=WARMEST_MC, title="Temperature")]
Seal = Annotated[Text, Field(min_length=1, max_length=40, title="Seal number")]
Reason = Annotated[Text, Field(min_length=3, max_length=REASON_LENGTH, title="Reason")]
_LIVE = (ContainerPhase.IN_USE, ContainerPhase.STORED, ContainerPhase.FILLED)


class Placed(BaseModel, frozen=True):
    """Where something is now."""

    subject: str
    location: str
    position: str | None = None


class Handed(BaseModel, frozen=True):
    """A hand-over, and where it stands. `excursion`: it was outside its temperature, or its seal was another."""

    hand_over: int
    subject: str
    phase: HandOverPhase
    excursion: bool = False


class Shipped(BaseModel, frozen=True):
    """A shipment, and where it stands."""

    shipment: str
    subject: str
    phase: ShipmentPhase
    excursion: bool = False


# ---- places ----------------------------------------------------------------------------------------------------------


class Store(Order):
    """Something is put at a place."""

    subject: SubjectField
    location: Annotated[LocationCode, Field(title="Location")]
    position: Position | None = None


@command(event="custody:container:stored", subject="subject")
def store(tx: CommandTx, by: Actor, order: Store) -> Placed:
    """Store something that has no place yet. Raises Refused `custody.*`, `location.closed`."""
    manufacturing.container_facts(tx, order.subject)
    rules.may_store(queries.custody_of(tx, order.subject))
    return _put(tx, order.subject, order.location, order.position)


@command(event="custody:container:moved", subject="subject")
def move(tx: CommandTx, by: Actor, order: Store) -> Placed:
    """Move something that is stored, without changing hands. Raises Refused `custody.*`, `hand_over.open`."""
    rules.may_move(queries.custody_of(tx, order.subject), order.location, order.position)
    _take_away(tx, order.subject)
    return _put(tx, order.subject, order.location, order.position)


def _put(tx: CommandTx, subject: str, location: str, position: str | None) -> Placed:
    materials.open_location(tx, location)
    holder = None if position is None else queries.subject_at(tx, location, position)
    if holder is not None:
        raise Refused("custody.position_taken", "{holder} stands at this position. Choose another one.", holder=holder)
    tx.add(
        StoredAt(
            subject=subject, location=location, position=position, stored_at=tx.happened_at, stored_by=tx.by.person
        )
    )
    return Placed(subject=subject, location=location, position=position)


def _take_away(tx: CommandTx, subject: str) -> None:
    """End its present place, where it has one."""
    stored = tx.one(queries.STORED, subject=subject)
    if stored is not None:
        row = tx.lock(StoredAt, stored.id)
        tx.change(row, removed_at=max(tx.happened_at, row.stored_at), removed_by=tx.by.person)


# ---- hand-over -------------------------------------------------------------------------------------------------------


class Offer(Order):
    """Something leaves one's hands: where to, how warm, under which seal."""

    subject: SubjectField
    to_location: Annotated[LocationCode, Field(title="To")]
    temperature_mc: Temperature
    seal: Seal
    from_location: Annotated[
        LocationCode | None, Field(title="From", description="Left empty, where it is stored.")
    ] = None


@command(event="custody:container:offered", subject="subject")
def hand_over(tx: CommandTx, by: Actor, order: Offer) -> Handed:
    """Offer something to whoever takes it at another place. Raises Refused `hand_over.*`, `custody.*`."""
    facts = manufacturing.container_facts(tx, order.subject)
    materials.open_location(tx, order.to_location)
    place = rules.may_hand_over(queries.custody_of(tx, order.subject), order.from_location, order.to_location)
    _may_leave(tx, order.subject, facts.lot)
    row = tx.add(
        HandOver(
            subject=order.subject,
            giver=by.person,
            from_location=place,
            to_location=order.to_location,
            offered_at=tx.happened_at,
            temperature_mc=order.temperature_mc,
            seal=order.seal,
            phase=HandOverPhase.OFFERED,
        )
    )
    outside = _check_temperature(tx, order.subject, order.temperature_mc)
    return Handed(hand_over=row.id or 0, subject=row.subject, phase=row.phase, excursion=outside)


def _may_leave(tx: CommandTx, subject: str, lot: str | None) -> None:
    """Nothing changes hands without a label that was scanned back, nor a bag while labels of its lot are missing.

    Raises Refused `container.unlabelled`, `label.stopped`, `custody.labels_unreconciled`.
    """
    labels.must_wear(tx, subject)
    labels.must_not_wait(tx, subject)
    tagged = quality.attached_tag(tx, subject) is not None
    rules.labels_are_counted(tagged, lot is None or labels.is_reconciled(tx, lot))


class Accept(Order):
    """Something is taken over: how warm it came, and which seal it wears."""

    subject: SubjectField
    temperature_mc: Temperature
    seal: Seal


@command(event="custody:container:accepted", subject="subject")
def accept(tx: CommandTx, by: Actor, order: Accept) -> Handed:
    """Take over what somebody else offers. Outside its temperature, or under another seal, it waits for QA.

    Raises Refused `hand_over.none`, `hand_over.same_person`.
    """
    row = _offered(tx, by, order.subject)
    row = tx.change(
        row,
        phase=HAND_OVER.move("accept", row.phase),
        taker=by.person,
        accepted_at=tx.happened_at,
        accepted_temperature_mc=order.temperature_mc,
        accepted_seal=order.seal,
    )
    _take_away(tx, order.subject)
    _put(tx, order.subject, row.to_location, None)
    outside = _check_temperature(tx, order.subject, order.temperature_mc)
    broken = _check_seal(tx, order.subject, row.seal, order.seal)
    tx.note(to_location=row.to_location, giver=row.giver)
    return Handed(hand_over=row.id or 0, subject=row.subject, phase=row.phase, excursion=outside or broken)


class Refuse(Order):
    """Something is not taken over, and why."""

    subject: SubjectField
    reason: Reason


@command(event="custody:container:refused", subject="subject", permission="custody.accept")
def refuse_hand_over(tx: CommandTx, by: Actor, order: Refuse) -> Handed:
    """Do not take over what somebody offers: it stays where it was. Raises Refused `hand_over.*`."""
    row = _offered(tx, by, order.subject)
    row = tx.change(
        row,
        phase=HAND_OVER.move("refuse", row.phase),
        taker=by.person,
        accepted_at=tx.happened_at,
        refusal_reason=order.reason,
    )
    return Handed(hand_over=row.id or 0, subject=row.subject, phase=row.phase)


def _offered(tx: CommandTx, by: Actor, subject: str) -> HandOver:
    known = queries.open_offer(tx, subject)
    if known is None:
        raise Refused("hand_over.none", "Nobody offers this. Let its giver hand it over first.")
    row = tx.lock(HandOver, known.id)
    rules.may_answer(row.giver, by.person)
    return row


# ---- shipment --------------------------------------------------------------------------------------------------------


class Ship(Order):
    """Something goes to another house, in a carrier's hands."""

    subject: SubjectField
    to_location: Annotated[LocationCode, Field(title="To")]
    carrier: Annotated[Text, Field(min_length=2, max_length=120, title="Carrier")]
    seal: Seal
    temperature_mc: Temperature


@command(event="custody:shipment:sent")
def ship(tx: CommandTx, by: Actor, order: Ship) -> Shipped:
    """Send something away. Raises Refused `custody.*`, `hand_over.*`."""
    facts = manufacturing.container_facts(tx, order.subject)
    materials.open_location(tx, order.to_location)
    place = rules.may_hand_over(queries.custody_of(tx, order.subject), None, order.to_location)
    _may_leave(tx, order.subject, facts.lot)
    row = tx.add(
        Shipment(
            code=issue(tx, Kind.SHIPMENT),
            subject=order.subject,
            from_location=place,
            to_location=order.to_location,
            carrier=order.carrier,
            seal=order.seal,
            shipped_at=tx.happened_at,
            shipped_by=by.person,
            temperature_mc=order.temperature_mc,
            phase=ShipmentPhase.SHIPPED,
        )
    )
    _take_away(tx, order.subject)
    tx.about(row.code)
    tx.note(container=str(order.subject))
    outside = _check_temperature(tx, order.subject, order.temperature_mc)
    return Shipped(shipment=row.code, subject=row.subject, phase=row.phase, excursion=outside)


class Receive(Order):
    """A shipment has arrived."""

    shipment: Annotated[ShipmentCode, Field(title="Shipment")]
    temperature_mc: Temperature
    seal: Seal


@command(event="custody:shipment:received", subject="shipment")
def receive(tx: CommandTx, by: Actor, order: Receive) -> Shipped:
    """Receive a shipment at the place it was sent to. Raises Refused `shipment.phase`, `hand_over.same_person`."""
    row = tx.lock(Shipment, order.shipment)
    phase = SHIPMENT.move("receive", row.phase)
    rules.may_answer(row.shipped_by, by.person)
    row = tx.change(
        row,
        phase=phase,
        received_at=tx.happened_at,
        received_by=by.person,
        received_temperature_mc=order.temperature_mc,
        received_seal=order.seal,
    )
    _put(tx, row.subject, row.to_location, None)
    outside = _check_temperature(tx, row.subject, order.temperature_mc)
    broken = _check_seal(tx, row.subject, row.seal, order.seal)
    tx.note(container=row.subject)
    return Shipped(shipment=row.code, subject=row.subject, phase=row.phase, excursion=outside or broken)


# ---- back, and gone --------------------------------------------------------------------------------------------------


class Returned(BaseModel, frozen=True):
    """A bag that came back."""

    bag: str
    location: str


class ReturnBag(Order):
    """A bag that the ward did not use."""

    bag: Annotated[BagCode, Field(title="Bag")]
    location: Annotated[LocationCode, Field(title="Brought to")]
    temperature_mc: Temperature
    seal_intact: Annotated[bool, Field(title="Is the seal intact?")]
    reason: Reason


@command(event="custody:bag:returned", subject="bag")
def return_bag(tx: CommandTx, by: Actor, order: ReturnBag) -> Returned:
    """Bring an unused bag back. It is never given out again; the trial makes its infusion due.

    Raises Refused `return.*`, `custody.*`, `hand_over.open`.
    """
    facts = manufacturing.container_facts(tx, order.bag)
    rules.may_return(queries.custody_of(tx, order.bag), filled=facts.phase is ContainerPhase.FILLED)
    tx.add(
        Return(
            bag=order.bag,
            location=order.location,
            returned_at=tx.happened_at,
            returned_by=by.person,
            temperature_mc=order.temperature_mc,
            seal_intact=order.seal_intact,
            reason=order.reason,
        )
    )
    _take_away(tx, order.bag)
    _put(tx, order.bag, order.location, None)
    tx.note(bag=str(order.bag))
    return Returned(bag=order.bag, location=order.location)


class Destroyed(BaseModel, frozen=True):
    """Something that is no more."""

    subject: str
    witness: str


class Destroy(Order):
    """Something is destroyed, and a second person watches."""

    subject: SubjectField
    reason: Reason
    witness_badge: Annotated[
        Symbol,
        Field(
            min_length=1,
            max_length=256,
            title="Witness's badge",
            description="The second person scans it.",
            json_schema_extra=scanned(Kind.PERSON, as_printed=True),
        ),
    ]


@command(event="custody:container:destroyed", subject="subject")
def destroy(tx: CommandTx, by: Actor, order: Destroy) -> Destroyed:
    """Destroy a container before a witness. Raises Refused `destroy.*`, `custody.*`, `hand_over.open`."""
    facts = manufacturing.container_facts(tx, order.subject)
    badge = people.person_of_badge(tx, scan.read(order.witness_badge).text)
    witness = rules.may_destroy(queries.custody_of(tx, order.subject), by.person, badge)
    if facts.phase in _LIVE:
        mark_discarded(tx, order.subject, order.reason)
    tx.add(
        Destruction(subject=order.subject, performer=by.person, witness=witness, at=tx.happened_at, reason=order.reason)
    )
    _take_away(tx, order.subject)
    return Destroyed(subject=order.subject, witness=witness)


# ---- temperatures ----------------------------------------------------------------------------------------------------


class Reading(BaseModel, frozen=True, extra="forbid"):
    """One value of a logger."""

    at: Annotated[Moment, Field(title="At")]
    temperature_mc: Temperature


class Recorded(BaseModel, frozen=True):
    """What the readings of a logger say."""

    subject: str
    readings: int
    excursion: bool


class RecordTemperatures(Order):
    """What a logger wrote down."""

    subject: SubjectField
    readings: Annotated[tuple[Reading, ...], Field(min_length=1, max_length=rules.READINGS_MAX, title="Readings")]
    logger: Annotated[Text | None, Field(max_length=60, title="Logger")] = None


@command(event="custody:temperatures:recorded", subject="subject")
def record_temperatures(tx: CommandTx, by: Actor, order: RecordTemperatures) -> Recorded:
    """Record readings; one outside the range makes one excursion. Raises Refused `temperature.*`."""
    manufacturing.container_facts(tx, order.subject)
    times = [reading.at for reading in order.readings]
    rules.may_read(times, tx.now)
    for reading in order.readings:
        tx.add(
            TemperatureReading(
                subject=order.subject,
                at=reading.at,
                temperature_mc=reading.temperature_mc,
                logger=order.logger,
                entered_by=by.person,
                entered_at=tx.now,
            )
        )
    worst = rules.worst_of(order.subject, [reading.temperature_mc for reading in order.readings])
    if worst is not None:
        at = next(reading.at for reading in order.readings if reading.temperature_mc == worst)
        _notice(tx, order.subject, worst, at=at, seal_broken=False)
    return Recorded(subject=order.subject, readings=len(order.readings), excursion=worst is not None)


class Assessed(BaseModel, frozen=True):
    """What QA decided about an excursion."""

    excursion: int
    subject: str
    outcome: ExcursionOutcome


class AssessExcursion(Order):
    """Whether something may still be used, and why."""

    excursion: Annotated[int, Field(ge=1, title="Excursion")]
    outcome: Annotated[ExcursionOutcome, Field(title="Outcome")]
    assessment: Annotated[Text, Field(min_length=3, max_length=REASON_LENGTH, title="Assessment")]


@command(
    event="custody:excursion:assessed",
    signature="I have assessed this excursion with the stability data, and decide as stated",
)
def assess_excursion(tx: CommandTx, by: Actor, order: AssessExcursion) -> Assessed:
    """Decide about an excursion. Raises Refused `excursion.own`, `excursion.phase`."""
    row = tx.lock(Excursion, order.excursion)
    tx.about(row.subject)
    phase = EXCURSION.move("assess_excursion", row.phase)
    rules.may_assess(row.noticed_by, by.person)
    tx.change(
        row,
        phase=phase,
        outcome=order.outcome,
        assessed_by=by.person,
        assessed_at=tx.now,
        assessment=order.assessment,
    )
    tx.note(excursion=row.id, outcome=order.outcome.value)
    return Assessed(excursion=row.id or 0, subject=row.subject, outcome=order.outcome)


def _check_temperature(tx: CommandTx, subject: str, temperature_mc: int) -> bool:
    outside = rules.is_outside(subject, temperature_mc)
    if outside:
        _notice(tx, subject, temperature_mc, seal_broken=False)
    return outside


def _check_seal(tx: CommandTx, subject: str, left_with: str, came_with: str) -> bool:
    broken = left_with != came_with
    if broken:
        _notice(tx, subject, None, seal_broken=True)
    return broken


def _notice(
    tx: CommandTx, subject: str, temperature_mc: int | None, *, seal_broken: bool, at: datetime | None = None
) -> None:
    """Write an excursion down, for QA to assess and for quality to open a deviation."""
    ensure(seal_broken or temperature_mc is not None, "an excursion has a finding")
    row = tx.add(
        Excursion(
            subject=subject,
            temperature_mc=temperature_mc,
            seal_broken=seal_broken,
            at=at or tx.happened_at,
            noticed_by=tx.by.person,
            phase=ExcursionPhase.OPEN,
        )
    )
    facts = {"excursion": row.id, "temperature_mc": temperature_mc, "seal_broken": seal_broken}
    tx.record("custody:excursion:noticed", subject, **facts)
