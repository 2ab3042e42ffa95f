"""The only place that reads the time. Everything else is handed a clock."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Gives the present as an aware UTC datetime."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's own clock, in UTC, to the microsecond."""

    def now(self) -> datetime:
        return datetime.now(UTC)


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
