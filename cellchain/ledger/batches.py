"""What came together is done together: on SQLite the commands of one moment share a commit.

A commit costs as much as a command does, for one as for thirty. Whoever has company waits a turn of the event loop
more, as long as each turn brings somebody; who comes alone waits for nobody (docs/decisions/0003).
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Generic, TypeVar, cast

BATCH_MAX = 64
C = TypeVar("C")
A = TypeVar("A")
Waiting = tuple[Any, "asyncio.Future[Any]"]


class Batches(Generic[C, A]):
    """The calls that wait for the one connection that writes.

    `run` does a batch and gives what came of each. `held_up` says that this may take long now: then a thread does it,
    and the loop goes on hearing others.
    """

    def __init__(self, run: Callable[[Sequence[C]], list[A | Exception]], held_up: Callable[[], bool]) -> None:
        self._run = run
        self._held_up = held_up
        self._waiting: deque[Waiting] = deque()
        self._seen = 0  # how many waited at the last turn
        self._beside = False  # a batch is on its way in a thread, and what waits comes after it

    def add(self, call: C, loop: asyncio.AbstractEventLoop) -> "asyncio.Future[A]":
        """Let `call` wait for the next batch; gives what will come of it."""
        future: asyncio.Future[A] = loop.create_future()
        self._waiting.append((call, future))
        if len(self._waiting) == 1:
            loop.call_soon(self._look, loop)
        return future

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Once a turn: go, or wait for those whom the next turn may bring."""
        count = len(self._waiting)
        if self._beside or not count:
            return
        if self._seen < count < BATCH_MAX:
            self._seen = count
            loop.call_soon(self._look, loop)
            return
        self._seen = 1 if count == 1 else 0
        self._go(loop)

    def _go(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run what waits: here, which is quickest, or in a thread while it may take long."""
        batch = [self._waiting.popleft() for _ in range(min(BATCH_MAX, len(self._waiting)))]
        calls = [call for call, _ in batch]
        if self._held_up():
            self._beside = True
            loop.run_in_executor(None, self._run, calls).add_done_callback(partial(self._came_back, loop, batch))
            return
        if self._waiting:
            loop.call_soon(self._look, loop)
        _deliver(batch, self._run(calls))

    def _came_back(
        self,
        loop: asyncio.AbstractEventLoop,
        batch: Sequence[Waiting],
        done: "asyncio.Future[list[A | Exception]]",
    ) -> None:
        self._beside = False
        if self._waiting:
            loop.call_soon(self._look, loop)
        fault = done.exception()
        _deliver(batch, [cast(Exception, fault)] * len(batch) if fault is not None else done.result())


def _deliver(batch: Sequence[Waiting], outcomes: Sequence[A | Exception]) -> None:
    """Tell everybody of a batch what came of it."""
    for (_, future), outcome in zip(batch, outcomes, strict=True):
        if future.done():  # the client went away; the command is done all the same
            continue
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
