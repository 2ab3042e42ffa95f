"""The physician's assessment, and what it starts."""

from datetime import timedelta

from cellchain.followup import commands
from tests.followup.story import Course
from tests.trial.story import forbids, refuses


def test_suspected_and_unexpected_owes_15_days(course: Course) -> None:
    event = course.event(course.randomised(), grade=3, seriousness="hospitalisation")["event"]
    done = course.assess(event)
    assert done["susar"] is True
    first, other = course.clocks(event)
    assert (first.kind, other.kind) == ("investigator_24h", "other_15")
    assert other.due_at - other.starts_at == timedelta(days=15)
    entry = course.last_entry()
    assert entry.event == "followup:event:assessed"


def test_life_threatening_owes_7_days_and_8_more(course: Course) -> None:
    event = course.event(course.randomised(), grade=4, seriousness="life_threatening")["event"]
    course.assess(event)
    _, fatal, full = course.clocks(event)
    assert (fatal.kind, full.kind) == ("fatal_7", "full_15")
    assert fatal.due_at - fatal.starts_at == timedelta(days=7)
    assert full.due_at - fatal.due_at == timedelta(days=8)


def test_day_0_is_when_the_sponsor_was_told(course: Course) -> None:
    event = course.event(course.randomised(), grade=3, seriousness="disability")["event"]
    course.house.clock.advance(timedelta(hours=20))
    (clock,) = course.clocks(event)
    course.submit(clock.id)
    told_at = course.house.clock.now()
    course.house.clock.advance(timedelta(days=1))
    course.assess(event)
    assert course.clocks(event)[1].starts_at == told_at


def test_expected_or_unrelated_owes_nothing_more(course: Course) -> None:
    recipient = course.randomised()
    for relatedness, expectedness in (("definite", "expected"), ("unlikely", "unexpected")):
        event = course.event(recipient, term="Fever", grade=2, seriousness="hospitalisation")["event"]
        assert course.assess(event, relatedness, expectedness)["susar"] is False
        assert len(course.clocks(event)) == 1


def test_a_milder_judgement_stops_no_clock(course: Course) -> None:
    event = course.event(course.randomised(), grade=3, seriousness="hospitalisation")["event"]
    course.assess(event)
    course.assess(event, "unrelated", "unexpected")
    assert [clock.phase for clock in course.clocks(event)] == ["running", "running"]


def test_what_turns_out_to_be_worse_starts_its_clocks_from_then(course: Course) -> None:
    event = course.event(course.randomised(), grade=2)["event"]
    course.assess(event)
    assert course.clocks(event) == []
    course.house.clock.advance(timedelta(days=2))
    course.assess(event, grade=5, seriousness="death", death_cause="Respiratory failure.")
    now = course.house.clock.now()
    assert [(clock.kind, clock.starts_at) for clock in course.clocks(event)] == [
        ("investigator_24h", now),
        ("fatal_7", now),
        ("full_15", now),
    ]


def test_it_is_not_made_less_serious(course: Course) -> None:
    event = course.event(course.randomised(), grade=4, seriousness="life_threatening")["event"]
    with refuses("event.seriousness_lowered"):
        course.assess(event, seriousness="important")


def test_a_closed_event_is_not_assessed_again(course: Course) -> None:
    event = course.event(course.randomised())["event"]
    course.assess(event)
    course.do(commands.close_event, by=course.people.physician, event=event, outcome="recovered")
    with refuses("event.phase"):
        course.assess(event)


def test_a_coordinator_may_not(course: Course) -> None:
    event = course.event(course.randomised())["event"]
    with forbids():
        course.do(
            commands.assess_causality,
            by=course.people.coordinator,
            event=event,
            relatedness="possible",
            expectedness="expected",
        )
