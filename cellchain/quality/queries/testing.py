"""Reading specifications, samples and results."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy import select as columns
from sqlmodel import col, func, select

from cellchain.kernel.values import dataclass
from cellchain.manufacturing import queries as manufacturing
from cellchain.platform.db import ReadTx
from cellchain.platform.listing import Listing
from cellchain.platform.statements import one_of
from cellchain.quality.investigations.queries import accepted_uses
from cellchain.quality.models import Result, Sample, Specification
from cellchain.quality.rules.doses import Giving, Load, load_of
from cellchain.quality.rules.lifecycles import (
    REPLACED,
    LotKind,
    Outcome,
    Purpose,
    ResultPhase,
    SamplePhase,
    SampleVessel,
    SpecificationPhase,
    Stage,
)
from cellchain.quality.rules.limits import Limit, from_document, measured
from cellchain.quality.rules.release import TestFacts
from cellchain.quality.rules.stability import Programme, asked
from cellchain.quality.stability import queries as stability

ROWS_MAX = 500

OF_LOT: Any = bindparam("lot")
EFFECTIVE = select(Specification).where(
    col(Specification.kind) == bindparam("kind"),
    col(Specification.stage) == bindparam("stage"),
    col(Specification.phase) == SpecificationPhase.EFFECTIVE,
)
LATEST_VERSION = select(func.max(col(Specification.version))).where(
    col(Specification.kind) == bindparam("kind"), col(Specification.stage) == bindparam("stage")
)
SPECIFICATIONS = select(Specification).order_by(
    col(Specification.kind), col(Specification.stage), col(Specification.version).desc()
)
SAMPLES_OF_LOT = select(Sample).where(col(Sample.lot) == OF_LOT).order_by(col(Sample.taken_at), col(Sample.code))
SAMPLE_SKETCH: Any = columns(col(Sample.purpose), col(Sample.phase)).where(col(Sample.code) == bindparam("sample"))
SAMPLES = Listing(
    select(Sample),
    col(Sample.code),
    narrowed={"phase": col(Sample.phase) == bindparam("phase")},
    day=col(Sample.taken_at),
)
RESULTS_OF_LOT = select(Result).where(col(Result.lot) == OF_LOT).order_by(col(Result.id))
RESULTS_OF_SAMPLE = select(Result).where(col(Result.sample) == bindparam("sample")).order_by(col(Result.id))
RESULTS_OF_FILE = select(Result).where(col(Result.file) == bindparam("file")).order_by(col(Result.id))
STANDS = (col(Result.phase) != ResultPhase.CORRECTED, col(Result.phase) != ResultPhase.INVALIDATED)
CURRENT = (
    select(Result)
    .where(
        col(Result.sample) == bindparam("sample"),
        col(Result.test) == bindparam("test"),
        col(Result.stage) == bindparam("stage"),
        *STANDS,
    )
    .order_by(col(Result.retest).desc())
)
SAME_TEST = (
    select(Result)
    .where(col(Result.lot) == OF_LOT, col(Result.test) == bindparam("test"), col(Result.stage) == bindparam("stage"))
    .order_by(col(Result.id))
)
FAILED_OF_LOT = (
    select(Result)
    .where(
        col(Result.lot) == OF_LOT,
        col(Result.outcome) == Outcome.FAILED,
        one_of(Result.stage, (Stage.CONDITIONAL, Stage.FINAL)),
        *STANDS,
    )
    .order_by(col(Result.id))
)
USED_SPECIFICATION = (
    select(Result.specification)
    .where(col(Result.lot) == OF_LOT, col(Result.stage) == bindparam("stage"))
    .order_by(col(Result.id).desc())
)
COMPUTED_OF_LOT = (
    select(Result).where(col(Result.lot) == OF_LOT, col(Result.giving).is_not(None), *STANDS).order_by(col(Result.id))
)
OPEN_RESULTS = (
    select(Result)
    .where((col(Result.phase) == ResultPhase.PENDING) | (col(Result.phase) == ResultPhase.ENTERED))
    .order_by(col(Result.due_on), col(Result.id))
)


@dataclass(frozen=True)
class SpecificationFacts:
    """One version of the limits of a stage."""

    id: int
    name: str
    kind: LotKind
    stage: Stage
    version: int
    phase: SpecificationPhase
    limits: tuple[Limit, ...]
    limits_hash: str
    programme: Programme | None
    change: int | None
    drafted_by: str
    drafted_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    effective_at: datetime | None
    retired_at: datetime | None

    def limit(self, test: str) -> Limit | None:
        """The limit of a test, or None where this version has none."""
        return next((limit for limit in self.limits if limit.test == test), None)


@dataclass(frozen=True)
class SampleFacts:
    """A sample: out of which container of which lot, where it is kept, and how far its tests are."""

    code: str
    lot: str
    container: str
    purpose: Purpose
    vessel: SampleVessel
    volume_ul: int
    taken_at: datetime
    taken_by: str
    keep_until: date | None
    place: str | None
    position: str | None
    stored_by: str | None
    stored_at: datetime | None
    phase: SamplePhase


@dataclass(frozen=True)
class ResultFacts:
    """A result with the limit that it was held against. `accepted`: its failure was accepted exceptionally.

    `giving` is how its lot's bags were given at their worst when it was entered, where the limit is computed from it.
    """

    id: int
    sample: str
    lot: str
    test: str
    stage: Stage
    specification: int
    limit: Limit
    method: int
    instrument: str | None
    laboratory: int | None
    report: str | None
    retest: int
    panel: int | None
    file: int | None
    value: str | None
    giving: Giving | None
    outcome: Outcome
    due_on: date | None
    started_by: str
    started_at: datetime
    entered_by: str | None
    entered_at: datetime | None
    measured_at: datetime | None
    verified_by: str | None
    verified_at: datetime | None
    phase: ResultPhase
    replaces: int | None
    reason: str | None
    accepted: bool

    @property
    def is_current(self) -> bool:
        """Whether it counts: no correction stands in its place, and no investigation has invalidated it."""
        return self.phase not in REPLACED

    def is_overdue(self, today: date) -> bool:
        """Whether its value should be known by now and is not."""
        return self.phase is ResultPhase.PENDING and self.due_on is not None and self.due_on < today

    @property
    def place_permille(self) -> int | None:
        """Where the value lies between the ends of its limit, 0 to 1000."""
        return None if self.value is None else self.limit.place_permille(self.value, self.giving)

    @property
    def load(self) -> Load | None:
        """What a bag with this value brings to its recipient, where the limit is computed."""
        return None if self.value is None or self.giving is None else self.load_for(self.giving)

    def load_for(self, giving: Giving) -> Load:
        """What a bag with this value brings to somebody who is given it like this."""
        return load_of(measured(self.value or ""), giving)


def specification_facts(tx: ReadTx, specification: int) -> SpecificationFacts:
    """One version of a specification. Raises NotFound."""
    return _specification(tx.get(Specification, specification))


def specifications(tx: ReadTx) -> list[SpecificationFacts]:
    """Every version, by kind of lot and stage, the newest version first."""
    return [_specification(row) for row in tx.many(SPECIFICATIONS, limit=ROWS_MAX)]


def specification_for(tx: ReadTx, lot: str, kind: LotKind, stage: Stage) -> SpecificationFacts | None:
    """The version that a lot is tested against at a stage: the one its results there began with, or the effective one.

    A lot is not judged by two versions at once. None where it has no result yet and no version is effective; for
    stability the version under which a bank was placed, None before that.
    """
    if stage is Stage.STABILITY:
        study = stability.study_of(tx, lot)
        return None if study is None else specification_facts(tx, study.specification)
    used = tx.one(USED_SPECIFICATION, lot=lot, stage=stage)
    row = tx.one(EFFECTIVE, kind=kind, stage=stage) if used is None else tx.get(Specification, used)
    return None if row is None else _specification(row)


def sample_facts(tx: ReadTx, sample: str) -> SampleFacts:
    """The sample. Raises NotFound."""
    return _sample(tx.get(Sample, sample))


def find_sample(tx: ReadTx, sample: str) -> SampleFacts | None:
    """The sample, or None."""
    row = tx.find(Sample, sample)
    return None if row is None else _sample(row)


def sample_sketches(tx: ReadTx, samples: Sequence[str]) -> dict[str, tuple[Purpose, SamplePhase]]:
    """What each of many samples is for, and where it stands."""
    return {sample: row for sample, [row] in tx.each(SAMPLE_SKETCH, "sample", samples).items()}


def sample_lines(rows: Sequence[Sample]) -> list[SampleFacts]:
    """Rows of the list of samples as facts."""
    return [_sample(row) for row in rows]


def samples_of(tx: ReadTx, lot: str) -> list[SampleFacts]:
    """The samples of a lot, in the order they were taken."""
    return [_sample(row) for row in tx.every(SAMPLES_OF_LOT, lot=lot)]


def results_of(tx: ReadTx, lot: str) -> list[ResultFacts]:
    """Every result of a lot, corrected ones too, in the order they were started."""
    return _results(tx, tx.every(RESULTS_OF_LOT, lot=lot))


def results_of_sample(tx: ReadTx, sample: str) -> list[ResultFacts]:
    """Every result of a sample, corrected ones too."""
    return _results(tx, tx.many(RESULTS_OF_SAMPLE, limit=ROWS_MAX, sample=sample))


def results_of_file(tx: ReadTx, file: int) -> list[ResultFacts]:
    """Every result that a file brought, and what it was corrected to."""
    return _results(tx, tx.many(RESULTS_OF_FILE, limit=ROWS_MAX, file=file))


def open_results(tx: ReadTx) -> list[ResultFacts]:
    """Results that wait for their value or for a second person, what is due first."""
    return _results(tx, tx.many(OPEN_RESULTS, limit=ROWS_MAX))


def result_facts(tx: ReadTx, result: int) -> ResultFacts:
    """One result. Raises NotFound."""
    return _results(tx, [tx.get(Result, result)])[0]


def failed_of(tx: ReadTx, lot: str) -> list[ResultFacts]:
    """Failures of a lot's release tests that stand, verified or not."""
    return _results(tx, tx.every(FAILED_OF_LOT, lot=lot))


def failed_results(tx: ReadTx, lot: str, test: str, stage: Stage) -> list[int]:
    """The numbers of one test's failures that stand."""
    rows = same_test(tx, lot, test, stage)
    return [row.id or 0 for row in rows if row.outcome is Outcome.FAILED and row.phase not in REPLACED]


def same_test(tx: ReadTx, lot: str, test: str, stage: Stage) -> list[Result]:
    """Every result of one test of a lot, corrected and invalidated ones too, in their order."""
    return tx.every(SAME_TEST, lot=lot, test=test, stage=stage)


def testers_of(tx: ReadTx, lot: str) -> frozenset[str]:
    """Everybody who sampled a lot or started, entered or verified a test of it."""
    people: set[str | None] = {sample.taken_by for sample in tx.every(SAMPLES_OF_LOT, lot=lot)}
    for row in tx.every(RESULTS_OF_LOT, lot=lot):
        people |= {row.started_by, row.entered_by, row.verified_by}
    return frozenset(person for person in people if person is not None)


def tests_of(tx: ReadTx, lot: str, kind: LotKind, stage: Stage) -> list[TestFacts]:
    """Each test that a stage asks of a lot, with how far its current results are."""
    specification = specification_for(tx, lot, kind, stage)
    if specification is None:
        return []
    current = [result for result in results_of(tx, lot) if result.is_current and result.stage is stage]
    return [
        _test(limit, stage, [result for result in current if result.test == limit.test])
        for limit in specification.limits
    ]


def asked_of(tx: ReadTx, sample: SampleFacts, stage: Stage) -> tuple[Limit, ...]:
    """The limits that a sample may be tested against at a stage; one pulled for stability has those of its time."""
    specification = specification_for(tx, sample.lot, kind_of(tx, sample.lot), stage)
    limits = () if specification is None else specification.limits
    return asked(limits, stage, stability.month_of(tx, sample.code))


def kind_of(tx: ReadTx, lot: str) -> LotKind:
    """What a lot makes. Raises NotFound."""
    return LotKind(manufacturing.lot_facts(tx, lot).kind.value)


def _test(limit: Limit, stage: Stage, results: list[ResultFacts]) -> TestFacts:
    failed = [result for result in results if result.outcome is Outcome.FAILED]
    return TestFacts(
        limit=limit,
        stage=stage,
        phases=tuple(result.phase for result in results),
        outcomes=tuple(result.outcome for result in results),
        accepted=bool(failed) and all(result.accepted for result in failed),
    )


def _specification(row: Specification) -> SpecificationFacts:
    names = SpecificationFacts.__dataclass_fields__.keys() - {"limits", "programme"}
    held = {name: getattr(row, name) for name in names}
    programme = None if row.programme is None else Programme.of(row.programme)
    return SpecificationFacts(**held, limits=from_document(row.limits), programme=programme)


def _sample(row: Sample) -> SampleFacts:
    return SampleFacts(**{name: getattr(row, name) for name in SampleFacts.__dataclass_fields__})


def _results(tx: ReadTx, rows: list[Result]) -> list[ResultFacts]:
    versions = {number: specification_facts(tx, number) for number in {row.specification for row in rows}}
    return [_result(row, versions[row.specification], _is_accepted(tx, row)) for row in rows]


def _is_accepted(tx: ReadTx, row: Result) -> bool:
    if row.outcome is not Outcome.FAILED:
        return False
    return any(row.id in use.results for use in accepted_uses(tx, row.lot))


def _result(row: Result, specification: SpecificationFacts, accepted: bool) -> ResultFacts:
    limit = specification.limit(row.test)
    computed = ("limit", "accepted", "giving")
    held: dict[str, Any] = {
        name: getattr(row, name) for name in ResultFacts.__dataclass_fields__ if name not in computed
    }
    giving = None if row.giving is None else Giving(**row.giving)
    return ResultFacts(**held, limit=limit or _gone(row.test), giving=giving, accepted=accepted)


def _gone(test: str) -> Limit:
    """A test that its specification does not have cannot be recorded; a damaged table is still shown, not hidden."""
    return from_document([{"test": test, "group": "safety", "kind": "report"}])[0]
