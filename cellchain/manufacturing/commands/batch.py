"""A batch from line clearance to completion."""

from typing import Annotated

from pydantic import Field

from cellchain.identity.codes import Identifier, Kind, LocationCode
from cellchain.identity.numbering import issue
from cellchain.kernel.errors import Refused
from cellchain.kernel.lifecycle import phase_text
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries
from cellchain.manufacturing.batch_record import done_steps
from cellchain.manufacturing.commands.common import LotField, OfLot, Reason, source_of
from cellchain.manufacturing.commands.records import close_everywhere
from cellchain.manufacturing.models import Container, LineClearance, Lot, LotSource, MasterRecord
from cellchain.manufacturing.rules import batch, cells, steps
from cellchain.manufacturing.rules.lifecycles import (
    CLEARANCE,
    CONTAINER,
    LOT,
    ClearancePhase,
    LotKind,
    LotPhase,
    MasterRecordPhase,
)
from cellchain.materials import queries as materials

SOURCES_MAX = 6


class SourceCode(Identifier):
    """Where the cells of a lot come from: a donation (DO) or a bank lot (LT)."""

    kinds = (Kind.DONATION, Kind.LOT)


LocationField = Annotated[LocationCode, Field(title="Location")]


class ClearanceResult(CommandResult):
    """A line clearance, and where it stands."""

    clearance: int
    location: str
    phase: str


class LotResult(CommandResult):
    """A lot, and where it stands."""

    lot: str
    kind: LotKind
    phase: LotPhase


class ClearLine(Order):
    """A place that was cleared of everything from the lot before."""

    location: LocationField


@command(event="manufacturing:line:cleared", subject="location")
def clear_line(tx: CommandTx, by: Actor, order: ClearLine) -> ClearanceResult:
    """Record that a place was cleared; another verifies. Raises Refused `clearance.lot_open`, `location.closed`."""
    materials.open_location(tx, order.location)
    batch.may_clear(queries.open_lot_at(tx, order.location))
    row = tx.add(
        LineClearance(
            location=order.location, phase=ClearancePhase.CLEARED, cleared_by=by.person, cleared_at=tx.happened_at
        )
    )
    return ClearanceResult(clearance=row.id or 0, location=row.location, phase=row.phase)


class VerifyClearance(Order):
    """The clearance that a second person has looked at."""

    clearance: Annotated[int, Field(ge=1, title="Clearance")]


@command(event="manufacturing:clearance:verified")
def verify_clearance(tx: CommandTx, by: Actor, order: VerifyClearance) -> ClearanceResult:
    """Confirm with one's own eyes that a line is clear. Raises Refused `clearance.same_person`, `clearance.phase`."""
    row = tx.lock(LineClearance, order.clearance)
    tx.about(row.location)
    phase = CLEARANCE.move("verify_clearance", row.phase)
    batch.may_verify_clearance(row.cleared_by, by.person)
    row = tx.change(row, phase=phase, verified_by=by.person, verified_at=tx.happened_at)
    return ClearanceResult(clearance=order.clearance, location=row.location, phase=row.phase)


class OpenBatch(Order):
    """A new lot: which master record, where, and from what."""

    master_record: Annotated[int, Field(ge=1, title="Master record")]
    location: LocationField
    sources: Annotated[
        tuple[SourceCode, ...],
        Field(
            max_length=SOURCES_MAX, title="Sources", description="Donations, or one bank lot. None for a control lot."
        ),
    ] = ()
    study: Annotated[Text | None, Field(max_length=40, title="Study")] = None


@command(event="manufacturing:lot:opened")
def open_batch(tx: CommandTx, by: Actor, order: OpenBatch) -> LotResult:
    """Open a lot from an effective master record on a cleared line.

    Raises Refused `master_record.not_effective`, `location.closed`, `location.occupied`, `clearance.missing`,
    `lot.sources_*`, `lot.not_a_bank`, `donation.not_received`, `donor.not_eligible`.
    """
    record = tx.lock(MasterRecord, order.master_record)
    if record.phase != MasterRecordPhase.EFFECTIVE:
        raise Refused(
            "master_record.not_effective",
            "Version {version} of this master record is {phase}. Choose the effective one.",
            version=record.version,
            phase=phase_text(record.phase),
        )
    materials.open_location(tx, order.location)
    ready = queries.ready_clearance(tx, order.location)
    batch.may_open(ready[1] if ready else None, queries.open_lot_at(tx, order.location), tx.happened_at)
    sources = list(dict.fromkeys(order.sources))
    batch.may_come_from(record.kind, [source_of(tx, source) for source in sources])
    lot = tx.add(
        Lot(
            code=issue(tx, Kind.LOT),
            kind=record.kind,
            master_record=order.master_record,
            phase=LotPhase.OPEN,
            location=order.location,
            product_code=record.product_code,
            study=order.study,
            opened_by=by.person,
            opened_at=tx.happened_at,
        )
    )
    for source in sources:
        tx.add(LotSource(lot=lot.code, source=str(source)))
    if ready is not None:
        clearance = tx.lock(LineClearance, ready[0])
        tx.change(clearance, phase=CLEARANCE.move("open_batch", clearance.phase), used_by_lot=lot.code)
    tx.about(lot.code)
    tx.note(lot=lot.code, kind=lot.kind, sources=[str(source) for source in sources])
    return LotResult(lot=lot.code, kind=lot.kind, phase=lot.phase)


@command(event="manufacturing:lot:completed", subject="lot")
def complete_batch(tx: CommandTx, by: Actor, order: OfLot) -> LotResult:
    """Complete a lot: every required step done and verified, no tube or vessel left over.

    Raises Refused `lot.incomplete`, `lot.containers_left`, `lot.phase`.
    """
    lot = tx.lock(Lot, order.lot)
    phase = LOT.move("complete_batch", lot.phase)
    steps.may_complete_batch(queries.definition_of(tx, lot.code), done_steps(tx, lot.code))
    batch.nothing_left([(row.code, row.kind, row.phase) for row in queries.containers_of(tx, lot.code)])
    lot = tx.change(lot, phase=phase, completed_by=by.person, completed_at=tx.happened_at)
    tx.note(lot=lot.code, kind=lot.kind)
    return LotResult(lot=lot.code, kind=lot.kind, phase=lot.phase)


@command(event="manufacturing:lot:closed", subject="lot", internal=True)
def close_batch(tx: CommandTx, by: Actor, order: OfLot) -> LotResult:
    """Close the batch record of a lot whose final disposition was signed: nothing in it is corrected any more."""
    lot = tx.lock(Lot, order.lot)
    if lot.phase == LotPhase.COMPLETED:
        lot = tx.change(lot, phase=LOT.move("close_batch", lot.phase))
        close_everywhere(tx, lot.code)
    return LotResult(lot=lot.code, kind=lot.kind, phase=lot.phase)


class DiscardBatch(Order):
    """A lot that is given up, with everything in it."""

    lot: LotField
    reason: Reason


@command(event="manufacturing:lot:discarded", subject="lot", permission="manufacturing.discard")
def discard_batch(tx: CommandTx, by: Actor, order: DiscardBatch) -> LotResult:
    """Give up an open lot: all that it still holds is discarded. Raises Refused `lot.phase`."""
    lot = tx.lock(Lot, order.lot)
    phase = LOT.move("discard_batch", lot.phase)
    for facts in queries.containers_of(tx, lot.code):
        if facts.phase in cells.LIVE:
            row = tx.lock(Container, facts.code)
            tx.change(row, phase=CONTAINER.move("discard", row.phase), discard_reason=order.reason)
    lot = tx.change(lot, phase=phase, completed_by=by.person, completed_at=tx.happened_at)
    close_everywhere(tx, lot.code)
    return LotResult(lot=lot.code, kind=lot.kind, phase=lot.phase)
