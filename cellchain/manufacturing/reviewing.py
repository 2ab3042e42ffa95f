"""What a reviewer has to see of a batch record, however long it is: what is not plainly right, and the rest counted.

A record of ten thousand steps is read here in as many questions as one of ten; row by row comes what is notable alone.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, or_
from sqlalchemy import select as columns
from sqlmodel import col, select

from cellchain.kernel.values import dataclass
from cellchain.manufacturing import queries
from cellchain.manufacturing.batch_record import AFTER_ALL, step_named, value_view
from cellchain.manufacturing.models import CellCount, EquipmentUse, StepComment, StepRecord, StepValue
from cellchain.manufacturing.record_views import ValueView
from cellchain.manufacturing.rules.definition import Standing, Step
from cellchain.manufacturing.rules.lifecycles import StepPhase, ValuePhase
from cellchain.manufacturing.statements import EQUIPMENT_USES, LEAF_COMMENTS
from cellchain.platform.db import ReadTx
from cellchain.platform.statements import one_of

OF_LOT: Any = bindparam("lot")
DOINGS: Any = (
    columns(
        col(StepRecord.id),
        col(StepRecord.step),
        col(StepRecord.sequence),
        col(StepRecord.phase),
        col(StepRecord.performer),
        col(StepRecord.started_at),
        col(StepRecord.completed_at),
        col(StepRecord.verifier),
        col(StepRecord.verified_at),
    )
    .where(col(StepRecord.lot) == OF_LOT)
    .order_by(col(StepRecord.sequence))
)
NOTABLE = (
    select(StepValue)
    .where(
        col(StepValue.lot) == OF_LOT,
        or_(
            one_of(StepValue.phase, (ValuePhase.CORRECTED, ValuePhase.UNDONE)),
            one_of(StepValue.standing, (Standing.ALERT, Standing.ACTION)),
            col(StepValue.is_late),
            col(StepValue.replaces).is_not(None),
        ),
    )
    .order_by(col(StepValue.id))
)
VALUES_COUNT: Any = select(func.count(col(StepValue.id))).where(
    col(StepValue.lot) == OF_LOT, col(StepValue.phase) == ValuePhase.CURRENT
)
COUNTS_COUNT: Any = select(func.count(col(CellCount.id))).where(col(CellCount.lot) == OF_LOT)
RECOUNTS = (
    select(CellCount).where(col(CellCount.lot) == OF_LOT, col(CellCount.sequence) > 1).order_by(col(CellCount.id))
)
MACHINES: Any = (
    columns(col(EquipmentUse.equipment), func.count(col(EquipmentUse.id)), func.max(col(EquipmentUse.used_at)))
    .where(col(EquipmentUse.lot) == OF_LOT, col(EquipmentUse.undone_at).is_(None))
    .group_by(col(EquipmentUse.equipment))
    .order_by(col(EquipmentUse.equipment))
)
MACHINES_UNDONE = (
    select(EquipmentUse)
    .where(col(EquipmentUse.lot) == OF_LOT, col(EquipmentUse.undone_at).is_not(None))
    .order_by(col(EquipmentUse.id))
)


@dataclass(frozen=True)
class Doing:
    """One doing of a step: who did it, who verified it, and when."""

    id: int
    step: Step
    sequence: int
    phase: StepPhase
    performer: str
    started_at: datetime
    completed_at: datetime | None
    verifier: str | None
    verified_at: datetime | None


@dataclass(frozen=True)
class Notable:
    """A value that a reviewer may have to see, in its step."""

    doing: Doing
    value: ValueView


@dataclass(frozen=True)
class MachineUse:
    """A piece of equipment, how often a lot used it, and when last."""

    equipment: str
    count: int
    last_at: datetime


def doings_of(tx: ReadTx, lot: str) -> Mapping[int, Doing]:
    """Every doing of a step in a lot by its number, in order. Raises NotFound."""
    definition = queries.definition_of(tx, lot)
    steps: dict[str, Step] = {}
    found = {}
    for number, key, *rest in tx.every(DOINGS, lot=lot):
        if key not in steps:
            steps[key] = step_named(definition, key)
        found[number] = Doing(number, steps[key], *rest)
    return found


def notable_values(tx: ReadTx, lot: str, doings: Mapping[int, Doing]) -> list[Notable]:
    """Values outside a limit, late, changed or taken back, and those that a change replaced; in the order of entry."""
    rows = [(doings[row.step_record], row) for row in tx.every(NOTABLE, lot=lot)]
    return [Notable(doing, value_view(doing.step, row)) for doing, row in rows]


def values_count(tx: ReadTx, lot: str) -> int:
    """How many values of a lot count now."""
    return int(tx.one(VALUES_COUNT, lot=lot) or 0)


def counts_count(tx: ReadTx, lot: str) -> int:
    """How many times cells were counted in a lot."""
    return int(tx.one(COUNTS_COUNT, lot=lot) or 0)


def recounts_of(tx: ReadTx, lot: str) -> list[CellCount]:
    """Counts that were made once more."""
    return tx.every(RECOUNTS, lot=lot)


def comments_of(tx: ReadTx, lot: str) -> list[StepComment]:
    """What was written to the steps of a lot."""
    found: list[StepComment] = tx.every(LEAF_COMMENTS, code=lot, first=1, end=AFTER_ALL)
    return found


def machines_of(tx: ReadTx, lot: str) -> list[MachineUse]:
    """What a lot was made with."""
    return [MachineUse(*row) for row in tx.every(MACHINES, lot=lot)]


def last_use(tx: ReadTx, lot: str, equipment: str) -> EquipmentUse:
    """The last use of a machine that a lot used."""
    return [use for use in tx.every(EQUIPMENT_USES, code=lot) if use.equipment == equipment][-1]


def machines_taken_back(tx: ReadTx, lot: str) -> list[EquipmentUse]:
    """Machines that were scanned by mistake."""
    return tx.every(MACHINES_UNDONE, lot=lot)
