"""Cells into vessels."""

from cellchain.manufacturing import commands
from tests.manufacturing.conftest import Plant, forbidden, refused

VESSELS = {"vessels_count": 2, "cells_per_vessel_count": 17_500_000, "area_cm2": 175, "medium_ul": 35_000}


def at_the_bench(plant: Plant) -> tuple[str, str]:
    lot, tube = plant.separated()
    plant.start(lot, "seeding")
    return lot, tube


def test_it_makes_vessels_of_p0(plant: Plant) -> None:
    lot, tube = at_the_bench(plant)
    made = plant.do(commands.seed, lot=lot, container=tube, **VESSELS)
    assert (len(made["containers"]), made["passage"], made["warnings"]) == (2, 0, [])
    vessel = plant.container(made["containers"][0])
    assert (vessel.kind, vessel.cells_count, vessel.area_cm2, vessel.passage) == ("vessel", 17_500_000, 175, 0)
    left = plant.container(tube)
    assert (left.cells_count, left.volume_ul, left.phase) == (5_000_000, 1_250, "in_use")
    running = plant.page(lot).running
    assert running is not None
    density = running.current("density")
    assert density is not None
    assert density.value == 100_000
    assert plant.events()[-1] == "manufacturing:cells:seeded"


def test_a_source_that_is_emptied_is_spent(plant: Plant) -> None:
    lot, tube = at_the_bench(plant)
    plant.do(commands.seed, lot=lot, container=tube, **{**VESSELS, "cells_per_vessel_count": 20_000_000})
    spent = plant.container(tube)
    assert (spent.phase, spent.cells_count, spent.volume_ul) == ("spent", 0, 0)
    with refused("container.gone"):
        plant.do(commands.seed, lot=lot, container=tube, **VESSELS)


def test_cells_are_never_overdrawn(plant: Plant) -> None:
    lot, tube = at_the_bench(plant)
    with refused("container.overdrawn"):
        plant.do(commands.seed, lot=lot, container=tube, **{**VESSELS, "cells_per_vessel_count": 20_000_001})
    assert plant.container(tube).cells_count == 40_000_000


def test_it_takes_a_tube_of_this_lot(plant: Plant) -> None:
    lot, _ = at_the_bench(plant)
    _, elsewhere = plant.separated()
    with refused("container.other_lot"):
        plant.do(commands.seed, lot=lot, container=elsewhere, **VESSELS)
    bag = next(row.code for row in plant.page(lot).containers if row.kind == "harvest_bag")
    with refused("container.wrong_kind"):
        plant.do(commands.seed, lot=lot, container=bag, **VESSELS)


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    lot, tube = at_the_bench(plant)
    forbidden(plant, commands.seed, lot=lot, container=tube, **VESSELS)
