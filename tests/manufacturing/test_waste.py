"""A part of a suspension wasted, a whole one discarded, and what was found held against the record."""

from cellchain.manufacturing import commands
from cellchain.manufacturing.balances.queries import Amounts, book_of, checks_of_lot
from tests.manufacturing.conftest import Plant, forbidden, refused

REASON = "A clot in the tube."


def test_its_share_of_the_cells_goes_with_it(plant: Plant) -> None:
    lot, tube = plant.separated(count=40_000_000)
    left = plant.do(commands.waste, container=tube, volume_ul=2_500, reason=REASON)
    assert (left["cells_count"], left["volume_ul"]) == (30_000_000, 7_500)
    assert plant.events()[-1] == "manufacturing:volume:wasted"
    with plant.house.read() as tx:
        book = book_of(tx, tube)
    assert book.made == Amounts(40_000_000, 10_000)
    assert book.wasted == Amounts(10_000_000, 2_500)
    assert book.left == Amounts(30_000_000, 7_500)
    assert [(loss.kind, loss.reason) for loss in book.losses] == [("wasted", REASON)]
    assert plant.container(tube).lot == lot


def test_marrow_is_wasted_by_volume(plant: Plant) -> None:
    bag = plant.donation()["container"]
    left = plant.do(commands.waste, container=bag, volume_ul=1_000, reason=REASON)
    assert (left["cells_count"], left["volume_ul"]) == (None, 59_000)


def test_no_more_than_there_is(plant: Plant) -> None:
    _, tube = plant.separated()
    with refused("container.overdrawn_volume"):
        plant.do(commands.waste, container=tube, volume_ul=10_001, reason=REASON)
    with refused("waste.everything"):
        plant.do(commands.waste, container=tube, volume_ul=10_000, reason=REASON)


def test_cells_in_a_vessel_hold_to_its_ground(plant: Plant) -> None:
    _, vessels = plant.seeded()
    with refused("container.wrong_kind"):
        plant.do(commands.waste, container=vessels[0], volume_ul=10, reason=REASON)


def test_nothing_is_wasted_from_what_is_gone(plant: Plant) -> None:
    _, tube = plant.separated()
    plant.do(commands.discard, container=tube, reason=REASON)
    with refused("container.gone"):
        plant.do(commands.waste, container=tube, volume_ul=10, reason=REASON)


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    _, tube = plant.separated()
    forbidden(plant, commands.waste, container=tube, volume_ul=10, reason=REASON)


def test_what_is_found_within_the_measuring_error(plant: Plant) -> None:
    lot, tube = plant.separated()
    told = plant.listen("manufacturing:balance:off")
    plant.do(commands.waste, container=tube, volume_ul=5_000, reason=REASON)
    found = plant.do(commands.discard, container=tube, found_ul=4_500, reason="Left over after use.")
    assert (found["is_off"], told) == (False, [])
    with plant.house.read() as tx:
        [check] = checks_of_lot(tx, lot)
    assert (check.quantity, check.expected, check.found, check.error_permille) == ("volume", 5_000, 4_500, 100)


def test_what_is_found_beyond_it(plant: Plant) -> None:
    lot, tube = plant.separated()
    told = plant.listen("manufacturing:balance:off")
    found = plant.do(commands.discard, container=tube, found_ul=8_999, reason="Left over after use.")
    assert found["is_off"]
    [facts] = told
    assert (facts["subject"], facts["container"]) == (lot, tube)
    assert (facts["expected_volume"], facts["found_volume"], facts["error_volume"]) == ("10", "8.999", "10")
    assert plant.container(tube).volume_ul == 10_000, "the record is not altered by what was found"


def test_more_than_the_record_says_is_off_too(plant: Plant) -> None:
    _, tube = plant.separated()
    assert plant.do(commands.discard, container=tube, found_ul=11_001, reason="Too much of it.")["is_off"]


def test_marrow_that_no_batch_took_is_held_against_its_donation(plant: Plant) -> None:
    donation = plant.donation()
    told = plant.listen("manufacturing:balance:off")
    plant.do(commands.discard, container=donation["container"], found_ul=30_000, reason="No batch took it.")
    assert [facts["subject"] for facts in told] == [donation["container"]]


def test_a_pool_is_held_against_what_its_tubes_held(plant: Plant) -> None:
    lot, vessels = plant.seeded(vessels=2)
    plant.wait(days=12)
    tubes = [harvested(plant, lot, vessel) for vessel in vessels]
    told = plant.listen("manufacturing:balance:off")
    plant.start(lot, "pooling")
    pooled = plant.do(commands.pool, lot=lot, containers=tubes, volume_ul=16_000, viability_permille=940)["container"]
    assert (plant.container(pooled).volume_ul, plant.container(pooled).cells_count) == (16_000, 10_000_000)
    assert [(facts["expected_volume"], facts["found_volume"]) for facts in told] == [("20", "16")]


def harvested(plant: Plant, lot: str, vessel: str) -> str:
    """One vessel harvested by itself into a tube of 10 mL."""
    seen = {"harvested_count": 5_000_000, "viability_permille": 950, "confluence_permille": 800, "volume_ul": 10_000}

    def act() -> str:
        return str(plant.do(commands.harvest, lot=lot, vessels=[vessel], **seen)["container"])

    return str(plant.step(lot, "bank", "harvest", act))
