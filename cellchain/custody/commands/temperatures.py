"""What temperatures have to say, how long something was out, and what QA says to that."""

from typing import Annotated

from pydantic import BaseModel, Field

from cellchain.custody import queries, rules
from cellchain.custody.commands.common import Reason, SubjectField, Temperature
from cellchain.custody.commands.findings import check_exposure, notice
from cellchain.custody.models import REASON_LENGTH, Excursion, Spell, TemperatureReading
from cellchain.custody.rules import EXCURSION, ExcursionOutcome, shipping
from cellchain.custody.rules.chain import SpanKind
from cellchain.custody.rules.shipping import FindingKind
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Moment, Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries as manufacturing


class Reading(BaseModel, frozen=True, extra="forbid"):
    """One value of a logger."""

    at: Annotated[Moment, Field(title="At")]
    temperature_mc: Temperature


class Recorded(CommandResult):
    """What the readings of a logger say."""

    subject: str
    readings: int
    excursion: bool


class RecordTemperatures(Order):
    """What a logger wrote down."""

    subject: SubjectField
    readings: Annotated[tuple[Reading, ...], Field(min_length=1, max_length=rules.READINGS_MAX, title="Readings")]
    logger: Annotated[Text | None, Field(max_length=60, title="Logger")] = None


@command(event="custody:temperatures:recorded", subject="subject")
def record_temperatures(tx: CommandTx, by: Actor, order: RecordTemperatures) -> Recorded:
    """Record readings; one outside the range makes one excursion. Raises Refused `temperature.*`."""
    facts = manufacturing.container_facts(tx, order.subject)
    times = [reading.at for reading in order.readings]
    rules.may_read(times, tx.now)
    for reading in order.readings:
        tx.add(
            TemperatureReading(
                subject=order.subject,
                at=reading.at,
                temperature_mc=reading.temperature_mc,
                logger=order.logger,
                entered_by=by.person,
                entered_at=tx.now,
            )
        )
    worst = rules.worst_of(facts.kind, [reading.temperature_mc for reading in order.readings])
    if worst is not None:
        at = next(reading.at for reading in order.readings if reading.temperature_mc == worst)
        notice(tx, order.subject, FindingKind.TEMPERATURE, temperature_mc=worst, at=at)
    return Recorded(subject=order.subject, readings=len(order.readings), excursion=worst is not None)


class Assessed(CommandResult):
    """What QA decided about an excursion."""

    excursion: int
    subject: str
    outcome: ExcursionOutcome


class AssessExcursion(Order):
    """Whether something may still be used, and why."""

    excursion: Annotated[int, Field(ge=1, title="Excursion")]
    outcome: Annotated[ExcursionOutcome, Field(title="Outcome")]
    assessment: Annotated[Text, Field(min_length=3, max_length=REASON_LENGTH, title="Assessment")]


@command(
    event="custody:excursion:assessed",
    signature="I have assessed this excursion with the stability data, and decide as stated",
)
def assess_excursion(tx: CommandTx, by: Actor, order: AssessExcursion) -> Assessed:
    """Decide about an excursion. Raises Refused `excursion.own`, `excursion.phase`."""
    row = tx.lock(Excursion, order.excursion)
    tx.about(row.subject)
    phase = EXCURSION.move("assess_excursion", row.phase)
    rules.may_assess(row.noticed_by, by.person)
    tx.change(
        row,
        phase=phase,
        outcome=order.outcome,
        assessed_by=by.person,
        assessed_at=tx.now,
        assessment=order.assessment,
    )
    tx.note(excursion=row.id, outcome=order.outcome.value)
    return Assessed(excursion=row.id or 0, subject=row.subject, outcome=order.outcome)


class TimeOut(CommandResult):
    """How long something was out of controlled temperature: this time, and in all, in minutes."""

    subject: str
    minutes: int
    total_minutes: int
    excursion: bool


class RecordTimeOut(Order):
    """Something was out of controlled temperature for a while."""

    subject: SubjectField
    taken_out_at: Annotated[Moment, Field(title="Taken out")]
    put_back_at: Annotated[Moment, Field(title="Put back")]
    reason: Reason


@command(event="custody:time_out:recorded", subject="subject")
def record_time_out(tx: CommandTx, by: Actor, order: RecordTimeOut) -> TimeOut:
    """Record time out of controlled temperature; too much of it waits for QA. Raises Refused `time_out.*`."""
    manufacturing.container_facts(tx, order.subject)
    shipping.may_be_out(order.taken_out_at, order.put_back_at, tx.now)
    tx.add(
        Spell(
            subject=order.subject,
            kind=SpanKind.OUT,
            began_at=order.taken_out_at,
            ended_at=order.put_back_at,
            reason=order.reason,
            entered_by=by.person,
            entered_at=tx.now,
        )
    )
    is_over = check_exposure(tx, order.subject)
    _, exposed, _ = queries.chain_of(tx, order.subject)
    minutes = -(-int((order.put_back_at - order.taken_out_at).total_seconds()) // 60)
    tx.note(minutes=minutes, total_minutes=exposed.minutes)
    return TimeOut(subject=order.subject, minutes=minutes, total_minutes=exposed.minutes, excursion=is_over)


class ReportGap(Order):
    """A chain of custody has a gap, and what is known about it."""

    subject: SubjectField
    account: Annotated[Text, Field(min_length=3, max_length=REASON_LENGTH, title="What is known about it")]


class Reported(CommandResult):
    """A gap that waits for QA."""

    subject: str
    gap: str
    minutes: int


@command(event="custody:gap:reported", subject="subject")
def report_gap(tx: CommandTx, by: Actor, order: ReportGap) -> Reported:
    """Report the first gap in a chain of custody, for QA to assess. Raises Refused `chain.*`."""
    manufacturing.container_facts(tx, order.subject)
    gap, _, _ = queries.chain_of(tx, order.subject)
    waiting = queries.waits_for_qa(tx, order.subject, FindingKind.GAP)
    found = rules.may_report(gap, reported=waiting)
    notice(tx, order.subject, FindingKind.GAP, minutes=found.minutes, account=order.account)
    tx.note(gap=found.kind.value, minutes=found.minutes)
    return Reported(subject=order.subject, gap=found.kind.value, minutes=found.minutes)
