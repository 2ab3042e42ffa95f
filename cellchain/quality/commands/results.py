"""Results: a test started, its value entered, a panel entered whole, verified by a second person, corrected."""

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, Field

from cellchain.identity.codes import EquipmentCode, SampleCode
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, Text, command, listed
from cellchain.ledger.tx import CommandTx
from cellchain.quality import queries
from cellchain.quality.commands.common import ResultField
from cellchain.quality.investigations.queries import investigation_of
from cellchain.quality.methods import queries as methods
from cellchain.quality.models import REPORT_LENGTH, VALUE_LENGTH, Disposition, Panel, Result, Sample
from cellchain.quality.queries import dosing
from cellchain.quality.queries.measuring import Judged, Reading, judge
from cellchain.quality.rules import investigations as investigating
from cellchain.quality.rules import methods as method_rules
from cellchain.quality.rules import testing as rules
from cellchain.quality.rules.doses import Giving
from cellchain.quality.rules.lifecycles import RELEASED, RESULT, SAMPLE, Outcome, ResultPhase, Stage

AT_ONCE_MAX = 200

TestField = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", title="Test", description="As the specification names it.")
]
Value = Annotated[Text, Field(min_length=1, max_length=VALUE_LENGTH, title="Value")]
MethodField = Annotated[
    int | None,
    Field(
        ge=1,
        title="Method",
        description="Left empty where one method reads this test.",
        json_schema_extra=listed(methods.CATALOGUE),
    ),
]
InstrumentField = Annotated[EquipmentCode | None, Field(title="Instrument", description="Scan what it was read with.")]
ReportField = Annotated[
    Text | None,
    Field(min_length=1, max_length=REPORT_LENGTH, title="Report", description="Number of a contract laboratory's."),
]


class TestResult(CommandResult):
    """A result, what it means, and where it stands."""

    result: int
    sample: str
    lot: str
    test: str
    outcome: Outcome
    phase: ResultPhase
    due_on: date | None = None


class RecordResult(Order):
    """A test of a sample. Without a value it is started: the day of its result is counted from now."""

    sample: Annotated[SampleCode, Field(title="Sample")]
    stage: Annotated[Stage, Field(title="Stage")]
    test: TestField
    value: Annotated[
        Value | None, Field(description="Left empty where the test only begins, such as a culture.", title="Value")
    ] = None
    instrument: InstrumentField = None
    method: MethodField = None
    report: ReportField = None


@command(event="quality:result:recorded", subject="sample")
def record_result(tx: CommandTx, by: Actor, order: RecordResult) -> TestResult:
    """Start a test, or enter its value; the limit of the lot's specification says what the value means.

    A failure is recorded as `quality:result:failed`. Raises Refused `specification.none_effective`, `.no_such_test`,
    `method.*`, `equipment.*`, `retest.*`, `result.exists`, `.pending_already`, `.value_needed`, `.report_needed`,
    `.before_sample`, `.in_future`, `.not_a_number`, `.wrong_bound`, `.unknown_word`, `sample.phase`, `.on_its_way`,
    `.refused_there`.
    """
    tx.lock(Sample, order.sample)
    reading = Reading(
        sample=order.sample,
        stage=order.stage,
        test=order.test,
        value=order.value,
        measured_at=tx.happened_at,
        method=order.method,
        instrument=order.instrument,
        report=order.report,
    )
    return result_of(record_reading(tx, judge(tx, reading)))


# ---- a panel ---------------------------------------------------------------------------------------------------------


class Marker(BaseModel, frozen=True, extra="forbid"):
    """One test of a panel and its value."""

    test: TestField
    value: Value


class RecordPanel(Order):
    """Every marker of a panel, out of one measurement."""

    sample: Annotated[SampleCode, Field(title="Sample")]
    stage: Annotated[Stage, Field(title="Stage")]
    method: Annotated[int, Field(ge=1, title="Method", json_schema_extra=listed(methods.CATALOGUE))]
    instrument: InstrumentField = None
    report: ReportField = None
    markers: Annotated[tuple[Marker, ...], Field(min_length=1, max_length=method_rules.TESTS_MAX, title="Markers")]


class PanelResult(CommandResult):
    """A panel with the results that it gave, each against its own limit."""

    panel: int
    sample: str
    results: tuple[TestResult, ...]


@command(event="quality:panel:recorded", subject="sample")
def record_panel(tx: CommandTx, by: Actor, order: RecordPanel) -> PanelResult:
    """Enter a panel whole; each marker is held against its own limit and is a result of its own.

    Raises NotFound, Refused `panel.*`, and for each marker what `record_result` raises.
    """
    sample = tx.lock(Sample, order.sample)
    asked = tuple(limit.test for limit in queries.asked_of(tx, queries.sample_facts(tx, sample.code), order.stage))
    method = methods.method(tx, order.method)
    method_rules.is_whole(method, asked, [marker.test for marker in order.markers])
    panel = tx.add(
        Panel(
            sample=order.sample,
            stage=order.stage,
            method=method.id,
            entered_by=by.person,
            entered_at=tx.now,
            measured_at=tx.happened_at,
        )
    )
    made = []
    for marker in order.markers:
        reading = Reading(
            sample=order.sample,
            stage=order.stage,
            test=marker.test,
            value=marker.value,
            measured_at=tx.happened_at,
            method=order.method,
            instrument=order.instrument,
            report=order.report,
        )
        made.append(result_of(record_reading(tx, judge(tx, reading), panel=panel.id)))
    tx.note(panel=panel.id)
    return PanelResult(panel=panel.id or 0, sample=order.sample, results=tuple(made))


# ---- verified and corrected ------------------------------------------------------------------------------------------


class VerifyResult(Order):
    """A result that a second person has compared with its raw data."""

    result: ResultField


@command(event="quality:result:verified")
def verify_result(tx: CommandTx, by: Actor, order: VerifyResult) -> TestResult:
    """Verify somebody else's result. A failure is recorded as `quality:result:out_of_specification`.

    Raises Refused `result.verifier_entered`, `result.phase`.
    """
    row = _verified(tx, order.result)
    tx.about(row.sample)
    tx.note(lot=row.lot, result=row.id)
    return result_of(row)


class VerifyResults(Order):
    """Results that stand on one sheet of raw data: a panel, or a file."""

    results: Annotated[tuple[ResultField, ...], Field(min_length=1, max_length=AT_ONCE_MAX, title="Results")]


class VerifiedResults(CommandResult):
    """Results that a second person has verified."""

    results: tuple[int, ...]


@command(event="quality:results:verified", permission="quality.verify_result")
def verify_results(tx: CommandTx, by: Actor, order: VerifyResults) -> VerifiedResults:
    """Verify several results of somebody else in one act, all or none.

    Raises Refused `result.named_twice`, `result.verifier_entered`, `result.phase`.
    """
    rules.each_once(order.results)
    # In the order of their numbers, so that no two people wait for each other.
    rows = [_verified(tx, number) for number in sorted(order.results)]
    tx.about(rows[0].sample)
    tx.note(lots=sorted({row.lot for row in rows}), results=[row.id for row in rows])
    return VerifiedResults(results=tuple(row.id or 0 for row in rows))


def _verified(tx: CommandTx, number: int) -> Result:
    row = tx.lock(Result, number)
    phase = RESULT.move("verify_result", row.phase)
    rules.may_verify(row.entered_by, tx.by.person)
    row = tx.change(row, phase=phase, verified_by=tx.by.person, verified_at=tx.now)
    if row.outcome is Outcome.FAILED:
        tx.record("quality:result:out_of_specification", row.sample, lot=row.lot, result=row.id)
    return row


class CorrectResult(Order):
    """The value that a result should have. The reason stands in the entry and beside the value."""

    result: ResultField
    value: Value


@command(event="quality:result:corrected")
def correct_result(tx: CommandTx, by: Actor, order: CorrectResult) -> TestResult:
    """Correct a result: a new one takes its place and needs its own verification; the original stays readable.

    Raises Refused `result.unchanged`, `.reason_needed`, `.under_investigation`, `result.phase`, `.not_a_number`,
    `.wrong_bound`, `.unknown_word`.
    """
    before = tx.lock(Result, order.result)
    tx.about(before.sample)
    phase = RESULT.move("correct_result", before.phase)
    investigating.may_correct(investigated=investigation_of(tx, order.result) is not None)
    rules.may_correct(before.value, order.value, tx.reason)
    limit = queries.result_facts(tx, order.result).limit
    giving = None if limit.dose is None else dosing.worst_of(tx, before.lot)
    outcome = limit.outcome(order.value, giving)
    tx.change(before, phase=phase)
    row = tx.add(
        Result(
            sample=before.sample,
            lot=before.lot,
            test=before.test,
            stage=before.stage,
            specification=before.specification,
            method=before.method,
            instrument=before.instrument,
            laboratory=before.laboratory,
            report=before.report,
            retest=before.retest,
            panel=before.panel,
            file=before.file,
            unit=before.unit,
            value=order.value,
            giving=_document(giving),
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
    return result_of(_told(tx, row))


# ---- for every way in which a reading comes --------------------------------------------------------------------------


def record_reading(tx: CommandTx, judged: Judged, *, panel: int | None = None, file: int | None = None) -> Result:
    """Write a reading that was judged: a test that begins, or its value. The caller holds the sample."""
    sample = tx.lock(Sample, judged.sample.code)
    investigating.may_read_again(judged.retest, judged.earlier, tx.by.person)
    tx.change(sample, phase=SAMPLE.move("record_result", sample.phase))
    row = judged.known if judged.known is not None else _started(tx, judged)
    if judged.reading.value is not None:
        row = tx.change(
            tx.lock(Result, row.id),
            value=judged.reading.value,
            outcome=judged.outcome,
            giving=_document(judged.giving),
            method=judged.method.id,
            instrument=judged.instrument,
            report=judged.reading.report,
            panel=panel,
            file=file,
            entered_by=tx.by.person,
            entered_at=tx.now,
            measured_at=judged.reading.measured_at,
            phase=RESULT.move("record_result", row.phase),
        )
    return _told(tx, row)


def _started(tx: CommandTx, judged: Judged) -> Result:
    begun: datetime = judged.reading.measured_at
    return tx.add(
        Result(
            sample=judged.sample.code,
            lot=judged.sample.lot,
            test=judged.reading.test,
            stage=judged.reading.stage,
            specification=judged.specification.id,
            method=judged.method.id,
            instrument=judged.instrument,
            laboratory=judged.laboratory,
            retest=judged.retest,
            unit=judged.limit.unit,
            outcome=Outcome.PENDING,
            due_on=tx.day_of(begun) + timedelta(days=judged.limit.due_days or 0),
            started_by=tx.by.person,
            started_at=begun,
            phase=ResultPhase.PENDING,
        )
    )


def _document(giving: Giving | None) -> dict[str, int | bool] | None:
    return None if giving is None else asdict(giving)


def _told(tx: CommandTx, row: Result) -> Result:
    """Say in the entry what came of it, and tell whoever listens where it failed."""
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
        disposition = tx.find(Disposition, row.lot)
        if disposition is not None and disposition.phase in RELEASED:
            tx.record("quality:released_lot:failed", row.lot, result=row.id, test=row.test)
    return row


def result_of(row: Result) -> TestResult:
    """A result as its commands answer."""
    return TestResult(
        result=row.id or 0,
        sample=row.sample,
        lot=row.lot,
        test=row.test,
        outcome=row.outcome,
        phase=row.phase,
        due_on=row.due_on if row.outcome is Outcome.PENDING else None,
    )
