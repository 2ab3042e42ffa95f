"""Adverse events and the reports they owe. Safety goes on whatever else stops: no data lock silences a clock."""

from typing import Annotated

from pydantic import BaseModel, Field

from cellchain.bedside.infusions import queries as bedside
from cellchain.followup import queries, rules, statements
from cellchain.followup.commands.common import Note, Recipient, open_to_change
from cellchain.followup.lifecycles import (
    CLOCK,
    EVENT,
    ClockPhase,
    EventOutcome,
    EventPhase,
    Expectedness,
    Relatedness,
    Seriousness,
)
from cellchain.followup.models import TERM_LENGTH, AdverseEvent, ReportClock
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import Moment, NoResult, Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.trial import queries as trial

EventId = Annotated[int, Field(ge=1, title="Adverse event")]


class ReportAdverseEvent(Order):
    """What happened, how severe it was (grade) and whether it was serious: two different questions."""

    recipient: Recipient
    term: Annotated[Text, Field(min_length=2, max_length=TERM_LENGTH, title="What happened")]
    grade: Annotated[int, Field(ge=1, le=5, title="Grade", description="CTCAE 5.0: 1 mild to 5 death.")]
    onset_at: Annotated[Moment, Field(title="Began at")]
    aware_at: Annotated[Moment | None, Field(title="Known since", description="Empty: the time of this report.")] = None
    seriousness: Annotated[
        Seriousness | None, Field(title="Serious because of", description="Empty: it is not serious.")
    ] = None
    infusion: Annotated[
        int | None, Field(ge=1, title="During infusion", description="Its number in the house, if it began there.")
    ] = None
    note: Annotated[Note | None, Field(title="Note")] = None


class EventResult(BaseModel, frozen=True):
    """An adverse event, and the clocks that this act started."""

    event: int
    recipient: str
    serious: bool
    clocks: list[int]


@command(event="followup:event:reported", subject="recipient")
def report_adverse_event(tx: CommandTx, by: Actor, order: ReportAdverseEvent) -> EventResult:
    """Report an adverse event. A serious one starts the investigator's clock from when it was known.

    Data that are locked take a new event all the same: the duty to report does not wait for the statistician.
    """
    facts = trial.recipient_facts(tx, order.recipient)
    rules.may_collect(consent_given=trial.consent_given(tx, order.recipient))
    aware_at = order.aware_at or tx.happened_at
    rules.may_report(order.onset_at, aware_at, tx.now, facts.enrolled_at)
    rules.may_grade(order.grade, order.seriousness)
    theirs = {one.id for one in bedside.infusions_of(tx, order.recipient)}
    if order.infusion is not None and order.infusion not in theirs:
        raise Refused("event.infusion_not_theirs", "That infusion was not this recipient's. Check its number.")
    row = tx.add(
        AdverseEvent(
            recipient=order.recipient,
            infusion=order.infusion,
            term=order.term,
            grade=order.grade,
            serious=order.seriousness is not None,
            seriousness=order.seriousness,
            serious_since=None if order.seriousness is None else aware_at,
            onset_at=order.onset_at,
            aware_at=aware_at,
            reported_by=by.person,
            reported_at=tx.now,
            note=order.note,
            phase=EventPhase.OPEN,
        )
    )
    return opened(tx, row)


class ReportByReaction(Order):
    """A reaction at the bedside, as it was recorded there."""

    recipient: Recipient
    infusion: Annotated[int, Field(ge=1)]
    reaction: Annotated[int, Field(ge=1)]


@command(event="followup:event:reported_by_reaction", subject="recipient", internal=True)
def report_by_reaction(tx: CommandTx, by: Actor, order: ReportByReaction) -> EventResult:
    """Make an adverse event of a reaction: once, tied to its infusion. It asks no consent: it happened in our hands."""
    reaction = queries.reaction_of(tx, order.infusion, order.reaction)
    standing = tx.one(statements.EVENT_OF_REACTION, reaction=order.reaction)
    if standing is not None:
        return EventResult(event=standing.id or 0, recipient=order.recipient, serious=standing.serious, clocks=[])
    seriousness = rules.seriousness_of_reaction(reaction.grade)
    row = tx.add(
        AdverseEvent(
            recipient=order.recipient,
            infusion=order.infusion,
            reaction=order.reaction,
            term=reaction.term,
            grade=reaction.grade,
            serious=seriousness is not None,
            seriousness=seriousness,
            serious_since=None if seriousness is None else reaction.reported_at,
            onset_at=reaction.began_at,
            aware_at=reaction.reported_at,
            reported_by=reaction.reported_by,
            reported_at=tx.now,
            note=reaction.note,
            phase=EventPhase.OPEN,
        )
    )
    return opened(tx, row)


def opened(tx: CommandTx, row: AdverseEvent) -> EventResult:
    """What follows from a new event: the investigator's clock, where it is serious."""
    reporting = trial.study_of(tx, row.recipient).reporting
    started = []
    if row.serious_since is not None:
        started = _start(tx, row, [rules.investigator_clock(row.serious_since, reporting)])
    tx.note(adverse_event=row.id, serious=row.serious)
    return EventResult(event=row.id or 0, recipient=row.recipient, serious=row.serious, clocks=started)


def _start(tx: CommandTx, event: AdverseEvent, clocks: list[rules.Clock]) -> list[int]:
    """Start those clocks that this event does not have yet; a clock that runs is never set back."""
    known = {row.kind for row in queries.clocks_of(tx, event.id or 0)}
    started = []
    for clock in clocks:
        if clock.kind not in known:
            row = tx.add(
                ReportClock(
                    event=event.id or 0,
                    kind=clock.kind,
                    starts_at=clock.starts_at,
                    due_at=clock.due_at,
                    phase=ClockPhase.RUNNING,
                )
            )
            started.append(row.id or 0)
    return started


class AssessCausality(Order):
    """The physician's judgement: cause, and whether the reference safety information names it."""

    event: EventId
    relatedness: Annotated[Relatedness, Field(title="Caused by the treatment")]
    expectedness: Annotated[Expectedness, Field(title="Named in the safety information")]
    grade: Annotated[int | None, Field(ge=1, le=5, title="Grade now", description="Empty: as reported.")] = None
    seriousness: Annotated[Seriousness | None, Field(title="Serious because of", description="Empty: as reported.")] = (
        None
    )


class AssessmentResult(BaseModel, frozen=True):
    """What follows from an assessment. `susar`: serious, unexpected and suspected."""

    event: int
    recipient: str
    susar: bool
    clocks: list[int]


@command(
    event="followup:event:assessed",
    signature="I have assessed the cause of this adverse event and whether it was to be expected.",
)
def assess_causality(tx: CommandTx, by: Actor, order: AssessCausality) -> AssessmentResult:
    """Assess an event, again where more is known. A clock that was started is not stopped by a milder judgement."""
    event = _event(tx, order.event)
    reporting = trial.study_of(tx, event.recipient).reporting
    seriousness = order.seriousness or event.seriousness
    grade = order.grade or event.grade
    rules.may_become(event.seriousness, seriousness)
    rules.may_grade(grade, seriousness)
    worse = seriousness is not event.seriousness
    # What makes it serious, or worse, was learned now: a deadline cannot have passed before anybody knew of it.
    since = tx.happened_at if worse else event.serious_since
    event = tx.change(
        event,
        phase=EVENT.move("assess_causality", event.phase),
        grade=grade,
        serious=seriousness is not None,
        seriousness=seriousness,
        serious_since=since,
        relatedness=order.relatedness,
        expectedness=order.expectedness,
        assessed_by=by.person,
        assessed_at=tx.happened_at,
    )
    susar = seriousness is not None and rules.suspected_unexpected(order.relatedness, order.expectedness)
    started: list[int] = []
    if since is not None and seriousness is not None:
        started = _start(tx, event, [rules.investigator_clock(since, reporting)])
        if susar:
            aware_at = since if worse else queries.sponsor_aware_at(tx, event)
            started += _start(tx, event, rules.expedited_clocks(seriousness, aware_at, reporting))
    tx.note(adverse_event=event.id, clocks=len(started))
    return AssessmentResult(event=event.id or 0, recipient=event.recipient, susar=susar, clocks=started)


class SubmitReport(Order):
    """A report that went out. When it did is the event's time."""

    clock: Annotated[int, Field(ge=1, title="Reporting clock")]


class ReportResult(BaseModel, frozen=True):
    """A report and whether it was in time."""

    clock: int
    event: int
    in_time: bool


@command(event="followup:report:submitted")
def submit_report(tx: CommandTx, by: Actor, order: SubmitReport) -> ReportResult:
    """Record that a report was submitted; its clock stands still from then on."""
    clock = tx.lock(ReportClock, order.clock)
    tx.about(tx.get(AdverseEvent, clock.event).recipient)
    rules.may_submit(clock.starts_at, tx.happened_at)
    phase = CLOCK.move("submit_report", clock.phase)
    tx.change(clock, phase=phase, submitted_at=tx.happened_at, submitted_by=by.person)
    in_time = tx.happened_at <= clock.due_at
    tx.note(in_time=in_time)
    return ReportResult(clock=clock.id or 0, event=clock.event, in_time=in_time)


class CloseEvent(Order):
    """How it ended. When it did is the event's time."""

    event: EventId
    outcome: Annotated[EventOutcome, Field(title="How it ended")]


@command(event="followup:event:closed")
def close_event(tx: CommandTx, by: Actor, order: CloseEvent) -> NoResult:
    """Close an event that is assessed and whose reports are made."""
    event = _event(tx, order.event)
    phase = EVENT.move("close_event", event.phase)
    open_to_change(tx, event.recipient)
    rules.may_close(
        event.seriousness,
        order.outcome,
        assessed=event.relatedness is not None,
        clock_runs=any(row.phase == ClockPhase.RUNNING for row in queries.clocks_of(tx, event.id or 0)),
        at=tx.happened_at,
        onset_at=event.onset_at,
    )
    tx.change(event, phase=phase, outcome=order.outcome, closed_by=by.person, closed_at=tx.happened_at)
    return NoResult()


def _event(tx: CommandTx, number: int) -> AdverseEvent:
    row = tx.lock(AdverseEvent, number)
    tx.about(row.recipient)
    return row
