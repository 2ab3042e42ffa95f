"""Geometry of what manufacturing draws: where a value stands beside its limit, and how a culture grew. Pure."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from cellchain.kernel.values import dataclass
from cellchain.manufacturing.facts import GrowthFacts
from cellchain.manufacturing.rules.balance import Control
from cellchain.manufacturing.rules.definition import Limits, Parameter, Standing

CLOSED_ZONE = (30.0, 70.0)
LOW_ZONE = (60.0, 100.0)
HIGH_ZONE = (0.0, 40.0)
INSIDE_FROM, INSIDE_TO = 2.0, 98.0
PERCENT = Decimal(100)
WIDTH, HEIGHT = 440, 256
LEFT, RIGHT, TOP, BOTTOM = 44.0, 416.0, 34.0, 222.0
TICKS_MAX = 6
MINUTES_PER_DAY = 1_440
RATES_MAX = 24
# 0.1, 0.2, 0.5, 1, … : what the ticks of an axis are apart.
STEPS = [Decimal(part).scaleb(power) for power in range(-1, 6) for part in (1, 2, 5)]


@dataclass(frozen=True)
class Gauge:
    """Percent of a gauge's length: where the permitted zone begins and ends, and where the value stands."""

    zone_from: float
    zone_to: float
    at: float


def gauge(parameter: Parameter, value: Decimal) -> Gauge:
    """The limit as a box and the value as a pointer, which never leaves the picture."""
    limits = parameter.action or parameter.alert
    if limits is None:
        return Gauge(0.0, 100.0, 50.0)
    if limits.low is not None and limits.high is not None:
        return _closed(limits.low, limits.high, value)
    return _open(limits, value, is_share=parameter.unit == "%")


def _closed(low: Decimal, high: Decimal, value: Decimal) -> Gauge:
    zone_from, zone_to = CLOSED_ZONE
    span = high - low or Decimal(1)
    return Gauge(zone_from, zone_to, _inside(zone_from + float((value - low) / span) * (zone_to - zone_from)))


def _open(limits: Limits, value: Decimal, *, is_share: bool) -> Gauge:
    if limits.low is not None:
        zone_from, zone_to = LOW_ZONE
        # A share ends at 100 %; anything else is drawn from zero on.
        room = (PERCENT - limits.low) if is_share and limits.low < PERCENT else (limits.low or Decimal(1)) * 2 / 3
        return Gauge(
            zone_from, zone_to, _inside(zone_from + float((value - limits.low) / room) * (zone_to - zone_from))
        )
    high = limits.high or Decimal(1)
    zone_from, zone_to = HIGH_ZONE
    return Gauge(zone_from, zone_to, _inside(float(value / high) * zone_to))


def _inside(at: float) -> float:
    return round(min(max(at, INSIDE_FROM), INSIDE_TO), 1)


TREND_WIDTH, TREND_HEIGHT = 240, 64
TREND_LEFT, TREND_RIGHT, TREND_TOP, TREND_BOTTOM = 8.0, 232.0, 10.0, 54.0


@dataclass(frozen=True)
class Mark:
    """One reading on a trend: where it is drawn, and how it stands (`ok`, `warn`, `stop`), which is its shape too."""

    x: float
    y: float
    s: str


@dataclass(frozen=True)
class Trend:
    """Readings over time with the lines of their limits, in a `viewBox` of TREND_WIDTH by TREND_HEIGHT."""

    marks: tuple[Mark, ...]
    path: str
    alerts: tuple[float, ...]
    actions: tuple[float, ...]


_SHAPES = {Standing.WITHIN: "ok", Standing.ALERT: "warn", Standing.ACTION: "stop"}


def trend(
    readings: Sequence[tuple[datetime, Decimal, Standing]], alert: Limits | None, action: Limits | None
) -> Trend | None:
    """How readings went, the earliest first; None where there are none."""
    if not readings:
        return None
    alerts, actions = _ends(alert), _ends(action)
    values = [value for _, value, _ in readings] + alerts + actions
    low, high = min(values), max(values)
    span = (high - low) or Decimal(1)
    began, took = readings[0][0], (readings[-1][0] - readings[0][0]).total_seconds()

    def x(at: datetime) -> float:
        share = (at - began).total_seconds() / took if took else 0.5
        return round(TREND_LEFT + (TREND_RIGHT - TREND_LEFT) * share, 1)

    def y(value: Decimal) -> float:
        return round(TREND_BOTTOM - (TREND_BOTTOM - TREND_TOP) * float((value - low) / span), 1)

    marks = tuple(Mark(x(at), y(value), _SHAPES[standing]) for at, value, standing in readings)
    return Trend(
        marks=marks,
        path="M" + "L".join(f"{mark.x} {mark.y}" for mark in marks),
        alerts=tuple(y(value) for value in alerts),
        actions=tuple(y(value) for value in actions),
    )


def _ends(limits: Limits | None) -> list[Decimal]:
    return [] if limits is None else [end for end in (limits.low, limits.high) if end is not None]


@dataclass(frozen=True)
class Point:
    """One harvest on the growth chart: where it is drawn, and what is written at it."""

    x: float
    y: float
    label_y: float
    passage: int
    cumulative_milli: int


@dataclass(frozen=True)
class Tick:
    """A mark on an axis."""

    at: float
    value: int


@dataclass(frozen=True)
class GrowthChart:
    """Cumulative doublings over days since seeding, in the units of a `viewBox` of WIDTH by HEIGHT.

    `others` are the paths of the laboratory's other lots.
    """

    points: tuple[Point, ...]
    path: str
    others: tuple[str, ...]
    days: tuple[Tick, ...]
    doublings: tuple[Tick, ...]


def growth_chart(
    growth: Sequence[GrowthFacts], began: datetime, others: Sequence[Sequence[tuple[int, int]]] = ()
) -> GrowthChart | None:
    """The chart from `began` (the first seeding) on, or None while fewer than two harvests are counted.

    `others` are other lots' curves: minutes of culture and cumulative doublings, harvest by harvest.
    """
    counted = [row for row in growth if row.cumulative_milli is not None]
    if len(counted) < 1 or len(growth) < 2:
        return None
    ends = [minutes for curve in others for minutes, _ in curve[-1:]]
    own_end = int((growth[-1].at - began).total_seconds()) // 60
    whole_days = max(1, -(-max(own_end, *ends, 1) // MINUTES_PER_DAY))
    tops_milli = [milli for curve in others for _, milli in curve] + [row.cumulative_milli or 0 for row in counted]
    tops = -(-max(1_000, *tops_milli) // 1_000)

    def over(minutes: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * minutes / (whole_days * MINUTES_PER_DAY), 1)

    def x(at: datetime) -> float:
        return over((at - began).total_seconds() / 60)

    def y(milli: int) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * max(0, milli) / (tops * 1_000), 1)

    points = tuple(_point(x(row.at), y(row.cumulative_milli or 0), row) for row in growth)
    return GrowthChart(
        points=points,
        path="M" + "L".join(f"{point.x} {point.y}" for point in points),
        others=tuple("M" + "L".join(f"{over(at)} {y(milli)}" for at, milli in curve) for curve in others if curve[1:]),
        days=tuple(Tick(round(LEFT + (RIGHT - LEFT) * day / whole_days, 1), day) for day in _steps(whole_days)),
        doublings=tuple(Tick(y(value * 1_000), value) for value in _steps(tops)),
    )


def _point(x: float, y: float, row: GrowthFacts) -> Point:
    return Point(x, y, round(y - 12, 1), row.passage, row.cumulative_milli or 0)


def _steps(most: int) -> range:
    return range(0, most + 1, max(1, -(-most // TICKS_MAX)))


@dataclass(frozen=True)
class Rate:
    """One passage on the control chart; `passage` is None where it was another lot's."""

    x: float
    y: float
    passage: int | None
    value: Decimal
    is_outside: bool


@dataclass(frozen=True)
class ControlChart:
    """Doublings in a day, passage by passage, other lots' first; the mean and the limits as heights where they are."""

    rates: tuple[Rate, ...]
    mean: float | None
    low: float | None
    high: float | None
    ticks: tuple[tuple[float, Decimal], ...]
    own_from: float


def control_chart(
    history: Sequence[Decimal], own: Sequence[tuple[int, Decimal]], control: Control | None
) -> ControlChart | None:
    """How fast this lot grew beside the newest passages of others; None while it has no counted passage."""
    if not own:
        return None
    others = list(history)[-(RATES_MAX - min(RATES_MAX - 1, len(own))) :]
    values = [*((None, rate) for rate in others), *own][-RATES_MAX:]
    bounds = [] if control is None else [control.low, control.high]
    heights = [Decimal(0), *bounds, *(rate for _, rate in values)]
    low, high = min(heights), max(heights)
    top = high + (high - low) / 10 or Decimal(1)

    def y(value: Decimal) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * float((value - low) / (top - low)), 1)

    wide = (RIGHT - LEFT) / len(values)
    rates = tuple(
        Rate(
            round(LEFT + wide * (place + 0.5), 1),
            y(rate),
            passage,
            rate,
            control is not None and not control.low <= rate <= control.high,
        )
        for place, (passage, rate) in enumerate(values)
    )
    return ControlChart(
        rates=rates,
        mean=None if control is None else y(control.mean),
        low=None if control is None else y(max(low, control.low)),
        high=None if control is None else y(control.high),
        ticks=tuple((y(tick), tick) for tick in _tenths(low, top)),
        own_from=round(LEFT + wide * (len(values) - len(own)), 1),
    )


def _tenths(low: Decimal, top: Decimal) -> list[Decimal]:
    """A few round values between two ends."""
    step = next(step for step in STEPS if (top - low) / step <= TICKS_MAX)
    first = -int(-low / step)
    return [step * place for place in range(first, int(top / step) + 1)]
