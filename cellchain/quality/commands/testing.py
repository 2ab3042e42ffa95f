"""Samples and their results: taken, started, entered, verified by a second person, corrected with a reason."""

from datetime import date, timedelta
from typing import Annotated

from pydantic import BaseModel, Field

from cellchain.identity.codes import ContainerCode, Kind, SampleCode
from cellchain.identity.numbering import issue
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import NoResult, Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.commands import draw_planned, draw_sample
from cellchain.manufacturing.rules.lifecycles import LotPhase
from cellchain.quality import queries
from cellchain.quality.commands.common import Reason, ResultField
from cellchain.quality.models import VALUE_LENGTH, Result, Sample
from cellchain.quality.queries.testing import CURRENT, kind_of
from cellchain.quality.rules import testing as rules
from cellchain.quality.rules.lifecycles import RESULT, SAMPLE, Outcome, Purpose, ResultPhase, SamplePhase, Stage
from cellchain.quality.rules.limits import Limit

SAMPLE_UL_MAX = 100_000

TestField = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", title="Test", description="As the specification names it.")
]
Value = Annotated[Text, Field(min_length=1, max_length=VALUE_LENGTH, title="Value")]


class SampleResult(BaseModel, frozen=True):
    """A sample, and the lot that it came from."""

    sample: str
    lot: str


class TestResult(BaseModel, frozen=True):
    """A result, what it means, and where it stands."""

    result: int
    sample: str
    lot: str
    test: str
    outcome: Outcome
    phase: ResultPhase
    due_on: date | None = None


class TakeSample(Order):
    """Something out of a container, to be tested."""

    container: Annotated[ContainerCode, Field(title="Container")]
    purpose: Annotated[Purpose, Field(title="For")] = Purpose.RELEASE
    volume_ul: Annotated[int, Field(ge=1, le=SAMPLE_UL_MAX, title="Volume taken")]
    point: Annotated[
        str | None,
        Field(
            pattern=r"^[a-z][a-z0-9_]{1,39}$",
            title="Sampling point",
            description="As the running step names it. Left empty for a sample beside the plan.",
        ),
    ] = None


@command(event="quality:sample:taken")
def take_sample(tx: CommandTx, by: Actor, order: TakeSample) -> SampleResult:
    """Take a sample; its volume leaves the container. One for a sampling point settles that point of the running step.

    Raises Refused `sample.*`, `container.*`, and at a sampling point `step.none_running`, `training.*`.
    """
    facts = manufacturing.container_facts(tx, order.container)
    is_open = facts.lot is not None and manufacturing.lot_facts(tx, facts.lot).phase is LotPhase.OPEN
    lot = rules.may_take_sample(lot=facts.lot, lot_open=is_open)
    code = issue(tx, Kind.SAMPLE)
    if order.point is None:
        draw_sample(tx, order.container, order.volume_ul)
    else:
        draw_planned(tx, lot, order.container, order.volume_ul, order.point, code)
    row = tx.add(
        Sample(
            code=code,
            lot=lot,
            container=order.container,
            purpose=order.purpose,
            volume_ul=order.volume_ul,
            taken_at=tx.happened_at,
            taken_by=by.person,
            phase=SamplePhase.TAKEN,
        )
    )
    tx.about(row.code)
    tx.note(lot=lot, container=str(order.container), **({} if order.point is None else {"point": order.point}))
    return SampleResult(sample=row.code, lot=lot)


class DiscardSample(Order):
    """A sample that nothing more will be done with."""

    sample: Annotated[SampleCode, Field(title="Sample")]
    reason: Reason


@command(event="quality:sample:discarded", subject="sample", permission="quality.take_sample")
def discard_sample(tx: CommandTx, by: Actor, order: DiscardSample) -> NoResult:
    """Discard what is left of a sample. Raises Refused `sample.phase`."""
    row = tx.lock(Sample, order.sample)
    tx.change(row, phase=SAMPLE.move("discard_sample", row.phase), discard_reason=order.reason)
    return NoResult()


class RecordResult(Order):
    """A test of a sample. Without a value it is started: the day of its result is counted from now."""

    sample: Annotated[SampleCode, Field(title="Sample")]
    stage: Annotated[Stage, Field(title="Stage")]
    test: TestField
    value: Annotated[
        Value | None, Field(description="Left empty where the test only begins, such as a culture.", title="Value")
    ] = None


@command(event="quality:result:recorded", subject="sample")
def record_result(tx: CommandTx, by: Actor, order: RecordResult) -> TestResult:
    """Start a test, or enter its value; the limit of the lot's specification says what the value means.

    A failure is recorded as `quality:result:failed`. Raises Refused `specification.none_effective`, `.no_such_test`,
    `result.exists`, `.pending_already`, `.value_needed`, `.before_sample`, `.not_a_number`, `.unknown_word`,
    `sample.phase`.
    """
    sample = tx.lock(Sample, order.sample)
    phase = SAMPLE.move("record_result", sample.phase)
    specification = queries.specification_for(tx, sample.lot, kind_of(tx, sample.lot), order.stage)
    limit = rules.limit_for(None if specification is None else specification.limits, order.test, order.stage)
    known = tx.one(CURRENT, sample=sample.code, test=order.test, stage=order.stage)
    rules.may_record(
        limit=limit,
        value=order.value,
        known=None if known is None else known.phase,
        taken_at=sample.taken_at,
        measured_at=tx.happened_at,
    )
    tx.change(sample, phase=phase)
    row = (
        known
        if known is not None
        else _start(tx, sample, order, limit, 0 if specification is None else specification.id)
    )
    if order.value is not None:
        row = _enter(tx, tx.lock(Result, row.id), limit, order.value)
    return _answered(tx, row)


def _start(tx: CommandTx, sample: Sample, order: RecordResult, limit: Limit, specification: int) -> Result:
    due = tx.happened_at.date() + timedelta(days=limit.due_days or 0)
    return tx.add(
        Result(
            sample=sample.code,
            lot=sample.lot,
            test=order.test,
            stage=order.stage,
            specification=specification,
            unit=limit.unit,
            outcome=Outcome.PENDING,
            due_on=due,
            started_by=tx.by.person,
            started_at=tx.happened_at,
            phase=ResultPhase.PENDING,
        )
    )


def _enter(tx: CommandTx, row: Result, limit: Limit, value: str) -> Result:
    return tx.change(
        row,
        value=value,
        outcome=limit.outcome(value),
        entered_by=tx.by.person,
        entered_at=tx.now,
        measured_at=tx.happened_at,
        phase=RESULT.move("record_result", row.phase),
    )


class VerifyResult(Order):
    """A result that a second person has compared with its raw data."""

    result: ResultField


@command(event="quality:result:verified")
def verify_result(tx: CommandTx, by: Actor, order: VerifyResult) -> TestResult:
    """Verify somebody else's result. Raises Refused `result.verifier_entered`, `result.phase`."""
    row = tx.lock(Result, order.result)
    tx.about(row.sample)
    phase = RESULT.move("verify_result", row.phase)
    rules.may_verify(row.entered_by, by.person)
    row = tx.change(row, phase=phase, verified_by=by.person, verified_at=tx.now)
    tx.note(lot=row.lot, result=row.id)
    return _result(row)


class CorrectResult(Order):
    """The value that a result should have. The reason stands in the entry and beside the value."""

    result: ResultField
    value: Value


@command(event="quality:result:corrected")
def correct_result(tx: CommandTx, by: Actor, order: CorrectResult) -> TestResult:
    """Correct a result: a new one takes its place and needs its own verification; the original stays readable.

    Raises Refused `result.unchanged`, `.reason_needed`, `result.phase`, `.not_a_number`, `.unknown_word`.
    """
    before = tx.lock(Result, order.result)
    tx.about(before.sample)
    phase = RESULT.move("correct_result", before.phase)
    rules.may_correct(before.value, order.value, tx.reason)
    limit = queries.result_facts(tx, order.result).limit
    outcome = limit.outcome(order.value)
    tx.change(before, phase=phase)
    row = tx.add(
        Result(
            sample=before.sample,
            lot=before.lot,
            test=before.test,
            stage=before.stage,
            specification=before.specification,
            unit=before.unit,
            value=order.value,
            outcome=outcome,
            due_on=before.due_on,
            started_by=before.started_by,
            started_at=before.started_at,
            entered_by=by.person,
            entered_at=tx.now,
            measured_at=before.measured_at,
            phase=ResultPhase.ENTERED,
            replaces=before.id,
            reason=tx.reason,
        )
    )
    return _answered(tx, row)


def _answered(tx: CommandTx, row: Result) -> TestResult:
    tx.note(lot=row.lot, result=row.id, test=row.test, outcome=row.outcome.value)
    if row.outcome is Outcome.FAILED:
        tx.record(
            "quality:result:failed",
            row.sample,
            lot=row.lot,
            result=row.id,
            test=row.test,
            stage=row.stage.value,
            value=row.value,
            unit=row.unit,
        )
    return _result(row)


def _result(row: Result) -> TestResult:
    return TestResult(
        result=row.id or 0,
        sample=row.sample,
        lot=row.lot,
        test=row.test,
        outcome=row.outcome,
        phase=row.phase,
        due_on=row.due_on if row.outcome is Outcome.PENDING else None,
    )
