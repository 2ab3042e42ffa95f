"""Several worker processes under one parent: one that dies is started again, and SIGTERM ends them all well.

They are forked, so that what was loaded is in memory once. The parent does nothing but wait: it holds the sockets, and
so a request that came while a worker was dead waits for the next one.
"""

import ctypes
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

from cellchain.kernel.values import dataclass

# Longer than a worker gives the requests in hand (`serving.GRACE_S`), and its printers and mails after that.
END_S = 60.0
# A worker that ended sooner than this could not work at all; the next one waits, longer each time.
LIVED_S = 5.0
WAIT_FIRST_S, WAIT_MAX_S = 0.5, 15.0
ENDING = frozenset({signal.SIGTERM, signal.SIGINT})
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


@dataclass(frozen=True)
class _Worker:
    place: int
    since: float


class Crew:
    """`work(place)` is what a worker does until it is told to end; what it returns is its exit code."""

    def __init__(self, size: int, work: Callable[[int], int], say: Callable[[str], None]) -> None:
        self._size = size
        self._work = work
        self._say = say
        self._workers: dict[int, _Worker] = {}
        self._failed = 0

    def run(self) -> None:
        """Keep all of them at work until SIGTERM (which `serving.ending_well` raises as SystemExit) or Ctrl-C."""
        try:
            for place in range(self._size):
                self._start(place)
            while True:
                self._replace(*os.wait())
        except KeyboardInterrupt:
            pass
        finally:
            with _undisturbed():
                self._end()

    def _start(self, place: int) -> None:
        parent = os.getpid()
        with _undisturbed():
            number = os.fork()
            if number == 0:
                self._be_worker(place, parent)
            self._workers[number] = _Worker(place, time.monotonic())

    def _be_worker(self, place: int, parent: int) -> NoReturn:
        """In the child: nothing of the parent's is left or closed on the way out."""
        code = 1
        try:
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)  # a parent that is killed takes its workers along
            if os.getppid() == parent:
                signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
                code = self._work(place)
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 0
        except KeyboardInterrupt:
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            with suppress(OSError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)

    def _replace(self, number: int, status: int) -> None:
        gone = self._workers.pop(number, None)
        if gone is None:
            return
        code = os.waitstatus_to_exitcode(status)
        how = f"was ended by signal {-code}" if code < 0 else f"ended with {code}"
        self._failed = self._failed + 1 if time.monotonic() - gone.since < LIVED_S else 0
        wait = min(WAIT_MAX_S, WAIT_FIRST_S * 2 ** (self._failed - 1)) if self._failed else 0.0
        self._say(f"Worker {number} {how}. Another one starts" + (f" in {wait:g} s." if wait else "."))
        time.sleep(wait)
        self._start(gone.place)

    def _end(self) -> None:
        """Ask each to end, by its number, and end those that do not in time."""
        self._signal(signal.SIGTERM)
        until = time.monotonic() + END_S
        while self._workers:
            number, _ = os.waitpid(-1, os.WNOHANG)
            self._workers.pop(number, None)
            if number == 0 and time.monotonic() > until:
                self._signal(signal.SIGKILL)
                until = float("inf")
            if number == 0:
                time.sleep(0.05)

    def _signal(self, what: signal.Signals) -> None:
        for number in self._workers:
            with suppress(ProcessLookupError):
                os.kill(number, what)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """No signal that ends us comes between a fork and its number being written down, or into the ending itself."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
