"""Passages: counts, doublings, the late passage and the last one."""

from cellchain.ledger.registry import Reaction
from cellchain.manufacturing import commands, queries
from tests.manufacturing.conftest import Plant, forbidden, refused


def test_it_reseeds_and_counts_doublings_from_p1(plant: Plant) -> None:
    lot, vessels = plant.seeded()
    first = plant.passage(lot, 3_000_000, 1_000_000, days=12)
    assert (first["passage"], first["doublings_milli"], len(first["vessels"])) == (0, None, 2)
    assert all(plant.container(vessel).phase == "spent" for vessel in vessels)
    assert plant.container(first["container"]).cells_count == 1_000_000
    second = plant.passage(lot, 16_000_000, 1_000_000, days=6)
    assert (second["passage"], second["doublings_milli"], second["cumulative_milli"]) == (1, 3_000, 3_000)
    assert second["doubling_minutes"] == 2 * 24 * 60
    third = plant.passage(lot, 8_000_000, 1_000_000, days=4)
    assert (third["doublings_milli"], third["cumulative_milli"]) == (2_000, 5_000)
    with plant.house.read() as tx:
        growth = queries.growth_of(tx, lot)
        stages = {(stage.key, stage.passage): stage.containers_count for stage in queries.stages(tx)}
    assert [item.passage for item in growth] == [0, 1, 2]
    assert stages["culture", 3] == 2
    assert plant.events().count("manufacturing:cells:passaged") == 3


def test_it_warns_from_p4_and_refuses_p6(plant: Plant) -> None:
    lot, _ = plant.seeded()
    told: list[int] = []
    plant.house.runner._reactions["manufacturing:passage:late"] = [
        Reaction("manufacturing:passage:late", commands.close_batch, lambda facts: told.append(facts["passage"]))
    ]
    for _ in range(3):
        assert plant.passage(lot, 4_000_000, 1_500_000)["warnings"] == []
    assert plant.passage(lot, 4_000_000, 1_500_000)["warnings"] == ["passage.late"]
    assert plant.passage(lot, 4_000_000, 1_500_000)["warnings"] == ["passage.late"]
    assert told == [4, 5]
    with refused("passage.limit"):
        plant.passage(lot, 4_000_000, 1_500_000)


def test_a_passage_that_lost_cells_warns(plant: Plant) -> None:
    lot, _ = plant.seeded()
    plant.passage(lot, 4_000_000, 1_500_000)
    lost = plant.passage(lot, 2_000_000, 900_000, reason="Many cells floated.")
    assert lost["doublings_milli"] < 0
    assert (lost["doubling_minutes"], lost["warnings"]) == (None, ["growth.negative"])


def test_it_seeds_no_more_than_it_harvested(plant: Plant) -> None:
    lot, vessels = plant.seeded()
    with refused("container.overdrawn"):
        plant.passage(lot, 3_000_000, 1_500_001)
    assert all(plant.container(vessel).phase == "in_use" for vessel in vessels)


def test_vessels_of_different_passages_stay_apart(plant: Plant) -> None:
    lot, vessels = plant.seeded()
    fields = {
        "harvested_count": 3_000_000,
        "viability_permille": 950,
        "confluence_permille": 800,
        "volume_ul": 20_000,
        "vessels_count": 1,
        "cells_per_vessel_count": 1_000_000,
        "area_cm2": 300,
        "medium_ul": 50_000,
    }
    plant.step(lot, "bank", "passage", lambda: plant.do(commands.passage, lot=lot, vessels=vessels[:1], **fields))
    plant.start(lot, "passage")
    with refused("passage.mixed"):
        plant.do(commands.passage, lot=lot, **fields)


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    lot, _ = plant.seeded()
    fields = {"harvested_count": 1, "viability_permille": 950, "confluence_permille": 800, "volume_ul": 20_000}
    more = {"vessels_count": 1, "cells_per_vessel_count": 1, "area_cm2": 300, "medium_ul": 50_000}
    forbidden(plant, commands.passage, lot=lot, **fields, **more)
    forbidden(plant, commands.harvest, lot=lot, **fields)
