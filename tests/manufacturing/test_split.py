"""Sharing a suspension out into tubes."""

from typing import Any

import pytest

from cellchain.labels import commands as labels
from cellchain.manufacturing import commands
from cellchain.manufacturing.balances.queries import book_of
from tests.manufacturing.conftest import Plant, forbidden, refused
from tests.manufacturing.test_story import broken


@pytest.fixture
def splitting(plant: Plant) -> tuple[str, str]:
    """A bank lot in its splitting step, and its tube: 10 million and one cells in 20 mL."""
    lot, _ = plant.seeded()
    tube = plant.harvest(lot, "bank", 10_000_001)["container"]
    plant.start(lot, "splitting")
    return lot, tube


def split(plant: Plant, lot: str, tube: str, count: int = 2, volume_ul: int = 5_000, **more: Any) -> list[str]:
    fields = {"lot": lot, "container": tube, "tubes_count": count, "volume_ul": volume_ul, **more}
    return list(plant.do(commands.split, **fields)["containers"])


def test_each_tube_gets_the_share_of_its_volume(plant: Plant, splitting: tuple[str, str]) -> None:
    lot, tube = splitting
    made = [plant.container(code) for code in split(plant, lot, tube)]
    whole = plant.container(tube)
    assert [(one.volume_ul, one.cells_count) for one in made] == [(5_000, 2_500_000)] * 2
    assert (whole.volume_ul, whole.cells_count, whole.phase) == (10_000, 5_000_001, "in_use")
    alike = ("kind", "content", "passage", "viability_permille", "doublings_milli", "donation", "lot")
    assert all(getattr(one, name) == getattr(whole, name) for one in made for name in alike)
    assert broken(plant) == []


def test_the_last_drop_takes_the_last_cell(plant: Plant, splitting: tuple[str, str]) -> None:
    lot, tube = splitting
    parts = [plant.container(code) for code in split(plant, lot, tube, 2, 10_000)]
    assert sum(one.cells_count for one in parts) == 10_000_001
    assert plant.container(tube).phase == "spent"
    with plant.house.read() as tx:
        book = book_of(tx, tube)
    assert (book.drawn.cells_count, book.drawn.volume_ul, book.left.volume_ul) == (10_000_001, 20_000, 0)
    assert broken(plant) == []


def test_they_come_from_the_tube(plant: Plant, splitting: tuple[str, str]) -> None:
    from cellchain.manufacturing import queries

    lot, tube = splitting
    made = split(plant, lot, tube)
    with plant.house.read() as tx:
        assert set(made) <= queries.descendants(tx, tube)
        assert all(tube in queries.ancestors(tx, code) for code in made)


@pytest.mark.parametrize(("count", "volume_ul"), [(1, 20_001), (2, 10_001), (20, 1_001)])
def test_no_more_comes_out_than_was_in(plant: Plant, splitting: tuple[str, str], count: int, volume_ul: int) -> None:
    lot, tube = splitting
    before = plant.container(tube)
    with refused("container.overdrawn_volume"):
        split(plant, lot, tube, count, volume_ul)
    assert plant.container(tube) == before


def test_an_emptied_tube_gives_nothing(plant: Plant, splitting: tuple[str, str]) -> None:
    lot, tube = splitting
    with refused("container.gone"):
        split(plant, lot, tube, 3, 10_000)
    split(plant, lot, tube, 2, 10_000)
    with refused("container.gone"):
        split(plant, lot, tube, 1, 1)


def test_a_vessel_is_not_split(plant: Plant, splitting: tuple[str, str]) -> None:
    lot, _ = splitting
    vessel = next(one.code for one in plant.page(lot).containers if one.kind == "vessel")
    with refused("container.wrong_kind"):
        split(plant, lot, vessel)


def test_a_tube_of_another_lot_is_not_split(plant: Plant, splitting: tuple[str, str]) -> None:
    lot, _ = splitting
    _, other = plant.separated()
    with refused("container.other_lot"):
        split(plant, lot, other)


def test_it_is_done_in_its_step(plant: Plant) -> None:
    lot, tube = plant.separated()
    with refused("step.none_running"):
        split(plant, lot, tube)
    plant.start(lot, "seeding")
    with refused("step.wrong_act"):
        split(plant, lot, tube)


def test_each_new_tube_wears_a_label_before_the_step_is_completed(plant: Plant, splitting: tuple[str, str]) -> None:
    lot, tube = splitting
    plant.supply(lot, "bank", "splitting")
    made = split(plant, lot, tube)
    with refused("step.labels_missing"):
        plant.do(commands.complete_step, lot=lot)
    for label in plant.do(labels.print_labels, targets=tuple(made), design="tube")["labels"]:
        plant.do(labels.confirm_label, scanned=label["symbol"])
    number = plant.do(commands.complete_step, lot=lot)["step_record"]
    plant.do(commands.verify_step, by=plant.verifier, step_record=number)


def test_the_parts_are_pooled_again(plant: Plant, splitting: tuple[str, str]) -> None:
    """What was shared out and put together is what it was."""
    lot, tube = splitting
    plant.supply(lot, "bank", "splitting")
    made = split(plant, lot, tube, 2, 10_000)
    number = plant.page(lot).running
    assert number is not None
    plant.finish(lot, number.id)
    plant.start(lot, "pooling")
    pooled = plant.do(commands.pool, lot=lot, containers=made, viability_permille=950)["container"]
    assert (plant.container(pooled).cells_count, plant.container(pooled).volume_ul) == (10_000_001, 20_000)
    assert broken(plant) == []


def test_it_is_forbidden_to_others(plant: Plant, splitting: tuple[str, str]) -> None:
    lot, tube = splitting
    forbidden(plant, commands.split, lot=lot, container=tube, tubes_count=2, volume_ul=1_000)
