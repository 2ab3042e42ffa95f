"""The clocks of a batch: from the donation, the master record and the bag; what ends first at the top."""

from datetime import timedelta

from cellchain.ledger.registry import Reaction
from cellchain.manufacturing import clocks, commands
from cellchain.manufacturing.clocks import Clock
from tests.manufacturing.conftest import Plant
from tests.manufacturing.pages import client


def running(plant: Plant, lot: str) -> dict[str, Clock]:
    """The clocks of a lot, in the order that pages show them."""
    with plant.house.read() as tx:
        return {clock.key: clock for clock in clocks.clocks_of_lot(tx, lot)}


def stands(plant: Plant, lot: str, key: str) -> str:
    return running(plant, lot)[key].stands(plant.house.clock.now())[1].template


def test_marrow_ages_until_it_is_separated(plant: Plant) -> None:
    donation = plant.donation()
    lot = plant.open("bank", donation["donation"])
    [clock] = running(plant, lot).values()
    assert (clock.key, clock.until.isoformat()) == ("marrow", donation["process_by"].replace("Z", "+00:00"))
    assert stands(plant, lot, "marrow") == "Running"
    left = clock.until - plant.house.clock.now()
    plant.house.clock.advance(left - (clock.until - clock.since) / 5)
    assert stands(plant, lot, "marrow") == "Soon"
    plant.wait(days=2)
    assert stands(plant, lot, "marrow") == "Overdue"


def test_cells_lie_open_while_their_step_runs(plant: Plant) -> None:
    lot, _ = plant.separated()
    assert running(plant, lot) == {}
    plant.start(lot, "seeding")
    clock = running(plant, lot)["open"]
    assert clock.until - clock.since == timedelta(minutes=120)
    assert "cells lie open, complete the step by" in client(plant).get(f"/bench/{lot}").text


def test_a_culture_is_fed_and_harvested_in_time(plant: Plant) -> None:
    lot, _ = plant.seeded()
    found = running(plant, lot)
    assert list(found) == ["medium", "culture"]
    hours = {key: (clock.until - clock.since) // timedelta(hours=1) for key, clock in found.items()}
    assert hours == {"medium": 72, "culture": 336}
    plant.wait(days=2)
    plant.step(lot, "bank", "medium", lambda: plant.do(commands.change_medium, lot=lot))
    assert running(plant, lot)["medium"].since == plant.house.clock.now()
    assert running(plant, lot)["culture"].until == found["culture"].until
    plant.passage(lot, 20_000_000, 600_000)
    later = running(plant, lot)["culture"]
    assert later.until - later.since == timedelta(hours=240)


def test_a_bag_runs_from_suspension_to_expiry(plant: Plant) -> None:
    lot, tube = plant.harvested_product()
    bag = plant.bag(lot, tube)
    clock = running(plant, lot)["bag"]
    assert clock.until - clock.since == timedelta(minutes=360)
    assert clock.until.isoformat() == bag["expires_at"].replace("Z", "+00:00")


def test_a_completed_batch_has_no_clock(plant: Plant) -> None:
    lot, _ = plant.bank()
    assert running(plant, lot) == {}


def test_the_worklist_says_what_is_late(plant: Plant) -> None:
    lot, _ = plant.seeded()
    plant.wait(hours=80)
    page = client(plant).get("/manufacturing").text
    assert "8\u00a0h\u00a000\u00a0min late" in page
    assert "change the medium by" in page
    assert lot[-6:-2] in page


def test_a_step_in_which_cells_lay_open_too_long_is_told(plant: Plant) -> None:
    told: list[dict[str, object]] = []
    event = "manufacturing:time:exceeded"
    plant.house.runner._reactions[event] = [
        Reaction(event, commands.close_batch, lambda facts: told.append(dict(facts)))
    ]
    lot, tube = plant.separated()
    fields = {"vessels_count": 2, "cells_per_vessel_count": 17_500_000, "area_cm2": 175, "medium_ul": 35_000}

    def slowly(minutes: int) -> None:
        plant.do(commands.seed, lot=lot, container=tube, **fields)
        plant.wait(minutes=minutes)

    plant.step(lot, "bank", "seeding", lambda: slowly(120))
    assert told == []
    plant.start(lot, "medium")
    plant.supply(lot, "bank", "medium")
    plant.do(commands.change_medium, lot=lot)
    plant.wait(minutes=61)
    plant.do(commands.complete_step, lot=lot)
    assert [(facts["step"], facts["minutes"], facts["allowed"]) for facts in told] == [("medium", 61, 60)]
