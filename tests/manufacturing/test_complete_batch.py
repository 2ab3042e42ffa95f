"""The end of a batch."""

import pytest

from cellchain.kernel.errors import Forbidden
from cellchain.manufacturing import commands
from tests.manufacturing.conftest import Plant, forbidden, refused


def prepared(plant: Plant) -> str:
    lot = plant.open("control")
    act = {"lot": lot, "saline": plant.lots["saline"]}
    plant.step(lot, "control", "preparation", lambda: plant.do(commands.prepare_control, **act), clear=1)
    return lot


def test_it_is_complete_when_all_is_done_and_verified(plant: Plant) -> None:
    lot = prepared(plant)
    assert plant.do(commands.complete_batch, lot=lot)["phase"] == "completed"
    assert plant.events()[-1] == "manufacturing:lot:completed"
    with refused("lot.phase"):
        plant.do(commands.complete_batch, lot=lot)


def test_a_required_step_was_done(plant: Plant) -> None:
    with refused("lot.incomplete"):
        plant.do(commands.complete_batch, lot=plant.open("control"))


def test_every_step_was_verified(plant: Plant) -> None:
    lot = plant.open("control")
    plant.start(lot, "preparation")
    plant.supply(lot, "control", "preparation")
    plant.do(commands.record_value, lot=lot, parameter="clear", value=1)
    plant.do(commands.prepare_control, lot=lot, saline=plant.lots["saline"])
    with refused("lot.incomplete"):
        plant.do(commands.complete_batch, lot=lot)
    plant.label(lot)
    plant.leave_out_samples(lot)
    plant.do(commands.complete_step, lot=lot)
    with refused("lot.incomplete"):
        plant.do(commands.complete_batch, lot=lot)


def test_nothing_is_left_over(plant: Plant) -> None:
    lot, tube = plant.harvested_product()
    plant.bag(lot, tube)
    with refused("lot.containers_left"):
        plant.do(commands.complete_batch, lot=lot)


def test_the_house_closes_what_was_released(plant: Plant) -> None:
    lot = prepared(plant)
    with pytest.raises(Forbidden):
        plant.do(commands.close_batch, lot=lot)
    assert plant.do(commands.close_batch, lot=lot, by_house=True)["phase"] == "open"
    plant.do(commands.complete_batch, lot=lot)
    assert plant.do(commands.close_batch, lot=lot, by_house=True)["phase"] == "closed"


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    forbidden(plant, commands.complete_batch, lot=plant.open("control"))
