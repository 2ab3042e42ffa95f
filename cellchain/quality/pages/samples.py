"""A lot's sample plan: what its master record asks for, what was taken, where it is, and what it showed."""

from collections.abc import Mapping, Sequence
from datetime import date

from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.facts import LotFacts
from cellchain.manufacturing.rules.definition import Title
from cellchain.manufacturing.sampling import queries as sampling
from cellchain.manufacturing.sampling.queries import SampleFacts as Served
from cellchain.materials import queries as materials
from cellchain.platform.db import ReadTx
from cellchain.quality import queries
from cellchain.quality.laboratories import queries as laboratories
from cellchain.quality.pages.words import names_of
from cellchain.quality.queries.testing import ResultFacts, SampleFacts
from cellchain.quality.rules.laboratories import TransferPhase
from cellchain.quality.rules.lifecycles import Outcome
from cellchain.quality.rules.limits import TITLES


@dataclass(frozen=True)
class PlanLine:
    """One sampling point of the master record: what was taken there or why nothing was, and how far its tests are."""

    step: Title
    title: Title
    volume_ul: int
    became: Sequence[Served]
    tests: Sequence[T]
    started_count: int
    settled_count: int
    keep_days: int | None

    @property
    def is_settled(self) -> bool:
        """Whether every test of the point has its verified result, or what is kept was taken."""
        if self.keep_days is not None:
            return any(one.is_taken for one in self.became)
        return self.settled_count == len(self.tests)


@dataclass(frozen=True)
class Kept:
    """A sample with the place where it is now, in words."""

    sample: SampleFacts
    where: T
    results_count: int = 0
    failed_count: int = 0


@dataclass(frozen=True)
class PlanPage:
    """What is to be sampled of a lot, and what was."""

    lot: LotFacts
    lines: Sequence[PlanLine]
    samples: Sequence[Kept]
    names: Mapping[str, str]
    today: date


def plan_page(tx: ReadTx, lot: str) -> PlanPage:
    """The sample plan of a lot. Raises NotFound."""
    results = [result for result in queries.results_of(tx, lot) if result.is_current]
    samples = queries.samples_of(tx, lot)
    lines = _lines(tx, lot, results)
    return PlanPage(
        lot=manufacturing.lot_facts(tx, lot),
        lines=lines,
        samples=[_kept(tx, sample, results) for sample in samples],
        names=names_of(
            tx, [*(sample.taken_by for sample in samples), *(one.by for line in lines for one in line.became)]
        ),
        today=tx.today,
    )


def _lines(tx: ReadTx, lot: str, results: Sequence[ResultFacts]) -> list[PlanLine]:
    started = {result.test for result in results}
    settled = {result.test for result in results if result.verified_by is not None}
    became = sampling.of_lot(tx, lot)
    return [
        PlanLine(
            step=step.title,
            title=point.title,
            volume_ul=point.volume_ul,
            became=became.get((step.key, point.key), ()),
            tests=[TITLES.get(test) or T(test.replace("_", " ")) for test in point.tests],
            started_count=len(started & set(point.tests)),
            settled_count=len(settled & set(point.tests)),
            keep_days=point.keep_days,
        )
        for step in manufacturing.definition_of(tx, lot).steps
        for point in step.samples
    ]


def _kept(tx: ReadTx, sample: SampleFacts, results: Sequence[ResultFacts]) -> Kept:
    own = [result for result in results if result.sample == sample.code]
    return Kept(sample, where_is(tx, sample), len(own), sum(result.outcome is Outcome.FAILED for result in own))


def where_is(tx: ReadTx, sample: SampleFacts) -> T:
    """Where a sample is now, as far as the record tells."""
    if sample.place is not None:
        name = materials.location_facts(tx, sample.place).name
        if sample.position:
            return T("{place}, {position}", place=name, position=sample.position)
        return T("{place}", place=name)
    where = laboratories.whereabouts(tx, sample.code)
    if where is None:
        return T("Not put away yet")
    if where.phase is TransferPhase.SENT:
        return T("On its way to {laboratory}", laboratory=where.laboratory.name)
    if where.phase is TransferPhase.REFUSED:
        return T("Refused by {laboratory}", laboratory=where.laboratory.name)
    return T("{laboratory}", laboratory=where.laboratory.name)
