"""A reaction at the bedside becomes an adverse event."""

from typing import Any

import pytest

from cellchain.followup import commands
from cellchain.kernel.errors import NotFound
from cellchain.trial import commands as trial
from tests.followup.story import Course
from tests.trial.story import forbids


def report(course: Course, recipient: str, infusion: int, reaction: int) -> dict[str, Any]:
    return course.house.do(
        commands.report_by_reaction,
        by=course.people.nurse,
        by_house=True,
        recipient=recipient,
        infusion=infusion,
        reaction=reaction,
    )


def test_a_mild_reaction(course: Course) -> None:
    recipient = course.planned()
    infusion, reaction = course.infusion_given(recipient, grade=1)
    report(course, recipient, infusion, reaction)
    (event,) = course.events_of(recipient)
    assert (event.term, event.grade, event.infusion, event.serious) == ("Chills", 1, infusion, False)


def test_a_life_threatening_one_is_serious_and_starts_the_clock(course: Course) -> None:
    recipient = course.planned()
    infusion, reaction = course.infusion_given(recipient, grade=4)
    done = report(course, recipient, infusion, reaction)
    (event,) = course.events_of(recipient)
    (clock,) = course.clocks(done["event"])
    assert (event.seriousness, clock.starts_at) == ("life_threatening", event.aware_at)


def test_a_reaction_is_one_event(course: Course) -> None:
    recipient = course.planned()
    infusion, reaction = course.infusion_given(recipient, grade=2)
    first = report(course, recipient, infusion, reaction)
    assert report(course, recipient, infusion, reaction)["event"] == first["event"]
    assert len(course.events_of(recipient)) == 1


def test_it_is_kept_even_where_consent_was_withdrawn_meanwhile(course: Course) -> None:
    recipient = course.planned()
    infusion, reaction = course.infusion_given(recipient, grade=1)
    course.do(trial.withdraw_consent, by=course.people.coordinator, recipient=recipient, account="Changed his mind.")
    report(course, recipient, infusion, reaction)
    assert len(course.events_of(recipient)) == 1


def test_an_unknown_reaction(course: Course) -> None:
    recipient = course.planned()
    infusion, _ = course.infusion_given(recipient)
    with pytest.raises(NotFound):
        report(course, recipient, infusion, 9_999)


def test_nobody_runs_it_from_outside(course: Course) -> None:
    recipient = course.planned()
    infusion, reaction = course.infusion_given(recipient, grade=1)
    with forbids():
        course.do(
            commands.report_by_reaction,
            by=course.people.physician,
            recipient=recipient,
            infusion=infusion,
            reaction=reaction,
        )
