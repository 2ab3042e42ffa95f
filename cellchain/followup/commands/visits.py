"""Planning, recording and missing visits."""

from datetime import date
from typing import Annotated

from pydantic import Field

from cellchain.bedside.infusions import queries as bedside
from cellchain.followup import rules, statements
from cellchain.followup.commands.common import (
    OutcomeCode,
    Recipient,
    VisitId,
    measure,
    open_to_change,
    visit_to_change,
)
from cellchain.followup.lifecycles import VISIT, MissingReason, VisitPhase
from cellchain.followup.models import Visit
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Day, Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.trial import queries as trial
from cellchain.trial.definition import StudyDefinition
from cellchain.trial.lifecycles import VISITS
from cellchain.trial.setup import queries as setup


class PlanVisits(Order):
    """Weeks are counted from the first infusion, or from two weeks after randomisation until there is one."""

    recipient: Recipient


class PlanResult(CommandResult):
    """How many visits were put on the calendar or moved, and the day from which weeks are counted."""

    recipient: str
    visits: int
    anchor: str


@command(event="followup:visits:planned", subject="recipient")
def plan_visits(tx: CommandTx, by: Actor, order: PlanVisits) -> PlanResult:
    """Plan every visit of the study's definition. Done again, it moves those that are still planned and no other."""
    study = open_to_change(tx, order.recipient)
    facts = trial.recipient_facts(tx, order.recipient)
    rules.may_plan(facts.randomised_at)
    rules.may_collect(consent_given=trial.consent_given(tx, order.recipient))
    rules.may_plan_more(facts.phase)
    setup.named_at(tx, order.recipient, by.person, *VISITS)
    return _plan(tx, order.recipient, study)


class PlanVisitsByTreatment(Order):
    """Somebody who was randomised, or whose treatment began."""

    recipient: Recipient


@command(event="followup:visits:planned_by_rule", subject="recipient", internal=True)
def plan_visits_by_treatment(tx: CommandTx, by: Actor, order: PlanVisitsByTreatment) -> PlanResult:
    """Whoever is randomised has visits from that moment; the first infusion counts their weeks anew.

    It refuses nothing, because it must not stop a treatment: in data that are locked, nothing moves.
    """
    study = trial.study_of(tx, order.recipient)
    if tx.one(statements.STANDING_LOCK, study=study.code) is None:
        return _plan(tx, order.recipient, study)
    return PlanResult(recipient=order.recipient, visits=0, anchor=_anchor(tx, order.recipient).isoformat())


def _anchor(tx: CommandTx, recipient: str) -> date:
    randomised_at = rules.may_plan(trial.recipient_facts(tx, recipient).randomised_at)
    infusions = bedside.infusions_of(tx, recipient)
    first = tx.day_of(infusions[0].started_at) if infusions else None
    return rules.anchor_day(first, tx.day_of(randomised_at))


def _plan(tx: CommandTx, recipient: str, study: StudyDefinition) -> PlanResult:
    anchor = _anchor(tx, recipient)
    changed = 0
    for dates in rules.planned_visits(study.visits, anchor):
        known = tx.one(statements.VISIT_OF, recipient=recipient, code=dates.code)
        if known is None:
            tx.add(
                Visit(
                    recipient=recipient,
                    code=dates.code,
                    scheduled=True,
                    due_on=dates.due_on,
                    window_from=dates.window_from,
                    window_until=dates.window_until,
                    phase=VisitPhase.PLANNED,
                )
            )
            changed += 1
        elif known.phase == VisitPhase.PLANNED and known.due_on != dates.due_on:
            held = tx.lock(Visit, known.id)
            tx.change(held, due_on=dates.due_on, window_from=dates.window_from, window_until=dates.window_until)
            changed += 1
    return PlanResult(recipient=recipient, visits=changed, anchor=anchor.isoformat())


class RecordVisit(Order):
    """A visit that took place."""

    visit: VisitId
    visited_on: Annotated[Day, Field(title="Took place on")]


class VisitResult(CommandResult):
    """A visit, where it stands now, and whether it took place within its window (None: it has none, or none took)."""

    visit: int
    recipient: str
    phase: str
    in_window: bool | None = None


@command(event="followup:visit:recorded")
def record_visit(tx: CommandTx, by: Actor, order: RecordVisit) -> VisitResult:
    """Record that a visit took place. A day outside the window is kept as it was, and says so."""
    visit = visit_to_change(tx, order.visit)
    _may_take_place(tx, by, visit.recipient, order.visited_on)
    visit = tx.change(
        visit,
        phase=VISIT.move("record_visit", visit.phase),
        visited_on=order.visited_on,
        recorded_by=by.person,
        recorded_at=tx.now,
    )
    in_window = visit.window_from <= order.visited_on <= visit.window_until
    tx.note(in_window=in_window)
    return VisitResult(visit=visit.id or 0, recipient=visit.recipient, phase=visit.phase, in_window=in_window)


class RecordUnscheduledVisit(Order):
    """A visit that is none of the plan: between two of them, or before the first infusion."""

    recipient: Recipient
    visited_on: Annotated[Day, Field(title="Took place on")]


@command(event="followup:visit:unscheduled", subject="recipient")
def record_unscheduled_visit(tx: CommandTx, by: Actor, order: RecordUnscheduledVisit) -> VisitResult:
    """Record a visit that was not planned. It stands beside the plan and in the place of no visit of it."""
    open_to_change(tx, order.recipient)
    _may_take_place(tx, by, order.recipient, order.visited_on)
    rules.may_be_unscheduled(order.visited_on, tx.many(statements.DAYS_OF, limit=1_000, recipient=order.recipient))
    visit = tx.add(
        Visit(
            recipient=order.recipient,
            code=rules.UNSCHEDULED,
            scheduled=False,
            due_on=order.visited_on,
            window_from=order.visited_on,
            window_until=order.visited_on,
            visited_on=order.visited_on,
            recorded_by=by.person,
            recorded_at=tx.now,
            phase=VisitPhase.DONE,
        )
    )
    return VisitResult(visit=visit.id or 0, recipient=visit.recipient, phase=visit.phase)


def _may_take_place(tx: CommandTx, by: Actor, recipient: str, visited_on: date) -> None:
    setup.named_at(tx, recipient, by.person, *VISITS)
    rules.may_collect(consent_given=trial.consent_given(tx, recipient))
    randomised_at = rules.may_plan(trial.recipient_facts(tx, recipient).randomised_at)
    rules.may_visit(visited_on, tx.today, tx.day_of(randomised_at))


class MarkMissing(Order):
    """Why there is nothing: for the whole visit, or for one measurement of a visit that took place."""

    visit: VisitId
    why: Annotated[MissingReason, Field(title="Why it is missing")]
    outcome: Annotated[
        OutcomeCode | None, Field(title="What was measured", description="Empty: the whole visit is missing.")
    ] = None


@command(event="followup:visit:missed")
def mark_missing(tx: CommandTx, by: Actor, order: MarkMissing) -> VisitResult:
    """Say why a visit or a measurement is missing. It stays missing: never zero, never carried on."""
    visit = visit_to_change(tx, order.visit)
    setup.named_at(tx, visit.recipient, by.person, *VISITS)
    facts = trial.recipient_facts(tx, visit.recipient)
    rules.may_miss(
        order.why,
        facts.phase,
        visit.window_from,
        tx.today,
        whole_visit=order.outcome is None,
    )
    tx.note(reason=order.why.value, outcome=order.outcome)
    if order.outcome is not None:
        measure(tx, by, visit, order.outcome, missing=order.why)
    else:
        visit = tx.change(
            visit,
            phase=VISIT.move("mark_missing", visit.phase),
            missing_reason=order.why,
            recorded_by=by.person,
            recorded_at=tx.now,
        )
    return VisitResult(visit=visit.id or 0, recipient=visit.recipient, phase=visit.phase)
