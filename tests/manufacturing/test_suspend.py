"""The dose in its bag, and its clock."""

from datetime import timedelta

from cellchain.manufacturing import commands, queries
from cellchain.materials import queries as stock
from tests.manufacturing.conftest import Plant, forbidden, refused


def at_the_bench(plant: Plant) -> tuple[str, str, dict[str, object]]:
    lot, tube = plant.harvested_product()
    plant.start(lot, "suspension")
    return lot, tube, {"dose_count": 200_000_000, "viability_permille": 950, "saline": plant.lots["saline"]}


def test_it_fills_a_bag_that_lives_six_hours(plant: Plant) -> None:
    lot, tube, fields = at_the_bench(plant)
    made = plant.do(commands.suspend, lot=lot, container=tube, **fields)
    with plant.house.read() as tx:
        bag = queries.bag_facts(tx, made["bag"])
        uses = stock.uses_for(tx, made["bag"])
    assert bag is not None
    assert (bag.phase, bag.content, bag.cells_count, bag.volume_ul) == ("filled", "msc", 200_000_000, 400_000)
    assert bag.made_at == plant.house.clock.now()
    assert bag.expires_at == bag.made_at + timedelta(hours=6)
    assert (made["outside"], bag.division, bag.product_code) == ([], 1, "MSC-400")
    assert [(use.lot, use.amount_milli, use.unit) for use in uses] == [(plant.lots["saline"], 400_000, "mL")]
    assert plant.container(tube).cells_count == 250_000_000
    assert plant.events()[-1] == "manufacturing:cells:suspended"


def test_a_late_entry_starts_the_clock_when_it_happened(plant: Plant) -> None:
    lot, tube, fields = at_the_bench(plant)
    happened_at = plant.house.clock.now()
    plant.wait(minutes=40)
    late = {"reason": "The network was away.", "happened_at": happened_at}
    made = plant.do(commands.suspend, lot=lot, container=tube, **fields, **late)
    assert plant.container(made["bag"]).expires_at == happened_at + timedelta(hours=6)


def test_a_dose_outside_ten_percent_is_a_breach(plant: Plant) -> None:
    lot, tube, fields = at_the_bench(plant)
    made = plant.do(commands.suspend, lot=lot, container=tube, **{**fields, "dose_count": 174_000_000})
    assert made["outside"] == ["dose"]
    outside = plant.page(lot).outside
    assert [(value.parameter, value.standing) for value in outside if value.parameter == "dose"] == [("dose", "action")]


def test_a_bag_is_never_overdrawn_from(plant: Plant) -> None:
    lot, tube, fields = at_the_bench(plant)
    with refused("container.overdrawn"):
        plant.do(commands.suspend, lot=lot, container=tube, **{**fields, "dose_count": 450_000_001})


def test_the_saline_is_saline_and_accepted(plant: Plant) -> None:
    lot, tube, fields = at_the_bench(plant)
    with refused("material.wrong_kind"):
        plant.do(commands.suspend, lot=lot, container=tube, **{**fields, "saline": plant.lots["medium"]})
    unaccepted = plant.material("saline", accepted=False)
    with refused("material.quarantined"):
        plant.do(commands.suspend, lot=lot, container=tube, **{**fields, "saline": unaccepted})


def test_cells_that_were_never_cultured_are_no_product(plant: Plant) -> None:
    lot, _ = plant.seeded("product", tidy=False)
    plant.harvest(lot, "product", 5_000_000)
    donation_tube = next(row.code for row in plant.page(lot).containers if row.content == "cells")
    plant.start(lot, "suspension")
    with refused("container.not_cultured"):
        plant.do(
            commands.suspend,
            lot=lot,
            container=donation_tube,
            dose_count=1,
            viability_permille=950,
            saline=plant.lots["saline"],
        )


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    lot, tube, fields = at_the_bench(plant)
    forbidden(plant, commands.suspend, lot=lot, container=tube, **fields)
