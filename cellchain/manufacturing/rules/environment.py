"""What the air of a clean room is judged by, and over which time a reading counts. Pure.

A reading is a whole number of tenths of its unit. Most are of one moment; a settle plate gathers what falls onto it, so
it counts for the time that it lay open.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from cellchain.kernel.errors import Refused
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.manufacturing.rules.definition import Limits, Part, Standing
from cellchain.manufacturing.rules.lifecycles import EnvironmentKind
from cellchain.materials.rules import RoomClass

UNITS: Mapping[EnvironmentKind, str] = {
    EnvironmentKind.TEMPERATURE: "°C",
    EnvironmentKind.PRESSURE: "Pa",
    EnvironmentKind.PARTICLES: "/m³",
    EnvironmentKind.SETTLE_PLATE: "CFU",
    EnvironmentKind.HUMIDITY: "%",
}
GATHERED = frozenset({EnvironmentKind.SETTLE_PLATE})


class ReadingLimits(Part):
    """Outside `alert` a reading needs a comment, outside `action` it opens a deviation."""

    alert: Limits | None = None
    action: Limits | None = None


class RoomLimits(Part):
    """The limits of every room class, and how long a plate may lie open at most."""

    plate_minutes_max: int
    grades: dict[RoomClass, dict[EnvironmentKind, ReadingLimits]]

    def of(self, room_class: RoomClass | None, kind: EnvironmentKind) -> ReadingLimits:
        """The limits of a kind of reading; none where the room has no class or its class has no limit for it."""
        known = {} if room_class is None else self.grades.get(room_class, {})
        return known.get(kind, ReadingLimits())


@dataclass(frozen=True)
class Window:
    """The time that a reading speaks about. Both ends are the same for a reading of one moment."""

    start: datetime
    end: datetime


def standing_of(limits: ReadingLimits, tenths: int) -> Standing:
    """Where a reading lies."""
    value = Decimal(tenths) / 10
    if limits.action is not None and not limits.action.holds(value):
        return Standing.ACTION
    if limits.alert is not None and not limits.alert.holds(value):
        return Standing.ALERT
    return Standing.WITHIN


def window_of(
    kind: EnvironmentKind, start: datetime | None, end: datetime | None, at: datetime, minutes_max: int
) -> Window:
    """The time that a reading taken `at` speaks about. Raises Refused `environment.window_needed`, `.window_wrong`,
    `.plate_too_long`."""
    if kind not in GATHERED:
        return Window(start or end or at, end or at)
    if start is None or end is None:
        raise Refused(
            "environment.window_needed", "A settle plate counts for the time it lay open. Enter from when until when."
        )
    if not start < end <= at:
        raise Refused(
            "environment.window_wrong",
            "The plate was opened before it was closed, and closed before now. Check both times.",
        )
    if end - start > timedelta(minutes=minutes_max):
        raise Refused(
            "environment.plate_too_long",
            "A settle plate lies open for {hours} hours at most. Enter each plate by itself.",
            hours=minutes_max // 60,
        )
    return Window(start, end)


def may_record(standing: Standing, reason: str | None) -> None:
    """Raises Refused `environment.comment_needed`: a reading outside its alert limit carries a comment."""
    if standing is not Standing.WITHIN and not reason:
        raise Refused(
            "environment.comment_needed",
            "The reading lies outside its limit. Write a comment as the reason and record it again.",
        )


def may_belong(lot_location: str | None, location: str) -> None:
    """Raises Refused `environment.other_place` where the lot named with a reading is worked on somewhere else."""
    if lot_location is not None and lot_location != location:
        raise Refused(
            "environment.other_place", "This lot is worked on at another place. Scan the place where it was read."
        )


def kind_words(kind: EnvironmentKind) -> T:
    """What is watched, in words."""
    return _WORDS[kind]


_WORDS = {
    EnvironmentKind.PARTICLES: T("Particles of 0.5 µm and more"),
    EnvironmentKind.SETTLE_PLATE: T("Settle plate"),
    EnvironmentKind.PRESSURE: T("Pressure difference"),
    EnvironmentKind.TEMPERATURE: T("Temperature"),
    EnvironmentKind.HUMIDITY: T("Humidity"),
}
