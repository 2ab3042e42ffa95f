"""Who is told of a recall or a late positive, and says that they have read it."""

from typing import Annotated

from pydantic import Field

from cellchain.identity.codes import PersonCode
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, NoResult, Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.quality.recalls import queries, rules
from cellchain.quality.recalls.common import raise_alerts
from cellchain.quality.recalls.models import Alert, LatePositive, Recall
from cellchain.quality.recalls.rules import ALERT, AlertPhase, Audience

PHYSICIANS_MAX = 500


class AlertResult(CommandResult):
    """An alert, and where it stands."""

    alert: int
    phase: AlertPhase


class AcknowledgeAlert(Order):
    """An alert that somebody has read."""

    alert: Annotated[int, Field(ge=1, title="Alert")]


@command(event="quality:alert:acknowledged")
def acknowledge_alert(tx: CommandTx, by: Actor, order: AcknowledgeAlert) -> AlertResult:
    """Say that one has read an alert and acts on it. Raises Refused `alert.not_for_you`, `alert.own`, `alert.phase`."""
    row = tx.lock(Alert, order.alert)
    tx.about(_subject(tx, row))
    phase = AlertPhase(ALERT.move("acknowledge_alert", row.phase))
    rules.may_acknowledge(Audience(row.audience), by.roles, raised_by=row.raised_by, by=by.person)
    tx.change(row, phase=phase, acknowledged_by=by.person, acknowledged_at=tx.now)
    tx.note(audience=row.audience.value, late=tx.now > row.due_at, exercise=row.exercise)
    return AlertResult(alert=row.id or 0, phase=phase)


def _subject(tx: CommandTx, row: Alert) -> str:
    if row.late_positive is not None:
        return tx.get(LatePositive, row.late_positive).lot
    found = tx.get(Recall, row.recall)
    return rules.Criteria(found.root, found.also, found.deviation).subject


class AlertPhysicians(Order):
    """The physicians who treat whoever got something of it, as the trial named them."""

    recall: Annotated[int | None, Field(ge=1)] = None
    late_positive: Annotated[int | None, Field(ge=1)] = None
    exercise: bool = False
    physicians: Annotated[list[PersonCode], Field(max_length=PHYSICIANS_MAX)]


@command(event="quality:physicians:alerted", internal=True)
def alert_physicians(tx: CommandTx, by: Actor, order: AlertPhysicians) -> NoResult:
    """Tell each treating physician once."""
    known = queries.alerts_of(tx, recall=order.recall, late_positive=order.late_positive)
    told = {row.person for row in known if row.audience is Audience.PHYSICIAN}
    fresh = [(Audience.PHYSICIAN, str(one)) for one in order.physicians if one not in told]
    raise_alerts(tx, fresh, recall=order.recall, late_positive=order.late_positive, exercise=order.exercise)
    tx.note(count=len(fresh))
    return NoResult()
