"""Planning, recording and missing visits, and what is measured at them."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field

from cellchain.bedside.infusions import queries as bedside
from cellchain.followup import rules, statements
from cellchain.followup.commands.common import Note, OutcomeCode, Recipient, VisitId, open_to_change, visit_to_change
from cellchain.followup.lifecycles import MEASUREMENT, VISIT, MeasurementPhase, MissingReason, VisitPhase
from cellchain.followup.models import UNIT_LENGTH, Measurement, Visit
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import Day, Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.trial import queries as trial


class PlanVisits(Order):
    """Weeks are counted from the first infusion, or from two weeks after randomisation until there is one."""

    recipient: Recipient


class PlanResult(BaseModel, frozen=True):
    """How many visits were put on the calendar or moved, and the day from which weeks are counted."""

    recipient: str
    visits: int
    anchor: str


@command(event="followup:visits:planned", subject="recipient")
def plan_visits(tx: CommandTx, by: Actor, order: PlanVisits) -> PlanResult:
    """Plan every visit of the study's definition. Done again, it moves those that are still planned and no other."""
    study = open_to_change(tx, order.recipient)
    facts = trial.recipient_facts(tx, order.recipient)
    randomised_at = rules.may_plan(facts.randomised_at)
    rules.may_collect(consent_given=trial.consent_given(tx, order.recipient))
    rules.may_plan_more(facts.phase)
    infusions = bedside.infusions_of(tx, order.recipient)
    first = tx.day_of(infusions[0].started_at) if infusions else None
    anchor = rules.anchor_day(first, tx.day_of(randomised_at))
    changed = 0
    for dates in rules.planned_visits(study.visits, anchor):
        known = tx.one(statements.VISIT_OF, recipient=order.recipient, code=dates.code)
        if known is None:
            tx.add(
                Visit(
                    recipient=order.recipient,
                    code=dates.code,
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
    return PlanResult(recipient=order.recipient, visits=changed, anchor=anchor.isoformat())


class RecordVisit(Order):
    """A visit that took place."""

    visit: VisitId
    visited_on: Annotated[Day, Field(title="Took place on")]


class VisitResult(BaseModel, frozen=True):
    """A visit, where it stands now, and whether it took place within its window (None: it did not take place)."""

    visit: int
    recipient: str
    phase: str
    in_window: bool | None = None


@command(event="followup:visit:recorded")
def record_visit(tx: CommandTx, by: Actor, order: RecordVisit) -> VisitResult:
    """Record that a visit took place. A day outside the window is kept as it was, and says so."""
    visit = visit_to_change(tx, order.visit)
    rules.may_collect(consent_given=trial.consent_given(tx, visit.recipient))
    randomised_at = rules.may_plan(trial.recipient_facts(tx, visit.recipient).randomised_at)
    rules.may_visit(order.visited_on, tx.today, tx.day_of(randomised_at))
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
        _measure(tx, by, visit, order.outcome, None, order.why)
    else:
        visit = tx.change(
            visit,
            phase=VISIT.move("mark_missing", visit.phase),
            missing_reason=order.why,
            recorded_by=by.person,
            recorded_at=tx.now,
        )
    return VisitResult(visit=visit.id or 0, recipient=visit.recipient, phase=visit.phase)


class RecordMeasurement(Order):
    """One outcome at one visit, in the study's unit."""

    visit: VisitId
    outcome: OutcomeCode
    value: Annotated[Decimal, Field(gt=0, le=100_000, decimal_places=6, title="Value", description="For example 2.41.")]
    unit: Annotated[
        Text, Field(min_length=1, max_length=UNIT_LENGTH, title="Unit", description="L, mmol/min/kPa or m.")
    ]
    why: Annotated[Note | None, Field(title="Why it is corrected", description="Only where a value stands.")] = None


class MeasurementResult(BaseModel, frozen=True):
    """A measurement as stored: a whole number of 10^-decimals of its unit."""

    measurement: int
    visit: int
    recipient: str
    value: int
    unit: str
    replaces: int | None


@command(event="followup:measurement:recorded")
def record_measurement(tx: CommandTx, by: Actor, order: RecordMeasurement) -> MeasurementResult:
    """Record a raw value with its unit; with a reason it replaces the one that stands, and both stay readable.

    Percent of predicted is not typed: the GLI equations (2022 for FVC, 2017 with the 2020 correction for DLCO) come
    with issue 6, and then compute it from the raw value for every measurement alike.
    """
    visit = visit_to_change(tx, order.visit)
    rules.may_collect(consent_given=trial.consent_given(tx, visit.recipient))
    known = rules.outcome_of(trial.study_of(tx, visit.recipient), visit.code, order.outcome)
    value = rules.stored_value(order.value, order.unit, known)
    row = _measure(tx, by, visit, order.outcome, value, None, order.why)
    tx.note(outcome=order.outcome)
    return MeasurementResult(
        measurement=row.id or 0,
        visit=visit.id or 0,
        recipient=visit.recipient,
        value=value,
        unit=row.unit,
        replaces=row.replaces,
    )


def _measure(
    tx: CommandTx,
    by: Actor,
    visit: Visit,
    outcome: str,
    value: int | None,
    missing: MissingReason | None,
    why: str | None = None,
) -> Measurement:
    """Put a value, or the reason why there is none, in the place of whatever stands for this outcome."""
    if visit.phase != VisitPhase.DONE:
        raise Refused("measurement.no_visit", "This visit is not recorded as done. Record the visit first.")
    known = rules.outcome_of(trial.study_of(tx, visit.recipient), visit.code, outcome)
    standing = tx.one(statements.CURRENT, visit=visit.id, outcome=outcome)
    rules.may_replace(exists=standing is not None, why=why)
    if standing is not None:
        held = tx.lock(Measurement, standing.id)
        tx.change(held, phase=MEASUREMENT.move("correct", held.phase))
    return tx.add(
        Measurement(
            visit=visit.id or 0,
            outcome=outcome,
            value=value,
            unit=known.unit,
            missing_reason=missing,
            entered_by=by.person,
            entered_at=tx.now,
            replaces=None if standing is None else standing.id,
            reason=why,
            phase=MeasurementPhase.CURRENT,
        )
    )
