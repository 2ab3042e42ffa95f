"""A tube is split while it is thrown away: its cells are in the new tubes or in the bin, and never in both."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from cellchain.accounts import passwords
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call
from cellchain.manufacturing import commands
from cellchain.manufacturing.balances.queries import book_of
from cellchain.platform.files import DataDir
from tests.factories import House, make_tables
from tests.manufacturing.conftest import REACTIONS, Plant, staffed
from tests.manufacturing.test_story import broken
from tests.races.test_release_against import seq_of
from tests.support.campaign import times

ROUNDS = times(10) if times(1) > 1 else 6
ENOUGH = 100
TUBES, EACH_UL, HALF_UL = 20, 90, 40


@pytest.fixture
def splitting(database_url: str, tmp_path: Path) -> Iterator[tuple[Plant, str, str]]:
    """On either database, a bank lot in its splitting step, and its tube of 20 mL."""
    passwords.configure("cheap")
    make_tables(database_url)
    house = House(database_url, reactions=REACTIONS, seed=2)
    house.database.house = replace(house.database.house, fetch=DataDir(tmp_path).fetch)
    plant, _ = staffed(house)
    plant.furnish()
    plant.record("bank")
    lot, _ = plant.seeded()
    tube = plant.harvest(lot, "bank", 10_000_001)["container"]
    plant.start(lot, "splitting")
    yield plant, lot, tube
    house.close()


@pytest.mark.campaign
def test_its_cells_are_in_one_place(splitting: tuple[Plant, str, str]) -> None:
    plant, lot, whole = splitting
    won: Counter[str] = Counter()
    waiting: list[str] = []
    with ThreadPoolExecutor(2) as threads:
        for number in range(ROUNDS):
            if not waiting:
                shares = {"lot": lot, "container": whole, "tubes_count": TUBES, "volume_ul": EACH_UL}
                waiting = list(plant.do(commands.split, **shares)["containers"])
            tube = waiting.pop()
            halves = {"lot": lot, "container": tube, "tubes_count": 2, "volume_ul": HALF_UL}
            calls = [
                _call(plant, commands.split, **halves),
                _call(plant, commands.discard, container=tube, reason="Dropped."),
            ]
            turn = calls if number % 2 == 0 else calls[::-1]
            answers = list(threads.map(plant.house.runner.run, turn))
            shared, thrown = answers if number % 2 == 0 else answers[::-1]
            with plant.house.read() as tx:
                book = book_of(tx, tube)
            # Whoever came second either found nothing to do it with, or took the rest.
            assert thrown.done
            assert book.drawn.volume_ul == (2 * HALF_UL if shared.done else 0)
            assert not shared.done or seq_of(shared) < seq_of(thrown)
            assert plant.container(tube).phase == "discarded"
            won["split, then discarded" if shared.done else "discarded"] += 1
    print(dict(won))
    assert len(won) > 1 or ROUNDS < ENOUGH, "each of the two came first"
    assert broken(plant) == []


def _call(plant: Plant, function: object, **fields: object) -> Call:
    command = command_of(function)  # type: ignore[arg-type]
    order = command.order.model_validate(fields)
    return Call(command, order, plant.technician, plant.house.request_id())
