"""The small charts of a recipient: one measure each, geometry as numbers for the template to draw. Pure.

Nothing is drawn that was not measured: a missing value is a cross with its reason, and the line does not bridge it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from cellchain.followup.baselines import Base
from cellchain.followup.lifecycles import VisitPhase
from cellchain.followup.models import Measurement, Visit
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.trial.definition import Outcome, StudyDefinition
from cellchain.trial.definition import Visit as StudyVisit

DAYS_PER_WEEK = 7
PERCENT = 100
LEFT, RIGHT, TOP, BOTTOM = 55.9, 388.0, 20.0, 222.0
LABEL_ABOVE = 12.0
CROSS_ABOVE = 12.0
TICKS_MAX = 8
MARGIN_PERCENT = 18
WEEKS_AFTER = 2

NAMES: Mapping[str, T] = {
    "fvc": T("FVC"),
    "fev1": T("FEV1"),
    "dlco": T("DLCO"),
    "six_minute_walk": T("6-minute walk"),
}
# The change either way that is too small to matter, in the outcome's own unit, and why (domain 6.2).
SMALL: Mapping[str, tuple[Decimal, T]] = {
    "dlco": (Decimal("0.67"), T("Grey: ±0.67, within which two tests of one day agree.")),
    "six_minute_walk": (Decimal(28), T("Grey: ±28 m, the smallest change that people notice.")),
}


@dataclass(frozen=True)
class Point:
    """A measured value: where it stands, and its change from baseline (None for the baseline itself)."""

    x: float
    y: float
    week: int
    value: Decimal
    change: Decimal | None

    @property
    def label_y(self) -> float:
        """Where the change is printed."""
        return round(self.y - LABEL_ABOVE, 1)


@dataclass(frozen=True)
class Gap:
    """A value that is missing, with its reason where one was given."""

    x: float
    week: int
    reason: str | None


@dataclass(frozen=True)
class Window:
    """A visit's window; `open` while it is due."""

    x: float
    width: float
    middle: float
    open: bool


@dataclass(frozen=True)
class Mark:
    """A tick of an axis: where, and what it says. `current` for the visit that is due."""

    at: float
    value: Decimal
    current: bool = False


@dataclass(frozen=True)
class Figure:
    """One chart. Values are in the outcome's unit with its decimals; `loose` are those of unscheduled visits."""

    code: str
    name: T
    unit: str
    decimals: int
    points: tuple[Point, ...]
    loose: tuple[Point, ...]
    paths: tuple[str, ...]
    gaps: tuple[Gap, ...]
    windows: tuple[Window, ...]
    ticks: tuple[Mark, ...]
    weeks: tuple[Mark, ...]
    infusions: tuple[float, ...]
    base_y: float | None
    band: tuple[float, float] | None
    small: T | None

    @property
    def latest(self) -> Point | None:
        """The newest value, or None."""
        return self.points[-1] if self.points else None

    @property
    def change_percent(self) -> Decimal | None:
        """The newest change relative to baseline, in percent with one decimal."""
        if self.latest is None or self.latest.change is None or self.latest.change == self.latest.value:
            return None
        return (self.latest.change * PERCENT / (self.latest.value - self.latest.change)).quantize(Decimal("0.1"))


def figures(
    study: StudyDefinition,
    anchor: date | None,
    bases: Mapping[str, Base],
    visits: Sequence[Visit],
    measured: Sequence[Measurement],
    infused: Iterable[date],
    today: date,
) -> tuple[Figure, ...]:
    """A chart for each outcome that visits measure, in the order of the first visit; none before visits are planned."""
    if anchor is None:
        return ()
    outcomes = {one.code: one for one in study.outcomes}
    codes = dict.fromkeys(code for visit in study.visits for code in visit.measures)
    # Whoever came after the last window is drawn where they came.
    came = [(row.visited_on - anchor).days // DAYS_PER_WEEK for row in visits if row.visited_on is not None]
    last = max([*(visit.week + visit.window_weeks for visit in study.visits), *came])
    axis = _Axis(anchor, last + WEEKS_AFTER)
    days = tuple(axis.of_day(on) for on in infused)
    return tuple(_figure(study, outcomes[code], axis, bases.get(code), visits, measured, days, today) for code in codes)


@dataclass(frozen=True)
class _Axis:
    """Weeks from the anchor to the right."""

    anchor: date
    weeks: int

    def of_week(self, week: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * min(max(week, 0), self.weeks) / self.weeks, 1)

    def week_of(self, on: date) -> int:
        return (on - self.anchor).days // DAYS_PER_WEEK

    def of_day(self, on: date) -> float:
        return self.of_week((on - self.anchor).days / DAYS_PER_WEEK)


@dataclass(frozen=True)
class _Scale:
    """Values upwards, between two round figures."""

    least: int
    most: int
    step: int

    def y(self, value: int) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * (value - self.least) / (self.most - self.least), 1)


def _scale(values: Sequence[int]) -> _Scale:
    """Round figures around `values`, with a margin so that no point lies on an edge."""
    low, high = min(values), max(values)
    margin = max(1, (high - low) * MARGIN_PERCENT // 100)
    low, high = max(0, low - margin), high + margin
    step = next(
        size * 10**power
        for power in range(12)
        for size in (1, 2, 5)
        if (high - low) <= size * 10**power * (TICKS_MAX - 2)
    )
    return _Scale(low // step * step, -(-high // step) * step, step)


def _figure(
    study: StudyDefinition,
    outcome: Outcome,
    axis: _Axis,
    start: Base | None,
    visits: Sequence[Visit],
    measured: Sequence[Measurement],
    infused: tuple[float, ...],
    today: date,
) -> Figure:
    base = None if start is None else start.value
    rows = {one.visit: one for one in measured if one.outcome == outcome.code}
    planned = {row.code: row for row in visits if row.scheduled}
    width = SMALL.get(outcome.code)
    small = 0 if width is None else int(width[0].scaleb(outcome.decimals))
    known = [row.value for row in rows.values() if row.value is not None]
    # A tenth of the baseline either way is always in sight, so that a trifle never looks like a slope.
    least = 0 if base is None else max(small, base // 10)
    around = [] if base is None else [base - least, base, base + least]
    scale = _scale([*known, *around] or [0, 1])
    runs: list[list[Point]] = [[]]
    gaps: list[Gap] = []
    if base is not None:
        runs[0].append(_point(axis.of_week(0), 0, base, None, outcome, scale))
    for known_visit in study.visits:
        row = planned.get(known_visit.code)
        if row is None or outcome.code not in known_visit.measures:
            continue
        value = rows.get(row.id or 0)
        if value is not None and value.value is not None:
            at = axis.of_day(row.visited_on or row.due_on)
            runs[-1].append(_point(at, known_visit.week, value.value, base, outcome, scale))
        elif row.phase == VisitPhase.MISSED or (row.phase == VisitPhase.DONE and value is not None):
            reason = row.missing_reason if value is None else value.missing_reason
            gaps.append(Gap(axis.of_day(row.visited_on or row.due_on), known_visit.week, reason))
            runs.append([])
        else:
            runs.append([])
    between = [row for row in visits if not row.scheduled and (start is None or row.id != start.visit)]
    return Figure(
        code=outcome.code,
        name=NAMES.get(outcome.code, T(outcome.code.replace("_", " "))),
        unit=outcome.unit,
        decimals=outcome.decimals,
        points=tuple(point for run in runs for point in run),
        paths=tuple(_path(run) for run in runs if len(run) > 1),
        gaps=tuple(gaps),
        loose=tuple(
            _point(axis.of_day(row.due_on), axis.week_of(row.due_on), number, base, outcome, scale)
            for row in between
            if row.id in rows and (number := rows[row.id].value) is not None
        ),
        windows=tuple(_window(axis, row, today) for row in planned.values()),
        ticks=tuple(
            Mark(scale.y(value), Decimal(value).scaleb(-outcome.decimals))
            for value in range(scale.least, scale.most + 1, scale.step)
        ),
        weeks=tuple(_week(axis, one, planned.get(one.code), today) for one in study.visits),
        infusions=infused,
        base_y=None if base is None else scale.y(base),
        band=None if base is None or not small else (scale.y(base + small), scale.y(base - small)),
        small=None if width is None else width[1],
    )


def _point(x: float, week: int, value: int, base: int | None, outcome: Outcome, scale: _Scale) -> Point:
    shown = Decimal(value).scaleb(-outcome.decimals)
    change = None if base is None else Decimal(value - base).scaleb(-outcome.decimals)
    return Point(x, scale.y(value), week, shown, change)


def _path(run: Sequence[Point]) -> str:
    return "M" + "L".join(f"{point.x} {point.y}" for point in run)


def _window(axis: _Axis, row: Visit, today: date) -> Window:
    begin, end = axis.of_day(row.window_from), axis.of_day(row.window_until)
    due = row.phase == VisitPhase.PLANNED and row.window_from <= today <= row.window_until
    return Window(begin, round(end - begin, 1), round((begin + end) / 2, 1), due)


def _week(axis: _Axis, visit: StudyVisit, row: Visit | None, today: date) -> Mark:
    due = row is not None and row.phase == VisitPhase.PLANNED and row.window_from <= today <= row.window_until
    return Mark(axis.of_week(visit.week), Decimal(visit.week), due)
