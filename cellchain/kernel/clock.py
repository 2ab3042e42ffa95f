"""The only place that reads the time. Everything else is handed a clock."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from cellchain.kernel.values import dataclass

STEP_MAX_S = 2.0


class Clock(Protocol):
    """Gives the present as an aware UTC datetime."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's own clock, in UTC, to the microsecond."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True)
class ClockStep:
    """The machine's clock was moved: when that was noticed, by the clock as it is since, and how far (back below 0)."""

    at: datetime
    seconds: float


class WatchedClock:
    """The machine's clock beside the time since its start, which nobody can move: a step of more than 2 s shows.

    `heard` is told of each, by whoever reads the time next. What is given never runs back: after a step back it goes on
    by the time since, so that nothing that has expired becomes fit again, and no check younger. A clock that was put
    forward and back again is followed once more from the next start on.
    """

    def __init__(
        self,
        heard: Callable[[ClockStep], None],
        *,
        wall: Callable[[], datetime] = SystemClock().now,
        uptime_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.last_step: ClockStep | None = None
        self._heard, self._wall, self._uptime_s = heard, wall, uptime_s
        self._before = self._latest = (wall(), uptime_s())

    def now(self) -> datetime:
        """The present, in UTC, to the microsecond; never earlier than it was given before."""
        (wall, uptime_s), (then, then_s) = (self._wall(), self._uptime_s()), self._before
        self._before = wall, uptime_s
        self._notice(wall, (wall - then).total_seconds() - (uptime_s - then_s))
        latest, latest_s = self._latest
        given = max(wall, latest + timedelta(seconds=max(0.0, uptime_s - latest_s)))
        self._latest = given, uptime_s
        return given

    def held_against(self, last: datetime) -> None:
        """Told at the start when something was last recorded: a clock that was put back while nobody looked shows."""
        wall = self._wall()
        self._notice(wall, min(0.0, (wall - last).total_seconds()))

    def _notice(self, wall: datetime, moved_s: float) -> None:
        if abs(moved_s) > STEP_MAX_S:
            self.last_step = ClockStep(wall, moved_s)
            self._heard(self.last_step)


class SimulatedClock:
    """A clock that stands until it is moved. Demonstrations and tests only; it never runs backwards."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock needs an aware time")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, step: timedelta) -> datetime:
        """Move forward by `step`, zero or more."""
        if step < timedelta(0):
            raise ValueError("a clock does not run backwards")
        self._now += step
        return self._now

    def advance_to(self, moment: datetime) -> datetime:
        """Move to `moment`, or stay where the clock is already later."""
        self._now = max(self._now, moment.astimezone(UTC))
        return self._now
