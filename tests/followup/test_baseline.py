"""The baseline: the last value before the first infusion, chosen by the server."""

from datetime import date, timedelta

import pytest

from cellchain.followup import commands, queries
from cellchain.followup.baselines import Base, change_permille, chosen, of_trial
from cellchain.followup.outcomes import dataset, reading
from cellchain.trial import queries as trial_queries
from cellchain.trial.lung.rules import told_of
from tests.followup.story import Course
from tests.followup.test_visit_forms import SPIROMETRY
from tests.trial.story import STUDY

TREATED = date(2026, 3, 20)


def test_the_last_value_before_the_first_infusion() -> None:
    early, late = Base(date(2026, 2, 1), 231), Base(date(2026, 3, 19), 228, visit=7)
    assert chosen([late, early, Base(date(2026, 5, 1), 250, visit=8)], TREATED) == late
    assert chosen([early], TREATED) == early


def test_the_day_of_the_infusion_does_not_tell_what_came_first() -> None:
    assert chosen([Base(TREATED, 231)], TREATED) is None


def test_of_one_day_the_visit_counts_and_of_visits_the_last() -> None:
    on = date(2026, 3, 1)
    found = chosen([Base(on, 231), Base(on, 233, visit=4), Base(on, 232, visit=9)], TREATED)
    assert found == Base(on, 232, visit=9)


def test_nothing_before_is_no_baseline() -> None:
    assert chosen([], TREATED) is None
    assert chosen([Base(date(2026, 4, 1), 231)], TREATED) is None


@pytest.mark.parametrize(("value", "base", "permille"), [(241, 231, 43), (208, 231, -100), (231, 231, 0)])
def test_a_relative_change_is_in_tenths_of_a_percent(value: int, base: int, permille: int) -> None:
    assert change_permille(value, base) == permille


def test_a_value_measured_after_randomisation_and_before_treatment_becomes_the_baseline(course: Course) -> None:
    """And what is measured on or after the day of the first infusion does not, whoever enters it and when."""
    recipient = course.planned()
    course.do(commands.plan_visits, by=course.people.coordinator, recipient=recipient)

    def base() -> tuple[date, int]:
        with course.house.read() as tx:
            view = queries.recipient_followup(tx, recipient, course.people.assessor)
        first = view.values[0].cells[0]
        assert first.value is not None
        return view.values[0].on, int(first.value * 100)

    assert base()[1] == 231
    on = course.house.clock.now().date()
    fields = {"recipient": recipient, "visited_on": on}
    visit = course.do(commands.record_unscheduled_visit, by=course.people.coordinator, **fields)["visit"]
    course.do(commands.record_spirometry, by=course.people.assessor, visit=visit, **{**SPIROMETRY, "fvc": "2.28"})
    assert base() == (on, 228)
    course.go_to(on + timedelta(days=1))
    course.infusion_given(recipient)
    fields = {"recipient": recipient, "visited_on": on + timedelta(days=1)}
    visit = course.do(commands.record_unscheduled_visit, by=course.people.coordinator, **fields)["visit"]
    course.do(commands.record_spirometry, by=course.people.assessor, visit=visit, **SPIROMETRY)
    assert base() == (on, 228)


def test_a_test_without_an_acceptable_try_is_no_baseline(course: Course) -> None:
    """Neither on the page of a recipient nor in the data taken out."""
    recipient = course.planned()
    course.do(commands.plan_visits, by=course.people.coordinator, recipient=recipient)
    on = course.house.clock.now().date()
    fields = {"recipient": recipient, "visited_on": on}
    visit = course.do(commands.record_unscheduled_visit, by=course.people.coordinator, **fields)["visit"]
    failed = {"fvc": "2.18", "fev1": "1.90", "grade": "F"}
    course.do(commands.record_spirometry, by=course.people.assessor, visit=visit, **failed)
    with course.house.read() as tx:
        first = queries.recipient_followup(tx, recipient, course.people.assessor).values[0].cells[0]
        told = [row for row in dataset.rows(reading.now(tx, STUDY.code, with_arms=False)) if row.recipient == recipient]
    assert first.value is not None
    assert int(first.value * 100) == 231
    assert {row.base for row in told if row.outcome.code == "fvc"} == {231}


def test_changes_are_absolute_and_relative(course: Course) -> None:
    recipient = course.followed()
    course.measure(course.visited(recipient), "fvc", "2.41")
    with course.house.read() as tx:
        view = queries.recipient_followup(tx, recipient, course.people.assessor)
    cell = view.values[1].cells[0]
    assert (str(cell.change), str(cell.relative)) == ("0.10", "4.3")
    assert cell.points is not None
    assert cell.points > 0


def test_the_trial_s_baseline_keeps_what_it_was_of_predicted(course: Course) -> None:
    """As every later value does: a change in points of percent is counted from it, whatever the library says later."""
    recipient = course.followed()
    with course.house.read() as tx:
        row = trial_queries.baseline_of(tx, recipient)
        view = queries.recipient_followup(tx, recipient, course.people.assessor)
    assert row is not None
    found = {code: told_of(code, vars(row)) for code in ("fvc", "fev1", "dlco", "six_minute_walk")}
    assert {code: one and one.percent_predicted_permille for code, one in found.items()} == {
        "fvc": 592,
        "fev1": 628,
        "dlco": 368,
        "six_minute_walk": None,
    }
    cells = {cell.outcome: cell for cell in view.values[0].cells}
    assert (cells["fvc"].percent_permille, cells["dlco"].percent_permille) == (592, 368)
    assert str(cells["fvc"].equation).startswith("GLI Global 2022, pyspiro ")


def test_a_baseline_in_another_unit_than_the_study_measures_in_is_none() -> None:
    """Millimoles are not passed off as millilitres."""
    dlco = next(one for one in STUDY.outcomes if one.code == "dlco")
    kept = {"dlco_umol_min_kpa": 3_120}
    assert of_trial(dlco, TREATED, kept) is not None
    assert of_trial(dlco.model_copy(update={"unit": "mL/min/mmHg"}), TREATED, kept) is None
