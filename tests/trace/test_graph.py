"""A graph is asked for whole generations at once; what it says is what each thing says when it is asked alone."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cellchain.ledger.actor import Actor
from cellchain.ledger.edges import Edge
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.rules.lifecycles import ContainerPhase
from cellchain.platform.db import ROWS_MAX, Incomplete, ReadTx
from cellchain.quality import commands, queries
from cellchain.quality.queries.stops import EXPIRED, ON_HOLD, RECALLED
from cellchain.trace import queries as trace
from cellchain.trace.queries import BACKWARD, FORWARD, Steps
from cellchain.trace.rules import Direction
from tests.bedside.world import World, played

REASON = "A donor turned out to be in doubt."
YEAR = timedelta(days=365)


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Iterator[World]:
    made = World(played(tmp_path_factory.getbasetemp()), tmp_path / "world")
    yield made
    made.close()


def everything(tx: ReadTx, world: World, actor: Actor) -> list[str]:
    """Every code that a trace from any donor, recipient, machine or person of the demonstration comes across."""
    told = world.manifest
    roots = [one["code"] for kind in ("donors", "recipients", "bags") for one in told[kind]]
    roots += [one.person for one in world.actors.values()]
    found: dict[str, None] = {}
    for root in roots:
        graph = trace.trace(tx, root, Direction.BOTH, actor)
        assert graph.complete
        found.update(dict.fromkeys(node.code for node in graph.nodes))
    return list(found)


def held(world: World) -> None:
    """A donor is on hold."""
    world.do("qa1", commands.hold, subject=world.manifest["donors"][0]["code"], reason=REASON)


def bag_held(world: World) -> None:
    """One bag is on hold."""
    world.do("qa1", commands.hold, subject=world.bags("ready")[0]["code"], reason=REASON)


def recalled(world: World) -> None:
    """Everything out of a donor was recalled."""
    world.do("qa1", commands.recall, root=world.manifest["donors"][0]["code"], reason=REASON)


def expired(world: World) -> None:
    """A year went by."""
    world.clock.advance(YEAR)


HAPPENED = (held, bag_held, recalled, expired)


@pytest.mark.parametrize("happened", [None, *HAPPENED])
def test_what_is_said_of_many_things_is_what_is_said_of_each(world: World, happened: Any) -> None:
    if happened is not None:
        happened(world)
    with world.installation.database.read() as tx:
        codes = everything(tx, world, world.actors["qa1"])
        assert {code[:2] for code in codes} >= {"DN", "DO", "LT", "CT", "CV", "BG", "SM", "RC", "ML", "EQ", "PS"}
        for actor in world.actors.values():
            alone = {code: tx.house.describe(tx, code, actor) for code in codes}
            assert tx.house.sketch(tx, codes, actor) == {
                code: replace(one, actions=()) for code, one in alone.items() if one is not None
            }


@pytest.mark.parametrize(
    ("happened", "stop"), [(None, None), (held, ON_HOLD), (bag_held, ON_HOLD), (recalled, RECALLED), (expired, EXPIRED)]
)
def test_what_stops_many_bags_is_what_stands_against_each(world: World, happened: Any, stop: str | None) -> None:
    if happened is not None:
        happened(world)
    bags = [one["code"] for one in world.manifest["bags"]]
    expected = {}
    with world.installation.database.read() as tx:
        for bag in bags:
            facts = manufacturing.container_facts(tx, bag)
            against = {code.split(".")[1] for code, _ in queries.standing(tx, bag, tx.now).reasons}
            if facts.expires_at is not None and facts.expires_at <= tx.now:
                against.add(EXPIRED)
            first = next((one for one in (RECALLED, ON_HOLD, EXPIRED) if one in against), None)
            if facts.phase is ContainerPhase.FILLED and first is not None:
                expected[bag] = first
        assert queries.stops(tx, manufacturing.container_sketches(tx, bags)) == expected
    assert stop is None or stop in expected.values()


@pytest.mark.parametrize("steps", [*FORWARD, *BACKWARD])
def test_steps_of_a_whole_generation_are_the_steps_of_each(world: World, steps: Steps) -> None:
    with world.installation.database.read() as tx:
        codes = everything(tx, world, world.actors["qa1"])
        alone: list[Edge] = [edge for code in codes for edge in steps(tx, [code])]
        together = steps(tx, codes)
    assert len(together) == len(set(together))
    assert sorted(together) == sorted(alone)
    assert alone or steps is FORWARD[1]


def test_origins_of_many_lots_are_those_of_each(world: World) -> None:
    with world.installation.database.read() as tx:
        lots = [one.lot for one in queries.dispositions(tx)]
        assert {lot: (lot, *behind) for lot, behind in queries.origins_of_each(tx, lots).items()} == {
            lot: queries.origins_of(tx, lot) for lot in lots
        }


def test_a_generation_beyond_the_bound_is_told_as_cut_short(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(*_: object) -> list[Edge]:
        raise Incomplete(ROWS_MAX)

    monkeypatch.setattr(trace, "FORWARD", (*FORWARD, endless))
    with world.installation.database.read() as tx:
        donor = world.manifest["donors"][0]["code"]
        graph = trace.trace(tx, donor, Direction.FORWARD, world.actors["qa1"])
    assert not graph.complete
    assert [node.code for node in graph.nodes] == [donor]
