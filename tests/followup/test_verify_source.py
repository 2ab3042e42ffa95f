"""Comparing a value with its source: by somebody else, once, and anew after a correction."""

from cellchain.followup import commands, queries
from cellchain.ledger.actor import Actor
from tests.followup.story import Course
from tests.trial.story import forbids, refuses


def monitor(course: Course) -> Actor:
    return course.house.actor("monitor")


def verify(course: Course, measurement: int, by: Actor | None = None) -> None:
    course.do(commands.verify_source, by=by or monitor(course), measurement=measurement)


def verified(course: Course, recipient: str) -> list[str | None]:
    with course.house.read() as tx:
        view = queries.recipient_followup(tx, recipient, course.people.coordinator)
    return [cell.verified_by for row in view.values for cell in row.cells if cell.id is not None]


def test_a_value_is_verified_by_whom_and_when(course: Course) -> None:
    recipient = course.followed()
    value = course.measure(course.visited(recipient))["measurement"]
    assert verified(course, recipient) == [None]
    verify(course, value)
    assert verified(course, recipient) == [monitor(course).person]
    entry = course.last_entry()
    assert (entry.event, entry.subject) == ("followup:source:verified", recipient)


def test_a_correction_is_compared_anew(course: Course) -> None:
    recipient = course.followed()
    visit = course.visited(recipient)
    value = course.measure(visit)["measurement"]
    verify(course, value)
    course.measure(visit, value="2.14", why="Digits were swapped.")
    assert verified(course, recipient) == [None]
    with refuses("measurement.replaced"):
        verify(course, value)


def test_a_value_is_verified_once(course: Course) -> None:
    value = course.measure(course.visited(course.followed()))["measurement"]
    verify(course, value)
    with refuses("measurement.verified"):
        verify(course, value)


def test_nobody_verifies_their_own_value(course: Course) -> None:
    value = course.measure(course.visited(course.followed()))["measurement"]
    both = course.house.actor("monitor", "assessor", person=course.people.assessor.person)
    with refuses("measurement.own_value"):
        verify(course, value, by=both)


def test_a_coordinator_may_not(course: Course) -> None:
    value = course.measure(course.visited(course.followed()))["measurement"]
    with forbids():
        verify(course, value, by=course.people.coordinator)
