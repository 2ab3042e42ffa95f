"""The log of a piece of equipment: every use in a batch, and what was done about it, on one line of time."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.accounts.queries import display_name
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.manufacturing import queries
from cellchain.manufacturing.models import EquipmentUse, StepRecord
from cellchain.manufacturing.rules.definition import Title
from cellchain.materials import logbook as upkeep
from cellchain.materials import queries as materials
from cellchain.materials.queries import EquipmentLine
from cellchain.platform.db import ReadTx

ROWS_MAX = 300
_USES: Any = (
    select(EquipmentUse, StepRecord)
    .join(StepRecord, col(StepRecord.id) == col(EquipmentUse.step_record))
    .where(col(EquipmentUse.equipment) == bindparam("equipment"), col(EquipmentUse.undone_at).is_(None))
    .order_by(col(EquipmentUse.id).desc())
)


@dataclass(frozen=True)
class LogLine:
    """One line: a use has its lot and the title of its step, upkeep has its paper and until when it holds."""

    at: datetime
    shape: str
    what: T
    detail: T | str
    title: Title | None
    lot: str | None
    paper: str
    holds_until: date | None
    person: str


@dataclass(frozen=True)
class EquipmentLog:
    """A piece of equipment with its log, the newest line first."""

    line: EquipmentLine
    lines: tuple[LogLine, ...]
    uses_count: int
    names: Mapping[str, str]


def equipment_log(tx: ReadTx, code: str) -> EquipmentLog:
    """The log of a piece of equipment. Raises NotFound."""
    line = materials.equipment_line(tx, code)
    uses = [_use(tx, use, record) for use, record in tx.many(_USES, limit=ROWS_MAX, equipment=code)]
    done = [
        LogLine(one.at, one.shape, one.what, one.detail, None, None, one.paper, one.holds_until, one.person)
        for one in upkeep.upkeep_of(tx, code)
    ]
    lines = sorted([*uses, *done], key=lambda one: one.at, reverse=True)
    return EquipmentLog(
        line=line,
        lines=tuple(lines),
        uses_count=len(uses),
        names={person: display_name(tx, person) for person in sorted({one.person for one in lines})},
    )


def _use(tx: ReadTx, use: EquipmentUse, record: StepRecord) -> LogLine:
    step = queries.definition_of(tx, use.lot).step(record.step)
    title = None if step is None else step.title
    return LogLine(use.used_at, "off", T("Used"), "", title, use.lot, "", None, use.used_by)
