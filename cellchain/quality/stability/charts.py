"""Geometry of how a bank keeps: what a test showed over the months, and the lines that it must not cross. Pure."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from itertools import pairwise
from math import ceil, floor

from cellchain.kernel.values import dataclass

WIDTH, HEIGHT = 440, 208
LEFT, RIGHT, TOP, BOTTOM = 52.0, 416.0, 20.0, 172.0
TICKS_MAX = 5
APART = 30.0  # what the words below two months need
STEPS = [Decimal(part).scaleb(power) for power in range(-3, 7) for part in (1, 2, 5)]


@dataclass(frozen=True)
class Reading:
    """What a test showed at a time point; month 0 is what it showed before the bank was released."""

    month: int
    value: Decimal
    is_outside: bool


@dataclass(frozen=True)
class Mark:
    """One reading: where it is drawn, and whether it lies outside its limit."""

    x: float
    y: float
    reading: Reading


@dataclass(frozen=True)
class Trend:
    """Readings over months in a `viewBox` of WIDTH by HEIGHT. `beyond` are the bands where a reading is out of limit,
    as (from, height); `months` the time points of the plan, `missed` those at which nothing was pulled."""

    marks: tuple[Mark, ...]
    paths: tuple[str, ...]
    limits: tuple[float, ...]
    beyond: tuple[tuple[float, float], ...]
    ticks: tuple[tuple[float, Decimal], ...]
    months: tuple[tuple[float, int], ...]
    missed: tuple[float, ...]


def trend(
    readings: Sequence[Reading],
    low: Decimal | None,
    high: Decimal | None,
    months: Sequence[int],
    missed: Collection[int] = (),
) -> Trend | None:
    """How a test went from the release to the last time point of the plan; None where nothing was read yet.

    Readings of one month are drawn one above the other. The line does not bridge a time point that was missed.
    """
    if not readings:
        return None
    readings = sorted(readings, key=lambda reading: reading.month)
    ends = [end for end in (low, high) if end is not None]
    heights = [reading.value for reading in readings] + ends
    room = (max(heights) - min(heights)) / 5 or Decimal(1)
    bottom, top = min(heights) - room, max(heights) + room
    last = max([*months, readings[-1].month, 1])

    def x(month: int) -> float:
        return round(LEFT + (RIGHT - LEFT) * month / last, 1)

    def y(value: Decimal) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * float((value - bottom) / (top - bottom)), 1)

    marks = tuple(Mark(x(reading.month), y(reading.value), reading) for reading in readings)
    beyond = [] if low is None else [(y(low), round(BOTTOM - y(low), 1))]
    beyond += [] if high is None else [(TOP, round(y(high) - TOP, 1))]
    return Trend(
        marks=marks,
        paths=tuple("M" + "L".join(f"{mark.x} {mark.y}" for mark in run) for run in _runs(marks, missed)),
        limits=tuple(y(end) for end in ends),
        beyond=tuple(beyond),
        ticks=tuple((y(value), value) for value in _round_values(bottom, top)),
        months=_apart([(x(month), month) for month in (0, *months)]),
        missed=tuple(x(month) for month in sorted(missed)),
    )


def _runs(marks: Sequence[Mark], missed: Collection[int]) -> list[list[Mark]]:
    """Readings that follow each other with no missed time point between them."""
    runs = [[marks[0]]]
    for before, after in pairwise(marks):
        if any(before.reading.month < month < after.reading.month for month in missed):
            runs.append([])
        runs[-1].append(after)
    return runs


def _round_values(low: Decimal, high: Decimal) -> list[Decimal]:
    """A few round values between two ends."""
    step = next(step for step in STEPS if (high - low) / step <= TICKS_MAX)
    return [step * place for place in range(ceil(low / step), floor(high / step) + 1)]


def _apart(ticks: Sequence[tuple[float, int]]) -> tuple[tuple[float, int], ...]:
    """Months whose words do not run into each other, the first ones kept."""
    kept: list[tuple[float, int]] = []
    for at, month in ticks:
        if not kept or at - kept[-1][0] >= APART:
            kept.append((at, month))
    return tuple(kept)
