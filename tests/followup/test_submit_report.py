"""Submitting a report."""

from datetime import timedelta

import pytest

from cellchain.followup import commands
from cellchain.followup.safety import queries as safety
from tests.followup.story import Course
from tests.trial.story import forbids, refuses


@pytest.mark.parametrize(("hours", "in_time"), [(24, True), (25, False)])
def test_a_report_in_time_or_not(course: Course, hours: int, in_time: bool) -> None:
    done = course.event(course.randomised(), grade=3, seriousness="important")
    course.house.clock.advance(timedelta(hours=hours))
    (clock,) = done["clocks"]
    assert course.submit(clock)["in_time"] is in_time
    assert course.last_entry().event == "followup:report:submitted"
    with course.house.read() as tx:
        assert safety.clocks_running(tx, course.house.clock.now()) == []


def test_a_report_is_submitted_once(course: Course) -> None:
    (clock,) = course.event(course.randomised(), grade=3, seriousness="important")["clocks"]
    course.submit(clock, by=course.people.physician)
    with refuses("clock.phase"):
        course.submit(clock, by=course.people.physician)


def test_not_before_there_was_anything_to_report(course: Course) -> None:
    recipient = course.randomised()
    course.house.clock.advance(timedelta(hours=5))
    (clock,) = course.event(recipient, grade=3, seriousness="important")["clocks"]
    with refuses("clock.before_start"):
        course.house.do(
            commands.submit_report,
            by=course.people.physician,
            clock=clock,
            told="Sponsor",
            proof="Receipt 17",
            happened_at=course.house.clock.now() - timedelta(hours=1),
            reason="Sent by telephone.",
        )


def test_a_nurse_may_not(course: Course) -> None:
    (clock,) = course.event(course.randomised(), grade=3, seriousness="important")["clocks"]
    with forbids():
        course.submit(clock, by=course.people.nurse)
