"""Material lots for the running step."""

from cellchain.manufacturing import commands
from cellchain.materials import queries as stock
from tests.manufacturing.conftest import Plant, forbidden, refused


def seeding(plant: Plant) -> str:
    lot, _ = plant.separated()
    plant.start(lot, "seeding")
    return lot


def test_it_is_booked_to_the_lot_and_the_step(plant: Plant) -> None:
    lot = seeding(plant)
    used = plant.do(commands.use_material, lot=lot, material=plant.lots["medium"], amount="70.5")
    assert used["code"] == plant.lots["medium"]
    with plant.house.read() as tx:
        use = [use for use in stock.uses_for(tx, lot) if use.lot == plant.lots["medium"]][-1]
    assert (use.step, use.amount_milli, use.unit) == ("3. Seed P0", 70_500, "mL")
    running = plant.page(lot).running
    assert running is not None
    assert [item.kind for item in running.materials] == ["medium"]
    assert plant.events()[-1] == "manufacturing:material:used"


def test_it_is_of_a_kind_that_the_step_asks_for(plant: Plant) -> None:
    lot = seeding(plant)
    with refused("step.not_needed"):
        plant.do(commands.use_material, lot=lot, material=plant.lots["saline"])


def test_it_may_be_used(plant: Plant) -> None:
    lot = seeding(plant)
    with refused("material.quarantined"):
        plant.do(commands.use_material, lot=lot, material=plant.material("medium", accepted=False))
    short = plant.material("medium", days=1)
    plant.wait(days=2)
    with refused("material.expired"):
        plant.do(commands.use_material, lot=lot, material=short)


def test_a_step_runs(plant: Plant) -> None:
    with refused("step.none_running"):
        plant.do(commands.use_material, lot=plant.open("control"), material=plant.lots["saline"])


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    forbidden(plant, commands.use_material, lot=plant.open("control"), material=plant.lots["saline"])
