"""New medium for vessels."""

from decimal import Decimal

from cellchain.manufacturing import commands
from tests.manufacturing.conftest import Plant, forbidden, refused


def test_it_feeds_every_vessel_of_the_lot(plant: Plant) -> None:
    lot, vessels = plant.seeded()
    plant.wait(days=2)
    changed = plant.step(lot, "bank", "medium", lambda: plant.do(commands.change_medium, lot=lot))
    assert changed["containers"] == vessels
    counted = plant.page(lot).steps[-1].current("vessels")
    assert counted is not None
    assert counted.value == Decimal(2)
    plant.step(lot, "bank", "medium", lambda: plant.do(commands.change_medium, lot=lot, vessels=vessels[:1]))


def test_the_step_waits_for_it(plant: Plant) -> None:
    lot, _ = plant.seeded()
    plant.start(lot, "medium")
    plant.supply(lot, "bank", "medium")
    with refused("step.incomplete"):
        plant.do(commands.complete_step, lot=lot)


def test_there_is_a_vessel_in_culture(plant: Plant) -> None:
    lot, _ = plant.seeded()
    plant.harvest(lot, "bank", 5_000_000)
    assert "medium" not in [step.key for step in plant.page(lot).coming]
    other, vessels = plant.seeded()
    for vessel in vessels:
        plant.do(commands.discard, container=vessel, reason="Contaminated.")
    plant.start(other, "medium")
    with refused("culture.no_vessels"):
        plant.do(commands.change_medium, lot=other)


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    lot, _ = plant.seeded()
    forbidden(plant, commands.change_medium, lot=lot)
