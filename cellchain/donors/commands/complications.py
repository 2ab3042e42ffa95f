"""What a harvest did to a donor, until it is over."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from cellchain.donors.commands.common import DonationField, id_of
from cellchain.donors.models import Complication, Donation
from cellchain.donors.rules import harvest as rules
from cellchain.donors.rules.lifecycles import (
    COMPLICATION,
    ComplicationAction,
    ComplicationKind,
    ComplicationPhase,
)
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Moment, Order, Text, command
from cellchain.ledger.tx import CommandTx


class ComplicationResult(CommandResult):
    """A complication, and whether it lasts."""

    complication: int
    donation: str
    phase: ComplicationPhase


class ComplicationSeen(BaseModel, frozen=True, extra="forbid", str_strip_whitespace=True):
    """What it is, how grave, and what was done about it."""

    kind: Annotated[ComplicationKind, Field(title="What")]
    grade: Annotated[
        int, Field(ge=rules.GRADE_MIN, le=rules.GRADE_MAX, title="Grade", description="1 mild to 5 death (CTCAE).")
    ]
    action: Annotated[ComplicationAction, Field(title="What was done")]
    note: Annotated[Text | None, Field(max_length=500, title="In words", description="Needed where it is another.")] = (
        None
    )


class ReportComplication(Order):
    """A complication that somebody heard of between visits."""

    donation: DonationField
    noticed_at: Annotated[Moment, Field(title="Noticed")]
    complication: Annotated[ComplicationSeen, Field(title="Complication")]


@command(event="donors:complication:reported", subject="donation")
def report_complication(tx: CommandTx, by: Actor, order: ReportComplication) -> ComplicationResult:
    """Report a complication of a harvest; a severe one opens a deviation. Raises Refused `complication.times`,
    `.needs_words`."""
    donation = tx.lock(Donation, order.donation)
    [row] = keep_complications(tx, by, donation, [order.complication], order.noticed_at)
    return _result(row)


class ResolveComplication(Order):
    """A complication is over."""

    complication: Annotated[int, Field(ge=1, title="Complication")]
    resolved_at: Annotated[Moment, Field(title="Over since")]


@command(event="donors:complication:resolved")
def resolve_complication(tx: CommandTx, by: Actor, order: ResolveComplication) -> ComplicationResult:
    """Record that a complication is over. Raises NotFound, or Refused `complication.phase`, `.resolved_times`."""
    row = tx.lock(Complication, order.complication)
    tx.about(row.donation)
    phase = COMPLICATION.move("resolve", row.phase)
    rules.may_resolve(row.noticed_at, order.resolved_at, tx.now)
    return _result(tx.change(row, phase=phase, resolved_at=order.resolved_at))


def keep_complications(
    tx: CommandTx,
    by: Actor,
    donation: Donation,
    seen: Sequence[ComplicationSeen],
    noticed_at: datetime,
    visit: int | None = None,
) -> list[Complication]:
    """Keep what was seen at one time, at a visit or without one; quality hears of what is severe."""
    kept = []
    for one in seen:
        rules.may_report_complication(one.kind, noticed_at, donation.started_at, tx.now, has_note=bool(one.note))
        row = tx.add(
            Complication(
                donation=donation.code,
                visit=visit,
                kind=one.kind,
                grade=one.grade,
                action=one.action,
                phase=ComplicationPhase.OPEN,
                noticed_at=noticed_at,
                note=one.note,
                reported_by=by.person,
            )
        )
        if one.grade >= rules.GRADE_SEVERE:
            facts = {"complication": str(one.kind), "grade": one.grade, "number": id_of(row.id)}
            tx.record("donors:complication:severe", donation.code, donor=donation.donor, **facts)
        kept.append(row)
    return kept


def _result(row: Complication) -> ComplicationResult:
    return ComplicationResult(complication=id_of(row.id), donation=row.donation, phase=row.phase)
