"""A release at one moment with a failed final test, a recall, a hold: the order of the ledger counts.

Whatever comes first, the lot never ends usable against its disposition: what stands before a release in the ledger
refuses it, and what stands after it stops the bags all the same.
"""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from cellchain.ledger.answers import Answer
from cellchain.ledger.run import Call
from cellchain.quality import commands, queries
from cellchain.quality.commands.dispositions import OfLot
from cellchain.quality.commands.holds import PlaceHold
from cellchain.quality.commands.results import RecordResult
from cellchain.quality.recalls.commands import RecallOrder
from cellchain.quality.rules.lifecycles import DispositionPhase, Stage
from tests.bedside.world import World, played
from tests.quality.batches import Batches
from tests.races.test_every_command import source_on_postgres as source_on_postgres
from tests.races.test_every_command import world_on_postgres as world_on_postgres
from tests.races.test_stop_before_start import one_after_the_other

# What a release that came too late may be refused with.
TOO_LATE = {
    "fails": {"lot.test_failed", "lot.review_outdated", "lot.deviation_open"},
    "recall": {"disposition.phase"},
    "hold": {"lot.on_hold", "lot.review_outdated"},
}


def _fails(world: World, lot: str) -> Call:
    with world.installation.database.read() as tx:
        pending = next(one for one in queries.results_of(tx, lot) if one.stage is Stage.FINAL)
    read = {"sample": pending.sample, "stage": "final", "test": pending.test, "value": "growth"}
    order = RecordResult.model_validate({**read, "instrument": pending.instrument})
    return world.call("analyst1", commands.record_result, order)


def _recall(world: World, lot: str) -> Call:
    order = RecallOrder.model_validate({"root": lot, "reason": "A supplier's alert."})
    return world.call("qa1", commands.recall, order)


def _hold(world: World, lot: str) -> Call:
    order = PlaceHold.model_validate({"subject": lot, "reason": "Information is awaited."})
    return world.call("qa1", commands.hold, order)


AGAINST: dict[str, Callable[[World, str], Call]] = {"fails": _fails, "recall": _recall, "hold": _hold}


@pytest.fixture(scope="module")
def batches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Batches]:
    world = World(played(tmp_path_factory.getbasetemp()), tmp_path_factory.mktemp("release") / "world")
    yield Batches(world)
    world.close()


def ready(house: Batches) -> str:
    """A lot that wants nothing but the signature of its release."""
    lot = house.batch()
    house.do("qa1", commands.review_batch, lot=lot)
    return lot


def release(house: Batches, lot: str) -> Call:
    return house.world.call("qa2", commands.release_conditionally, OfLot.model_validate({"lot": lot}))


def at_once(world: World, calls: list[Call]) -> list[Answer]:
    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(world.installation.runner.run, calls))


@pytest.mark.parametrize("against", AGAINST)
def test_at_once_on_sqlite(batches: Batches, against: str) -> None:
    for turn in (False, True):
        lot = ready(batches)
        calls = [release(batches, lot), AGAINST[against](batches.world, lot)]
        answers = at_once(batches.world, calls[::-1] if turn else calls)
        released, other = answers[::-1] if turn else answers
        ends_rightly(batches, lot, against, released, other)


def test_what_is_under_way_first_stops_the_release_on_postgresql(world_on_postgres: World) -> None:
    """The end of the chain is held: the other act has done all but its entry, and the release waits behind it."""
    house = Batches(world_on_postgres)
    for against, call in AGAINST.items():
        lot = ready(house)
        other, released = one_after_the_other(world_on_postgres, call(world_on_postgres, lot), release(house, lot))
        assert not released.done, against
        ends_rightly(house, lot, against, released, other)


def test_at_once_on_postgresql(world_on_postgres: World) -> None:
    house = Batches(world_on_postgres)
    for against, call in AGAINST.items():
        lot = ready(house)
        released, other = at_once(world_on_postgres, [release(house, lot), call(world_on_postgres, lot)])
        ends_rightly(house, lot, against, released, other)


def ends_rightly(house: Batches, lot: str, against: str, released: Answer, other: Answer) -> None:
    """The ledger says who came first; the lot's standing says what that means for its bag."""
    assert other.done, other
    with house.world.installation.database.read() as tx:
        disposition = queries.disposition_of(tx, lot)
        codes = {code for code, _ in queries.standing(tx, house.bag_of(lot), tx.now).reasons}
        failed = [one for one in queries.results_of(tx, lot) if one.outcome == "fail"]
        opened = queries.deviations_of(tx, lot)
    assert disposition is not None
    if released.done:
        assert seq_of(released) < seq_of(other), "what stood in the ledger before the release would have refused it"
    else:
        assert released.refusal().code in TOO_LATE[against], released
    if against == "recall":
        assert disposition.phase is DispositionPhase.RECALLED
        assert "lot.recalled" in codes
    if against == "hold":
        assert "lot.on_hold" in codes
    if against == "fails":
        assert (len(failed), len(opened)) == (1, 1)
        assert released.done or "lot.not_released" in codes


def seq_of(answer: Answer) -> int:
    """The number of the entry that an act left."""
    return int(json.loads(answer.text)["entry"]["seq"])
