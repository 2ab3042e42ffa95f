"""Geometry of the temperature line of a container: where each reading stands between its ends and beside its range."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from cellchain.custody.rules.climate import Climate
from cellchain.kernel.values import dataclass

WIDTH, HEIGHT = 440, 208
LEFT, RIGHT, TOP, BOTTOM = 62.0, 428.0, 14.0, 174.0
MARGIN_MC = 1_000
TIMES = 3


@dataclass(frozen=True)
class Point:
    """How warm it was at one time; `logged`: a logger wrote it, nobody read it by hand."""

    at: datetime
    temperature_mc: int
    logged: bool = False


@dataclass(frozen=True)
class Mark:
    """Where a point is drawn, and whether it lies outside the range."""

    x: float
    y: float
    outside: bool


@dataclass(frozen=True)
class Chart:
    """A line over time in a `viewBox` of WIDTH by HEIGHT. Times and temperatures of the axes are told by the page."""

    paths: tuple[str, ...]
    marks: tuple[Mark, ...]
    band: tuple[float, float] | None
    degrees: tuple[tuple[float, int], ...]
    times: tuple[tuple[float, datetime], ...]
    stops: tuple[float, ...]


def line(points: Sequence[Point], stops: Sequence[datetime], climate: Climate | None) -> Chart | None:
    """The temperature line over the whole way; None where nobody read a temperature.

    A logger that was silent for longer than it may be breaks the line: what nobody knows is not drawn.
    """
    if not points:
        return None
    points = sorted(points, key=lambda point: point.at)
    began, ended = min([points[0].at, *stops]), max([points[-1].at, *stops])
    span = max((ended - began).total_seconds(), 1.0)
    ends = [point.temperature_mc for point in points]
    ends += [] if climate is None else [climate.high_mc, max(climate.low_mc, min(ends) - 20 * MARGIN_MC)]
    low, high = min(ends) - MARGIN_MC, max(ends) + MARGIN_MC

    def x(at: datetime) -> float:
        return round(LEFT + (RIGHT - LEFT) * (at - began).total_seconds() / span, 1)

    def y(temperature_mc: int) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * (min(max(temperature_mc, low), high) - low) / (high - low), 1)

    marks = [
        Mark(x(point.at), y(point.temperature_mc), climate is not None and not climate.holds(point.temperature_mc))
        for point in points
        if not point.logged or (climate is not None and not climate.holds(point.temperature_mc))
    ]
    shown = {min(point.temperature_mc for point in points), max(point.temperature_mc for point in points)}
    limits = [] if climate is None else [end for end in (climate.low_mc, climate.high_mc) if low <= end <= high]
    return Chart(
        paths=_paths(points, x, y, climate),
        marks=tuple(marks),
        band=None if climate is None else (y(climate.high_mc), y(climate.low_mc)),
        degrees=_apart([(y(value), value) for value in (*limits, *sorted(shown))]),
        times=tuple(
            (round(LEFT + (RIGHT - LEFT) * part / (TIMES - 1), 1), began + (ended - began) * part / (TIMES - 1))
            for part in range(TIMES)
        ),
        stops=tuple(sorted({x(at) for at in stops})),
    )


def _paths(
    points: Sequence[Point], x: Callable[[datetime], float], y: Callable[[int], float], climate: Climate | None
) -> tuple[str, ...]:
    most = timedelta(minutes=climate.log_minutes) if climate is not None else timedelta(minutes=15)
    logged = [point for point in points if point.logged]
    runs: list[list[Point]] = [logged[:1]] if logged else []
    for before, after in pairwise(logged):
        if after.at - before.at > most:
            runs.append([])
        runs[-1].append(after)
    return tuple("M" + "L".join(f"{x(one.at)} {y(one.temperature_mc)}" for one in run) for run in runs)


def _apart(ticks: Sequence[tuple[float, int]]) -> tuple[tuple[float, int], ...]:
    """Ticks whose words do not run into each other, the first ones kept."""
    kept: list[tuple[float, int]] = []
    for at, value in ticks:
        if all(abs(at - other) > 14 for other, _ in kept):
            kept.append((at, value))
    return tuple(kept)
