"""From marrow to bags and a control bag, as product.md tells it: steps 3 and 6."""

from cellchain.accounts import passwords
from cellchain.manufacturing import commands, queries
from cellchain.manufacturing.invariants import INVARIANTS
from tests.factories import House, make_tables
from tests.manufacturing.conftest import REACTIONS, Plant, staffed


def broken(plant: Plant) -> list[str]:
    """What any invariant of manufacturing finds wrong."""
    with plant.house.read() as tx:
        return [finding for invariant in INVARIANTS for finding in invariant.check(tx)]


def test_it_makes_bags_from_marrow_through_a_bank(plant: Plant) -> None:
    lot, tube = plant.harvested_product()
    first = plant.bag(lot, tube)
    second = plant.bag(lot, tube, dose=210_000_000)
    plant.complete(lot)
    with plant.house.read() as tx:
        bag = queries.bag_facts(tx, first["bag"])
        assert bag is not None
        assert (bag.content, bag.cells_count, bag.volume_ul, bag.division) == ("msc", 200_000_000, 400_000, 1)
        assert (bag.expires_at - bag.made_at).total_seconds() == 6 * 3600
        facts = queries.lot_facts(tx, lot)
        assert facts.phase == "completed"
        bank = queries.bank_of(tx, lot)
        assert bank is not None
        donations = queries.donations_of(tx, lot)
        assert len(donations) == len(queries.donors_of(tx, lot)) == 1
        assert {first["bag"], second["bag"], lot, bank} <= queries.descendants(tx, donations[0])
        assert {donations[0], bank, tube} <= queries.ancestors(tx, second["bag"])
        assert queries.people_who_made(tx, lot) == {plant.technician.person, plant.verifier.person}
    assert broken(plant) == []


def test_it_makes_a_control_bag_without_cells(plant: Plant) -> None:
    lot = plant.open("control")
    made = plant.step(
        lot,
        "control",
        "preparation",
        lambda: plant.do(commands.prepare_control, lot=lot, saline=plant.lots["saline"]),
        clear=1,
    )
    plant.complete(lot)
    with plant.house.read() as tx:
        bag = queries.bag_facts(tx, made["bag"])
        assert bag is not None
        assert (bag.content, bag.cells_count, bag.donation, bag.lot_kind) == ("saline", None, None, "control")
        assert queries.donors_of(tx, lot) == ()
    assert broken(plant) == []


def test_it_goes_alike_on_both_databases(database_url: str) -> None:
    passwords.configure("cheap")
    make_tables(database_url)
    house = House(database_url, reactions=REACTIONS)
    plant, _ = staffed(house)
    plant.furnish()
    try:
        lot, tube = plant.harvested_product()
        bag = plant.bag(lot, tube)["bag"]
        plant.complete(lot)
        assert plant.container(bag).cells_count == 200_000_000
        assert broken(plant) == []
    finally:
        house.close()
