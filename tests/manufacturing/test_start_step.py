"""Starting the steps of a batch, in their order."""

from cellchain.manufacturing import commands
from tests.manufacturing.conftest import CONTROL_RECORD, Plant, forbidden, refused


def bank(plant: Plant) -> str:
    return plant.open("bank", plant.donation()["donation"])


def test_it_starts_the_first_step(plant: Plant) -> None:
    lot = bank(plant)
    started = plant.do(commands.start_step, lot=lot, step="receipt")
    assert (started["sequence"], started["phase"]) == (1, "started")
    running = plant.page(lot).running
    assert running is not None
    assert (running.step.key, running.performer) == ("receipt", plant.technician.person)
    assert plant.events()[-1] == "manufacturing:step:started"


def test_it_knows_which_step_comes_next(plant: Plant) -> None:
    lot = bank(plant)
    assert [step.key for step in plant.page(lot).coming] == ["receipt"]
    plant.step(lot, "bank", "receipt", bag_intact=1, marrow_volume="60.0")
    assert [step.key for step in plant.page(lot).coming] == ["separation"]


def test_one_step_runs_at_a_time(plant: Plant) -> None:
    lot = bank(plant)
    plant.start(lot, "receipt")
    with refused("step.other_running"):
        plant.start(lot, "receipt")


def test_steps_keep_their_order(plant: Plant) -> None:
    lot = bank(plant)
    with refused("step.out_of_order"):
        plant.start(lot, "seeding")
    with refused("step.unknown"):
        plant.start(lot, "dancing")


def test_a_step_is_done_once_unless_it_repeats(plant: Plant) -> None:
    lot, _ = plant.separated()
    with refused("step.done_already"):
        plant.start(lot, "receipt")
    plant.start(lot, "separation")


def test_a_repeating_step_ends_where_a_later_one_began(plant: Plant) -> None:
    lot, _ = plant.seeded()
    with refused("step.out_of_order"):
        plant.start(lot, "separation")


def test_the_role_of_the_step_performs_it(plant: Plant) -> None:
    source = CONTROL_RECORD.replace('act = "prepare_control"', 'act = "prepare_control"\nperformer = "qa"')
    place = plant.location()
    plant.clear(place)
    lot = plant.do(commands.open_batch, master_record=plant.record("control", source), location=place)["lot"]
    with refused("step.role"):
        plant.start(lot, "preparation")


def test_work_goes_on_in_an_open_lot_only(plant: Plant) -> None:
    lot = plant.open("control")
    plant.do(commands.discard_batch, lot=lot, reason="Opened by mistake.")
    with refused("lot.not_open"):
        plant.start(lot, "preparation")


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    forbidden(plant, commands.start_step, lot=plant.open("control"), step="preparation")
