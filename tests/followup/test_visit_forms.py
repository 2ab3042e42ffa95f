"""What is entered at a visit as it is measured: a spirometry, a diffusing capacity, a walk; and a visit of no plan."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from cellchain.followup import commands, queries
from cellchain.trial import commands as trial
from cellchain.trial.lung.rules import told
from tests.followup.story import Course
from tests.trial.story import forbids, refuses

SPIROMETRY = {"fvc": "2.41", "fev1": "1.98", "grade": "A"}
DIFFUSION = {"dlco": "3.42", "grade": "B", "haemoglobin_g_l": 131}
WALK = {
    "distance_m": 348,
    "oxygen_l_min": "2.5",
    "spo2_rest": 94,
    "spo2_lowest": 86,
    "borg_rest": "0.5",
    "borg_end": 4,
}
FORMS: list[tuple[Callable[..., Any], dict[str, Any]]] = [
    (commands.record_spirometry, SPIROMETRY),
    (commands.record_diffusion, DIFFUSION),
    (commands.record_walk, WALK),
]


def enter(course: Course, visit: int, function: Callable[..., Any], fields: dict[str, Any], **other: Any) -> Any:
    return course.do(function, by=course.people.assessor, visit=visit, **{**fields, **other})


def standing(course: Course, recipient: str) -> dict[str, Any]:
    with course.house.read() as tx:
        return {row.outcome: row for row in queries.measurements_of(tx, recipient)}


def test_one_spirometry_is_two_values_of_one_grade(course: Course) -> None:
    recipient = course.followed()
    done = enter(course, course.visited(recipient), commands.record_spirometry, SPIROMETRY)
    assert [one["outcome"] for one in done["measurements"]] == ["fvc", "fev1"]
    rows = standing(course, recipient)
    assert {code: (row.value, row.grade) for code, row in rows.items()} == {"fvc": (241, "A"), "fev1": (198, "A")}
    assert course.last_entry().event == "followup:spirometry:recorded"
    fvc = rows["fvc"]
    assert fvc.equation.startswith("GLI Global 2022")
    judged = told(fvc.equation, fvc.height_mm, fvc.judged)
    assert judged is not None
    assert judged.percent_predicted_permille == round(2410 / judged.predicted_milli * 1000)
    assert judged.lower_limit_milli < judged.predicted_milli
    assert judged.z_milli < -1_645  # it lies below the lower limit
    assert (judged.age_years, judged.height_mm) == ("64.08", 1_725)


def test_nothing_that_tells_when_somebody_was_born_stands_in_the_ledger(course: Course) -> None:
    """With the day of a visit, sex and height, what is predicted tells the age to the week."""
    recipient = course.followed()
    enter(course, course.visited(recipient), commands.record_spirometry, SPIROMETRY)
    fvc = standing(course, recipient)["fvc"]
    judged, body = told(fvc.equation, fvc.height_mm, fvc.judged), course.last_entry().body
    assert judged is not None
    for told_of_age in (judged.age_years, judged.predicted_milli, judged.lower_limit_milli, judged.z_milli):
        assert str(told_of_age) not in body
    assert fvc.equation in body


def test_a_diffusing_capacity_keeps_its_haemoglobin_and_is_not_corrected_by_it(course: Course) -> None:
    recipient = course.followed()
    visit = course.visited(recipient)
    enter(course, visit, commands.record_diffusion, DIFFUSION)
    row = standing(course, recipient)["dlco"]
    assert (row.value, row.grade, row.haemoglobin_g_l) == (342, "B", 131)
    assert row.equation.startswith("GLI 2017 TLCO")
    enter(course, visit, commands.record_diffusion, DIFFUSION, haemoglobin_g_l=90, why="Another sample.")
    assert standing(course, recipient)["dlco"].judged == row.judged
    assert course.last_entry().event == "followup:diffusion:recorded"


def test_a_walk_keeps_what_it_is_read_with(course: Course) -> None:
    recipient = course.followed()
    enter(course, course.visited(recipient), commands.record_walk, WALK)
    assert course.last_entry().event == "followup:walk:recorded"
    with course.house.read() as tx:
        page = queries.recipient_followup(tx, recipient, course.people.assessor)
    walk = next(cell for cell in page.values[-1].cells if cell.outcome == "six_minute_walk").walk
    assert walk is not None
    assert [str(one) for one in vars(walk).values()] == ["2.5", "94", "86", "0.5", "4"]


def test_a_correction_replaces_both_values_and_keeps_the_first(course: Course) -> None:
    recipient = course.followed()
    visit = course.visited(recipient)
    enter(course, visit, commands.record_spirometry, SPIROMETRY)
    with refuses("measurement.exists"):
        enter(course, visit, commands.record_spirometry, SPIROMETRY, fvc="2.14")
    enter(course, visit, commands.record_spirometry, SPIROMETRY, fvc="2.14", why="Digits were swapped.")
    rows = standing(course, recipient)
    assert (rows["fvc"].value, rows["fvc"].replaces is None) == (214, False)


def test_fev1_may_come_after_an_fvc_that_stood_alone(course: Course) -> None:
    recipient = course.followed()
    visit = course.visited(recipient)
    course.measure(visit, "fvc", "2.40")
    enter(course, visit, commands.record_spirometry, SPIROMETRY, why="FEV1 was forgotten.")
    rows = standing(course, recipient)
    assert (rows["fvc"].reason, rows["fev1"].reason) == ("FEV1 was forgotten.", None)


def test_a_reason_without_an_earlier_value(course: Course) -> None:
    with refuses("measurement.nothing_to_correct"):
        enter(course, course.visited(course.followed()), commands.record_spirometry, SPIROMETRY, why="There was none.")


def test_fev1_is_at_most_fvc(course: Course) -> None:
    with refuses("measurement.fev1_above_fvc"):
        enter(course, course.visited(course.followed()), commands.record_spirometry, SPIROMETRY, fev1="2.42")


def test_the_lowest_saturation_is_the_lowest(course: Course) -> None:
    with refuses("measurement.lowest_above_rest"):
        enter(course, course.visited(course.followed()), commands.record_walk, WALK, spo2_lowest=95)


@pytest.mark.parametrize(("function", "fields"), FORMS)
def test_nothing_after_consent_was_withdrawn_or_before_the_visit(
    course: Course, function: Callable[..., Any], fields: dict[str, Any]
) -> None:
    recipient = course.followed()
    with refuses("measurement.no_visit"):
        enter(course, course.visit(recipient).id or 0, function, fields)
    visit = course.visited(recipient)
    course.do(trial.withdraw_consent, by=course.people.coordinator, recipient=recipient, account="Changed his mind.")
    with refuses("visit.no_consent"):
        enter(course, visit, function, fields)


@pytest.mark.parametrize(("function", "fields"), FORMS)
def test_a_nurse_may_not(course: Course, function: Callable[..., Any], fields: dict[str, Any]) -> None:
    with forbids():
        course.do(function, by=course.people.nurse, visit=course.visited(course.followed()), **fields)


# -- visits of no plan -------------------------------------------------------------------------------------------------


def come(course: Course, recipient: str, on: date) -> dict[str, Any]:
    fields = {"recipient": recipient, "visited_on": on}
    return course.do(commands.record_unscheduled_visit, by=course.people.coordinator, **fields)


def test_an_unscheduled_visit_stands_beside_the_plan_and_moves_nothing(course: Course) -> None:
    recipient = course.followed()
    plan = course.visit(recipient).due_on
    on = plan - timedelta(days=40)
    course.go_to(on)
    visit = come(course, recipient, on)
    assert (visit["phase"], visit["in_window"]) == ("done", None)
    assert course.last_entry().event == "followup:visit:unscheduled"
    enter(course, visit["visit"], commands.record_spirometry, SPIROMETRY)
    with course.house.read() as tx:
        page = queries.recipient_followup(tx, recipient, course.people.coordinator)
        settled = queries.worklist(tx, course.people.coordinator).recipients
    assert next(one.due_on for one in page.planned) == plan
    assert [(one.visited_on, one.state, one.lacks) for one in page.unscheduled] == [(on, "done", ())]
    assert len(page.figures[0].loose) == 1
    assert settled == ((recipient, 0, 4),)


def test_a_day_has_one_visit(course: Course) -> None:
    recipient = course.followed()
    today = course.house.clock.now().date()
    come(course, recipient, today)
    with refuses("visit.day_taken"):
        come(course, recipient, today)
    course.visited(recipient)
    with refuses("visit.day_taken"):
        come(course, recipient, course.visit(recipient).due_on)


def test_an_unscheduled_visit_keeps_to_the_rules_of_visits(course: Course) -> None:
    recipient = course.followed()
    today = course.house.clock.now().date()
    with refuses("visit.in_future"):
        come(course, recipient, today + timedelta(days=1))
    with refuses("visit.before_randomisation"):
        come(course, recipient, today - timedelta(days=400))
    with refuses("visit.not_randomised"):
        come(course, course.eligible(), today)
    course.do(trial.withdraw_consent, by=course.people.coordinator, recipient=recipient, account="Changed his mind.")
    with refuses("visit.no_consent"):
        come(course, recipient, today)


def test_a_technician_records_no_unscheduled_visit(course: Course) -> None:
    recipient = course.followed()
    with forbids():
        course.do(
            commands.record_unscheduled_visit,
            by=course.people.technician,
            recipient=recipient,
            visited_on=course.house.clock.now().date(),
        )
