"""How banks keep, on pages: every bank under a plan, and one of them with its time points and its trends."""

from collections.abc import Mapping, Sequence
from datetime import date

from cellchain.kernel.errors import Refused
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.facts import LotFacts
from cellchain.manufacturing.rules.lifecycles import ContainerKind, ContainerPhase
from cellchain.manufacturing.rules.lifecycles import LotKind as MadeKind
from cellchain.platform.db import ReadTx
from cellchain.quality import queries
from cellchain.quality.pages.words import names_of
from cellchain.quality.queries.testing import ResultFacts, SpecificationFacts
from cellchain.quality.rules import stability as rules
from cellchain.quality.rules.lifecycles import Outcome, Stage
from cellchain.quality.rules.limits import Limit, LimitKind, measured
from cellchain.quality.rules.stability import Programme, Progress, Served, Standing, Window
from cellchain.quality.stability import charts
from cellchain.quality.stability.queries import Pull, Study, pulls_of, served, studies, study_of

STANDINGS: Mapping[Standing, tuple[str, T]] = {
    Standing.AHEAD: ("off", T("Ahead")),
    Standing.DUE: ("now", T("Due now")),
    Standing.OVERDUE: ("warn", T("Overdue")),
    Standing.MISSED: ("stop", T("Missed")),
    Standing.TESTING: ("pend", T("Being tested")),
    Standing.PASSED: ("ok", T("Within limits")),
    Standing.FAILED: ("stop", T("Out of limits")),
}


@dataclass(frozen=True)
class Point:
    """One time point of a bank: its window, the vials pulled for it, its results beside what is asked."""

    month: int
    window: Window
    standing: Standing
    served: Served
    pulls: Sequence[Pull]
    asked: Sequence[Limit]
    results: Sequence[ResultFacts]

    @property
    def missed(self) -> Pull | None:
        """Who reported it as missed, and why; None where nobody did."""
        return next((pull for pull in self.pulls if pull.sample is None), None)

    @property
    def verified_count(self) -> int:
        """How many of its tests have their verified result."""
        return len({result.test for result in self.results if result.verified_by is not None})

    def result(self, test: str) -> ResultFacts | None:
        """What a test showed; a failure before anything else."""
        found = [result for result in self.results if result.test == test]
        return next((result for result in found if result.outcome is Outcome.FAILED), found[0] if found else None)


@dataclass(frozen=True)
class BankLine:
    """A bank under its plan: every time point, and the vials that it has left."""

    lot: LotFacts
    study: Study
    programme: Programme
    points: Sequence[Point]
    stored_count: int

    def having(self, *standings: str) -> list[Point]:
        """The time points that stand so."""
        return [point for point in self.points if point.standing in standings]

    @property
    def next_point(self) -> Point | None:
        """The first time point at which a vial still has to be pulled."""
        waiting = (*rules.WAITING, Standing.AHEAD)
        return next((point for point in self.points if point.standing in waiting), None)

    @property
    def needed_count(self) -> int:
        """How many vials the time points still take."""
        open_points = self.having(Standing.AHEAD, *rules.WAITING)
        return sum(self.programme.vials_count - point.served.pulled_count for point in open_points)

    @property
    def worst(self) -> Standing:
        """What a person has to see first of it."""
        order = (Standing.FAILED, Standing.MISSED, Standing.OVERDUE, Standing.DUE, Standing.TESTING)
        return next((one for one in order if self.having(one)), Standing.PASSED)


@dataclass(frozen=True)
class TrendView:
    """How one test went: its limit, and the picture."""

    limit: Limit
    chart: charts.Trend


@dataclass(frozen=True)
class StudyPage:
    """One bank under its plan."""

    line: BankLine
    specification: SpecificationFacts
    trends: Sequence[TrendView]
    names: Mapping[str, str]
    today: date


@dataclass(frozen=True)
class StudiesPage:
    """Every bank under a plan, and those that could be placed under one. `plan` is the version effective now."""

    lines: Sequence[BankLine]
    waiting: Sequence[LotFacts]
    plan: SpecificationFacts | None
    today: date


def studies_page(tx: ReadTx) -> StudiesPage:
    """Every bank under a plan, what presses most at the top."""
    lines = [_line(tx, study) for study in studies(tx)]
    order = list(Standing)
    lines.sort(key=lambda line: (line.worst in (Standing.PASSED, Standing.TESTING), order.index(line.worst)))
    placed = {line.lot.code for line in lines}
    banks = [lot for lot in manufacturing.lots(tx) if lot.kind is MadeKind.BANK and lot.code not in placed]
    effective = [
        one
        for one in queries.specifications(tx)
        if one.stage is Stage.STABILITY and one.effective_at is not None and one.retired_at is None
    ]
    waiting = [lot for lot in banks if _has_vials(tx, lot)]
    return StudiesPage(lines, waiting, next(iter(effective), None), tx.today)


def study_page(tx: ReadTx, lot: str) -> StudyPage:
    """One bank under its plan. Raises NotFound, Refused `stability.not_placed`."""
    manufacturing.lot_facts(tx, lot)
    study = study_of(tx, lot)
    if study is None:
        raise Refused(
            "stability.not_placed", "This lot is under no stability plan. Let QA place the bank under its plan first."
        )
    line = _line(tx, study)
    specification = queries.specification_facts(tx, study.specification)
    people = [study.placed_by, *(pull.by for point in line.points for pull in point.pulls)]
    return StudyPage(line, specification, _trends(tx, line, specification), names_of(tx, people), tx.today)


def line_of(tx: ReadTx, lot: str) -> BankLine | None:
    """How a bank stands under its plan; None for a lot that is under none."""
    study = study_of(tx, lot)
    return None if study is None else _line(tx, study)


def _line(tx: ReadTx, study: Study) -> BankLine:
    specification = queries.specification_facts(tx, study.specification)
    programme = specification.programme
    if programme is None:
        raise ValueError("a stability plan has a programme")
    results = [
        result for result in queries.results_of(tx, study.lot) if result.is_current and result.stage is Stage.STABILITY
    ]
    pulls = pulls_of(tx, study.lot)
    points = [
        _point(specification, programme, study, month, [pull for pull in pulls if pull.month == month], results, today)
        for today in [tx.today]
        for month in programme.months
    ]
    stored = [row for row in manufacturing.containers_of(tx, study.lot) if row.phase is ContainerPhase.STORED]
    return BankLine(manufacturing.lot_facts(tx, study.lot), study, programme, points, len(stored))


def _point(
    specification: SpecificationFacts,
    programme: Programme,
    study: Study,
    month: int,
    pulls: list[Pull],
    every: Sequence[ResultFacts],
    today: date,
) -> Point:
    samples = {pull.sample for pull in pulls}
    results = [result for result in every if result.sample in samples]
    asked = rules.asked(specification.limits, Stage.STABILITY, month)
    window, so_far = programme.window(study.frozen_on, month), served(pulls)
    progress = Progress(
        asked={limit.test for limit in asked},
        verified={result.test for result in results if result.verified_by is not None},
        failed={result.test for result in results if result.outcome is Outcome.FAILED and result.limit.required},
    )
    standing = rules.standing(window, so_far, programme.vials_count, progress, today)
    return Point(month, window, standing, so_far, pulls, asked, results)


def _has_vials(tx: ReadTx, lot: LotFacts) -> bool:
    return any(
        row.kind is ContainerKind.CRYOVIAL and row.phase is ContainerPhase.STORED
        for row in manufacturing.containers_of(tx, lot.code)
    )


# ---- trends ----------------------------------------------------------------------------------------------------------


def _trends(tx: ReadTx, line: BankLine, specification: SpecificationFacts) -> list[TrendView]:
    """A picture for each test that is measured, once something was; what the release showed is its beginning."""
    before = [result for result in queries.results_of(tx, line.lot.code) if result.is_current]
    missed = [point.month for point in line.having(Standing.MISSED)]
    found = []
    for limit in specification.limits:
        if limit.words or limit.kind is LimitKind.DOSE:
            continue
        readings = [
            _reading(0, result) for result in before if result.stage is Stage.FURTHER_USE and result.test == limit.test
        ]
        readings += [
            _reading(point.month, result)
            for point in line.points
            for result in point.results
            if result.test == limit.test
        ]
        months = limit.months or line.programme.months
        chart = charts.trend(
            [one for one in readings if one is not None], limit.low, limit.high, months, set(missed) & set(months)
        )
        if chart is not None and any(mark.reading.month for mark in chart.marks):
            found.append(TrendView(limit, chart))
    return found


def _reading(month: int, result: ResultFacts) -> charts.Reading | None:
    if result.value is None:
        return None
    return charts.Reading(month, measured(result.value), result.outcome is Outcome.FAILED)
