"""The statements that manufacturing reads with: module constants, compiled once."""

from typing import Any

from sqlalchemy import bindparam
from sqlalchemy import select as columns
from sqlmodel import col, func, select

from cellchain.manufacturing.models import (
    CellCount,
    CellGrowth,
    Container,
    ContainerSource,
    CountRun,
    Environment,
    EquipmentUse,
    LineClearance,
    Lot,
    LotSource,
    MasterRecord,
    ProcessTraining,
    StationRecord,
    StepAttachment,
    StepComment,
    StepRecord,
    StepValue,
)
from cellchain.manufacturing.rules.definition import Standing
from cellchain.manufacturing.rules.lifecycles import (
    ClearancePhase,
    ContainerKind,
    ContainerPhase,
    LotPhase,
    MasterRecordPhase,
    StationRecordPhase,
    StepPhase,
    ValuePhase,
)
from cellchain.platform.listing import Listing
from cellchain.platform.statements import one_of

OF_CODE: Any = bindparam("code")
# A statement that gives several columns is untyped: its rows are taken apart where it is run.
RECORD_OF_LOT: Any = select(Lot, MasterRecord).join(MasterRecord, col(MasterRecord.id) == col(Lot.master_record))
NEWEST_LOTS: Any = RECORD_OF_LOT.order_by(col(Lot.code).desc())
CONTAINERS = Listing(
    columns(col(Container.code), col(Container.kind), col(Container.phase), col(Container.made_at)),
    col(Container.code),
    narrowed={"phase": col(Container.phase) == bindparam("phase")},
    day=col(Container.made_at),
)
# A lot without its record is none; the outer join keeps SQLite walking the lots in their order.
LOTS = Listing(
    select(Lot, MasterRecord).join(MasterRecord, col(MasterRecord.id) == col(Lot.master_record), isouter=True),
    col(Lot.code),
    narrowed={"phase": col(Lot.phase) == bindparam("phase")},
    day=col(Lot.opened_at),
)
LOTS_OPEN: Any = RECORD_OF_LOT.where(col(Lot.phase) == LotPhase.OPEN).order_by(col(Lot.opened_at))
OPEN_LOT_AT = select(Lot.code).where(col(Lot.location) == bindparam("location"), col(Lot.phase) == LotPhase.OPEN)
SOURCES = select(LotSource.source).where(col(LotSource.lot) == OF_CODE).order_by(col(LotSource.id))
LOTS_FROM: Any = (
    select(LotSource.lot, Lot.opened_at)
    .join(Lot, col(Lot.code) == col(LotSource.lot))
    .where(col(LotSource.source) == OF_CODE)
    .order_by(col(LotSource.id))
)
LOTS_INTO: Any = (
    select(LotSource.source, Lot.opened_at)
    .join(Lot, col(Lot.code) == col(LotSource.lot))
    .where(col(LotSource.lot) == OF_CODE)
    .order_by(col(LotSource.id))
)
BAG_WITH_LOT: Any = (
    select(Container, Lot)
    .join(Lot, col(Lot.code) == col(Container.lot))
    .where(col(Container.code) == OF_CODE, col(Container.kind) == ContainerKind.INFUSION_BAG)
)
CONTAINERS_OF_LOT = (
    select(Container).where(col(Container.lot) == OF_CODE).order_by(col(Container.made_at), col(Container.code))
)
INSIDE: Any = (
    columns(col(Container.code), col(Container.made_at))
    .where(col(Container.lot) == OF_CODE)
    .order_by(col(Container.made_at), col(Container.code))
)
# With what ever was in the parent, by which the share of a draw is told.
_DRAWN: Any = (
    columns(
        col(ContainerSource.parent),
        col(ContainerSource.child),
        col(ContainerSource.kind),
        col(ContainerSource.at),
        col(ContainerSource.cells_count),
        col(Container.cells_made_count),
        col(Container.cells_grown_count),
    )
    .select_from(ContainerSource)
    .join(Container, col(Container.code) == col(ContainerSource.parent))
    .order_by(col(ContainerSource.id))
)
DRAWN_FROM = _DRAWN.where(col(ContainerSource.parent) == OF_CODE)
DRAWN_INTO = _DRAWN.where(col(ContainerSource.child) == OF_CODE)
MADE_IN: Any = columns(col(Container.lot), col(Container.made_at)).where(
    col(Container.code) == OF_CODE, col(Container.lot).is_not(None)
)
# What a thing is in the few words of a graph.
CONTAINER_SKETCH: Any = columns(
    col(Container.kind),
    col(Container.content),
    col(Container.phase),
    col(Container.passage),
    col(Container.lot),
    col(Container.expires_at),
).where(col(Container.code) == OF_CODE)
LOT_SKETCH: Any = (
    columns(col(Lot.kind), col(Lot.phase), col(MasterRecord.name))
    .select_from(Lot)
    .join(MasterRecord, col(MasterRecord.id) == col(Lot.master_record))
    .where(col(Lot.code) == OF_CODE)
)
HARVEST_BAG_OF = select(Container).where(
    col(Container.donation) == OF_CODE, col(Container.kind) == ContainerKind.HARVEST_BAG
)
STEPS = select(StepRecord).where(col(StepRecord.lot) == OF_CODE).order_by(col(StepRecord.sequence))
# How far a lot is: its steps by name and phase, counted; no more rows than its master record has steps and phases.
PROGRESS: Any = (
    select(StepRecord.step, StepRecord.phase, func.count())
    .where(col(StepRecord.lot) == OF_CODE)
    .group_by(col(StepRecord.step), col(StepRecord.phase))
)
STEPS_IN_PHASE = (
    select(StepRecord)
    .where(
        col(StepRecord.lot) == OF_CODE,
        col(StepRecord.step) == bindparam("step"),
        col(StepRecord.phase) == bindparam("phase"),
    )
    .order_by(col(StepRecord.sequence))
)
# A leaf of a batch record: the steps of a lot from number `first` up to `end`, and what belongs to them. Each kind of
# thing is one question, however many steps the leaf has; the whole record is a leaf too.
_LEAF: Any = (
    col(StepRecord.lot) == OF_CODE,
    col(StepRecord.sequence) >= bindparam("first"),
    col(StepRecord.sequence) < bindparam("end"),
)


def _of_leaf(model: Any, order: Any) -> Any:
    """The rows of a table that belong to the steps of a leaf."""
    return select(model).join(StepRecord, col(StepRecord.id) == col(model.step_record)).where(*_LEAF).order_by(order)


LEAF_STEPS = select(StepRecord).where(*_LEAF).order_by(col(StepRecord.sequence))
LEAF_VALUES = _of_leaf(StepValue, col(StepValue.id))
LEAF_EQUIPMENT = _of_leaf(EquipmentUse, col(EquipmentUse.id))
LEAF_COMMENTS = _of_leaf(StepComment, col(StepComment.id))
LEAF_ATTACHMENTS = _of_leaf(StepAttachment, col(StepAttachment.id))
LEAF_COUNTS = _of_leaf(CellCount, col(CellCount.id))
LEAF_MADE: Any = (
    select(Container.step_record, Container.code)
    .join(StepRecord, col(StepRecord.id) == col(Container.step_record))
    .where(*_LEAF)
    .order_by(col(Container.code))
)
LEAF_RUNS = (
    select(CountRun)
    .join(CellCount, col(CellCount.id) == col(CountRun.cell_count))
    .join(StepRecord, col(StepRecord.id) == col(CellCount.step_record))
    .where(*_LEAF)
    .order_by(col(CountRun.cell_count), col(CountRun.place))
)
LAST_IN_PHASE = (
    select(StepRecord)
    .where(
        col(StepRecord.lot) == OF_CODE,
        col(StepRecord.step) == bindparam("step"),
        col(StepRecord.phase) == bindparam("phase"),
    )
    .order_by(col(StepRecord.sequence).desc())
)
VALUES = select(StepValue).where(col(StepValue.lot) == OF_CODE).order_by(col(StepValue.id))
TALLY: Any = (
    select(StepValue.phase, StepValue.standing, StepValue.is_late, func.count())
    .where(col(StepValue.lot) == OF_CODE)
    .group_by(col(StepValue.phase), col(StepValue.standing), col(StepValue.is_late))
)
OUTSIDE: Any = (
    select(StepValue, StepRecord.step)
    .join(StepRecord, col(StepRecord.id) == col(StepValue.step_record))
    .where(
        col(StepValue.lot) == OF_CODE,
        col(StepValue.phase) == ValuePhase.CURRENT,
        # Named and not excluded: so the index is asked for the few, and not read through for all the others.
        one_of(StepValue.standing, (Standing.ALERT, Standing.ACTION)),
    )
    .order_by(col(StepValue.id))
)
# What was taken back at once was not used.
_USED = col(EquipmentUse.undone_at).is_(None)
EQUIPMENT_USES = select(EquipmentUse).where(col(EquipmentUse.lot) == OF_CODE, _USED).order_by(col(EquipmentUse.id))


def _hands(person: Any, lot: Any) -> Any:
    """Everybody who stands in one column of what belongs to a lot, once each, however long its record is."""
    return select(person).where(col(lot) == OF_CODE).distinct()


HANDS: tuple[Any, ...] = (
    _hands(StepRecord.performer, StepRecord.lot),
    _hands(StepRecord.verifier, StepRecord.lot),
    _hands(StepValue.entered_by, StepValue.lot),
    _hands(EquipmentUse.used_by, EquipmentUse.lot),
    _hands(Container.made_by, Container.lot),
    _hands(CellCount.counted_by, CellCount.lot),
)
LOTS_WITH_EQUIPMENT = (
    select(EquipmentUse).where(col(EquipmentUse.equipment) == OF_CODE, _USED).order_by(col(EquipmentUse.id))
)
STEPS_BY = (
    select(StepRecord)
    .where((col(StepRecord.performer) == OF_CODE) | (col(StepRecord.verifier) == OF_CODE))
    .order_by(col(StepRecord.id))
)
CLEARANCE_OF = select(LineClearance).where(col(LineClearance.used_by_lot) == OF_CODE)
CLEARANCE_READY = (
    select(LineClearance)
    .where(col(LineClearance.location) == bindparam("location"), col(LineClearance.phase) == ClearancePhase.VERIFIED)
    .order_by(col(LineClearance.id).desc())
)
CLEARANCES_OPEN = (
    select(LineClearance).where(col(LineClearance.phase) != ClearancePhase.USED).order_by(col(LineClearance.id))
)
GROWTH = select(CellGrowth).where(col(CellGrowth.lot) == OF_CODE).order_by(col(CellGrowth.id))
RECORDS = select(MasterRecord).order_by(col(MasterRecord.name), col(MasterRecord.version).desc())
EFFECTIVE = select(MasterRecord).where(
    col(MasterRecord.name) == bindparam("name"), col(MasterRecord.phase) == MasterRecordPhase.EFFECTIVE
)
LATEST_VERSION = select(func.max(col(MasterRecord.version))).where(col(MasterRecord.name) == bindparam("name"))
_STAGE_COLUMNS: tuple[Any, ...] = (
    Container.kind,
    Container.content,
    Container.passage,
    func.count(),
    func.count(func.distinct(Container.lot)),
)
LIVE_BY_STAGE: Any = (
    select(*_STAGE_COLUMNS)
    .where(one_of(Container.phase, set(ContainerPhase) - {ContainerPhase.SPENT, ContainerPhase.DISCARDED}))
    .group_by(col(Container.kind), col(Container.content), col(Container.passage))
)

MADE_IN_STEP = (
    select(Container.code).where(col(Container.step_record) == bindparam("step_record")).order_by(col(Container.code))
)
STEP_VALUES = (
    select(StepValue).where(col(StepValue.step_record) == bindparam("step_record")).order_by(col(StepValue.id))
)
ATTACHED = select(StepAttachment.id).where(
    col(StepAttachment.step_record) == bindparam("step_record"), col(StepAttachment.digest) == bindparam("digest")
)
STEP_EQUIPMENT = (
    select(EquipmentUse)
    .where(col(EquipmentUse.step_record) == bindparam("step_record"), _USED)
    .order_by(col(EquipmentUse.id))
)
CURRENT_VALUE = select(StepValue).where(
    col(StepValue.step_record) == bindparam("step_record"),
    col(StepValue.parameter) == bindparam("parameter"),
    col(StepValue.phase) == ValuePhase.CURRENT,
)
# What an earlier step of a lot ended with, the latest doing of it: its end, and one of its values.
_EARLIER: Any = (
    col(StepRecord.lot) == bindparam("lot"),
    col(StepRecord.step) == bindparam("step"),
    col(StepRecord.sequence) < bindparam("sequence"),
)
ENDED_BEFORE = (
    select(StepRecord.completed_at)
    .where(*_EARLIER, col(StepRecord.completed_at).is_not(None))
    .order_by(col(StepRecord.sequence).desc())
)
VALUE_BEFORE = (
    select(StepValue)
    .join(StepRecord, col(StepRecord.id) == col(StepValue.step_record))
    .where(*_EARLIER, col(StepValue.parameter) == bindparam("parameter"), col(StepValue.phase) == ValuePhase.CURRENT)
    .order_by(col(StepRecord.sequence).desc())
)
TRAININGS = (
    select(ProcessTraining)
    .where(
        col(ProcessTraining.person) == bindparam("person"),
        col(ProcessTraining.master_record) == bindparam("master_record"),
    )
    .order_by(col(ProcessTraining.id))
)
ALL_TRAININGS = select(ProcessTraining).order_by(col(ProcessTraining.id))
RUNNING = select(StepRecord).where(col(StepRecord.lot) == bindparam("lot"), col(StepRecord.phase) == StepPhase.STARTED)
HELD_IN_LOT = (
    select(Container)
    .where(col(Container.lot) == bindparam("lot"), col(Container.kind) == bindparam("kind"))
    .order_by(col(Container.made_at), col(Container.code))
)
_LIES_OPEN = col(StationRecord.phase) == StationRecordPhase.OPEN
RECORD_AT = select(StationRecord).where(col(StationRecord.station) == bindparam("station"), _LIES_OPEN)
RECORDS_OPEN_OF = select(StationRecord.id).where(col(StationRecord.lot) == OF_CODE, _LIES_OPEN)
DONE_SINCE = select(StepRecord.id).where(col(StepRecord.lot) == OF_CODE, col(StepRecord.completed_at) > bindparam("at"))
IN_USE_IN_LOT = (
    select(Container.code)
    .where(
        col(Container.lot) == bindparam("lot"),
        col(Container.kind) == bindparam("kind"),
        col(Container.phase) == ContainerPhase.IN_USE,
    )
    .order_by(col(Container.made_at), col(Container.code))
)
# What speaks about the room of a lot in the time it was worked on, or was read for it.
ENVIRONMENT_OF = (
    select(Environment)
    .where(
        (
            (col(Environment.location) == bindparam("location"))
            & (col(Environment.window_until) >= bindparam("begin"))
            & (col(Environment.window_from) <= bindparam("end"))
        )
        | (col(Environment.lot) == OF_CODE)
    )
    .order_by(col(Environment.at), col(Environment.id))
)
# What each step of a lot brought: its container, the cells in it at first, and which step it was.
MADE_BY_STEP = (
    select(Container.code, Container.cells_made_count, StepRecord.step)
    .join(StepRecord, col(StepRecord.id) == col(Container.step_record))
    .where(col(Container.lot) == OF_CODE)
    .order_by(col(StepRecord.sequence), col(Container.code))
)
