"""Adverse events and the clocks they start. Safety goes on whatever else stops: no data lock silences a clock."""

from typing import Annotated, Any

from pydantic import Field

from cellchain.bedside.given import given_to
from cellchain.followup import rules as followup_rules
from cellchain.followup.commands.common import Note, Recipient, open_to_change
from cellchain.followup.safety import queries, rules, statements, terms
from cellchain.followup.safety.commands.clocks import EventResult, opened
from cellchain.followup.safety.lifecycles import (
    EVENT,
    ActionTaken,
    ClockPhase,
    EventOutcome,
    EventPhase,
    Seriousness,
)
from cellchain.followup.safety.models import CODE_LENGTH, SLUG_LENGTH, TERM_LENGTH, AdverseEvent
from cellchain.followup.safety.origins import last_before
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import Moment, NoResult, Order, Text, command, listed
from cellchain.ledger.tx import CommandTx
from cellchain.trial import queries as trial

EventId = Annotated[int, Field(ge=1, title="Adverse event")]
Coded = Annotated[
    Text | None,
    Field(max_length=SLUG_LENGTH, title="Term of the list", json_schema_extra=listed(terms.CATALOGUE)),
]
DictionaryCode = Annotated[
    str | None,
    Field(
        pattern=rf"^[0-9]{{1,{CODE_LENGTH}}}$",
        title="Code in a licensed dictionary",
        description="For those who hold a licence, such as for MedDRA.",
    ),
]
DeathCause = Annotated[
    Note | None, Field(title="Cause of death", description="Only for death: what is known, or that it is not yet.")
]
DiedAt = Annotated[Moment | None, Field(title="Died at", description="Only for death.")]


class ReportAdverseEvent(Order):
    """What happened, how severe it was (grade) and whether it was serious: two different questions."""

    recipient: Recipient
    term: Annotated[Text, Field(min_length=2, max_length=TERM_LENGTH, title="What happened")]
    coded: Coded = None
    grade: Annotated[int, Field(ge=1, le=5, title="Grade", description="CTCAE 5.0: 1 mild to 5 death.")]
    onset_at: Annotated[Moment, Field(title="Began at")]
    aware_at: Annotated[Moment | None, Field(title="Known since", description="Empty: the time of this report.")] = None
    seriousness: Annotated[
        Seriousness | None, Field(title="Serious because of", description="Empty: it is not serious.")
    ] = None
    action: Annotated[ActionTaken | None, Field(title="What was done with the treatment")] = None
    death_cause: DeathCause = None
    died_at: DiedAt = None
    infusion: Annotated[
        int | None,
        Field(ge=1, title="After infusion", description="Empty: the last one that began before it. The house knows."),
    ] = None
    note: Annotated[Note | None, Field(title="Note")] = None
    dictionary_code: DictionaryCode = None


@command(event="followup:event:reported", subject="recipient")
def report_adverse_event(tx: CommandTx, by: Actor, order: ReportAdverseEvent) -> EventResult:
    """Report an adverse event. A serious one starts the investigator's clock from when it was known.

    Data that are locked take a new event all the same: the duty to report does not wait for the statistician.
    """
    facts = trial.recipient_facts(tx, order.recipient)
    followup_rules.may_collect(consent_given=trial.consent_given(tx, order.recipient))
    aware_at = order.aware_at or tx.happened_at
    rules.may_report(order.onset_at, aware_at, tx.now, facts.enrolled_at)
    rules.may_grade(order.grade, order.seriousness)
    rules.may_die(order.seriousness, order.death_cause, order.died_at, order.onset_at, tx.now)
    row = tx.add(
        AdverseEvent(
            recipient=order.recipient,
            infusion=_infusion(tx, order),
            term=order.term,
            coded=terms.coded_as(order.term) if order.coded is None else terms.known(order.coded),
            dictionary_code=order.dictionary_code,
            grade=order.grade,
            action=order.action,
            death_cause=order.death_cause,
            died_at=order.died_at,
            onset_at=order.onset_at,
            aware_at=aware_at,
            reported_by=by.person,
            reported_at=tx.now,
            note=order.note,
            phase=EventPhase.OPEN,
            **serious(order.seriousness, aware_at),
        )
    )
    return opened(tx, row)


def serious(seriousness: Seriousness | None, since: Any) -> dict[str, Any]:
    """The columns that say whether an event is serious, why, and since when that is known."""
    is_serious = seriousness is not None
    return {"serious": is_serious, "seriousness": seriousness, "serious_since": since if is_serious else None}


def _infusion(tx: CommandTx, order: ReportAdverseEvent) -> int | None:
    """The infusion before it: the last one begun, unless another of this recipient's is named."""
    if order.infusion is None:
        last = last_before(tx, order.recipient, order.onset_at)
        return None if last is None else last.infusion
    if order.infusion not in {one.infusion for one in given_to(tx, order.recipient)}:
        raise Refused("event.infusion_not_theirs", "That infusion was not this recipient's. Check its number.")
    return order.infusion


class ReportByReaction(Order):
    """A reaction at the bedside, as it was recorded there."""

    recipient: Recipient
    infusion: Annotated[int, Field(ge=1)]
    reaction: Annotated[int, Field(ge=1)]


# What the bedside did about a reaction, in the words of a report.
_DONE = {
    "observed": ActionTaken.NONE,
    "slowed": ActionTaken.SLOWED,
    "paused": ActionTaken.INTERRUPTED,
    "stopped": ActionTaken.STOPPED,
}


@command(event="followup:event:reported_by_reaction", subject="recipient", internal=True)
def report_by_reaction(tx: CommandTx, by: Actor, order: ReportByReaction) -> EventResult:
    """Make an adverse event of a reaction: once, tied to its infusion. It asks no consent: it happened in our hands.

    A fatal one has no cause of death yet: whoever assesses it is asked.
    """
    reaction = queries.reaction_of(tx, order.infusion, order.reaction)
    standing = tx.one(statements.EVENT_OF_REACTION, reaction=order.reaction)
    if standing is not None:
        return EventResult(event=standing.id or 0, recipient=order.recipient, serious=standing.serious, clocks=[])
    row = tx.add(
        AdverseEvent(
            recipient=order.recipient,
            infusion=order.infusion,
            reaction=order.reaction,
            term=reaction.term,
            coded=terms.coded_as(reaction.term),
            grade=reaction.grade,
            action=_DONE.get(reaction.action),
            onset_at=reaction.began_at,
            aware_at=reaction.reported_at,
            reported_by=reaction.reported_by,
            reported_at=tx.now,
            note=reaction.note,
            phase=EventPhase.OPEN,
            **serious(rules.seriousness_of_reaction(reaction.grade), reaction.reported_at),
        )
    )
    return opened(tx, row)


class CodeEvent(Order):
    """Under which term an event is counted."""

    event: EventId
    coded: Annotated[
        Text, Field(max_length=SLUG_LENGTH, title="Term of the list", json_schema_extra=listed(terms.CATALOGUE))
    ]
    dictionary_code: DictionaryCode = None


@command(event="followup:event:coded")
def code_event(tx: CommandTx, by: Actor, order: CodeEvent) -> NoResult:
    """Say which term of the list an event is. What was reported stays as it was written."""
    event = held(tx, order.event)
    code = order.dictionary_code or event.dictionary_code
    tx.change(event, coded=terms.known(order.coded), dictionary_code=code)
    return NoResult()


class CloseEvent(Order):
    """How it ended, and when."""

    event: EventId
    outcome: Annotated[EventOutcome, Field(title="How it ended")]
    ended_at: Annotated[
        Moment | None, Field(title="Ended at", description="Empty: now, or at the time of a late entry.")
    ] = None


@command(event="followup:event:closed")
def close_event(tx: CommandTx, by: Actor, order: CloseEvent) -> NoResult:
    """Close an event that is assessed and whose reports are made."""
    event = held(tx, order.event)
    phase = EVENT.move("close_event", event.phase)
    open_to_change(tx, event.recipient)
    at = rules.ended_at(order.outcome, order.ended_at or event.died_at, tx.happened_at)
    rules.may_close(
        event.seriousness,
        order.outcome,
        assessed=event.relatedness is not None,
        clock_runs=any(row.phase is ClockPhase.RUNNING for row in queries.clocks_of(tx, event.id or 0)),
        at=at,
        onset_at=event.onset_at,
        now=tx.now,
    )
    tx.change(event, phase=phase, outcome=order.outcome, ended_at=at, closed_by=by.person, closed_at=tx.happened_at)
    return NoResult()


def held(tx: CommandTx, number: int) -> AdverseEvent:
    """An event, held until commit; the entry is about its recipient. Raises NotFound."""
    row = tx.lock(AdverseEvent, number)
    tx.about(row.recipient)
    return row
