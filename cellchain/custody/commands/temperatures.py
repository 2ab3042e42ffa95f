"""What temperatures and seals have to say, and what QA says to that."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from cellchain.custody import rules
from cellchain.custody.commands.common import SubjectField, Temperature
from cellchain.custody.models import (
    REASON_LENGTH,
    Excursion,
    TemperatureReading,
)
from cellchain.custody.rules import (
    EXCURSION,
    ExcursionOutcome,
    ExcursionPhase,
)
from cellchain.kernel.ensure import ensure
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import Moment, Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries as manufacturing


class Reading(BaseModel, frozen=True, extra="forbid"):
    """One value of a logger."""

    at: Annotated[Moment, Field(title="At")]
    temperature_mc: Temperature


class Recorded(BaseModel, frozen=True):
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
        notice(tx, order.subject, worst, at=at, seal_broken=False)
    return Recorded(subject=order.subject, readings=len(order.readings), excursion=worst is not None)


class Assessed(BaseModel, frozen=True):
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


def check_temperature(tx: CommandTx, subject: str, temperature_mc: int) -> bool:
    outside = rules.is_outside(manufacturing.container_facts(tx, subject).kind, temperature_mc)
    if outside:
        notice(tx, subject, temperature_mc, seal_broken=False)
    return outside


def check_time(tx: CommandTx, subject: str) -> None:
    """Marrow that arrives too late is told to quality at once; whether it is received is the laboratory's to say."""
    facts = manufacturing.container_facts(tx, subject)
    if facts.expires_at is not None and rules.arrives_late(facts.kind, facts.expires_at, tx.happened_at):
        late_minutes = int((tx.happened_at - facts.expires_at).total_seconds()) // 60
        tx.record("custody:arrival:late", subject, donation=facts.donation, minutes=late_minutes)


def check_seal(tx: CommandTx, subject: str, left_with: str, came_with: str) -> bool:
    broken = left_with != came_with
    if broken:
        notice(tx, subject, None, seal_broken=True)
    return broken


def notice(
    tx: CommandTx, subject: str, temperature_mc: int | None, *, seal_broken: bool, at: datetime | None = None
) -> None:
    """Write an excursion down, for QA to assess and for quality to open a deviation."""
    ensure(seal_broken or temperature_mc is not None, "an excursion has a finding")
    row = tx.add(
        Excursion(
            subject=subject,
            temperature_mc=temperature_mc,
            seal_broken=seal_broken,
            at=at or tx.happened_at,
            noticed_by=tx.by.person,
            phase=ExcursionPhase.OPEN,
        )
    )
    facts = {"excursion": row.id, "temperature_mc": temperature_mc, "seal_broken": seal_broken}
    tx.record("custody:excursion:noticed", subject, **facts)
