"""What a deviation reaches is held, why it happened is found, and who complained is answered."""

from typing import Annotated

from pydantic import Field

from cellchain.identity.codes import Kind
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Moment, Order, Text, command, scanned
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries as manufacturing
from cellchain.quality import queries as quality
from cellchain.quality.commands.common import (
    Account,
    DeviationField,
    DeviationResult,
    deviation_result,
    lot_of,
    open_one,
    place_one,
)
from cellchain.quality.deviations import queries, rules
from cellchain.quality.deviations.models import ACCOUNT_LENGTH, CAUSE_LENGTH, FROM_LENGTH, Complaint, RootCause
from cellchain.quality.deviations.rules import CauseKind, Reach
from cellchain.quality.models import REASON_LENGTH, Deviation
from cellchain.quality.rules.lifecycles import DeviationKind, HoldCause

# The reason of a hold names the deviation in front of what somebody wrote.
CONTAINMENT_LENGTH = REASON_LENGTH - 40


class ContainDeviation(Order):
    """Everything that a deviation reaches is held at once, and why."""

    deviation: DeviationField
    reach: Annotated[
        Reach,
        Field(
            title="How far the trace goes",
            description="Thing: what came out of it. Lot: its whole lot as well. Origin: all of one donation or bank.",
        ),
    ] = Reach.LOT
    reason: Annotated[Text, Field(min_length=3, max_length=CONTAINMENT_LENGTH, title="Reason")]


class Contained(CommandResult):
    """What a containment holds now that it did not hold before."""

    deviation: int
    held: list[str]


@command(event="quality:deviation:contained")
def contain_deviation(tx: CommandTx, by: Actor, order: ContainDeviation) -> Contained:
    """Hold every lot that the trace finds, and every bag and vial that somebody may still take, in one act.

    Each gets a hold of this deviation's own, whatever else holds it. Raises NotFound, Refused `deviation.closed`,
    `.nothing_to_hold`, `.held_already`.
    """
    row = tx.lock(Deviation, order.deviation)
    tx.about(row.subject)
    rules.must_be_under_way(row.phase)
    facts = quality.deviation_facts(tx, order.deviation)
    found = queries.found_now(tx, facts, order.reach).held
    reason = f"{facts.number}: {order.reason}"
    held = [code for code in found if place_one(tx, code, HoldCause.DEVIATION, reason, order.deviation) is not None]
    rules.may_contain(found, held)
    tx.note(deviation=order.deviation, held=list(held))
    return Contained(deviation=order.deviation, held=held)


class DetermineRootCause(Order):
    """Why it happened: where the cause lies, in words, and the questions that led to it."""

    deviation: DeviationField
    kind: Annotated[CauseKind, Field(title="Where the cause lies")]
    account: Annotated[Text, Field(min_length=3, max_length=CAUSE_LENGTH, title="Root cause")]
    whys: Annotated[
        Text | None,
        Field(
            max_length=CAUSE_LENGTH,
            title="Why, five times",
            description="One answer in each line, from what was seen down to the cause.",
        ),
    ] = None


@command(event="quality:deviation:explained")
def determine_root_cause(tx: CommandTx, by: Actor, order: DetermineRootCause) -> DeviationResult:
    """State the root cause. An earlier finding stays readable; the last one counts.

    Raises NotFound, Refused `deviation.not_assessed`, `deviation.closed`, `deviation.cause_unchanged`.
    """
    row = tx.lock(Deviation, order.deviation)
    tx.about(row.subject)
    rules.must_be_assessed(row.phase)
    known = queries.causes_of(tx, order.deviation)
    rules.may_determine(order.kind, order.account, (known[0].kind, known[0].account) if known else None)
    tx.add(
        RootCause(
            deviation=order.deviation,
            kind=order.kind,
            account=order.account,
            whys=order.whys or None,
            found_by=by.person,
            found_at=tx.now,
        )
    )
    tx.note(deviation=row.id, kind=order.kind.value)
    return deviation_result(row)


# ---- complaints ------------------------------------------------------------------------------------------------------


class RecordComplaint(Order):
    """Somebody who got a bag was not content with it."""

    subject: Annotated[
        str,
        Field(
            pattern=r"^(BG|LT)\d{12}$",
            title="About",
            description="Scan the bag, or its lot.",
            json_schema_extra=scanned(Kind.BAG, Kind.LOT),
        ),
    ]
    title: Annotated[Text, Field(min_length=3, max_length=160, title="In one line")]
    description: Account
    complainant: Annotated[
        Text,
        Field(
            min_length=2,
            max_length=FROM_LENGTH,
            title="Who complained",
            description="The ward or the office, and their role. A recipient by code alone.",
        ),
    ]
    came_by: Annotated[Text, Field(min_length=2, max_length=40, title="How", description="Telephone, letter, visit…")]
    received_at: Annotated[Moment, Field(title="Received")]


@command(event="quality:complaint:recorded", subject="subject")
def record_complaint(tx: CommandTx, by: Actor, order: RecordComplaint) -> DeviationResult:
    """Open a complaint: a deviation of its own kind, which is answered before it is closed.

    Raises NotFound, Refused `complaint.in_future`.
    """
    rules.may_receive(order.received_at, tx.now)
    lot = lot_of(tx, order.subject)
    if lot is None:
        manufacturing.container_facts(tx, order.subject)
    found = open_one(
        tx,
        subject=order.subject,
        lot=lot,
        title=order.title,
        description=order.description,
        kind=DeviationKind.COMPLAINT,
    )
    tx.add(
        Complaint(
            deviation=found.deviation,
            complainant=order.complainant,
            came_by=order.came_by,
            received_at=order.received_at,
            received_by=by.person,
        )
    )
    tx.note(deviation=found.deviation, lot=lot)
    return found


class AnswerComplaint(Order):
    """What whoever complained was told."""

    deviation: DeviationField
    answer: Annotated[Text, Field(min_length=3, max_length=ACCOUNT_LENGTH, title="Answer")]


@command(event="quality:complaint:answered")
def answer_complaint(tx: CommandTx, by: Actor, order: AnswerComplaint) -> DeviationResult:
    """Record the answer to a complaint. Raises NotFound, Refused `complaint.not_one`, `complaint.answered_already`,
    `deviation.closed`.
    """
    row = tx.lock(Deviation, order.deviation)
    tx.about(row.subject)
    rules.must_be_under_way(row.phase)
    found = tx.one(queries.COMPLAINT, deviation=order.deviation)
    complaint = rules.may_answer(found, is_answered=found is not None and found.answered_at is not None)
    tx.change(tx.lock(Complaint, complaint.id), answer=order.answer, answered_by=by.person, answered_at=tx.happened_at)
    tx.note(deviation=row.id)
    return deviation_result(row)
