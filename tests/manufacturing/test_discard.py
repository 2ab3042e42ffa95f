"""What is given up: a container, a whole lot; and what the packages above do to a container."""

from cellchain.ledger.actor import SYSTEM_ACTOR
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import commands
from tests.manufacturing.conftest import Plant, forbidden, refused


def test_a_container_is_discarded_once(plant: Plant) -> None:
    _, tube = plant.separated()
    plant.do(commands.discard, container=tube, reason="The tube was dropped.")
    assert plant.container(tube).phase == "discarded"
    assert plant.events()[-1] == "manufacturing:container:discarded"
    with refused("container.phase"):
        plant.do(commands.discard, container=tube, reason="The tube was dropped.")


def test_a_lot_is_given_up_with_all_it_holds(plant: Plant) -> None:
    lot, vessels = plant.seeded()
    given_up = plant.do(commands.discard_batch, lot=lot, reason="Contaminated.")
    assert given_up["phase"] == "discarded"
    assert all(plant.container(vessel).phase == "discarded" for vessel in vessels)
    assert plant.events()[-1] == "manufacturing:lot:discarded"
    with refused("lot.phase"):
        plant.do(commands.discard_batch, lot=lot, reason="Contaminated.")


def test_the_packages_above_empty_sample_and_destroy(plant: Plant) -> None:
    lot, tube = plant.harvested_product()
    first, second = plant.bag(lot, tube)["bag"], plant.bag(lot, tube)["bag"]

    def work(tx: CommandTx) -> None:
        commands.draw_sample(tx, first, 4_000)
        commands.mark_spent(tx, first)
        commands.draw_sample(tx, second, 4_000)
        commands.mark_discarded(tx, second, "Returned too late.")

    plant.house.runner.record_system("platform:test:done", plant.house.request_id(), work)
    assert SYSTEM_ACTOR.person == "SYSTEM"
    used, destroyed = plant.container(first), plant.container(second)
    assert (used.phase, used.cells_count, used.volume_ul) == ("spent", 0, 0)
    assert (destroyed.phase, destroyed.cells_count, destroyed.volume_ul) == ("discarded", 198_000_000, 396_000)


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    lot, tube = plant.separated()
    forbidden(plant, commands.discard, container=tube, reason="The tube was dropped.")
    forbidden(plant, commands.discard_batch, lot=lot, reason="Contaminated.")
