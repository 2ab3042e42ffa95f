"""Something is stored, moved, handed over or sent."""

from typing import Annotated

from pydantic import BaseModel, Field

from cellchain.custody import queries, rules
from cellchain.custody.commands.common import (
    Placed,
    Position,
    Reason,
    Seal,
    SubjectField,
    Temperature,
    cell_at,
    not_into_a_box,
    put,
    take_away,
)
from cellchain.custody.commands.temperatures import check_seal, check_temperature, check_time
from cellchain.custody.models import (
    HandOver,
    Shipment,
)
from cellchain.custody.rules import (
    HAND_OVER,
    SHIPMENT,
    HandOverPhase,
    ShipmentPhase,
)
from cellchain.identity.codes import Kind, LocationCode, ShipmentCode
from cellchain.identity.numbering import issue
from cellchain.kernel.errors import Refused
from cellchain.labels import queries as labels
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries as manufacturing
from cellchain.materials import queries as materials
from cellchain.quality import queries as quality


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
    return put(tx, order.subject, order.location, order.position)


@command(event="custody:container:moved", subject="subject")
def move(tx: CommandTx, by: Actor, order: Store) -> Placed:
    """Move something that is stored, without changing hands. Raises Refused `custody.*`, `hand_over.open`."""
    position = cell_at(tx, order.location, order.position)
    rules.may_move(queries.custody_of(tx, order.subject), order.location, position)
    take_away(tx, order.subject)
    return put(tx, order.subject, order.location, position)


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
    not_into_a_box(tx, order.to_location)
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
    outside = check_temperature(tx, order.subject, order.temperature_mc)
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
    take_away(tx, order.subject)
    put(tx, order.subject, row.to_location, None)
    outside = check_temperature(tx, order.subject, order.temperature_mc)
    broken = check_seal(tx, order.subject, row.seal, order.seal)
    check_time(tx, order.subject)
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
    not_into_a_box(tx, order.to_location)
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
    take_away(tx, order.subject)
    tx.about(row.code)
    tx.note(container=str(order.subject))
    outside = check_temperature(tx, order.subject, order.temperature_mc)
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
    put(tx, row.subject, row.to_location, None)
    outside = check_temperature(tx, row.subject, order.temperature_mc)
    broken = check_seal(tx, row.subject, row.seal, order.seal)
    check_time(tx, row.subject)
    tx.note(container=row.subject)
    return Shipped(shipment=row.code, subject=row.subject, phase=row.phase, excursion=outside or broken)
