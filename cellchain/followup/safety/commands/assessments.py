"""What is judged of an event: by the investigator, and by the sponsor, whose judgement adds and takes nothing away."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from cellchain.followup.commands.common import Note
from cellchain.followup.safety import queries, rules
from cellchain.followup.safety.commands.clocks import start, watch
from cellchain.followup.safety.commands.events import DeathCause, DiedAt, EventId, held, serious
from cellchain.followup.safety.lifecycles import EVENT, ActionTaken, Expectedness, Judge, Relatedness, Seriousness
from cellchain.followup.safety.models import AdverseEvent, EventAssessment
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.trial import queries as trial
from cellchain.trial.lifecycles import SiteDuty
from cellchain.trial.setup import queries as setup

Caused = Annotated[Relatedness, Field(title="Caused by the treatment")]
Known = Annotated[Expectedness, Field(title="Named in the safety information")]


class AssessCausality(Order):
    """The physician's judgement: cause, and whether the reference safety information names it."""

    event: EventId
    relatedness: Caused
    expectedness: Known
    grade: Annotated[int | None, Field(ge=1, le=5, title="Grade now", description="Empty: as reported.")] = None
    seriousness: Annotated[Seriousness | None, Field(title="Serious because of", description="Empty: as reported.")] = (
        None
    )
    action: Annotated[
        ActionTaken | None, Field(title="What was done with the treatment", description="Empty: as reported.")
    ] = None
    death_cause: DeathCause = None
    died_at: DiedAt = None


class AssessmentResult(CommandResult):
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
    event = held(tx, order.event)
    setup.named_at(tx, event.recipient, by.person, SiteDuty.INVESTIGATOR)
    before = queries.counted_of(tx, event)
    seriousness = order.seriousness or event.seriousness
    grade = order.grade or event.grade
    cause, died_at = order.death_cause or event.death_cause, order.died_at or event.died_at
    rules.may_become(event.seriousness, seriousness)
    rules.may_grade(grade, seriousness)
    rules.may_die(seriousness, cause, died_at, event.onset_at, tx.now)
    _may_expect(tx, event, order.expectedness, grade, seriousness)
    # What makes it serious, or worse, was learned now: a deadline cannot have passed before anybody knew of it.
    worse = seriousness is not event.seriousness
    since = tx.happened_at if worse else event.serious_since
    event = tx.change(
        event,
        phase=EVENT.move("assess_causality", event.phase),
        grade=grade,
        action=order.action or event.action,
        death_cause=cause,
        died_at=died_at,
        relatedness=order.relatedness,
        expectedness=order.expectedness,
        assessed_by=by.person,
        assessed_at=tx.happened_at,
        **serious(seriousness, since),
    )
    _keep(tx, by, event, Judge.INVESTIGATOR, order.relatedness, order.expectedness)
    started: list[int] = []
    if since is not None:
        reporting = trial.study_of(tx, event.recipient).reporting
        started = start(tx, event, [rules.investigator_clock(since, reporting)])
    aware_at = since if worse and since is not None else queries.sponsor_aware_at(tx, event)
    started += _expedited(tx, event, aware_at)
    watch(tx, before, event)
    return _result(tx, event, started)


class AssessAsSponsor(Order):
    """The sponsor's own judgement. The investigator's stands beside it."""

    event: EventId
    relatedness: Caused
    expectedness: Known
    note: Annotated[Note | None, Field(title="Note")] = None


@command(
    event="followup:event:assessed_by_sponsor",
    signature="I have assessed this adverse event for the sponsor.",
)
def assess_as_sponsor(tx: CommandTx, by: Actor, order: AssessAsSponsor) -> AssessmentResult:
    """Judge an event for the sponsor. It may make a report due that the investigator saw no reason for, never less.

    Day 0 is when the sponsor knew of the event, however late the sponsor judged it; that it is closed hinders nothing.
    """
    event = held(tx, order.event)
    before = queries.counted_of(tx, event)
    _may_expect(tx, event, order.expectedness, event.grade, event.seriousness)
    event = tx.change(
        event,
        sponsor_relatedness=order.relatedness,
        sponsor_expectedness=order.expectedness,
    )
    _keep(tx, by, event, Judge.SPONSOR, order.relatedness, order.expectedness, order.note)
    started = _expedited(tx, event, queries.sponsor_aware_at(tx, event))
    watch(tx, before, event)
    return _result(tx, event, started)


def _may_expect(
    tx: CommandTx, event: AdverseEvent, expectedness: Expectedness, grade: int, seriousness: Seriousness | None
) -> None:
    safety = trial.study_of(tx, event.recipient).safety
    rules.may_expect(expectedness, event.coded, grade, seriousness, safety)


def _keep(
    tx: CommandTx,
    by: Actor,
    event: AdverseEvent,
    judge: Judge,
    relatedness: Relatedness,
    expectedness: Expectedness,
    note: str | None = None,
) -> None:
    tx.add(
        EventAssessment(
            event=event.id or 0,
            judge=judge,
            relatedness=relatedness,
            expectedness=expectedness,
            reference=trial.study_of(tx, event.recipient).safety.reference,
            grade=event.grade,
            seriousness=event.seriousness,
            note=note,
            assessed_by=by.person,
            assessed_at=tx.happened_at,
        )
    )


def _expedited(tx: CommandTx, event: AdverseEvent, aware_at: datetime) -> list[int]:
    """Start the clocks of a SUSAR, where it has become one."""
    if event.seriousness is None or not queries.is_susar(event):
        return []
    reporting = trial.study_of(tx, event.recipient).reporting
    return start(tx, event, rules.expedited_clocks(event.seriousness, aware_at, reporting, tx.zone))


def _result(tx: CommandTx, event: AdverseEvent, started: list[int]) -> AssessmentResult:
    tx.note(adverse_event=event.id, clocks=len(started))
    return AssessmentResult(
        event=event.id or 0, recipient=event.recipient, susar=queries.is_susar(event), clocks=started
    )
