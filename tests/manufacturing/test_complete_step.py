"""Completing and verifying a step."""

from cellchain.manufacturing import commands
from tests.manufacturing.conftest import Plant, forbidden, refused


def started(plant: Plant) -> tuple[str, int]:
    lot = plant.open("bank", plant.donation()["donation"])
    return lot, plant.start(lot, "receipt")


def filled(plant: Plant) -> tuple[str, int]:
    lot, number = started(plant)
    plant.supply(lot, "bank", "receipt")
    plant.do(commands.record_value, lot=lot, parameter="bag_intact", value=1)
    plant.do(commands.record_value, lot=lot, parameter="marrow_volume", value=60)
    return lot, number


def test_a_second_person_verifies_it(plant: Plant) -> None:
    lot, number = filled(plant)
    completed = plant.do(commands.complete_step, lot=lot)
    assert completed["phase"] == "completed"
    assert [view.id for view in plant.page(lot).to_verify] == [number]
    verified = plant.do(commands.verify_step, by=plant.verifier, step_record=number)
    assert verified["phase"] == "verified"
    assert plant.page(lot).to_verify == ()
    assert plant.events()[-2:] == ["manufacturing:step:completed", "manufacturing:step:verified"]


def test_it_needs_everything_the_step_asks_for(plant: Plant) -> None:
    lot, _ = started(plant)
    running = plant.page(lot).running
    assert running is not None
    assert running.missing.parameters == ("bag_intact", "marrow_volume")
    assert running.missing.equipment == ("cabinet",)
    with refused("step.incomplete"):
        plant.do(commands.complete_step, lot=lot)


def test_it_needs_the_act_of_the_step(plant: Plant) -> None:
    lot = plant.open("control")
    plant.start(lot, "preparation")
    plant.supply(lot, "control", "preparation")
    with refused("step.act_missing"):
        plant.do(commands.complete_step, lot=lot)


def test_nobody_verifies_their_own_step(plant: Plant) -> None:
    lot, number = filled(plant)
    plant.do(commands.complete_step, lot=lot)
    with refused("step.verifier_performed"):
        plant.do(commands.verify_step, step_record=number)


def test_whoever_recorded_a_value_does_not_verify(plant: Plant) -> None:
    lot, number = started(plant)
    plant.supply(lot, "bank", "receipt")
    plant.do(commands.record_value, lot=lot, parameter="bag_intact", value=1)
    plant.do(commands.record_value, by=plant.verifier, lot=lot, parameter="marrow_volume", value=60)
    plant.do(commands.complete_step, lot=lot)
    with refused("step.verifier_performed"):
        plant.do(commands.verify_step, by=plant.verifier, step_record=number)


def test_it_is_completed_before_it_is_verified_and_verified_once(plant: Plant) -> None:
    lot, number = filled(plant)
    with refused("step.phase"):
        plant.do(commands.verify_step, by=plant.verifier, step_record=number)
    plant.finish(lot, number)
    with refused("step.phase"):
        plant.do(commands.verify_step, by=plant.verifier, step_record=number)
    with refused("step.none_running"):
        plant.do(commands.complete_step, lot=lot)


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    lot, number = filled(plant)
    forbidden(plant, commands.complete_step, lot=lot)
    forbidden(plant, commands.verify_step, step_record=number)
