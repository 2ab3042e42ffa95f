"""The time course of an outcome by arm: mean change from baseline with its interval. Geometry for a template. Pure."""

from collections.abc import Sequence
from decimal import Decimal
from math import ceil, floor

from cellchain.kernel.values import dataclass

LEFT, RIGHT, TOP, BOTTOM = 56.0, 372.0, 20.0, 222.0
TICKS_MAX = 6
APART = 7.0  # arms of one week stand side by side
STEPS = [Decimal(part).scaleb(power) for power in range(-3, 6) for part in (1, 2, 5)]


@dataclass(frozen=True)
class Reading:
    """The mean change of one arm at one week, with its interval where there is one."""

    week: int
    mean: Decimal
    low: Decimal | None
    high: Decimal | None


@dataclass(frozen=True)
class Mark:
    """A reading where it is drawn: its interval from `y_high` down to `y_low`."""

    x: float
    y: float
    y_low: float | None
    y_high: float | None
    reading: Reading


@dataclass(frozen=True)
class Course:
    """One arm: its marks, and the line from baseline through them. `shape` tells arms apart without colour."""

    name: str
    shape: int
    marks: tuple[Mark, ...]
    path: str


@dataclass(frozen=True)
class TimeCourse:
    """A chart in a `viewBox` of 400 by 256. `zero` is the height of no change."""

    courses: tuple[Course, ...]
    zero: float
    ticks: tuple[tuple[float, Decimal], ...]
    weeks: tuple[tuple[float, int], ...]


def time_course(arms: Sequence[tuple[str, Sequence[Reading]]], weeks: Sequence[int]) -> TimeCourse | None:
    """The chart of some arms over the weeks of the plan; None where nothing was measured after baseline."""
    ends = [end for _, readings in arms for one in readings for end in (one.mean, one.low, one.high) if end is not None]
    if not ends:
        return None
    low, high = min(Decimal(0), *ends), max(Decimal(0), *ends)
    room = (high - low) / 10 or Decimal(1)
    low, high = low - room, high + room
    last = max([*weeks, 1])

    def x(week: int) -> float:
        return LEFT + (RIGHT - LEFT) * week / last

    def y(value: Decimal) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * float((value - low) / (high - low)), 1)

    courses = []
    for number, (name, readings) in enumerate(arms):
        aside = (number - (len(arms) - 1) / 2) * APART
        marks = tuple(
            Mark(
                round(x(one.week) + aside, 1),
                y(one.mean),
                None if one.low is None else y(one.low),
                None if one.high is None else y(one.high),
                one,
            )
            for one in readings
        )
        line = "L".join([f"{LEFT} {y(Decimal(0))}", *(f"{mark.x} {mark.y}" for mark in marks)])
        courses.append(Course(name, number, marks, f"M{line}" if marks else ""))
    step = next(step for step in STEPS if (high - low) / step <= TICKS_MAX)
    values = [step * place for place in range(ceil(low / step), floor(high / step) + 1)]
    return TimeCourse(
        tuple(courses),
        y(Decimal(0)),
        tuple((y(value), value) for value in values),
        tuple((round(x(week), 1), week) for week in (0, *weeks)),
    )
