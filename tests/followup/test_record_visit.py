"""Recording that a visit took place."""

from datetime import date, timedelta

from cellchain.followup import commands
from cellchain.trial import commands as trial
from tests.followup.story import Course
from tests.trial.story import forbids, refuses


def test_a_visit_in_its_window(course: Course) -> None:
    recipient = course.followed()
    visit = course.visit(recipient)
    course.go_to(visit.window_until)
    done = course.do(commands.record_visit, by=course.people.assessor, visit=visit.id, visited_on=visit.window_until)
    assert (done["phase"], done["in_window"]) == ("done", True)
    entry = course.last_entry()
    assert (entry.event, entry.subject) == ("followup:visit:recorded", recipient)


def test_a_day_outside_the_window_is_kept_and_said(course: Course) -> None:
    visit = course.visit(course.followed())
    late = visit.window_until + timedelta(days=1)
    course.go_to(late)
    done = course.do(commands.record_visit, by=course.people.coordinator, visit=visit.id, visited_on=late)
    assert done["in_window"] is False


def test_no_visit_in_the_future(course: Course) -> None:
    visit = course.visit(course.followed())
    with refuses("visit.in_future"):
        course.do(commands.record_visit, by=course.people.assessor, visit=visit.id, visited_on=visit.due_on)


def test_no_visit_before_randomisation(course: Course) -> None:
    visit = course.visit(course.followed())
    with refuses("visit.before_randomisation"):
        course.do(commands.record_visit, by=course.people.assessor, visit=visit.id, visited_on=date(2026, 3, 1))


def test_a_visit_is_recorded_once(course: Course) -> None:
    recipient = course.followed()
    visit = course.visited(recipient)
    with refuses("visit.phase"):
        course.do(commands.record_visit, by=course.people.assessor, visit=visit, visited_on=date(2026, 6, 1))


def test_nothing_new_after_consent_was_withdrawn(course: Course) -> None:
    recipient = course.followed()
    visit = course.visit(recipient)
    course.go_to(visit.due_on)
    course.do(trial.withdraw_consent, by=course.people.coordinator, recipient=recipient, account="Changed his mind.")
    with refuses("visit.no_consent"):
        course.do(commands.record_visit, by=course.people.assessor, visit=visit.id, visited_on=visit.due_on)


def test_a_technician_may_not(course: Course) -> None:
    visit = course.visit(course.followed())
    with forbids():
        course.do(commands.record_visit, by=course.people.technician, visit=visit.id, visited_on=visit.due_on)
