"""Where cells came from and went to, and what Today counts."""

import pytest

from cellchain.kernel.errors import NotFound
from cellchain.manufacturing import queries
from tests.manufacturing.conftest import Plant


def test_edges_lead_from_the_donation_to_the_bag_and_back(plant: Plant) -> None:
    lot, tube = plant.harvested_product()
    bag = plant.bag(lot, tube)["bag"]
    with plant.house.read() as tx:
        bank = queries.bank_of(tx, lot)
        assert bank is not None
        (donation,) = queries.sources_of(tx, bank)
        assert [(edge.target, edge.kind) for edge in queries.edges_from(tx, [donation])] == [(bank, "source")]
        assert (lot, "source") in [(edge.target, edge.kind) for edge in queries.edges_from(tx, [bank])]
        assert (bag, "lot") in [(edge.target, edge.kind) for edge in queries.edges_from(tx, [lot])]
        assert {(edge.source, edge.kind) for edge in queries.edges_to(tx, [bag])} == {(tube, "suspended"), (lot, "lot")}
        people = [edge.source for edge in queries.edges_to(tx, [lot]) if edge.kind == "person"]
        assert sorted(people) == sorted([plant.technician.person, plant.verifier.person])
        assert {edge.target for edge in queries.edges_from(tx, [plant.verifier.person])} == {bank, lot}
        assert queries.edges_from(tx, ["RC012600000001"]) == queries.edges_to(tx, ["DN012600000001"]) == []


def test_what_came_of_a_donation_and_of_a_vial(plant: Plant) -> None:
    lot, tube = plant.harvested_product()
    bag = plant.bag(lot, tube)["bag"]
    with plant.house.read() as tx:
        bank = queries.bank_of(tx, lot)
        assert bank is not None
        vials = [row.code for row in queries.containers_of(tx, bank) if row.kind == "cryovial"]
        assert {bag, tube} <= queries.descendants(tx, vials[0])
        assert queries.descendants(tx, vials[1]) == frozenset()
        donation = queries.donations_of(tx, lot)[0]
        harvest_bag = queries.harvest_bag_of(tx, donation)
        assert harvest_bag is not None
        assert {harvest_bag.code, bank, lot, bag, *vials} <= queries.descendants(tx, donation)
        assert {harvest_bag.code, vials[0], bank, donation} <= queries.ancestors(tx, bag)
        assert vials[1] not in queries.ancestors(tx, bag)


def test_the_chain_line_counts_where_the_cells_are(plant: Plant) -> None:
    plant.donation()
    plant.bank(vials=4)
    plant.seeded(vessels=2)
    with plant.house.read() as tx:
        counted = [(stage.key, stage.passage, stage.containers_count) for stage in queries.stages(tx)]
    assert counted == [("marrow", None, 1), ("culture", 0, 2), ("bank", None, 4)]


def test_facts_of_what_is_not_there(plant: Plant) -> None:
    with plant.house.read() as tx:
        assert queries.find_lot(tx, "LT012600999999") is None
        assert queries.find_container(tx, "CT012600999999") is None
        assert queries.bag_facts(tx, "BG012600999999") is None
        assert queries.people_who_made(tx, "LT012600999999") == frozenset()
        with pytest.raises(NotFound):
            queries.lot_facts(tx, "LT012600999999")
        with pytest.raises(NotFound):
            queries.bag_label_fields(tx, "BG012600999999")


def test_lots_are_listed_newest_first(plant: Plant) -> None:
    first = plant.open("control")
    plant.wait(minutes=1)
    second = plant.open("control")
    with plant.house.read() as tx:
        assert [lot.code for lot in queries.lots(tx)] == [second, first]
        assert [lot.code for lot in queries.open_lots(tx)] == [first, second]
