"""Something is stored, moved, or handed over from one person to another."""

from typing import Annotated

from pydantic import Field

from cellchain.custody import queries, rules
from cellchain.custody.commands.common import (
    LabelScan,
    MaybeSubject,
    Placed,
    Position,
    Reason,
    Seal,
    SubjectField,
    Temperature,
    cell_at,
    in_hand,
    may_leave,
    not_into_a_box,
    put,
    take_away,
)
from cellchain.custody.commands.findings import check_arrival, check_exposure, check_seal, check_temperature
from cellchain.custody.models import HandOver
from cellchain.custody.rules import HAND_OVER, HandOverPhase
from cellchain.identity.codes import LocationCode
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries as manufacturing
from cellchain.materials import queries as materials


class Handed(CommandResult):
    """A hand-over, and where it stands. `excursion`: something about it waits for QA."""

    hand_over: int
    subject: str
    phase: HandOverPhase
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
    placed = put(tx, order.subject, order.location, order.position)
    check_exposure(tx, order.subject)
    return placed


@command(event="custody:container:moved", subject="subject")
def move(tx: CommandTx, by: Actor, order: Store) -> Placed:
    """Move something that is stored, without changing hands. Raises Refused `custody.*`, `hand_over.open`."""
    position = cell_at(tx, order.location, order.position)
    custody = queries.custody_of(tx, order.subject)
    rules.may_move(custody, order.location, position)
    take_away(tx, order.subject)
    placed = put(tx, order.subject, order.location, position, taken_over=custody.taken_over)
    check_exposure(tx, order.subject)
    return placed


class Offer(Order):
    """Something leaves one's hands: which thing, by its label; where to, how warm, under which seal."""

    label: LabelScan = None
    subject: MaybeSubject = None
    to_location: Annotated[LocationCode, Field(title="To")]
    temperature_mc: Temperature
    seal: Seal
    from_location: Annotated[
        LocationCode | None, Field(title="From", description="Left empty, where it is stored.")
    ] = None


@command(event="custody:container:offered", subject="subject")
def hand_over(tx: CommandTx, by: Actor, order: Offer) -> Handed:
    """Offer something to whoever takes it at another place. Raises Refused `hand_over.*`, `custody.*`."""
    subject, label = in_hand(tx, order.subject, order.label)
    tx.about(subject)
    facts = manufacturing.container_facts(tx, subject)
    materials.open_location(tx, order.to_location)
    not_into_a_box(tx, order.to_location)
    place = rules.may_hand_over(queries.custody_of(tx, subject), order.from_location, order.to_location)
    may_leave(tx, subject, facts.lot)
    row = tx.add(
        HandOver(
            subject=subject,
            giver=by.person,
            from_location=place,
            to_location=order.to_location,
            offered_at=tx.happened_at,
            temperature_mc=order.temperature_mc,
            seal=order.seal,
            given_label=label,
            given_device=by.device,
            phase=HandOverPhase.OFFERED,
        )
    )
    outside = check_temperature(tx, subject, order.temperature_mc)
    return Handed(hand_over=row.id or 0, subject=row.subject, phase=row.phase, excursion=outside)


class Accept(Order):
    """Something is taken over: which thing, by its label; how warm it came, and which seal it wears."""

    label: LabelScan = None
    subject: MaybeSubject = None
    temperature_mc: Temperature
    seal: Seal


@command(event="custody:container:accepted", subject="subject")
def accept(tx: CommandTx, by: Actor, order: Accept) -> Handed:
    """Take over what somebody else offers. Whatever is not as it should be waits for QA.

    Raises Refused `hand_over.*`, `label.*`.
    """
    subject, label = in_hand(tx, order.subject, order.label)
    tx.about(subject)
    row = _offered(tx, by, subject)
    row = tx.change(
        row,
        phase=HAND_OVER.move("accept", row.phase),
        taker=by.person,
        accepted_at=max(tx.happened_at, row.offered_at),
        accepted_temperature_mc=order.temperature_mc,
        accepted_seal=order.seal,
        taken_label=label,
        taken_device=by.device,
    )
    take_away(tx, subject)
    put(tx, subject, row.to_location, None, taken_over=True)
    found = [
        check_temperature(tx, subject, order.temperature_mc),
        check_seal(tx, subject, row.seal, order.seal),
        check_exposure(tx, subject),
    ]
    check_arrival(tx, subject)
    tx.note(to_location=row.to_location, giver=row.giver)
    return Handed(hand_over=row.id or 0, subject=row.subject, phase=row.phase, excursion=any(found))


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
