"""Two writers on one tube, a thousand times: between them they never take more than there is.

One freezes vials of it and the other wastes some, as fast as both can. `make test` goes a part of the way on either
database, `make campaign` all of it.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cellchain.kernel.errors import Refused
from cellchain.manufacturing import commands
from cellchain.manufacturing.balances.queries import book_of
from cellchain.manufacturing.invariants import INVARIANTS
from tests.factories import House, make_tables
from tests.manufacturing.conftest import REACTIONS, RECORDS, Plant, staffed
from tests.support.campaign import times

TURNS = min(1_000, times(50))
VIAL = {"vials_count": 1, "cells_per_vial_count": 10_000, "volume_ul": 1_000, "viability_permille": 950}
# Both together ask for more than the tube holds, so that every race ends with somebody being refused.
TUBE_COUNT = TURNS * 10_000 * 3 // 2


@pytest.fixture
def plant(database_url: str, tmp_path: Path) -> Iterator[Plant]:
    """A plant of its own on either database."""
    make_tables(database_url)
    with closing(House(database_url, reactions=REACTIONS)) as house:
        made, _ = staffed(house)
        made.furnish()
        yield made


def at_the_freezer(plant: Plant) -> tuple[str, str]:
    """A lot at its freezing step: (lot, tube)."""
    # Values are entered once a step; without any, the step takes vial after vial.
    before, _, rest = (RECORDS / "bank.toml").read_text().partition('key = "freeze"')
    plant.record("bank", before + 'key = "freeze"' + rest.partition("[[steps.parameters]]")[0])
    lot, _ = plant.seeded()
    tube = plant.harvest(lot, "bank", TUBE_COUNT)["container"]
    plant.start(lot, "freeze")
    return lot, tube


def in_turns(first: Callable[[], Any], second: Callable[[], Any]) -> list[Counter[str]]:
    """Both writers at once, each as often as TURNS says; what became of their turns."""
    line = threading.Barrier(2)

    def write(act: Callable[[], Any]) -> Counter[str]:
        line.wait()
        ends: Counter[str] = Counter()
        for _ in range(TURNS):
            try:
                act()
                ends["done"] += 1
            except Refused as refusal:
                ends[refusal.code] += 1
        return ends

    with ThreadPoolExecutor(2) as threads:
        return [sent.result() for sent in [threads.submit(write, act) for act in (first, second)]]


@pytest.mark.campaign
def test_two_writers_never_overdraw_a_tube(plant: Plant) -> None:
    lot, tube = at_the_freezer(plant)
    made_ul = plant.container(tube).volume_ul
    wasted_ul = max(1, made_ul // TURNS)
    frozen, wasted = in_turns(
        lambda: plant.do(commands.freeze, lot=lot, container=tube, **VIAL),
        lambda: plant.do(commands.waste, container=tube, volume_ul=wasted_ul, reason="For the race."),
    )
    assert min(frozen["done"], wasted["done"]) > 0, "both had their turns"
    assert frozen["done"] + wasted["done"] < 2 * TURNS, "and one of them was refused in the end"
    ours = {"done", "container.overdrawn", "container.overdrawn_volume", "container.gone", "waste.everything"}
    assert (frozen.keys() | wasted.keys()) <= ours
    with plant.house.read() as tx:
        book = book_of(tx, tube)
        assert [found for one in INVARIANTS for found in one.check(tx)] == []
    assert book.drawn.cells_count == frozen["done"] * 10_000
    assert book.wasted.volume_ul == wasted["done"] * wasted_ul
    assert (book.drawn.cells_count or 0) + (book.wasted.cells_count or 0) + (book.left.cells_count or 0) == TUBE_COUNT
    assert made_ul == book.drawn.volume_ul + book.wasted.volume_ul + book.left.volume_ul
