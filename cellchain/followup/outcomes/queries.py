"""The outcomes of a study for one reader: by arm for who may compare arms, all together for the others."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from cellchain.followup import queries
from cellchain.followup import statements as find
from cellchain.followup.charts import NAMES
from cellchain.followup.models import DataExport, DataLock
from cellchain.followup.outcomes import charts, dataset, published, reading, rules
from cellchain.followup.outcomes.dataset import Row
from cellchain.followup.outcomes.statistics import Summary, summary
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor
from cellchain.platform.db import ReadTx
from cellchain.trial import queries as trial
from cellchain.trial.definition import Outcome, StudyDefinition, Visit, Words

TENTHS = 10


@dataclass(frozen=True)
class Group:
    """An arm, or all recipients where arms stay hidden (`code` None)."""

    code: str | None
    name: Words | None
    recipients: int

    def holds(self, row: Row) -> bool:
        """Whether a row is one of this group."""
        return self.code is None or row.arm == self.code


@dataclass(frozen=True)
class Shown:
    """A summary in decimals, as a page shows it."""

    n: int
    mean: Decimal | None
    sd: Decimal | None
    low: Decimal | None
    high: Decimal | None


@dataclass(frozen=True)
class Cell:
    """One group at one visit: values, changes from baseline, and the mean of the relative changes in percent."""

    values: Shown
    changes: Shown
    relative: Decimal | None


@dataclass(frozen=True)
class VisitLine:
    """One visit: a cell for each group, and what is missing in each, by reason."""

    title: Words
    week: int
    cells: tuple[Cell, ...]
    missing: tuple["Missing", ...]


@dataclass(frozen=True)
class Missing:
    """How many of a group were to be measured, how many were, and why the others were not."""

    expected: int
    measured: int
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class OutcomeView:
    """One outcome over the visits."""

    code: str
    name: T
    unit: str
    decimals: int
    lines: tuple[VisitLine, ...]
    course: charts.TimeCourse | None

    @property
    def mean_decimals(self) -> int:
        """A mean is told one decimal finer than what it is made of."""
        return self.decimals + 1


@dataclass(frozen=True)
class OutcomesPage:
    """The outcomes of a study as one person may see them."""

    study: str
    title: Words
    by_arm: bool
    lock: DataLock | None
    groups: tuple[Group, ...]
    outcomes: tuple[OutcomeView, ...]
    exports: tuple[DataExport, ...]
    findings: Sequence[published.Finding]
    registry_id: str


def outcomes_page(tx: ReadTx, study: str, actor: Actor, language: str) -> OutcomesPage:
    """The outcomes of a study for `actor`. Raises NotFound."""
    lock = tx.one(find.STANDING_LOCK, study=study)
    by_arm = compares_arms(actor, locked=lock is not None)
    source = reading.now(tx, study, with_arms=by_arm)
    rows = dataset.rows(source)
    groups = _groups(source.study, rows, by_arm=by_arm)
    outcomes = {one.code: one for one in source.study.outcomes}
    codes = dict.fromkeys(code for visit in source.study.visits for code in visit.measures)
    return OutcomesPage(
        study=study,
        title=source.study.title,
        by_arm=by_arm,
        lock=lock,
        groups=groups,
        outcomes=tuple(_outcome(source.study, outcomes[code], groups, rows, language) for code in codes),
        exports=tuple(tx.many(find.EXPORTS_OF, limit=queries.ROWS_MAX, study=study)),
        findings=published.findings(source.study.registry_id),
        registry_id=source.study.registry_id,
    )


def studies(tx: ReadTx) -> list[str]:
    """The codes of the studies that have outcomes to look at."""
    return [one.code for one in trial.studies(tx)]


def is_locked(tx: ReadTx, study: str) -> bool:
    """Whether the data of a study are locked."""
    return queries.is_locked(tx, study)


def compares_arms(actor: Actor, *, locked: bool) -> bool:
    """Whether somebody sees outcomes by arm now."""
    return rules.compares_arms(
        reads=actor.may(rules.READ),
        compares=actor.may(rules.COMPARE),
        blind=actor.may(rules.BLIND),
        locked=locked,
    )


def _groups(study: StudyDefinition, rows: Sequence[Row], *, by_arm: bool) -> tuple[Group, ...]:
    arms = {row.recipient: row.arm for row in rows}
    if not by_arm:
        return (Group(None, None, len(arms)),)
    counted = Counter(arms.values())
    return tuple(Group(arm.code, arm.name, counted[arm.code]) for arm in study.arms)


def _outcome(
    study: StudyDefinition, outcome: Outcome, groups: Sequence[Group], rows: Sequence[Row], language: str
) -> OutcomeView:
    own = [row for row in rows if row.outcome.code == outcome.code and row.scheduled]
    visits = [visit for visit in study.visits if outcome.code in visit.measures]
    lines = tuple(_line(visit, groups, own, outcome) for visit in visits)
    arms = [
        (
            "" if group.name is None else group.name.say(language),
            [
                charts.Reading(line.week, mean, cell.changes.low, cell.changes.high)
                for line in lines
                if line.week and (mean := (cell := line.cells[number]).changes.mean) is not None
            ],
        )
        for number, group in enumerate(groups)
    ]
    course = charts.time_course(arms, [visit.week for visit in visits if visit.week])
    name = NAMES.get(outcome.code, T(outcome.code.replace("_", " ")))
    return OutcomeView(outcome.code, name, outcome.unit, outcome.decimals, lines, course)


def _line(visit: Visit, groups: Sequence[Group], rows: Sequence[Row], outcome: Outcome) -> VisitLine:
    code = dataset.BASELINE if visit.week == 0 else visit.code
    here = [[row for row in rows if row.visit == code and group.holds(row)] for group in groups]
    return VisitLine(
        visit.title,
        visit.week,
        tuple(_cell(of_group, outcome.decimals) for of_group in here),
        tuple(_missing(of_group) for of_group in here),
    )


def _cell(rows: Sequence[Row], decimals: int) -> Cell:
    def scaled(value: int) -> float:
        return float(Decimal(value).scaleb(-decimals))

    rows = [row for row in rows if row.counts]
    relative = [row.change_permille / TENTHS for row in rows if row.change_permille is not None]
    return Cell(
        _shown(summary([scaled(row.value) for row in rows if row.value is not None])),
        _shown(summary([scaled(row.change) for row in rows if row.change is not None])),
        _shown(summary(relative)).mean,
    )


def _shown(found: Summary) -> Shown:
    mean, sd, low, high = (
        None if value is None else Decimal(repr(value)) for value in (found.mean, found.sd, found.low, found.high)
    )
    return Shown(found.n, mean, sd, low, high)


def _missing(rows: Sequence[Row]) -> Missing:
    """A reason is the one that was given, what the calendar says of a planned visit, or that no try was acceptable."""
    why = Counter(row.missing_reason or row.status for row in rows if row.status != dataset.MEASURED)
    why.update(dataset.UNUSABLE for row in rows if row.status == dataset.MEASURED and not row.counts)
    return Missing(len(rows), len(rows) - why.total(), tuple(sorted(why.items())))
