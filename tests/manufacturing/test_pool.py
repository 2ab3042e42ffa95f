"""Tubes put together."""

from functools import partial
from typing import Any

from cellchain.manufacturing import commands, queries
from tests.manufacturing.conftest import Plant, forbidden, refused


def harvested_apart(plant: Plant) -> tuple[str, list[str]]:
    """A lot whose two vessels were harvested into a tube each."""
    lot, vessels = plant.seeded()
    plant.wait(days=12)
    fields = {"harvested_count": 3_000_000, "viability_permille": 950, "confluence_permille": 800, "volume_ul": 10_000}

    def one(vessel: str) -> dict[str, Any]:
        return plant.do(commands.harvest, lot=lot, vessels=[vessel], **fields)

    tubes = [plant.step(lot, "bank", "harvest", partial(one, vessel))["container"] for vessel in vessels]
    return lot, tubes


def test_it_adds_up(plant: Plant) -> None:
    lot, tubes = harvested_apart(plant)
    made = plant.step(
        lot,
        "bank",
        "pooling",
        lambda: plant.do(commands.pool, lot=lot, containers=tubes, viability_permille=940),
    )
    tube = plant.container(made["container"])
    assert (tube.cells_count, tube.volume_ul, tube.passage) == (6_000_000, 20_000, 0)
    assert all(plant.container(code).phase == "spent" for code in tubes)
    with plant.house.read() as tx:
        assert {edge.target for edge in queries.edges_from(tx, [tubes[0]])} == {tube.code}
    assert plant.events().count("manufacturing:cells:pooled") == 1


def test_cells_of_different_passages_stay_apart(plant: Plant) -> None:
    lot, _ = plant.seeded()
    left = plant.passage(lot, 4_000_000, 1_500_000)["container"]
    tube = plant.harvest(lot, "bank", 5_000_000, days=4)["container"]
    plant.start(lot, "pooling")
    with refused("passage.mixed"):
        plant.do(commands.pool, lot=lot, containers=[left, tube], viability_permille=940)


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    lot, tubes = harvested_apart(plant)
    forbidden(plant, commands.pool, lot=lot, containers=tubes, viability_permille=940)
