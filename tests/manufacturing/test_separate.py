"""Marrow into nucleated cells."""

from typing import Any

from cellchain.donors import commands as donors
from cellchain.manufacturing import commands, queries
from tests.manufacturing.conftest import MARROW_UL, Plant, forbidden, refused

CELLS = {"nucleated_count": 40_000_000, "viability_permille": 950, "volume_ul": 10_000}


def at_the_bench(plant: Plant) -> tuple[str, dict[str, Any]]:
    """A lot whose separation has begun, and its donation."""
    donation = plant.donation()
    lot = plant.open("bank", donation["donation"])
    plant.step(lot, "bank", "receipt", bag_intact=1, marrow_volume="60.0")
    plant.start(lot, "separation")
    return lot, donation


def test_it_empties_the_bag_into_a_tube(plant: Plant) -> None:
    lot, donation = at_the_bench(plant)
    made = plant.do(commands.separate, lot=lot, container=donation["container"], **CELLS)
    bag, tube = plant.container(donation["container"]), plant.container(made["container"])
    assert (bag.phase, bag.volume_ul, bag.lot) == ("spent", 0, lot)
    assert (tube.kind, tube.content, tube.cells_count, tube.donation) == (
        "tube",
        "cells",
        40_000_000,
        donation["donation"],
    )
    with plant.house.read() as tx:
        edges = queries.edges_to(tx, [tube.code])
    assert {(edge.source, edge.kind) for edge in edges} == {(bag.code, "separated"), (lot, "lot")}
    assert plant.events()[-1] == "manufacturing:cells:separated"


def test_it_records_what_the_step_asks_for(plant: Plant) -> None:
    lot, donation = at_the_bench(plant)
    plant.do(commands.separate, lot=lot, container=donation["container"], **CELLS)
    running = plant.page(lot).running
    assert running is not None
    assert {value.parameter: str(value.value) for value in running.values} == {
        "nucleated_count": "40000000",
        "viability": "95.0",
        "volume": "10.0",
        "yield": "23.8",
    }
    assert running.missing.parameters == ()


def test_a_part_of_the_marrow_may_stay(plant: Plant) -> None:
    lot, donation = at_the_bench(plant)
    plant.do(commands.separate, lot=lot, container=donation["container"], marrow_ul=MARROW_UL - 5_000, **CELLS)
    assert plant.container(donation["container"]).volume_ul == 5_000
    with refused("container.overdrawn_volume"):
        plant.do(commands.separate, lot=lot, container=donation["container"], marrow_ul=5_001, **CELLS)


def test_it_takes_the_bag_of_this_lot_alone(plant: Plant) -> None:
    lot, _ = at_the_bench(plant)
    with refused("container.other_lot"):
        plant.do(commands.separate, lot=lot, container=plant.donation()["container"], **CELLS)


def test_a_bag_is_opened_in_one_lot(plant: Plant) -> None:
    lot, donation = at_the_bench(plant)
    fields = {"container": donation["container"], "marrow_ul": 10_000, **CELLS}
    plant.do(commands.separate, lot=lot, **fields)
    other = plant.open("product", donation["donation"])
    plant.start(other, "separation")
    with refused("container.other_lot"):
        plant.do(commands.separate, lot=other, **fields)


def test_it_happens_within_the_time_limit(plant: Plant) -> None:
    lot, donation = at_the_bench(plant)
    plant.wait(hours=24)
    with refused("donation.too_late"):
        plant.do(commands.separate, lot=lot, container=donation["container"], **CELLS)


def test_the_donor_is_eligible(plant: Plant) -> None:
    lot, donation = at_the_bench(plant)
    ineligible = {"outcome": "ineligible", "note": "History of illness."}
    plant.do(donors.determine_eligibility, by=plant.physician, donor=donation["donor"], **ineligible)
    with refused("donor.not_eligible"):
        plant.do(commands.separate, lot=lot, container=donation["container"], **CELLS)


def test_the_step_is_a_separation(plant: Plant) -> None:
    donation = plant.donation()
    lot = plant.open("bank", donation["donation"])
    with refused("step.none_running"):
        plant.do(commands.separate, lot=lot, container=donation["container"], **CELLS)
    plant.start(lot, "receipt")
    with refused("step.wrong_act"):
        plant.do(commands.separate, lot=lot, container=donation["container"], **CELLS)


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    lot, donation = at_the_bench(plant)
    forbidden(plant, commands.separate, lot=lot, container=donation["container"], **CELLS)
