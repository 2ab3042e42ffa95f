"""A vial of the lot's own bank, thawed."""

from cellchain.ledger.registry import Reaction
from cellchain.manufacturing import commands
from tests.manufacturing.conftest import Plant, forbidden, refused

CELLS = {"recovered_count": 2_700_000, "viability_permille": 900, "volume_ul": 5_000}


def at_the_bench(plant: Plant) -> tuple[str, str, list[str]]:
    bank, vials = plant.bank()
    lot = plant.open("product", bank)
    plant.start(lot, "thaw")
    return lot, bank, vials


def test_it_recovers_cells_and_tells_which_bank(plant: Plant) -> None:
    lot, bank, vials = at_the_bench(plant)
    told: list[dict[str, object]] = []
    plant.house.runner._reactions["manufacturing:vial:thawed"] = [
        Reaction("manufacturing:vial:thawed", commands.close_batch, lambda facts: told.append(dict(facts)))
    ]
    made = plant.do(commands.thaw, lot=lot, vial=vials[0], **CELLS)
    tube = plant.container(made["container"])
    assert (tube.cells_count, tube.passage, tube.content) == (2_700_000, 0, "msc")
    assert plant.container(vials[0]).phase == "spent"
    assert told == [{"subject": vials[0], "vial": vials[0], "lot": lot, "bank_lot": bank}]
    running = plant.page(lot).running
    assert running is not None
    recovery = running.current("recovery")
    assert recovery is not None
    assert str(recovery.value) == "90.0"
    assert plant.events()[-1] == "manufacturing:cells:thawed"


def test_it_is_a_vial_of_the_banks_lot(plant: Plant) -> None:
    lot, _, _ = at_the_bench(plant)
    _, others = plant.bank()
    with refused("thaw.not_a_source"):
        plant.do(commands.thaw, lot=lot, vial=others[0], **CELLS)


def test_a_vial_is_thawed_once(plant: Plant) -> None:
    lot, _, vials = at_the_bench(plant)
    plant.do(commands.thaw, lot=lot, vial=vials[0], **CELLS)
    with refused("container.gone"):
        plant.do(commands.thaw, lot=lot, vial=vials[0], **CELLS)


def test_no_more_comes_out_than_was_frozen(plant: Plant) -> None:
    lot, _, vials = at_the_bench(plant)
    with refused("container.overdrawn"):
        plant.do(commands.thaw, lot=lot, vial=vials[0], **{**CELLS, "recovered_count": 3_000_001})


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    lot, _, vials = at_the_bench(plant)
    forbidden(plant, commands.thaw, lot=lot, vial=vials[0], **CELLS)
