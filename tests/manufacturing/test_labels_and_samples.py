"""A step is completed when what it made is labelled, and what its record wants sampled was sampled or left out."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from cellchain.labels import commands as labels
from cellchain.ledger.registry import command_of
from cellchain.manufacturing import commands
from cellchain.manufacturing.rules.definition import Sampling
from cellchain.manufacturing.sampling import queries as sampling
from cellchain.quality import commands as quality
from cellchain.quality import queries as quality_queries
from cellchain.quality.pages.samples import plan_page
from cellchain.web.forms import fields_of
from cellchain.web.listings import chosen_from
from tests.manufacturing.conftest import RECORDS, Plant, refused

POINT = {"point": "control_tests", "volume_ul": 500}
TWO_LABELS = (RECORDS / "control.toml").read_text().replace('["container"]', '["container", "partial_bag"]')


def prepared(plant: Plant) -> tuple[str, str]:
    """A lot whose control bag is filled and neither labelled nor sampled: (lot, bag)."""
    lot = plant.open("control")
    plant.start(lot, "preparation")
    plant.supply(lot, "control", "preparation")
    bag = plant.do(commands.prepare_control, lot=lot, saline=plant.lots["saline"])["bag"]
    plant.do(commands.record_value, lot=lot, parameter="clear", value=1)
    return lot, bag


def complete(plant: Plant, lot: str) -> dict[str, Any]:
    return plant.do(commands.complete_step, lot=lot)


# -- labels --


def test_a_label_is_printed_and_scanned_back_before_the_step_is_completed(plant: Plant) -> None:
    lot, bag = prepared(plant)
    plant.leave_out_samples(lot)
    with refused("step.labels_missing"):
        complete(plant, lot)
    label = plant.do(labels.print_label, target=bag, design="container")
    with refused("step.labels_missing"):
        complete(plant, lot)
    plant.do(labels.confirm_label, scanned=label["symbol"])
    assert complete(plant, lot)["phase"] == "completed"


def test_each_of_many_containers_wears_its_own(plant: Plant) -> None:
    lot, vessels, _ = plant.seeding(vessels=2)
    made = plant.do(labels.print_labels, targets=tuple(vessels), design="vessel")["labels"]
    plant.do(labels.confirm_label, scanned=made[0]["symbol"])
    running = plant.page(lot).running
    assert running is not None
    assert running.missing.labels == (vessels[1],)
    with refused("step.labels_missing"):
        complete(plant, lot)
    plant.do(labels.confirm_label, scanned=made[1]["symbol"])
    complete(plant, lot)


def test_each_label_that_the_step_names_is_asked_for(plant: Plant) -> None:
    plant.do(labels.approve_design, by=plant.qa, name="partial_bag")
    plant.record("control", TWO_LABELS)
    lot, bag = prepared(plant)
    plant.leave_out_samples(lot)
    for design in ("container", "partial_bag"):
        with refused("step.labels_missing"):
            complete(plant, lot)
        label = plant.do(labels.print_label, target=bag, design=design)
        plant.do(labels.confirm_label, scanned=label["symbol"])
    complete(plant, lot)


def test_what_broke_in_the_step_needs_no_label(plant: Plant) -> None:
    lot, vessels, _ = plant.seeding(vessels=2)
    plant.do(commands.discard, container=vessels[0], reason="It fell.")
    label = plant.do(labels.print_label, target=vessels[1], design="vessel")
    plant.do(labels.confirm_label, scanned=label["symbol"])
    complete(plant, lot)


def test_a_label_that_is_stopped_proves_nothing(plant: Plant) -> None:
    lot, vessels, _ = plant.seeding(vessels=2)
    first, second = plant.do(labels.print_labels, targets=tuple(vessels), design="vessel")["labels"]
    plant.do(labels.confirm_label, scanned=first["symbol"], expected=second["label"])
    with refused("step.labels_missing"):
        complete(plant, lot)


def test_a_label_that_goes_later_does_not_open_the_step_again(plant: Plant) -> None:
    lot, vessels = plant.seeded()
    with plant.house.read() as tx:
        from cellchain.labels.queries import live_label

        worn = live_label(tx, vessels[0], "vessel")
    assert worn is not None
    plant.do(labels.void_label, label=worn.code, ending="destroy", reason="It came off.")
    assert not plant.page(lot).steps[-1].missing


# -- samples --


def test_a_planned_sample_is_taken_before_the_step_is_completed(plant: Plant) -> None:
    lot, bag = prepared(plant)
    plant.label(lot)
    with refused("step.samples_missing"):
        complete(plant, lot)
    sample = plant.do(quality.take_sample, container=bag, **POINT)["sample"]
    complete(plant, lot)
    (view,) = plant.page(lot).steps
    assert [(one.point, one.sample, one.container, one.volume_ul) for one in view.samples] == [
        ("control_tests", sample, bag, 500)
    ]
    assert plant.container(bag).volume_ul == 399_500
    with plant.house.read() as tx:
        (line,) = plan_page(tx, lot).lines
    assert [one.sample for one in line.became] == [sample]


def test_a_form_names_the_sampling_points_of_what_is_worked_on(plant: Plant) -> None:
    with plant.house.read() as tx:
        assert sampling.choices(tx) == []
    prepared(plant)
    with plant.house.read() as tx:
        known = sampling.choices(tx)
    assert [key for key, _ in known] == ["control_tests"]
    fields = fields_of(command_of(quality.take_sample).order, [("point", "control_tests")])
    for language in ("en", "ru"):
        (view,) = [one for one in chosen_from(fields, lambda _name: known, language) if one.name == "point"]
        assert (view.kind, view.chosen) == ("choice", ("control_tests",))
        assert [(one.value, one.label) for one in view.choices] == [("control_tests", known[0][1].words(language))]
    gone = fields_of(command_of(quality.take_sample).order, [("point", "long_gone")])
    (view,) = [one for one in chosen_from(gone, lambda _name: known, "en") if one.name == "point"]
    assert [one.value for one in view.choices] == ["control_tests", "long_gone"]


def test_a_sample_beside_the_plan_settles_nothing(plant: Plant) -> None:
    lot, bag = prepared(plant)
    plant.label(lot)
    plant.do(quality.take_sample, container=bag, volume_ul=500)
    with refused("step.samples_missing"):
        complete(plant, lot)


def test_a_planned_sample_has_its_volume(plant: Plant) -> None:
    _, bag = prepared(plant)
    with refused("sample.too_little"):
        plant.do(quality.take_sample, container=bag, point="control_tests", volume_ul=499)
    assert plant.container(bag).volume_ul == 400_000


def test_another_step_has_no_such_point(plant: Plant) -> None:
    _, bag = prepared(plant)
    with refused("sample.no_such_point"):
        plant.do(quality.take_sample, container=bag, point="release_tests", volume_ul=2_000)


def test_without_a_running_step_there_is_no_point(plant: Plant) -> None:
    lot, bag = prepared(plant)
    plant.label(lot)
    plant.do(quality.take_sample, container=bag, **POINT)
    complete(plant, lot)
    with refused("step.none_running"):
        plant.do(quality.take_sample, container=bag, **POINT)


def test_a_spilled_sample_is_taken_again(plant: Plant) -> None:
    lot, bag = prepared(plant)
    plant.label(lot)
    for _ in range(2):
        plant.do(quality.take_sample, container=bag, **POINT)
    complete(plant, lot)
    assert len(plant.page(lot).steps[0].samples) == 2


def test_each_doing_of_a_step_has_its_own_sample(plant: Plant) -> None:
    lot, bag = prepared(plant)
    plant.label(lot)
    plant.do(quality.take_sample, container=bag, **POINT)
    number = complete(plant, lot)["step_record"]
    plant.do(commands.verify_step, by=plant.verifier, step_record=number)
    plant.start(lot, "preparation")
    running = plant.page(lot).running
    assert running is not None
    assert [point.key for point in running.missing.samples] == ["control_tests"]


def test_nobody_takes_a_planned_sample_untrained(plant: Plant) -> None:
    _, bag = prepared(plant)
    with refused("training.missing"):
        plant.do(quality.take_sample, by=plant.house.actor("technician", number=3), container=bag, **POINT)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_batch_record_shows_them(plant: Plant, language: str) -> None:
    from tests.manufacturing.pages import client, words

    lot, bag = prepared(plant)
    sample = plant.do(quality.take_sample, container=bag, **POINT)["sample"]
    browser = client(plant)
    browser.headers["accept-language"] = language
    said = words(browser.get(f"/manufacturing/lots/{lot}").text)
    assert ("Release tests of the control" if language == "en" else "Испытания контроля") in said
    assert sample[-4:] in said


def test_the_plan_says_what_is_kept_in_what_and_how_long(plant: Plant) -> None:
    """Whoever takes it has nothing to choose: a year in a cryovial, and no test waits for it."""
    lot, tube = plant.grown_product()
    plant.start(lot, "release_samples")
    taken = {
        point: plant.do(quality.take_sample, container=tube, point=point, volume_ul=2_000, vessel="slide")["sample"]
        for point in ("release_tests", "retention")
    }
    with plant.house.read() as tx:
        tested, kept = (quality_queries.sample_facts(tx, code) for code in taken.values())
        lines = {line.title.en: line for line in plan_page(tx, lot).lines}
        until = tx.today + timedelta(days=365)
    assert (tested.purpose, tested.vessel, tested.keep_until) == ("release", "slide", None)
    assert (kept.purpose, kept.vessel, kept.keep_until) == ("retention", "cryovial", until)
    assert lines["Retention sample"].is_settled
    assert not lines["Release tests"].is_settled


def test_a_planned_sample_is_tested_or_kept() -> None:
    planned = {"key": "sample", "title": {"en": "Sample", "ru": "Проба"}, "volume_ul": 500}
    for wrong in (
        {},
        {"tests": ["viability"], "keep_days": 30},
        {"keep_days": 0},
        {"tests": ["viability"], "vessel": "hat"},
    ):
        with pytest.raises(ValidationError):
            Sampling.model_validate(planned | wrong)
    assert Sampling.model_validate(planned | {"keep_days": 30}).tests == ()
