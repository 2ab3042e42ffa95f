"""What a reading would mean, before anything is written: the same look for one value, a panel, and a file."""

from datetime import datetime

from cellchain.kernel.errors import InvariantBroken
from cellchain.kernel.values import dataclass
from cellchain.labels import queries as labels
from cellchain.materials import queries as materials
from cellchain.materials.rules import EquipmentKind
from cellchain.platform.db import ReadTx
from cellchain.quality.laboratories import queries as laboratories
from cellchain.quality.methods import queries as methods
from cellchain.quality.models import Result
from cellchain.quality.queries import dosing
from cellchain.quality.queries.retesting import retest_facts
from cellchain.quality.queries.testing import (
    CURRENT,
    SampleFacts,
    SpecificationFacts,
    kind_of,
    sample_facts,
    specification_for,
)
from cellchain.quality.rules import laboratories as where_rules
from cellchain.quality.rules import methods as method_rules
from cellchain.quality.rules import stability as stability_rules
from cellchain.quality.rules import testing as rules
from cellchain.quality.rules.doses import Giving
from cellchain.quality.rules.investigations import RetestFacts, next_retest
from cellchain.quality.rules.lifecycles import SAMPLE, Outcome, ResultPhase, Stage
from cellchain.quality.rules.limits import Limit
from cellchain.quality.rules.methods import Method
from cellchain.quality.stability import queries as stability


@dataclass(frozen=True)
class Reading:
    """One test of a sample as somebody read it. Without a value it only begins."""

    sample: str
    stage: Stage
    test: str
    value: str | None
    measured_at: datetime
    method: int | None = None
    instrument: str | None = None
    report: str | None = None


@dataclass(frozen=True)
class Judged:
    """A reading beside everything that it is recorded with. `known`: the test was started already.

    `retest` is 0 for a first test, and `earlier` what came before it.
    """

    reading: Reading
    sample: SampleFacts
    specification: SpecificationFacts
    limit: Limit
    method: Method
    laboratory: int | None
    instrument: str | None
    known: Result | None
    retest: int
    earlier: RetestFacts
    giving: Giving | None
    outcome: Outcome


def judge(tx: ReadTx, reading: Reading) -> Judged:
    """Whether a reading may be recorded, and what it means. A sample is tested once its label was scanned back.

    Raises NotFound, Refused `specification.*`, `method.*`, `result.*`, `retest.*`, `sample.*`, `stability.*`,
    `equipment.*`, `container.unlabelled`, `label.*`.
    """
    sample = sample_facts(tx, reading.sample)
    SAMPLE.move("record_result", sample.phase)
    labels.must_not_wait(tx, sample.code)
    labels.must_wear(tx, sample.code)
    month = stability.month_of(tx, sample.code)
    stability_rules.at_its_stage(reading.stage, month)
    specification = specification_for(tx, sample.lot, kind_of(tx, sample.lot), reading.stage)
    limit = rules.limit_for(None if specification is None else specification.limits, reading.test, reading.stage)
    if specification is None:
        raise InvariantBroken("does not hold: a limit stands in a specification")
    stability_rules.is_asked(limit, month)
    where_rules.may_test(laboratories.whereabouts(tx, sample.code))
    known = tx.one(CURRENT, sample=sample.code, test=reading.test, stage=reading.stage)
    running = known if known is not None and known.phase is ResultPhase.PENDING else None
    earlier = retest_facts(tx, sample.lot, reading.test, reading.stage, sample.code)
    retest = next_retest(earlier) if running is None else running.retest
    rules.may_record(
        limit=limit,
        value=reading.value,
        known=None if known is None or (retest and running is None) else known.phase,
        taken_at=sample.taken_at,
        measured_at=reading.measured_at,
        now=tx.now,
    )
    # A test that was started goes on with what it was started with.
    laboratory = laboratories.outside_at(tx, sample.code) if running is None else running.laboratory
    instrument = reading.instrument or (None if running is None else running.instrument)
    method = _method(tx, reading, running)
    method_rules.may_read(
        method,
        outside=laboratory is not None,
        instrument=instrument,
        report=reading.report,
        has_value=reading.value is not None,
    )
    if instrument is not None and (running is None or running.instrument != instrument):
        kind = EquipmentKind(method.instrument) if method.instrument else None
        materials.usable_equipment(tx, instrument, tx.day_of(reading.measured_at), kind)
    giving = None if limit.dose is None else dosing.worst_of(tx, sample.lot)
    outcome = Outcome.PENDING if reading.value is None else limit.outcome(reading.value, giving)
    return Judged(
        reading=reading,
        sample=sample,
        specification=specification,
        limit=limit,
        method=method,
        laboratory=laboratory,
        instrument=instrument,
        known=running,
        retest=retest,
        earlier=earlier,
        giving=giving,
        outcome=outcome,
    )


def _method(tx: ReadTx, reading: Reading, running: Result | None) -> Method:
    if running is not None and reading.method is None:
        return methods.method(tx, running.method)
    return method_rules.chosen(methods.effective(tx), reading.test, reading.method)
