"""Vessels harvested into one tube."""

from cellchain.manufacturing import commands, queries
from tests.manufacturing.conftest import Plant, refused


def test_every_vessel_gives_the_share_it_was_seeded_with(plant: Plant) -> None:
    lot, vessels = plant.seeded()
    made = plant.harvest(lot, "bank", 5_000_001)
    tube = plant.container(made["container"])
    assert (tube.content, tube.passage, tube.cells_count) == ("msc", 0, 5_000_001)
    with plant.house.read() as tx:
        edges = [edge for edge in queries.edges_to(tx, [tube.code]) if edge.kind == "passaged"]
    assert sorted(edge.source for edge in edges) == sorted(vessels)
    assert plant.events().count("manufacturing:cells:harvested") == 1


def test_there_is_a_vessel_to_harvest(plant: Plant) -> None:
    lot, _ = plant.seeded()
    plant.harvest(lot, "bank", 5_000_000)
    plant.start(lot, "harvest")
    fields = {"harvested_count": 1, "viability_permille": 950, "confluence_permille": 800, "volume_ul": 20_000}
    with refused("culture.no_vessels"):
        plant.do(commands.harvest, lot=lot, **fields)
