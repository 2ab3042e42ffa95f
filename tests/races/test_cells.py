"""Sixteen at once for one cell, for one vial, and for what is left of a material: one effect each, never a fault."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cellchain.custody import commands as custody
from cellchain.materials import commands as materials
from cellchain.materials.commands.lots import BookHarvestUse
from tests.bedside.world import World
from tests.races import morning
from tests.races.test_every_command import AT_ONCE, at_once
from tests.races.test_every_command import source_on_postgres as source_on_postgres
from tests.races.test_every_command import world_on_postgres as world_on_postgres
from tests.races.things import first, in_a_box, open_lot


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return morning.begun(tmp_path_factory.getbasetemp())


@pytest.fixture
def world(source: Path, tmp_path: Path) -> Iterator[World]:
    made = World(source, tmp_path / "world")
    made.clock.advance(timedelta(minutes=1))
    yield made
    made.close()


def vials(world: World) -> list[str]:
    """The vials that lie in the box."""
    box = first(world, "custody_box", column="location")
    rows = morning.rows(world, "custody_stored_at", location=str(box), removed_at="None")
    return [str(row["subject"]) for row in rows]


def into(box: str, vial: str, cell: str) -> custody.Store:
    """A vial goes into a cell."""
    return custody.Store.model_validate({"subject": vial, "location": box, "position": cell})


def race_for_a_cell(world: World) -> None:
    box, found = str(first(world, "custody_box", column="location")), vials(world)
    assert len(found) >= 4
    orders = [into(box, found[turn % len(found)], "C5") for turn in range(AT_ONCE)]
    answers = at_once(world, [world.call("technician1", custody.move, order) for order in orders])
    assert sum(answer.done for answer in answers) == 1
    codes = Counter(answer.refusal().code for answer in answers if not answer.done)
    assert sum(codes.values()) == AT_ONCE - 1
    assert set(codes) <= {"custody.position_taken", "custody.same_place"}
    there = [row for row in morning.rows(world, "custody_stored_at", position="C5") if row["removed_at"] is None]
    assert len(there) == 1
    assert len(vials(world)) == len(found)


def test_one_cell_takes_one_vial(world: World) -> None:
    race_for_a_cell(world)


def test_one_cell_takes_one_vial_on_postgres(world_on_postgres: World) -> None:
    race_for_a_cell(world_on_postgres)


def test_one_vial_goes_into_one_cell(world: World) -> None:
    box, vial = str(first(world, "custody_box", column="location")), in_a_box(world)
    orders = [into(box, vial, f"D{1 + turn % 9}") for turn in range(AT_ONCE)]
    at_once(world, [world.call("technician1", custody.move, order) for order in orders])
    assert vials(world).count(vial) == 1


def test_a_vial_is_kept_for_one_lot(world: World) -> None:
    order = custody.ReserveVial.model_validate({"vial": in_a_box(world), "lot": open_lot(world, "product")})
    answers = at_once(world, [world.call("technician1", custody.reserve_vial, order) for _ in range(AT_ONCE)])
    assert sum(answer.done for answer in answers) == 1
    assert {answer.refusal().code for answer in answers if not answer.done} == {"reservation.taken"}


def race_for_the_last(world: World) -> None:
    lot = str(first(world, "materials_lot", phase="accepted", column="code"))
    world.do("technician1", materials.count_stock, lot=lot, counted="10", reason="For the race.")
    donation = world.manifest["donations"][0]["code"]
    order = BookHarvestUse.model_validate({"donation": donation, "lot": lot, "units": 1})
    sent = [world.call("technician1", materials.book_harvest_use, order) for _ in range(AT_ONCE)]
    calls = [replace(call, by_house=True) for call in sent]
    answers = at_once(world, calls)
    assert sum(answer.done for answer in answers) == 10
    assert {answer.refusal().code for answer in answers if not answer.done} == {"material.not_enough"}


def test_no_more_is_booked_than_is_left(world: World) -> None:
    race_for_the_last(world)


def test_no_more_is_booked_than_is_left_on_postgres(world_on_postgres: World) -> None:
    race_for_the_last(world_on_postgres)
