"""Line clearance by two people."""

from dataclasses import replace

from cellchain.manufacturing import commands
from cellchain.materials import commands as materials
from tests.manufacturing.conftest import Plant, forbidden, refused


def test_a_second_person_verifies(plant: Plant) -> None:
    place = plant.location()
    cleared = plant.do(commands.clear_line, location=place)
    assert cleared["phase"] == "cleared"
    verified = plant.do(commands.verify_clearance, by=plant.verifier, clearance=cleared["clearance"])
    assert verified["phase"] == "verified"
    assert plant.events()[-2:] == ["manufacturing:line:cleared", "manufacturing:clearance:verified"]


def test_nobody_verifies_their_own_clearance(plant: Plant) -> None:
    number = plant.do(commands.clear_line, location=plant.location())["clearance"]
    with refused("clearance.same_person"):
        plant.do(commands.verify_clearance, clearance=number)


def test_it_is_verified_once(plant: Plant) -> None:
    number = plant.clear(plant.location())
    with refused("clearance.phase"):
        plant.do(commands.verify_clearance, by=plant.verifier, clearance=number)


def test_a_line_with_an_open_lot_is_not_cleared(plant: Plant) -> None:
    place = plant.location()
    plant.open("control", location=place)
    with refused("clearance.lot_open"):
        plant.do(commands.clear_line, location=place)


def test_a_closed_location_is_not_cleared(plant: Plant) -> None:
    place = plant.location()
    closer = replace(plant.qa, permissions=frozenset({"materials.close_location"}))
    plant.do(materials.close_location, by=closer, location=place, reason="Given up.")
    with refused("location.closed"):
        plant.do(commands.clear_line, location=place)


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    forbidden(plant, commands.clear_line, location=plant.location())
    number = plant.do(commands.clear_line, location=plant.location())["clearance"]
    forbidden(plant, commands.verify_clearance, clearance=number)
