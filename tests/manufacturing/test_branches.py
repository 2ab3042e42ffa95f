"""The product's two branches: its bags are filled and its samples drawn beside each other, in either order."""

import pytest

from cellchain.manufacturing import commands
from cellchain.manufacturing.rules.definition import Step
from cellchain.quality import commands as quality
from tests.manufacturing.conftest import Plant, refused


def draw(plant: Plant, lot: str, tube: str) -> None:
    """The samples for the release, out of the harvest."""
    number = plant.start(lot, "release_samples")
    plant.supply(lot, "product", "release_samples")
    plant.do(quality.take_sample, container=tube, point="release_tests", volume_ul=2_000)
    plant.do(quality.take_sample, container=tube, point="retention", volume_ul=500)
    plant.finish(lot, number)


def coming(plant: Plant, lot: str) -> list[str]:
    return [step.key for step in plant.page(lot).coming]


@pytest.mark.parametrize("first", ["suspension", "release_samples"])
def test_either_comes_first_and_the_batch_waits_for_both(plant: Plant, first: str) -> None:
    lot, tube = plant.grown_product()
    assert coming(plant, lot)[:2] == ["suspension", "release_samples"]
    for turn in (first, "suspension" if first == "release_samples" else "release_samples"):
        with refused("lot.incomplete"):
            plant.do(commands.complete_batch, lot=lot)
        if turn == "suspension":
            plant.bag(lot, tube)
        else:
            draw(plant, lot, tube)
    plant.complete(lot)
    assert plant.page(lot).lot.phase == "completed"


def test_samples_are_drawn_between_two_bags(plant: Plant) -> None:
    lot, tube = plant.grown_product()
    plant.bag(lot, tube)
    draw(plant, lot, tube)
    assert coming(plant, lot)[0] == "suspension"
    plant.bag(lot, tube, dose=190_000_000)
    plant.complete(lot)


def test_one_step_runs_at_a_time_in_both_branches(plant: Plant) -> None:
    lot, _ = plant.grown_product()
    plant.start(lot, "suspension")
    with refused("step.other_running"):
        plant.start(lot, "release_samples")


def test_neither_begins_before_the_harvest_and_the_harvest_ends_with_either(plant: Plant) -> None:
    bank, _ = plant.bank()
    lot = plant.open("product", bank)
    for step in ("suspension", "release_samples"):
        with refused("step.out_of_order"):
            plant.start(lot, step)
    grown, tube = plant.grown_product()
    draw(plant, grown, tube)
    with refused("step.out_of_order"):
        plant.start(grown, "harvest")


def test_the_record_says_which_steps_lie_beside_each_other(plant: Plant) -> None:
    lot, _ = plant.grown_product()
    steps: tuple[Step, ...] = plant.page(lot).definition.steps
    assert {step.key: step.branch for step in steps if step.branch} == {
        "splitting": "dose",
        "pooling": "dose",
        "suspension": "dose",
        "release_samples": "tests",
    }
