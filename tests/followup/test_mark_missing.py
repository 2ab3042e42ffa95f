"""Saying why there is nothing."""

import pytest

from cellchain.followup import commands, queries
from cellchain.trial import commands as trial
from tests.followup.story import Course
from tests.trial.story import forbids, refuses

DEPARTURES = {
    "died": trial.record_death,
    "withdrew": trial.withdraw_consent,
    "lost": trial.lose_to_follow_up,
}


@pytest.mark.parametrize("reason", DEPARTURES)
def test_who_left_the_study_is_missing_for_that_reason(course: Course, reason: str) -> None:
    recipient = course.followed()
    course.do(DEPARTURES[reason], by=course.people.coordinator, recipient=recipient, account="As told by the family.")
    with course.house.read() as tx:
        visits = queries.visits_of(tx, recipient)
    for visit in visits:
        done = course.do(commands.mark_missing, by=course.people.coordinator, visit=visit.id, why=reason)
        assert done["phase"] == "missed"
    with course.house.read() as tx:
        assert {row.missing_reason for row in queries.visits_of(tx, recipient)} == {reason}
        assert queries.measurements_of(tx, recipient) == []


@pytest.mark.parametrize("reason", DEPARTURES)
def test_the_record_has_to_say_so(course: Course, reason: str) -> None:
    visit = course.visit(course.followed())
    with refuses("visit.reason_not_so"):
        course.do(commands.mark_missing, by=course.people.coordinator, visit=visit.id, why=reason)


def test_one_measurement_of_a_visit_that_took_place(course: Course) -> None:
    recipient = course.followed()
    visit = course.visited(recipient)
    course.do(commands.mark_missing, by=course.people.assessor, visit=visit, why="unable", outcome="dlco")
    with course.house.read() as tx:
        (row,) = queries.measurements_of(tx, recipient)
    assert (row.outcome, row.value, row.missing_reason) == ("dlco", None, "unable")


def test_not_before_the_window_opens(course: Course) -> None:
    visit = course.visit(course.followed())
    with refuses("visit.not_yet"):
        course.do(commands.mark_missing, by=course.people.coordinator, visit=visit.id, why="unable")


def test_a_visit_that_took_place_is_not_missing(course: Course) -> None:
    visit = course.visited(course.followed())
    with refuses("visit.phase"):
        course.do(commands.mark_missing, by=course.people.coordinator, visit=visit, why="site_error")


def test_a_technician_may_not(course: Course) -> None:
    visit = course.visit(course.followed())
    with forbids():
        course.do(commands.mark_missing, by=course.people.technician, visit=visit.id, why="unable")
