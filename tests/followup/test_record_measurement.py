"""Recording a measurement."""

import pytest

from cellchain.followup import commands, queries
from cellchain.trial import commands as trial
from tests.followup.story import Course
from tests.trial.story import forbids, refuses


@pytest.mark.parametrize(
    ("outcome", "value", "stored", "percent"),
    [("fvc", "2.41", 241, 619), ("dlco", "3.3", 330, 390), ("six_minute_walk", "349", 349, None)],
)
def test_a_value_is_kept_raw_in_whole_numbers_with_what_it_is_of_predicted(
    course: Course, outcome: str, value: str, stored: int, percent: int | None
) -> None:
    recipient = course.followed()
    done = course.measure(course.visited(recipient), outcome, value)
    assert (done["value"], done["replaces"]) == (stored, None)
    with course.house.read() as tx:
        (row,) = queries.measurements_of(tx, recipient)
    assert (row.value, done["percent_predicted_permille"]) == (stored, percent)
    assert (row.judged is None) == (percent is None)
    assert course.last_entry().event == "followup:measurement:recorded"


def test_a_correction_has_a_reason_and_keeps_the_first_value(course: Course) -> None:
    recipient = course.followed()
    visit = course.visited(recipient)
    first = course.measure(visit)["measurement"]
    with refuses("measurement.exists"):
        course.measure(visit, value="2.14")
    again = course.measure(visit, value="2.14", why="Digits were swapped on the form.")
    assert again["replaces"] == first
    with course.house.read() as tx:
        assert [row.value for row in queries.measurements_of(tx, recipient)] == [214]


def test_a_reason_without_an_earlier_value(course: Course) -> None:
    with refuses("measurement.nothing_to_correct"):
        course.measure(course.visited(course.followed()), why="Digits were swapped.")


def test_the_unit_is_the_study_s(course: Course) -> None:
    with refuses("measurement.unit"):
        course.measure(course.visited(course.followed()), value="2410", unit="mL")


def test_no_finer_than_the_study_keeps(course: Course) -> None:
    with refuses("measurement.too_fine"):
        course.measure(course.visited(course.followed()), value="2.413")


@pytest.mark.parametrize("outcome", ["fvc", "fev1", "dlco"])
def test_lung_function_has_its_grade(course: Course, outcome: str) -> None:
    visit = course.visited(course.followed())
    with refuses("measurement.no_grade"):
        course.measure(visit, outcome, "1.93", grade=None)
    course.measure(visit, outcome, "1.93", grade="C")


def test_a_walk_has_none(course: Course) -> None:
    course.measure(course.visited(course.followed()), "six_minute_walk", "349")


def test_only_what_the_visit_measures(course: Course) -> None:
    visit = course.visited(course.followed())
    with refuses("measurement.not_of_visit"):
        course.measure(visit, "serious_adverse_events")


def test_not_before_the_visit_took_place(course: Course) -> None:
    with refuses("measurement.no_visit"):
        course.measure(course.visit(course.followed()).id or 0)


def test_nothing_after_consent_was_withdrawn(course: Course) -> None:
    recipient = course.followed()
    visit = course.visited(recipient)
    course.do(trial.withdraw_consent, by=course.people.coordinator, recipient=recipient, account="Changed his mind.")
    with refuses("visit.no_consent"):
        course.measure(visit)


def test_a_nurse_may_not(course: Course) -> None:
    visit = course.visited(course.followed())
    with forbids():
        course.do(
            commands.record_measurement, by=course.people.nurse, visit=visit, outcome="fvc", value="2.41", unit="L"
        )
