"""A step's cells counted in chambers: once, and once more for a reason; and what the acts make of it."""

from typing import Any

import pytest

from cellchain.manufacturing import commands
from cellchain.manufacturing.counts import commands as counts
from cellchain.manufacturing.counts import queries
from tests.manufacturing.conftest import RECORDS, Plant, forbidden, refused

GROWN = {"confluence_permille": 800, "volume_ul": 20_000}


def at_the_harvest(plant: Plant) -> str:
    """A lot whose harvest step runs, after twelve days of culture."""
    lot, _ = plant.seeded()
    plant.wait(days=12)
    plant.start(lot, "harvest")
    return lot


def chambers(*seen: tuple[int, int]) -> list[dict[str, int]]:
    return [{"live_count": live, "dead_count": dead} for live, dead in seen]


def counted(plant: Plant, lot: str, *seen: tuple[int, int], **more: Any) -> dict[str, Any]:
    fields = {"lot": lot, "equipment": plant.equipment["counter"], "dilution": 2, "chamber_nl": 100}
    return plant.do(counts.record_count, **{**fields, "runs": chambers(*seen), **more})


def test_it_computes_what_was_seen(plant: Plant) -> None:
    lot = at_the_harvest(plant)
    found = counted(plant, lot, (50, 2), (54, 3), (46, 5))
    # Means of 50 and 53.33 cells in 0.1 uL, one in two; deviation 4 of 50.
    assert (found["live_per_ml"], found["total_per_ml"]) == (1_000_000, 1_066_667)
    assert (found["viability_permille"], found["scatter_permille"]) == (938, 80)
    assert not found["is_scattered"]
    assert plant.events()[-1] == "manufacturing:cells:counted"
    assert [use.equipment for use in plant.page(lot).running.equipment] == [plant.equipment["counter"]]  # type: ignore[union-attr]


def test_the_harvest_goes_by_it(plant: Plant) -> None:
    lot = at_the_harvest(plant)
    counted(plant, lot, (50, 2), (54, 3), (46, 5))
    plant.supply(lot, "bank", "harvest")
    tube = plant.container(plant.do(commands.harvest, lot=lot, **GROWN)["container"])
    assert (tube.cells_count, tube.viability_permille) == (20_000_000, 938)
    running = plant.page(lot).running
    assert running is not None
    assert int(running.current("harvested_count").value) == 20_000_000  # type: ignore[union-attr]


def test_what_a_person_enters_beside_it_has_to_agree(plant: Plant) -> None:
    lot = at_the_harvest(plant)
    counted(plant, lot, (50, 2), (50, 2))
    with refused("count.differs"):
        plant.do(commands.harvest, lot=lot, harvested_count=21_000_000, viability_permille=962, **GROWN)
    plant.do(commands.harvest, lot=lot, harvested_count=20_000_000, viability_permille=962, **GROWN)


def test_both_counts_stand_and_the_recount_counts(plant: Plant) -> None:
    lot = at_the_harvest(plant)
    counted(plant, lot, (50, 0), (90, 0))
    with refused("count.reason_needed"):
        counted(plant, lot, (70, 0), (72, 0))
    again = counted(plant, lot, (70, 0), (72, 0), reason="A bubble in the second chamber.")
    assert again["sequence"] == 2
    with refused("count.done_twice"):
        counted(plant, lot, (60, 0), (60, 0), reason="It could be better.")
    view = plant.page(lot).running
    assert view is not None
    assert [(count.sequence, count.live_per_ml) for count in view.counts] == [(1, 1_400_000), (2, 1_420_000)]
    assert [count.is_scattered for count in view.counts] == [True, False]
    assert view.counts[1].reason == "A bubble in the second chamber."
    tube = plant.do(commands.harvest, lot=lot, **GROWN)["container"]
    assert plant.container(tube).cells_count == 28_400_000
    with refused("count.used"):
        counted(plant, lot, (60, 0), (60, 0), reason="Too late.")


def test_a_scattered_count_is_told_when_it_is_used(plant: Plant) -> None:
    lot = at_the_harvest(plant)
    counted(plant, lot, (50, 0), (90, 0))
    told = plant.listen("manufacturing:count:scattered")
    plant.do(commands.harvest, lot=lot, **GROWN)
    # 50 and 90: deviation 28.28 of 70.
    assert [(facts["subject"], facts["scatter"], facts["most"]) for facts in told] == [(lot, "40.4", "20")]


def test_a_count_is_of_one_suspension(plant: Plant) -> None:
    bank, vials = plant.bank()
    lot = plant.open("product", bank)
    plant.start(lot, "thaw")
    plant.count(lot, 500_000, dead_per_ml=50_000)
    first = plant.do(commands.thaw, lot=lot, vial=vials[0], volume_ul=5_000)["container"]
    assert plant.container(first).cells_count == 2_500_000
    with refused("count.of_another"):
        plant.do(commands.thaw, lot=lot, vial=vials[1], volume_ul=5_000)


def test_separation_goes_by_all_nuclei(plant: Plant) -> None:
    donation = plant.donation()
    lot = plant.open("bank", donation["donation"])
    plant.step(lot, "bank", "receipt", bag_intact=1, marrow_volume="60.0")
    plant.start(lot, "separation")
    plant.count(lot, 4_000_000, dead_per_ml=200_000)
    tube = plant.do(commands.separate, lot=lot, container=donation["container"], volume_ul=10_000)["container"]
    assert plant.container(tube).cells_count == 42_000_000
    assert plant.container(tube).viability_permille == 952


def test_the_bag_is_what_was_counted_in_it(plant: Plant) -> None:
    lot, tube = plant.harvested_product()
    plant.start(lot, "suspension")
    plant.count(lot, 500_000)
    bag = plant.do(commands.suspend, lot=lot, container=tube, saline=plant.lots["saline"])["bag"]
    assert plant.container(bag).cells_count == 200_000_000
    assert plant.container(tube).cells_count == 250_000_000


def test_a_record_may_ask_for_a_count(plant: Plant) -> None:
    text = (RECORDS / "bank.toml").read_text().replace("cv_limit = 20", "cv_limit = 20\nrequired = true")
    plant.record("bank", text.replace("MSC bank from", "Counted bank from"))
    donation = plant.donation()
    lot = plant.open("bank", donation["donation"])
    plant.step(lot, "bank", "receipt", bag_intact=1, marrow_volume="60.0")
    plant.start(lot, "separation")
    typed = {"nucleated_count": 40_000_000, "viability_permille": 950, "volume_ul": 10_000}
    with refused("count.missing"):
        plant.do(commands.separate, lot=lot, container=donation["container"], **typed)
    plant.count(lot, 3_800_000, dead_per_ml=200_000)
    plant.do(commands.separate, lot=lot, container=donation["container"], **typed)


def test_it_asks_for_as_many_chambers_as_the_record(plant: Plant) -> None:
    counter_of_three = (
        (RECORDS / "bank.toml").read_text().replace("runs = 2", "runs = 3").replace("bank from", "bank of")
    )
    plant.record("bank", counter_of_three)
    lot = at_the_harvest(plant)
    with refused("count.too_few_runs"):
        counted(plant, lot, (50, 2), (52, 2))
    with pytest.raises(ValueError, match="at least 2"):
        counted(plant, lot, (50, 2))


def test_it_needs_a_step_that_counts(plant: Plant) -> None:
    lot, _ = plant.seeded()
    with refused("step.none_running"):
        counted(plant, lot, (50, 0), (50, 0))
    plant.start(lot, "medium")
    with refused("count.not_here"):
        counted(plant, lot, (50, 0), (50, 0))


@pytest.mark.parametrize(
    ("kind", "code"), [("cabinet", "equipment.wrong_kind"), ("counter", "equipment.calibration_overdue")]
)
def test_it_needs_a_counter_that_is_calibrated(plant: Plant, kind: str, code: str) -> None:
    lot = at_the_harvest(plant)
    if kind == "counter":
        plant.wait(days=360)
    with refused(code):
        counted(plant, lot, (50, 0), (50, 0), equipment=plant.equipment[kind])


def test_no_cell_at_all(plant: Plant) -> None:
    lot = at_the_harvest(plant)
    with refused("count.no_cells"):
        counted(plant, lot, (0, 0), (0, 0))
    counted(plant, lot, (0, 7), (0, 9))
    with refused("count.none_alive"):
        plant.do(commands.harvest, lot=lot, **GROWN)


def test_the_counter_stands_in_the_step_once(plant: Plant) -> None:
    lot = at_the_harvest(plant)
    plant.do(commands.use_equipment, lot=lot, equipment=plant.equipment["counter"])
    counted(plant, lot, (50, 0), (50, 0))
    view = plant.page(lot).running
    assert view is not None
    assert len(view.equipment) == 1


def test_every_chamber_stands_in_the_record(plant: Plant) -> None:
    lot = at_the_harvest(plant)
    number = counted(plant, lot, (50, 2), (54, 3))["count"]
    view = plant.page(lot).running
    assert view is not None
    [count] = view.counts
    assert count.id == number
    assert [(run.live_count, run.dead_count, run.dilution_milli, run.live_per_ml) for run in count.runs] == [
        (50, 2, 2_000, 1_000_000),
        (54, 3, 2_000, 1_080_000),
    ]
    with plant.house.read() as tx:
        assert queries.count_of(tx, number).counted_by == plant.technician.person


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    lot = at_the_harvest(plant)
    fields = {"equipment": plant.equipment["counter"], "dilution": 1, "chamber_nl": 100}
    forbidden(plant, counts.record_count, lot=lot, runs=chambers((1, 0), (1, 0)), **fields)
