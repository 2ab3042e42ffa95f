"""Leaving a planned sample out, for a reason."""

from cellchain.manufacturing import commands
from cellchain.quality import commands as quality
from tests.manufacturing.conftest import Plant, forbidden, refused
from tests.manufacturing.test_labels_and_samples import POINT, prepared

WHY = {"point": "control_tests", "reason": "The port broke."}


def test_the_step_is_completed_without_it_and_qa_is_told(plant: Plant) -> None:
    told = plant.listen("manufacturing:sample:left_out")
    lot, _ = prepared(plant)
    plant.label(lot)
    number = plant.do(commands.leave_out_sample, lot=lot, **WHY)["step_record"]
    assert plant.do(commands.complete_step, lot=lot)["step_record"] == number
    assert [(one["lot"], one["title"]) for one in told] == [(lot, "Release tests of the control")]
    (view,) = plant.page(lot).steps
    assert [(one.sample, one.reason, one.by) for one in view.samples] == [
        (None, "The port broke.", plant.technician.person)
    ]


def test_what_was_taken_or_left_out_is_not_left_out(plant: Plant) -> None:
    lot, bag = prepared(plant)
    plant.do(quality.take_sample, container=bag, **POINT)
    with refused("sample.settled"):
        plant.do(commands.leave_out_sample, lot=lot, **WHY)
    other, _ = prepared(plant)
    plant.do(commands.leave_out_sample, lot=other, **WHY)
    with refused("sample.settled"):
        plant.do(commands.leave_out_sample, lot=other, **WHY)


def test_it_is_taken_after_all(plant: Plant) -> None:
    """Somebody found another way: the sample stands in the record beside the reason."""
    lot, bag = prepared(plant)
    plant.do(commands.leave_out_sample, lot=lot, **WHY)
    plant.do(quality.take_sample, container=bag, **POINT)
    assert [one.is_taken for one in plant.page(lot).steps[0].samples] == [False, True]


def test_the_running_step_has_the_point(plant: Plant) -> None:
    lot = plant.open("control")
    with refused("step.none_running"):
        plant.do(commands.leave_out_sample, lot=lot, **WHY)
    plant.start(lot, "preparation")
    with refused("sample.no_such_point"):
        plant.do(commands.leave_out_sample, lot=lot, point="vial", reason="None there.")


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    lot, _ = prepared(plant)
    forbidden(plant, commands.leave_out_sample, lot=lot, **WHY)
