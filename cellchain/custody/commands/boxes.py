"""Boxes are divided into cells, and vials of a bank are kept for the lot that will thaw them."""

from typing import Annotated

from pydantic import Field

from cellchain.custody import boxes, queries
from cellchain.custody.commands.common import take_away
from cellchain.custody.models import Box, Reservation
from cellchain.custody.rules import positions
from cellchain.custody.rules.positions import COLUMNS_MAX, ROWS_MAX, ReservationEnding
from cellchain.identity.codes import EquipmentCode, Identifier, Kind, LocationCode, LotCode
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, NoResult, Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.rules.lifecycles import ContainerPhase
from cellchain.manufacturing.rules.steps import must_be_open
from cellchain.materials import queries as materials

Mark = Annotated[Text, Field(min_length=1, max_length=20)]


class VialCode(Identifier):
    """A cryovial (CV)."""

    kinds = (Kind.CRYOVIAL,)


VialField = Annotated[VialCode, Field(title="Cryovial")]


class BoxResult(CommandResult):
    """A place that is divided into cells."""

    location: str
    rows_count: int
    columns_count: int


class LayOutBox(Order):
    """How a place is divided, and in which freezer or incubator it stands."""

    location: Annotated[LocationCode, Field(title="Location", description="The box: it wears a label of its own.")]
    rows_count: Annotated[int, Field(ge=1, le=ROWS_MAX, title="Rows", description="Lettered A, B, C …")]
    columns_count: Annotated[int, Field(ge=1, le=COLUMNS_MAX, title="Columns", description="Numbered 1, 2, 3 …")]
    equipment: Annotated[EquipmentCode | None, Field(title="In", description="The freezer or incubator.")] = None
    shelf: Annotated[Mark | None, Field(title="Shelf")] = None
    rack: Annotated[Mark | None, Field(title="Rack")] = None


@command(event="custody:box:laid_out", subject="location")
def lay_out_box(tx: CommandTx, by: Actor, order: LayOutBox) -> BoxResult:
    """Divide a place into cells. Raises NotFound, Refused `location.closed`, `custody.box_already`, `.place_in_use`."""
    materials.open_location(tx, order.location)
    if order.equipment is not None:
        materials.equipment_facts(tx, order.equipment)
    positions.may_lay_out(
        is_box=tx.find(Box, order.location) is not None, stands_there=len(queries.stored_in(tx, order.location))
    )
    row = tx.add(
        Box(
            location=order.location,
            equipment=order.equipment,
            shelf=order.shelf,
            rack=order.rack,
            rows_count=order.rows_count,
            columns_count=order.columns_count,
            laid_out_by=by.person,
            laid_out_at=tx.now,
        )
    )
    return BoxResult(location=row.location, rows_count=row.rows_count, columns_count=row.columns_count)


class ReservationResult(CommandResult):
    """A vial, and the lot it is kept for; None once it is let go."""

    vial: str
    lot: str | None


class ReserveVial(Order):
    """A vial of a bank is kept for a lot that is made from it."""

    vial: VialField
    lot: Annotated[LotCode, Field(title="For lot")]


@command(event="custody:vial:reserved", subject="vial")
def reserve_vial(tx: CommandTx, by: Actor, order: ReserveVial) -> ReservationResult:
    """Keep a vial for a lot. Raises NotFound, Refused `lot.not_open`, `reservation.not_a_stored_vial`, `.nowhere`,
    `.other_bank`, `.taken`."""
    vial, lot = manufacturing.container_facts(tx, order.vial), manufacturing.lot_facts(tx, order.lot)
    must_be_open(lot.phase)
    known = boxes.reservation_of(tx, order.vial)
    positions.may_reserve(
        is_stored=vial.phase is ContainerPhase.STORED,
        in_place=queries.custody_of(tx, order.vial).location is not None,
        comes_from_bank=vial.lot in lot.sources,
        reserved_for=None if known is None else known.lot,
    )
    tx.add(Reservation(vial=order.vial, lot=order.lot, reserved_by=by.person, reserved_at=tx.happened_at))
    return ReservationResult(vial=order.vial, lot=order.lot)


class ReleaseReservation(Order):
    """A vial that is not needed after all."""

    vial: VialField


@command(event="custody:vial:let_go", subject="vial")
def release_reservation(tx: CommandTx, by: Actor, order: ReleaseReservation) -> ReservationResult:
    """Let a reserved vial go. Raises Refused `reservation.none`."""
    positions.is_reserved(is_open=boxes.reservation_of(tx, order.vial) is not None)
    _end(tx, order.vial, ReservationEnding.RELEASED)
    return ReservationResult(vial=order.vial, lot=None)


class TakeOutThawed(Order):
    """A vial that was thawed for a lot, or pulled from its bank to be tested."""

    vial: VialField
    lot: LotCode


@command(event="custody:vial:taken_out", subject="vial", internal=True)
def take_out_thawed(tx: CommandTx, by: Actor, order: TakeOutThawed) -> NoResult:
    """By reaction to `manufacturing:vial:thawed` and `quality:vial:pulled`: its cell is free.

    Raises Refused `reservation.other_lot`.
    """
    known = boxes.reservation_of(tx, order.vial)
    positions.may_thaw(order.lot, None if known is None else known.lot)
    _end(tx, order.vial, ReservationEnding.USED)
    take_away(tx, order.vial)
    return NoResult()


def _end(tx: CommandTx, vial: str, ending: ReservationEnding) -> None:
    known = boxes.reservation_of(tx, vial)
    if known is not None:
        row = tx.lock(Reservation, known.id)
        tx.change(row, ended_at=max(tx.happened_at, row.reserved_at), ended_by=tx.by.person, ending=ending)
