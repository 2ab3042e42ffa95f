"""Cryovials of a bank."""

from cellchain.manufacturing import commands
from tests.manufacturing.conftest import Plant, forbidden, refused

VIALS = {"vials_count": 3, "cells_per_vial_count": 2_000_000, "volume_ul": 1_000, "viability_permille": 950}


def at_the_bench(plant: Plant) -> tuple[str, str]:
    lot, _ = plant.seeded()
    tube = plant.harvest(lot, "bank", 7_000_000)["container"]
    plant.start(lot, "freeze")
    return lot, tube


def test_it_makes_vials_with_divisions(plant: Plant) -> None:
    lot, tube = at_the_bench(plant)
    made = plant.do(commands.freeze, lot=lot, container=tube, **VIALS)
    vials = [plant.container(code) for code in made["containers"]]
    assert [vial.code[:2] for vial in vials] == ["CV"] * 3
    assert [(vial.division, vial.phase, vial.product_code) for vial in vials] == [
        (1, "stored", "MSC-BANK"),
        (2, "stored", "MSC-BANK"),
        (3, "stored", "MSC-BANK"),
    ]
    assert plant.container(tube).cells_count == 1_000_000
    assert plant.events()[-1] == "manufacturing:cells:frozen"


def test_it_freezes_no_more_than_there_is(plant: Plant) -> None:
    lot, tube = at_the_bench(plant)
    with refused("container.overdrawn"):
        plant.do(commands.freeze, lot=lot, container=tube, **{**VIALS, "vials_count": 4})
    assert plant.container(tube).cells_count == 7_000_000


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    lot, tube = at_the_bench(plant)
    forbidden(plant, commands.freeze, lot=lot, container=tube, **VIALS)
