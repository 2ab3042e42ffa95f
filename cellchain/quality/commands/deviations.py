"""Deviations: opened by somebody or by a rule, assessed, and closed by a person who was not concerned."""

from typing import Annotated

from pydantic import Field

from cellchain.identity.codes import Kind
from cellchain.kernel.canonical import Json
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, Text, command, scanned
from cellchain.ledger.tx import CommandTx
from cellchain.quality import queries
from cellchain.quality.commands.common import (
    Account,
    DeviationField,
    DeviationResult,
    LotField,
    deviation_result,
    lot_of,
    open_one,
    rule_account,
    rule_words,
)
from cellchain.quality.deviations import queries as deviations
from cellchain.quality.deviations import rules
from cellchain.quality.deviations.models import Assessment, ReachedRecipient
from cellchain.quality.deviations.rules import Reach
from cellchain.quality.models import FREE_TEXT_LENGTH, Deviation
from cellchain.quality.rules.lifecycles import DEVIATION, DeviationPhase, Severity

SUBJECT_PATTERN = r"^[A-Za-z0-9._:-]{1,40}$"
LOTS_MAX = 500
SUBJECTS = (
    Kind.LOT,
    Kind.BAG,
    Kind.CONTAINER,
    Kind.CRYOVIAL,
    Kind.SAMPLE,
    Kind.EQUIPMENT,
    Kind.MATERIAL_LOT,
    Kind.LOCATION,
    Kind.DONATION,
    Kind.DONOR,
    Kind.SHIPMENT,
)


class OpenDeviation(Order):
    """Something was not as it should be."""

    subject: Annotated[
        str,
        Field(
            pattern=SUBJECT_PATTERN,
            title="About",
            description="Scan the lot, container, sample or machine.",
            json_schema_extra=scanned(*SUBJECTS),
        ),
    ]
    lot: Annotated[
        LotField | None, Field(title="Lot", description="Left empty, the lot that the thing belongs to.")
    ] = None
    title: Annotated[Text, Field(min_length=3, max_length=160, title="In one line")]
    description: Account


@command(event="quality:deviation:opened", subject="subject")
def open_deviation(tx: CommandTx, by: Actor, order: OpenDeviation) -> DeviationResult:
    """Open a deviation. The release of its lot waits until it is closed."""
    lot = order.lot or lot_of(tx, order.subject)
    found = open_one(tx, subject=order.subject, lot=lot, title=order.title, description=order.description)
    tx.note(deviation=found.deviation, lot=lot)
    return found


class OpenDeviationByRule(Order):
    """What a rule of the house noticed. The title is the rule's."""

    subject: Annotated[str, Field(max_length=40)]
    lot: Annotated[str | None, Field(max_length=14)] = None
    rule: Annotated[str, Field(max_length=80)]
    facts: dict[str, str | int | bool | None]


@command(event="quality:deviation:opened", subject="subject", internal=True)
def open_deviation_by_rule(tx: CommandTx, by: Actor, order: OpenDeviationByRule) -> DeviationResult:
    """Open a deviation for something that was recorded, unless the very same one is open already."""
    facts: dict[str, Json] = dict(order.facts)
    for known in queries.deviations_on(tx, order.subject):
        if known.rule == order.rule and known.facts == facts and known.phase is not DeviationPhase.CLOSED:
            tx.note(deviation=known.id, open_already=True)
            return DeviationResult(deviation=0, number=known.number, phase=known.phase)
    found = open_one(
        tx,
        subject=order.subject,
        lot=order.lot or lot_of(tx, order.subject),
        title=rule_words(order.rule),
        description=rule_account(order.rule, facts),
        rule=order.rule,
        facts=facts,
    )
    tx.note(deviation=found.deviation, rule=order.rule)
    return found


class QuestionDescendants(Order):
    """Something that went into lots turned out to be in doubt."""

    root: Annotated[str, Field(max_length=14)]
    rule: Annotated[str, Field(max_length=80)]


class Questioned(CommandResult):
    """The lots on which a deviation was opened."""

    lots: list[str]


@command(event="quality:descendants:questioned", subject="root", internal=True)
def question_descendants(tx: CommandTx, by: Actor, order: QuestionDescendants) -> Questioned:
    """Open a deviation on every lot that something went into: an exception in its review, and QA's to decide."""
    facts: dict[str, Json] = {"root": order.root}
    opened = []
    for lot in queries.lots_from(tx, order.root)[:LOTS_MAX]:
        title = rule_words(order.rule)
        known = queries.deviations_on(tx, lot)
        if any(
            item.rule == order.rule and item.facts == facts and item.phase is not DeviationPhase.CLOSED
            for item in known
        ):
            continue
        open_one(
            tx,
            subject=lot,
            lot=lot,
            title=title,
            description=rule_account(order.rule, facts),
            rule=order.rule,
            facts=facts,
        )
        opened.append(lot)
    tx.note(lots=list[Json](opened))
    return Questioned(lots=opened)


class AssessDeviation(Order):
    """How much a deviation matters, and why."""

    deviation: DeviationField
    severity: Annotated[
        Severity, Field(title="Class", description="Minor, major or critical, by the criteria on the deviation's page.")
    ]
    assessment: Annotated[
        Text,
        Field(
            min_length=3, max_length=FREE_TEXT_LENGTH, title="Assessment", description="What it means, and for whom."
        ),
    ]
    reach: Annotated[
        Reach,
        Field(
            title="How far the trace goes",
            description="Thing: what came out of it. Lot: its whole lot as well. Origin: all of one donation or bank.",
        ),
    ] = Reach.LOT
    replaces: Annotated[
        int | None, Field(ge=1, title="Takes the place of assessment", description="Left empty for the first one.")
    ] = None


@command(event="quality:deviation:assessed")
def assess_deviation(tx: CommandTx, by: Actor, order: AssessDeviation) -> DeviationResult:
    """Assess a deviation, or assess it anew; what the trace finds at this moment is kept with it.

    Raises Refused `deviation.phase`, `deviation.assessed_meanwhile`.
    """
    row = tx.lock(Deviation, order.deviation)
    tx.about(row.subject)
    phase = DEVIATION.move("assess_deviation", row.phase)
    known = deviations.assessments_of(tx, order.deviation)
    rules.may_assess(known[0].id if known else None, order.replaces)
    found = deviations.found_now(tx, queries.deviation_facts(tx, order.deviation), order.reach)
    made = tx.add(
        Assessment(
            deviation=order.deviation,
            severity=order.severity,
            account=order.assessment,
            reach=order.reach,
            lots=list(found.lots),
            bags=list(found.bags),
            vials=list(found.vials),
            replaces=order.replaces,
            assessed_by=by.person,
            assessed_at=tx.now,
        )
    )
    for recipient in found.recipients:
        tx.add(ReachedRecipient(assessment=made.id or 0, recipient=recipient))
    row = tx.change(
        row,
        phase=phase,
        severity=order.severity,
        assessed_by=by.person,
        assessed_at=tx.now,
        assessment=order.assessment,
    )
    tx.note(deviation=row.id, severity=order.severity.value)
    return deviation_result(row)


class CloseDeviation(Order):
    """What was done about a deviation, and that it is enough."""

    deviation: DeviationField
    conclusion: Annotated[Text, Field(min_length=3, max_length=FREE_TEXT_LENGTH, title="Conclusion")]


@command(
    event="quality:deviation:closed", signature="I have judged this deviation and what was done about it, and close it"
)
def close_deviation(tx: CommandTx, by: Actor, order: CloseDeviation) -> DeviationResult:
    """Close an assessed deviation that wants nothing any more. Raises Refused `deviation.phase` and as
    `deviations.rules.may_close` does.
    """
    row = tx.lock(Deviation, order.deviation)
    tx.about(row.subject)
    phase = DEVIATION.move("close_deviation", row.phase)
    story = deviations.story(tx, order.deviation)
    rules.may_close(story.concerned, story.findings, by.person)
    row = tx.change(row, phase=phase, closed_by=by.person, closed_at=tx.now, conclusion=order.conclusion)
    tx.note(deviation=row.id)
    return deviation_result(row)
