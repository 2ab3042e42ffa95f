"""How long commits take. A disk that takes seconds over each flush must not hold up those who only read."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cellchain.kernel.errors import Unavailable

# A commit takes a millisecond on a good disk and some tens on a poor one. From here on people notice.
SLOW_S = 0.5
# So long after the last slow commit the disk counts as slow still.
SLOW_FOR_S = 10.0


class Pace:
    """Asked before a commit and told after it. `heard` takes the seconds of each commit."""

    def __init__(self, writers_max: int, heard: Callable[[float], None], now: Callable[[], float] = time.monotonic):
        self._writers_max = writers_max
        self._heard = heard
        self._now = now
        # Hears of the first slow commit after quick ones; a server writes it into its log.
        self.told: Callable[[float], None] = lambda seconds: None
        self._mutex = threading.Lock()
        self._writers = 0
        self._under_way: dict[int, float] = {}
        self._slow_until = float("-inf")

    @property
    def slow(self) -> bool:
        """Whether commits take long now: one did lately, or one is under way."""
        now = self._now()
        return now < self._slow_until or any(now - since > SLOW_S for since in [*self._under_way.values()])

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Around a COMMIT."""
        who, began = threading.get_ident(), self._now()
        self._under_way[who] = began
        try:
            yield
        finally:
            del self._under_way[who]
            now = self._now()
            self._heard(now - began)
            if now - began > SLOW_S:
                if now > self._slow_until:
                    self.told(now - began)
                self._slow_until = now + SLOW_FOR_S

    @contextmanager
    def writer(self) -> Iterator[None]:
        """Around what a thread of those that make pages waits for.

        Raises Unavailable where the disk is slow and half of them wait already: the rest go on reading.
        """
        with self._mutex:
            if self._writers >= self._writers_max and self.slow:
                raise slow()
            self._writers += 1
        try:
            yield
        finally:
            with self._mutex:
                self._writers -= 1


def slow() -> Unavailable:
    """What people are told who would wait behind others."""
    return Unavailable(
        "database.slow",
        "The disk of the database is slow, and others wait to be saved. Nothing was done. Send it again in a moment.",
    )
