"""Equipment for the running step."""

from cellchain.manufacturing import commands, queries
from tests.manufacturing.conftest import Plant, forbidden, refused


def preparation(plant: Plant) -> str:
    lot = plant.open("control")
    plant.start(lot, "preparation")
    return lot


def test_it_is_recorded_and_traced(plant: Plant) -> None:
    lot = preparation(plant)
    cabinet = plant.equipment["cabinet"]
    plant.do(commands.use_equipment, lot=lot, equipment=cabinet)
    plant.do(commands.use_equipment, lot=lot, equipment=cabinet)
    with plant.house.read() as tx:
        assert [(edge.target, edge.kind) for edge in queries.edges_from(tx, [cabinet])] == [(lot, "equipment")]
        assert cabinet in [edge.source for edge in queries.edges_to(tx, [lot])]
    assert plant.events()[-1] == "manufacturing:equipment:used"


def test_it_is_of_a_kind_that_the_step_asks_for(plant: Plant) -> None:
    lot = preparation(plant)
    with refused("step.not_needed"):
        plant.do(commands.use_equipment, lot=lot, equipment=plant.equipment["freezer"])


def test_it_is_in_service_and_calibrated(plant: Plant) -> None:
    lot = preparation(plant)
    with refused("equipment.out_of_service"):
        plant.do(commands.use_equipment, lot=lot, equipment=plant.machine("cabinet", in_service=False))
    plant.wait(days=366)
    with refused("equipment.calibration_overdue"):
        plant.do(commands.use_equipment, lot=lot, equipment=plant.equipment["cabinet"])


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    forbidden(plant, commands.use_equipment, lot=plant.open("control"), equipment=plant.equipment["cabinet"])
