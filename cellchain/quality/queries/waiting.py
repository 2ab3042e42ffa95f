"""How much waits in each list of quality: one question a list, for the page on which QA begins."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, or_
from sqlmodel import col, func, select

from cellchain.kernel.values import dataclass
from cellchain.platform.db import ReadTx
from cellchain.platform.statements import one_of
from cellchain.quality.actions.rules import ActionPhase, Dated
from cellchain.quality.changes.queries import UNMADE
from cellchain.quality.changes.rules import CHANGE, ChangePhase
from cellchain.quality.deviations.rules import due_on
from cellchain.quality.models import (
    Action,
    Alert,
    Change,
    Deviation,
    Extension,
    Hold,
    Investigation,
    Recall,
    Result,
    Specification,
    TestMethod,
    Transfer,
)
from cellchain.quality.recalls.rules import AlertPhase, RecallPhase
from cellchain.quality.rules.investigations import InvestigationPhase
from cellchain.quality.rules.laboratories import TransferPhase
from cellchain.quality.rules.lifecycles import DeviationPhase, HoldPhase, ResultPhase, SpecificationPhase
from cellchain.quality.rules.methods import MethodPhase

DEVIATIONS_MAX = 10_000
TODAY: Any = bindparam("today")


def _counted(model: Any, *conditions: ColumnElement[bool]) -> Any:
    return select(func.count()).select_from(model).where(*conditions)


def _given(dated: Dated, thing: Any) -> Any:
    """The day to which something was moved last: every extension is later than the one before."""
    moved = select(func.max(col(Extension.until))).where(col(Extension.dated) == dated, col(Extension.thing) == thing)
    return moved.scalar_subquery()


def _past(dated: Dated, thing: Any, first: Any) -> Any:
    return func.coalesce(_given(dated, thing), first) < TODAY


_PLANNED = col(Action.phase) == ActionPhase.PLANNED
_TO_CHECK = and_(col(Action.phase) == ActionPhase.DONE, col(Action.check_due_on).is_not(None))
_ACTION_LATE = or_(
    and_(_PLANNED, _past(Dated.ACTION, col(Action.id), col(Action.due_on))),
    and_(_TO_CHECK, _past(Dated.CHECK, col(Action.id), col(Action.check_due_on))),
)
_CHANGE_LATE = or_(
    and_(one_of(Change.phase, UNMADE), _past(Dated.CHANGE, col(Change.id), col(Change.due_on))),
    and_(
        col(Change.phase) == ChangePhase.IMPLEMENTED,
        _past(Dated.CHANGE_CHECK, col(Change.id), col(Change.check_due_on)),
    ),
)
_PENDING = col(Result.phase) == ResultPhase.PENDING

WAITING: Mapping[str, Any] = {
    "holds": _counted(Hold, col(Hold.phase) == HoldPhase.PLACED),
    "investigations": _counted(Investigation, col(Investigation.phase) != InvestigationPhase.CONCLUDED),
    "actions": _counted(Action, or_(_PLANNED, _TO_CHECK)),
    "changes": _counted(Change, one_of(Change.phase, set(ChangePhase) - CHANGE.final)),
    "samples": _counted(Result, or_(_PENDING, col(Result.phase) == ResultPhase.ENTERED)),
    "specifications": _counted(Specification, col(Specification.phase) == SpecificationPhase.DRAFT),
    "methods": _counted(TestMethod, col(TestMethod.phase) == MethodPhase.DRAFT),
    "laboratories": _counted(Transfer, col(Transfer.phase) == TransferPhase.SENT),
    "recalls": _counted(Recall, col(Recall.phase) != RecallPhase.CLOSED),
}
LATE: Mapping[str, Any] = {
    "actions": _counted(Action, _ACTION_LATE),
    "changes": _counted(Change, _CHANGE_LATE),
    "samples": _counted(Result, _PENDING, col(Result.due_on) < TODAY),
}
LATE_ALERTS = _counted(Alert, col(Alert.phase) == AlertPhase.RAISED, col(Alert.due_at) < bindparam("now"))
OPEN_DEVIATIONS: Any = select(
    Deviation.phase, Deviation.severity, Deviation.opened_at, _given(Dated.DEVIATION, col(Deviation.id))
).where(col(Deviation.phase) != DeviationPhase.CLOSED)


@dataclass(frozen=True)
class Waits:
    """How much waits in one list, and how much of it should have been done by now."""

    count: int
    late: int = 0


def waiting(tx: ReadTx) -> dict[str, Waits]:
    """What waits by the name of its list; "due" is what the page of days shows as overdue. Days are the site's."""
    today = tx.today
    late = {name: int(tx.one(statement, today=today)) for name, statement in LATE.items()}
    late["recalls"] = int(tx.one(LATE_ALERTS, now=tx.now))
    found = {name: Waits(int(tx.one(statement)), late.get(name, 0)) for name, statement in WAITING.items()}
    found["deviations"] = _deviations(tx)
    overdue = sum(found[name].late for name in ("deviations", "actions", "changes"))
    return {**found, "due": Waits(overdue, overdue)}


def _deviations(tx: ReadTx) -> Waits:
    """By when a deviation is due hangs on its severity and on the site's day, so each is asked of the rule."""
    rows = tx.many(OPEN_DEVIATIONS, limit=DEVIATIONS_MAX)
    days = [due_on(phase, severity, tx.day_of(opened_at), given) for phase, severity, opened_at, given in rows]
    return Waits(len(days), sum(day is not None and day < tx.today for day in days))
