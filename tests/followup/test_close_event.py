"""Closing an event."""

from datetime import timedelta

from cellchain.followup import commands
from tests.followup.story import Course
from tests.trial.story import forbids, refuses


def close(course: Course, event: int, outcome: str = "recovered") -> None:
    course.do(commands.close_event, by=course.people.physician, event=event, outcome=outcome)


def test_an_assessed_event_without_a_running_clock(course: Course) -> None:
    recipient = course.randomised()
    event = course.event(recipient)["event"]
    course.assess(event)
    close(course, event)
    (row,) = course.events_of(recipient)
    assert (row.phase, row.outcome) == ("closed", "recovered")
    assert course.last_entry().event == "followup:event:closed"
    with refuses("event.phase"):
        close(course, event)


def test_not_before_it_is_assessed(course: Course) -> None:
    event = course.event(course.randomised())["event"]
    with refuses("event.not_assessed"):
        close(course, event)


def test_not_while_a_report_is_owed(course: Course) -> None:
    event = course.event(course.randomised(), grade=3, seriousness="important")["event"]
    course.assess(event, "unrelated", "unexpected")
    with refuses("event.clock_running"):
        close(course, event)


def test_a_fatal_outcome_is_a_death(course: Course) -> None:
    event = course.event(course.randomised())["event"]
    course.assess(event)
    with refuses("event.fatal_is_death"):
        close(course, event, "fatal")


def test_not_before_it_began(course: Course) -> None:
    recipient = course.randomised()
    course.house.clock.advance(timedelta(hours=5))
    event = course.event(recipient)["event"]
    course.assess(event)
    with refuses("event.ended_before_onset"):
        course.house.do(
            commands.close_event,
            by=course.people.physician,
            event=event,
            outcome="recovered",
            happened_at=course.house.clock.now() - timedelta(hours=1),
            reason="Told at the visit.",
        )


def test_a_nurse_may_not(course: Course) -> None:
    event = course.event(course.randomised())["event"]
    with forbids():
        course.do(commands.close_event, by=course.people.nurse, event=event, outcome="recovered")
