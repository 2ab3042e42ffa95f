"""Commands that come together: who waits for whom, and what becomes of a batch that fails."""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from cellchain.kernel.errors import Busy
from cellchain.ledger.answers import Answer
from cellchain.ledger.batches import BATCH_MAX, Batches
from cellchain.ledger.run import Call
from cellchain.platform import db
from tests.ledger.conftest import Workshop


class Kitchen:
    """Runs what it is given and notes which came together, and in which thread."""

    def __init__(self, held_up: bool = False) -> None:
        self.batches: list[list[str]] = []
        self.threads: set[int] = set()
        self.queue: Batches[str, str] = Batches(self.run, lambda: held_up)

    def run(self, calls: Sequence[str]) -> list[str | Exception]:
        self.batches.append(list(calls))
        self.threads.add(threading.get_ident())
        return [ValueError(call) if call == "bad" else call.upper() for call in calls]

    async def order(self, *calls: str, turns: int = 0) -> list[str]:
        """Each call comes one turn of the loop after the other, the first of them after so many turns."""
        loop, waiting = asyncio.get_running_loop(), []
        for _ in range(turns):
            await asyncio.sleep(0)
        for call in calls:
            waiting.append(self.queue.add(call, loop))
            await asyncio.sleep(0)
        return await asyncio.gather(*waiting)


def test_who_comes_alone_waits_for_nobody() -> None:
    kitchen = Kitchen()

    async def story() -> None:
        assert await kitchen.order("a") == ["A"]
        loop, before = asyncio.get_running_loop(), len(kitchen.batches)
        waiting = kitchen.queue.add("b", loop)
        await asyncio.sleep(0)
        assert len(kitchen.batches) == before + 1, "it goes at its first turn"
        assert await waiting == "B"

    asyncio.run(story())
    assert kitchen.batches == [["a"], ["b"]]


def test_company_waits_as_long_as_each_turn_brings_somebody() -> None:
    kitchen = Kitchen()

    async def story() -> None:
        loop = asyncio.get_running_loop()
        first = [kitchen.queue.add(call, loop) for call in ("a", "b")]
        later = asyncio.ensure_future(kitchen.order("c", "d"))
        late = asyncio.ensure_future(kitchen.order("e", turns=9))
        assert [*await asyncio.gather(*first), *await later, *await late] == ["A", "B", "C", "D", "E"]

    asyncio.run(story())
    assert kitchen.batches == [["a", "b", "c", "d"], ["e"]]


def test_a_batch_has_its_bound_and_the_rest_comes_next() -> None:
    kitchen = Kitchen()

    async def story() -> list[str]:
        loop = asyncio.get_running_loop()
        return await asyncio.gather(*[kitchen.queue.add(f"c{at}", loop) for at in range(2 * BATCH_MAX + 3)])

    assert asyncio.run(story()) == [f"C{at}" for at in range(2 * BATCH_MAX + 3)]
    assert [len(batch) for batch in kitchen.batches] == [BATCH_MAX, BATCH_MAX, 3]


def test_where_it_may_take_long_a_thread_does_it_and_the_next_ones_wait_together() -> None:
    kitchen = Kitchen(held_up=True)

    async def story() -> list[str]:
        loop = asyncio.get_running_loop()
        first = [kitchen.queue.add(call, loop) for call in ("a", "b")]
        for _ in range(4):
            await asyncio.sleep(0)
        return await asyncio.gather(*first, *[kitchen.queue.add(call, loop) for call in ("c", "d", "e")])

    assert asyncio.run(story()) == ["A", "B", "C", "D", "E"]
    assert kitchen.batches == [["a", "b"], ["c", "d", "e"]]
    assert threading.get_ident() not in kitchen.threads


def test_a_fault_is_told_to_its_own_caller() -> None:
    kitchen = Kitchen()

    async def story() -> list[str | BaseException]:
        loop = asyncio.get_running_loop()
        waiting = [kitchen.queue.add(call, loop) for call in ("a", "bad", "c")]
        return list(await asyncio.gather(*waiting, return_exceptions=True))

    first, fault, last = asyncio.run(story())
    assert (first, str(fault), last) == ("A", "bad", "C")
    assert isinstance(fault, ValueError)


# -- a batch that fails as a whole -----------------------------------------------------------------------------------


class Failing:
    """Lets the first `times` transactions of more than `least` commands end with `error` after all their work."""

    def __init__(self, patch: pytest.MonkeyPatch, workshop: Workshop, error: Exception, times: int, least: int) -> None:
        self.left, self.error, self.least = times, error, least
        self.sizes: list[int] = []
        self.committed = workshop.runner._committed
        patch.setattr(workshop.runner, "_committed", self)

    def __call__(self, calls: Sequence[Call]) -> list[Answer | Exception]:
        self.sizes.append(len(calls))
        if self.left and len(calls) > self.least:
            self.left -= 1
            raise self.error
        return self.committed(calls)


def takes(workshop: Workshop, count: int) -> list[Call]:
    workshop.do("fill", code="BG1", volume_ul=10)
    return [workshop.call("take", code="BG1") for _ in range(count)]


def test_what_was_in_the_way_is_tried_again(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = takes(workshop, 3)
    failing = Failing(monkeypatch, workshop, psycopg.errors.DeadlockDetected(), 2, 0)
    found = workshop.runner.run_batch(calls)
    assert failing.sizes == [3, 3, 3]
    assert all(isinstance(one, Answer) and one.done for one in found)


def test_what_is_always_in_the_way_is_said(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = takes(workshop, 2)
    Failing(monkeypatch, workshop, psycopg.errors.SerializationFailure(), 99, 0)
    found = workshop.runner.run_batch(calls)
    assert [type(one) for one in found] == [Busy, Busy]
    assert len(workshop.entries()) == 2, "nothing was done"


def test_what_is_refused_at_the_commit_is_run_one_by_one(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = takes(workshop, 3)
    failing = Failing(monkeypatch, workshop, psycopg.errors.IntegrityError(), 1, 1)
    found = workshop.runner.run_batch(calls)
    assert failing.sizes == [3, 1, 1, 1]
    assert all(isinstance(one, Answer) and one.done for one in found)
    assert workshop.verify().intact


def test_a_server_that_goes_takes_the_whole_batch_along(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = takes(workshop, 3)
    away = Busy("database.away", "The database cannot be reached at the moment.")
    Failing(monkeypatch, workshop, away, 1, 0)
    assert workshop.runner.run_batch(calls) == [away] * 3
    again = workshop.runner.run_batch(calls)
    assert all(isinstance(one, Answer) and one.done and not one.replayed for one in again)
    assert len(workshop.entries()) == 5


@pytest.mark.parametrize("workshop", ["postgresql"], indirect=True)
def test_a_process_that_stopped_in_its_transaction_holds_nobody_up_for_ever(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server ends it; what it had begun is not done, and it learns so if it ever goes on."""
    monkeypatch.setattr(db, "STOPPED_AFTER_S", 1)
    stopped = workshop.new_runner()
    calls = takes(workshop, 2)
    began, resumed = threading.Event(), threading.Event()
    guarded = stopped._guarded

    def stop(*arguments: Any) -> Any:
        began.set()
        assert resumed.wait(30)
        return guarded(*arguments)

    monkeypatch.setattr(stopped, "_guarded", stop)
    with ThreadPoolExecutor(1) as pool:
        outcome = pool.submit(stopped.run_batch, [calls[0]])
        assert began.wait(10)
        assert workshop.runner.run(calls[1]).done
        resumed.set()
        [fault] = outcome.result(30)
    assert isinstance(fault, Busy)
    assert fault.code == "database.away"
    assert [entry.request_id for entry in workshop.entries()[2:]] == [calls[1].request_id]
    stopped.close()
