"""A harvest bag on its way into the laboratory."""

import pytest

from cellchain.kernel.errors import Forbidden
from cellchain.manufacturing import commands, queries
from tests.manufacturing.conftest import MARROW_UL, Plant, forbidden, refused

GOOD = {"intact": True, "legible": True}


def test_the_harvest_makes_the_bag_a_container(plant: Plant) -> None:
    found = plant.harvested()
    bag = plant.container(found["container"])
    assert (bag.kind, bag.content, bag.volume_ul, bag.donation) == (
        "harvest_bag",
        "marrow",
        MARROW_UL,
        found["donation"],
    )
    assert (bag.lot, bag.cells_count) == (None, None)
    assert plant.events()[-1] == "manufacturing:harvest_bag:taken_in"


def test_it_is_received_within_its_time(plant: Plant) -> None:
    found = plant.harvested()
    received = plant.do(commands.receive_donation, donation=found["donation"], container=found["container"], **GOOD)
    assert received["phase"] == "received"
    assert plant.events()[-1] == "manufacturing:donation:received"


def test_it_is_too_late_a_day_after_the_harvest(plant: Plant) -> None:
    found = plant.harvested()
    plant.wait(hours=23, minutes=1)
    with refused("donation.too_late"):
        plant.do(commands.receive_donation, donation=found["donation"], container=found["container"], **GOOD)


def test_it_is_the_bag_of_this_donation(plant: Plant) -> None:
    found, other = plant.harvested(), plant.harvested()
    with refused("donation.wrong_bag"):
        plant.do(commands.receive_donation, donation=found["donation"], container=other["container"], **GOOD)


@pytest.mark.parametrize("fault", ["intact", "legible"])
def test_it_is_sound(plant: Plant, fault: str) -> None:
    found = plant.harvested()
    looked = {**GOOD, fault: False}
    with refused("donation.inspection"):
        plant.do(commands.receive_donation, donation=found["donation"], container=found["container"], **looked)


def test_it_is_received_once(plant: Plant) -> None:
    found = plant.donation()
    with refused("donation.phase"):
        plant.do(commands.receive_donation, donation=found["donation"], container=found["container"], **GOOD)


def test_nobody_takes_a_bag_in_from_outside(plant: Plant) -> None:
    found = plant.harvested()
    with pytest.raises(Forbidden):
        plant.do(commands.take_in_harvest_bag, donation=found["donation"])


def test_a_bag_that_is_turned_away_is_discarded(plant: Plant) -> None:
    found = plant.harvested()
    rejected = plant.do(commands.reject_donation, donation=found["donation"], reason="The bag leaks.")
    assert rejected["phase"] == "rejected"
    assert plant.container(found["container"]).phase == "discarded"
    assert plant.events()[-1] == "manufacturing:donation:rejected"
    with refused("donation.phase"):
        plant.do(commands.reject_donation, donation=found["donation"], reason="The bag leaks.")


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    found = plant.harvested()
    forbidden(plant, commands.receive_donation, donation=found["donation"], container=found["container"], **GOOD)
    forbidden(plant, commands.reject_donation, donation=found["donation"], reason="The bag leaks.")


def test_the_donation_knows_its_bag(plant: Plant) -> None:
    found = plant.donation()
    with plant.house.read() as tx:
        bag = queries.harvest_bag_of(tx, found["donation"])
    assert bag is not None
    assert bag.code == found["container"]
