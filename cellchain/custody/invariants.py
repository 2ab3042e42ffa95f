"""What is always true of custody (architecture.md section 5, 2 and 4)."""

from typing import Any

from sqlmodel import col, func, select

from cellchain.custody.models import (
    Box,
    Destruction,
    Excursion,
    HandOver,
    Packed,
    Reservation,
    Return,
    Shipment,
    StoredAt,
)
from cellchain.custody.rules import ExcursionPhase, HandOverPhase, positions
from cellchain.custody.rules.shipping import SHIPMENT
from cellchain.ledger.invariants import Invariant
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.rules.lifecycles import ContainerPhase
from cellchain.platform.db import ReadTx
from cellchain.platform.statements import one_of

_ALONE = select(HandOver.id).where(col(HandOver.taker) == col(HandOver.giver))
_UNSEEN = select(Destruction.id).where(col(Destruction.witness) == col(Destruction.performer))
_DESTROYED = select(Destruction).order_by(col(Destruction.id))
_STILL_THERE: Any = (
    select(Destruction.subject)
    .join(StoredAt, col(StoredAt.subject) == col(Destruction.subject))
    .where(col(StoredAt.removed_at).is_(None))
)
_OUT_AGAIN: Any = (
    select(Return.bag)
    .join(HandOver, col(HandOver.subject) == col(Return.bag))
    .where(col(HandOver.phase) == HandOverPhase.ACCEPTED, col(HandOver.offered_at) > col(Return.returned_at))
)
_SELF_ASSESSED = select(Excursion.id).where(
    col(Excursion.phase) == ExcursionPhase.ASSESSED, col(Excursion.assessed_by) == col(Excursion.noticed_by)
)

_TAKEN_IN_ALONE: Any = select(Shipment.code).where(
    col(Shipment.received_at).is_not(None),
    func.coalesce(col(Shipment.refused_by), col(Shipment.shipped_by)) == col(Shipment.received_by),
)
_PACKED_AND_STORED: Any = (
    select(Packed.subject)
    .join(StoredAt, col(StoredAt.subject) == col(Packed.subject))
    .where(col(Packed.taken_out_at).is_(None), col(StoredAt.removed_at).is_(None))
)
_STILL_INSIDE: Any = (
    select(Packed.subject)
    .join(Shipment, col(Shipment.code) == col(Packed.shipment))
    .where(col(Packed.taken_out_at).is_(None), one_of(Shipment.phase, SHIPMENT.final))
)

_BOXES = select(Box).order_by(col(Box.location))
_STANDING = select(StoredAt).where(col(StoredAt.removed_at).is_(None)).order_by(col(StoredAt.id))
_RESERVED = select(Reservation).order_by(col(Reservation.id))


def _two_people(tx: ReadTx) -> list[str]:
    return (
        [f"hand-over {number} was taken by who gave it" for number in tx.every(_ALONE)]
        + [f"shipment {code} was taken in by who sent it" for code in tx.every(_TAKEN_IN_ALONE)]
        + [f"destruction {number} was witnessed by who performed it" for number in tx.every(_UNSEEN)]
        + [f"excursion {number} was assessed by who noticed it" for number in tx.every(_SELF_ASSESSED)]
    )


def _destroyed_is_gone(tx: ReadTx) -> list[str]:
    wrong = [f"{code} was destroyed and still stands somewhere" for code in tx.every(_STILL_THERE)]
    for row in tx.every(_DESTROYED):
        facts = manufacturing.find_container(tx, row.subject)
        if facts is None or facts.phase not in (ContainerPhase.DISCARDED, ContainerPhase.SPENT):
            wrong.append(f"{row.subject} was destroyed and is not discarded")
    return wrong


def _returned_stays_back(tx: ReadTx) -> list[str]:
    return [f"bag {code} was given out again after it came back" for code in tx.every(_OUT_AGAIN)]


def _packed_is_in_one_place(tx: ReadTx) -> list[str]:
    wrong = [f"{code} lies in a shipper and stands at a place" for code in tx.every(_PACKED_AND_STORED)]
    return wrong + [f"{code} lies in a shipment that is over" for code in tx.every(_STILL_INSIDE)]


def _boxes_hold_one_thing_a_cell(tx: ReadTx) -> list[str]:
    wrong, seen = [], dict[tuple[str, str | None], str]()
    boxes = {box.location: box for box in tx.every(_BOXES)}
    for row in tx.every(_STANDING):
        box = boxes.get(row.location)
        if box is None or row.stored_at < box.laid_out_at:
            continue
        if row.position not in positions.cells(box.rows_count, box.columns_count):
            wrong.append(f"{row.subject} stands in box {row.location} at no cell of it: {row.position}")
        if (row.location, row.position) in seen:
            wrong.append(f"{row.subject} and {seen[row.location, row.position]} stand in one cell of {row.location}")
        seen[row.location, row.position] = row.subject
    return wrong


def _reserved_vials_fit_their_lot(tx: ReadTx) -> list[str]:
    wrong = []
    for row in tx.every(_RESERVED):
        vial = manufacturing.find_container(tx, row.vial)
        if vial is None or vial.lot not in manufacturing.sources_of(tx, row.lot):
            wrong.append(f"vial {row.vial} is reserved for lot {row.lot}, which does not come from its bank")
    return wrong


INVARIANTS = (
    Invariant("custody.two_people", "Nobody hands over, destroys or assesses alone.", _two_people),
    Invariant("custody.destroyed", "What was destroyed is nowhere.", _destroyed_is_gone),
    Invariant("custody.packed", "What lies in a shipper is nowhere else.", _packed_is_in_one_place),
    Invariant("custody.cells", "A cell of a box holds one thing.", _boxes_hold_one_thing_a_cell),
    Invariant("custody.reserved", "A vial is kept for a lot from its bank.", _reserved_vials_fit_their_lot),
    Invariant("custody.returned", "A returned bag is not given out again.", _returned_stays_back),
)
