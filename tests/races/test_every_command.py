"""Every command, sent by sixteen threads at once: one effect under one request id, and never a fault under sixteen.

The table of builders is complete by a test: a verb without one fails. An order that its command refuses is as good a
race as one that is done, because a refusal has its entry and its answer too; most of them are orders that work.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cellchain.bedside.infusions import commands as infusions
from cellchain.demo import play
from cellchain.ledger.answers import Answer
from cellchain.ledger.registry import REGISTRY
from cellchain.ledger.run import Call
from cellchain.platform.config import Settings
from tests.bedside.world import INSPECTION, World
from tests.races import morning
from tests.races.orders import BUILDERS, REFUSED
from tests.races.stopping import one_pause
from tests.support.campaign import times
from tests.support.postgres import Postgres, name_of

AT_ONCE = 16
STARTS = 32
# SQLite has one writer, so each verb races there; on PostgreSQL, where every command has a transaction of its own, the
# verbs that decide about bags and recipients do, and all of them in a campaign.
ON_POSTGRES = [path for path in sorted(BUILDERS) if times(1) > 1 or path.split("/")[0] in ("bedside", "trial")]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return morning.begun(tmp_path_factory.getbasetemp())


@pytest.fixture
def world(source: Path, tmp_path: Path) -> Iterator[World]:
    """A copy of it for one verb."""
    made = World(source, tmp_path / "world")
    made.clock.advance(timedelta(minutes=1))
    yield made
    made.close()


@pytest.fixture(scope="module")
def source_on_postgres(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """The same moment on PostgreSQL: its folder, and the name of a database to copy."""
    base = tmp_path_factory.mktemp("races")
    url = postgres.fresh_database()
    play(Settings(data_dir=base / "demonstration", password_cost="cheap", database_url=url), 1)
    made = World(base / "demonstration", base / "morning", seed=8, url=url)
    morning.begin(made)
    made.close()
    yield base / "morning", name_of(url)
    postgres.drop(url)


@pytest.fixture
def world_on_postgres(source_on_postgres: tuple[Path, str], postgres: Postgres, tmp_path: Path) -> Iterator[World]:
    """A copy of it for one verb."""
    folder, name = source_on_postgres
    url = postgres.fresh_database(like=name)
    made = World(folder, tmp_path / "world", url=url)
    made.clock.advance(timedelta(minutes=1))
    yield made
    made.close()
    postgres.drop(url)


def offered() -> list[str]:
    """The verbs that anybody may call from outside."""
    return sorted(path for path, command in REGISTRY.items() if not command.internal)


def at_once(world: World, calls: list[Call]) -> list[Answer]:
    """All calls at the same moment, each from a thread of its own. Raises whatever any of them raises."""
    line = threading.Barrier(len(calls))

    def send(call: Call) -> Answer:
        line.wait()
        return world.installation.runner.run(call)

    with ThreadPoolExecutor(len(calls)) as threads:
        return [sent.result() for sent in [threads.submit(send, call) for call in calls]]


def built(world: World, path: str) -> tuple[str, Callable[..., Any], Any]:
    """Who sends which order."""
    who, fields = BUILDERS[path](world)
    command = REGISTRY[path]
    return who, command.function, command.order(**fields)


def test_every_verb_has_a_builder() -> None:
    assert sorted(BUILDERS) == offered()


@pytest.mark.parametrize("path", sorted(BUILDERS))
def test_sixteen_at_once(world: World, path: str) -> None:
    race(world, path)


@pytest.mark.campaign
@pytest.mark.parametrize("path", ON_POSTGRES)
def test_sixteen_at_once_on_postgres(world_on_postgres: World, path: str) -> None:
    race(world_on_postgres, path)


def race(world: World, path: str) -> None:
    """Sixteen times under one request id, then under sixteen."""
    who, function, order = built(world, path)
    one_id = world.request_id()
    before = world.size()
    answers = at_once(world, [world.call(who, function, order, one_id) for _ in range(AT_ONCE)])
    assert len({(answer.done, answer.text) for answer in answers}) == 1, "one answer for one request"
    assert sum(not answer.replayed for answer in answers) == 1
    assert answers[0].done == (path not in REFUSED), answers[0].text
    event = REGISTRY[path].event if answers[0].done else f"{REGISTRY[path].event}:refused"
    written = world.since(before)
    assert [entry.event for entry in written].count(event) == 1
    assert {entry.request_id for entry in written} == {one_id}

    answers = at_once(world, [world.call(who, function, order) for _ in range(AT_ONCE)])
    refused = [answer.refusal() for answer in answers if not answer.done]
    assert all(refusal.code and str(refusal.text).endswith(".") for refusal in refused)
    assert world.numbers() == list(range(1, world.size() + 1)), "no gap in the chain"


def test_two_nurses_two_bags_one_start_each(world: World) -> None:
    """Thirty-two starts of the bag that two have checked, by both of them: it starts once."""
    _one_start(world)


def test_two_nurses_two_bags_one_start_each_on_postgres(world_on_postgres: World) -> None:
    _one_start(world_on_postgres)


def _one_start(world: World) -> None:
    bag, symbol, _, band = world.ready(1)
    order = infusions.StartInfusion(bag=symbol, wristband=band, planned_minutes=120)
    calls = [world.call(f"nurse{1 + turn % 2}", infusions.start_infusion, order) for turn in range(STARTS)]
    answers = at_once(world, calls)
    assert sum(answer.done for answer in answers) == 1
    assert {answer.refusal().code for answer in answers if not answer.done} == {"infusion.changed_since_check"}
    assert len(morning.rows(world, "bedside_infusion", bag=bag)) == 1


def test_a_stopping_rule_pauses_once(world: World) -> None:
    one_pause(world, at_once, AT_ONCE)


def test_a_stopping_rule_pauses_once_on_postgres(world_on_postgres: World) -> None:
    one_pause(world_on_postgres, at_once, AT_ONCE)


def test_checks_at_once_count_people_not_scans(world: World) -> None:
    _, symbol, _, band = world.ready(2)
    from cellchain.bedside import commands

    inspection = commands.InspectionOrder(**INSPECTION)
    order = commands.CheckOrder(wristband=band, bag=symbol, inspection=inspection)
    answers = at_once(world, [world.call("nurse1", commands.check, order) for _ in range(AT_ONCE)])
    assert {answer.result()["checks"] for answer in answers} == {1}
