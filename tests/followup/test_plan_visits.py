"""Planning visits."""

from datetime import date, timedelta

import pytest

from cellchain.followup import commands, queries, rules
from cellchain.trial import commands as trial
from tests.followup.story import Course
from tests.trial.story import STUDY, forbids, refuses

RANDOMISED_ON = date(2026, 3, 2)


def due(course: Course, recipient: str) -> list[tuple[str, date]]:
    with course.house.read() as tx:
        return [(row.code, row.due_on) for row in queries.visits_of(tx, recipient)]


def test_months_3_6_9_and_12_count_from_two_weeks_after_randomisation(course: Course) -> None:
    recipient = course.followed()
    anchor = RANDOMISED_ON + timedelta(days=14)
    weeks = {"month_3": 13, "month_6": 26, "month_9": 39, "month_12": 52}
    assert due(course, recipient) == [(code, anchor + timedelta(weeks=week)) for code, week in weeks.items()]
    visit = course.visit(recipient)
    assert (visit.due_on - visit.window_from, visit.window_until - visit.due_on) == (timedelta(weeks=2),) * 2
    assert course.last_entry().event == "followup:visits:planned"


def test_the_first_infusion_moves_what_is_still_planned_and_no_visit_that_took_place(course: Course) -> None:
    recipient = course.planned()
    course.do(commands.plan_visits, by=course.people.coordinator, recipient=recipient)
    course.visited(recipient, "month_3")
    kept = course.visit(recipient, "month_3").due_on
    course.infusion_given(recipient)
    first_on = course.house.clock.now().date()
    again = course.do(commands.plan_visits, by=course.people.coordinator, recipient=recipient)
    assert (again["visits"], again["anchor"]) == (3, first_on.isoformat())
    assert due(course, recipient)[0] == ("month_3", kept)
    assert course.visit(recipient, "month_12").due_on == first_on + timedelta(weeks=52)


def test_planning_twice_changes_nothing(course: Course) -> None:
    recipient = course.followed()
    assert course.do(commands.plan_visits, by=course.people.coordinator, recipient=recipient)["visits"] == 0


def test_a_year_over_a_leap_day_is_52_weeks_of_days() -> None:
    plan = rules.planned_visits(STUDY.visits, date(2027, 9, 1))
    assert plan[-1].due_on == date(2028, 8, 30)
    assert plan[1].due_on == date(2028, 3, 1)


def test_not_before_randomisation(course: Course) -> None:
    with refuses("visit.not_randomised"):
        course.do(commands.plan_visits, by=course.people.coordinator, recipient=course.eligible())


def test_not_after_consent_was_withdrawn(course: Course) -> None:
    recipient = course.randomised()
    course.do(trial.withdraw_consent, by=course.people.coordinator, recipient=recipient, account="Changed his mind.")
    with refuses("visit.no_consent"):
        course.do(commands.plan_visits, by=course.people.coordinator, recipient=recipient)


def test_a_nurse_may_not(course: Course) -> None:
    with forbids():
        course.do(commands.plan_visits, by=course.people.nurse, recipient=course.randomised())


LEAVING = {"died": trial.record_death, "withdrew": trial.withdraw_consent, "lost": trial.lose_to_follow_up}


@pytest.mark.parametrize("way", LEAVING)
def test_nobody_waits_for_who_left(course: Course, way: str) -> None:
    """A visit that was due is due no more: it is on no list, and the plan says so until it is marked as missing."""
    stays, leaves = course.followed(), course.followed()
    visit = course.visit(leaves)
    course.go_to(visit.window_until + timedelta(days=9))
    with course.house.read() as tx:
        work = queries.worklist(tx, course.people.coordinator)
    assert {one.recipient for one in work.overdue} == {stays, leaves}
    course.do(LEAVING[way], by=course.people.coordinator, recipient=leaves, account="As told by the family.")
    with course.house.read() as tx:
        work = queries.worklist(tx, course.people.coordinator)
        page = queries.recipient_followup(tx, leaves, course.people.coordinator)
    assert {one.recipient for one in (*work.overdue, *work.due)} == {stays}
    assert {one.state for one in page.visits} == {"not_due"}
    assert (page.turn, page.ahead) == (None, None)
    with refuses("visit.no_consent" if way == "withdrew" else "visit.left_study"):
        course.do(commands.plan_visits, by=course.people.coordinator, recipient=leaves)
    course.do(commands.mark_missing, by=course.people.coordinator, visit=visit.id, why=way)
