"""What at a bench may be taken back: the last value, material or machine that this person entered here just now."""

from datetime import datetime
from typing import Any

from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.labels.scanning import queries as scanning
from cellchain.labels.scanning.rules import UNDO_WITHIN
from cellchain.ledger.actor import Actor
from cellchain.manufacturing.queries import EQUIPMENT_TABLE, MATERIAL_TABLE, VALUE_TABLE
from cellchain.manufacturing.record_views import StepView
from cellchain.manufacturing.rules.definition import Standing
from cellchain.platform.db import ReadTx

# What each of these wrote is a row of one table.
TABLES = {
    "manufacturing:value:recorded": VALUE_TABLE,
    "manufacturing:material:used": MATERIAL_TABLE,
    "manufacturing:equipment:used": EQUIPMENT_TABLE,
}
INSTEAD = T("Correct a value with a reason; for anything else open a deviation.")


@dataclass(frozen=True)
class Undoable:
    """What UNDO would take back now, and until when."""

    entry: int
    what: T | str
    until: datetime


def done_in(row: Any) -> scanning.Done | None:
    """What an entry of the bench did; None for any other entry."""
    table = TABLES.get(row.event)
    return None if table is None else scanning.done_in(row, frozenset({table}))


def last_of(tx: ReadTx, lot: str, running: StepView | None, actor: Actor, language: str) -> Undoable | None:
    """What this person may take back in the running step: the newest of it that stands still."""
    if running is None:
        return None
    for row in scanning.own_last(tx, lot, actor, frozenset(TABLES), tx.now):
        done = done_in(row)
        if done is None or done.by_itself or done.act.station != actor.device:
            continue
        what = _standing(running, done, language)
        if what is not None:
            return Undoable(row.seq, what, row.at + UNDO_WITHIN)
    return None


def _standing(running: StepView, done: scanning.Done, language: str) -> T | str | None:
    """What the row of an entry is called, where it counts in the running step and may be taken back."""
    if done.table == VALUE_TABLE:
        value = next((one for one in running.values if one.id == done.key), None)
        if value is None or value.title is None or running.current(value.parameter) is not value:
            return None
        return None if value.standing == Standing.ACTION else value.title.title.words(language)
    uses = running.materials if done.table == MATERIAL_TABLE else running.equipment
    return next((one.name for one in uses if one.id == done.key), None)
