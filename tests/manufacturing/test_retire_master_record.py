"""Retiring a master record."""

from cellchain.manufacturing import commands
from tests.manufacturing.conftest import Plant, forbidden, refused


def test_no_lot_is_opened_from_a_retired_one(plant: Plant) -> None:
    number = plant.records["control"]
    retired = plant.do(commands.retire_master_record, by=plant.qa, master_record=number)
    assert retired["phase"] == "retired"
    assert plant.events()[-1] == "manufacturing:master_record:retired"
    with refused("master_record.not_effective"):
        plant.open("control")


def test_it_is_retired_once(plant: Plant) -> None:
    plant.do(commands.retire_master_record, by=plant.qa, master_record=plant.records["control"])
    with refused("master_record.phase"):
        plant.do(commands.retire_master_record, by=plant.qa, master_record=plant.records["control"])


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    forbidden(plant, commands.retire_master_record, master_record=plant.records["control"])
