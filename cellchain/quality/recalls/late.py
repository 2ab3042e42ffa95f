"""A test that turns out positive after the release (domain.md 3.5): found, stopped and told in one act."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from cellchain.kernel.canonical import Json
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.quality.commands.common import ResultField, open_one, rule_account, rule_words
from cellchain.quality.models import Disposition, Hold, Result
from cellchain.quality.recalls import queries, rules
from cellchain.quality.recalls.common import raise_alerts, want_physicians
from cellchain.quality.recalls.models import LatePositive
from cellchain.quality.recalls.queries import Scope
from cellchain.quality.recalls.rules import Audience
from cellchain.quality.rules.lifecycles import DispositionPhase, HoldCause, HoldPhase, Outcome, Severity

LATE = "quality:late_positive:reported"
# What more would come out of a lot in one of these: a batch that is not released yet, a bank that is thawed from.
_SOURCES = (DispositionPhase.QUARANTINED, DispositionPhase.RELEASED_FOR_FURTHER_USE)


class LatePositiveResult(CommandResult):
    """What a late positive reached: every bag of the same origin, and what was held."""

    late_positive: int
    deviation: int
    number: str
    lot: str
    bags: list[str]
    held: list[str]


class ReportLatePositive(Order):
    """A test that turned out positive after its lot was released."""

    result: ResultField
    organism: Annotated[
        Text, Field(min_length=2, max_length=120, title="Organism", description="Or: not identified yet.")
    ]
    susceptibility: Annotated[Text | None, Field(max_length=400, title="Susceptibility")] = None


@command(event=LATE)
def report_late_positive(tx: CommandTx, by: Actor, order: ReportLatePositive) -> LatePositiveResult:
    """Hold everything of the same origin that still has something in it, open a deviation, and tell QA, the sponsor and
    each treating physician; what follows for the recipients, follow-up opens by itself.

    The release stays in the record. Raises Refused `result.not_failed`, `late_positive.not_released`,
    `late_positive.reported_already`.
    """
    result = tx.lock(Result, order.result)
    tx.about(result.lot)
    disposition = tx.lock(Disposition, result.lot)
    rules.may_report_late(
        outcome=Outcome(result.outcome),
        phase=disposition.phase,
        reported=queries.is_reported(tx, order.result),
    )
    scope = queries.siblings_of(tx, result.lot)
    exposed = queries.scope_of(tx, result.lot).bags
    held = _hold(tx, _unused(tx, result.lot, scope), f"Late positive: {order.organism}")
    facts: dict[str, Json] = {"result": order.result, "test": result.test, "organism": order.organism}
    deviation = open_one(
        tx,
        subject=result.sample,
        lot=result.lot,
        title=rule_words(LATE),
        description=rule_account(LATE, facts),
        rule=LATE,
        facts=facts,
        severity=Severity.CRITICAL,
    )
    row = tx.add(
        LatePositive(
            lot=result.lot,
            result=order.result,
            deviation=deviation.deviation,
            organism=order.organism,
            susceptibility=order.susceptibility,
            bags=list(scope.bags),
            exposed=list(exposed),
            held=held,
            reported_by=by.person,
            reported_at=tx.now,
        )
    )
    raise_alerts(tx, [(Audience.QA, None), (Audience.SPONSOR, None)], late_positive=row.id)
    want_physicians(tx, scope.bags, late_positive=row.id)
    tx.note(late_positive=row.id, lot=result.lot, result=order.result, deviation=deviation.deviation)
    tx.note(
        organism=order.organism,
        bags=len(scope.bags),
        lots=list[Json](scope.lots),
        held=len(held),
        exposed=list[Json](exposed),
    )
    return LatePositiveResult(
        late_positive=row.id or 0,
        deviation=deviation.deviation,
        number=deviation.number,
        lot=result.lot,
        bags=list(scope.bags),
        held=held,
    )


def _unused(tx: CommandTx, lot: str, scope: Scope) -> list[str]:
    """The lot, its siblings out of which more would come, and every container of them with something in it."""
    phases = queries.dispositions_among(tx, scope.lots)
    sources = [one for one in scope.lots if one != lot and phases.get(one) in _SOURCES]
    return [lot, *sources, *scope.left]


def _hold(tx: CommandTx, subjects: Sequence[str], reason: str) -> list[str]:
    """Hold many things for this cause, and say which were not held for it before."""
    before = queries.held_among(tx, subjects, HoldCause.LATE_POSITIVE)
    fresh = [code for code in subjects if code not in before]
    tx.add_all(
        [
            Hold(
                subject=code,
                cause=HoldCause.LATE_POSITIVE,
                reason=reason,
                phase=HoldPhase.PLACED,
                placed_by=tx.by.person,
                placed_at=tx.happened_at,
            )
            for code in fresh
        ]
    )
    return fresh
