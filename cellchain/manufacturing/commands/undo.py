"""Taking the last entry at the bench back: a new entry, and the old one stays readable."""

from collections.abc import Callable, Mapping
from typing import Annotated

from pydantic import Field

from cellchain.identity.codes import LotCode, NotACode
from cellchain.labels.scanning import rules
from cellchain.labels.scanning.queries import Done
from cellchain.ledger.actor import Actor
from cellchain.ledger.queries import entry
from cellchain.ledger.registry import CommandResult, Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries
from cellchain.manufacturing.commands.common import Running, running_step, settle
from cellchain.manufacturing.models import EquipmentUse, StepValue
from cellchain.manufacturing.rules import steps
from cellchain.manufacturing.rules.lifecycles import VALUE
from cellchain.manufacturing.undo import INSTEAD, done_in
from cellchain.materials.commands import unbook_use
from cellchain.materials.rules import may_take_back


class UndoResult(CommandResult):
    """What was taken back: the number of its entry, and what it was about."""

    lot: str
    entry: int
    what: str


class Undo(Order):
    """The entry that was a mistake."""

    entry: Annotated[int, Field(ge=1, title="Entry", description="Its number in the ledger.")]


@command(event="manufacturing:entry:undone")
def undo(tx: CommandTx, by: Actor, order: Undo) -> UndoResult:
    """Take a value, a material or a machine of the running step back, within 60 seconds.

    Raises NotFound, Refused `undo.not_here`, `.too_late`, `.nothing`, `.step_completed`, `.done_already`,
    `.outside_limit`, `step.none_running`.
    """
    row = entry(tx, order.entry)
    done = done_in(row)
    lot = _lot_of(row.subject)
    if done is None or done.by_itself or lot is None:
        raise rules.nothing_to_undo(INSTEAD)
    rules.may_undo(done.act, by.person, by.device, tx.now, INSTEAD)
    running = running_step(tx, lot)
    what = _TAKES_BACK[done.table](tx, running, done)
    tx.note(undoes=done.entry, what=what, step_record=running.record.id)
    return UndoResult(lot=lot, entry=done.entry, what=what)


def _lot_of(subject: str | None) -> LotCode | None:
    try:
        return None if subject is None else LotCode(subject)
    except (NotACode, ValueError):
        return None


def _value(tx: CommandTx, running: Running, done: Done) -> str:
    row = tx.lock(StepValue, done.key)
    may_take_back(None, is_running=row.step_record == running.record.id)
    parameter = running.step.parameter(row.parameter)
    steps.may_undo_value(None if parameter is None else parameter.standing(row.value))
    row = tx.change(row, phase=VALUE.move("undo", row.phase))
    settle(tx, running.record, running.step)
    return row.parameter


def _material(tx: CommandTx, running: Running, done: Done) -> str:
    return unbook_use(tx, done.key, running.lot.code, running.words)


def _equipment(tx: CommandTx, running: Running, done: Done) -> str:
    row = tx.lock(EquipmentUse, done.key)
    may_take_back(row.undone_at, is_running=row.step_record == running.record.id)
    return tx.change(row, undone_at=tx.now).equipment


_TAKES_BACK: Mapping[str, Callable[[CommandTx, Running, Done], str]] = {
    queries.VALUE_TABLE: _value,
    queries.MATERIAL_TABLE: _material,
    queries.EQUIPMENT_TABLE: _equipment,
}
