"""What an event is tied to and coded as, death, the reference safety information, and both judgements."""

from datetime import timedelta
from typing import Any

import pytest

from cellchain.followup import commands
from cellchain.followup.safety import pages
from cellchain.followup.safety.terms import TERMS
from tests.followup.story import Course
from tests.trial.story import STUDY, forbids, refuses

DEATH: dict[str, Any] = {"term": "Death", "grade": 5, "seriousness": "death"}


def page(course: Course, event: int, actor: Any = None) -> pages.EventPage:
    with course.house.read() as tx:
        return pages.event_page(tx, event, actor or course.people.physician)


def test_the_house_knows_the_infusion_before_it(course: Course) -> None:
    recipient = course.planned()
    before = course.event(recipient)["event"]
    infusion, _ = course.infusion_given(recipient)
    course.house.clock.advance(timedelta(days=3))
    after = page(course, course.event(recipient)["event"])
    assert page(course, before).row.infusion is None
    assert (after.row.infusion, after.number, after.days_after) == (infusion, 1, 3)
    assert after.origin is not None
    assert after.origin.lot is not None
    assert after.arm in {arm.code for arm in STUDY.arms}


def test_bag_lot_and_arm_are_for_who_may_see_arms(course: Course) -> None:
    recipient = course.planned()
    course.infusion_given(recipient)
    event = course.event(recipient)["event"]
    seen = page(course, event, course.sponsor)
    assert (seen.origin, seen.arm, seen.number) == (None, None, 1)


def test_a_term_is_coded_by_its_name_or_by_hand(course: Course) -> None:
    recipient = course.randomised()
    known, written = course.event(recipient, term="лихорадка"), course.event(recipient, term="Felt hot")
    assert page(course, known["event"]).row.coded == "fever"
    assert page(course, written["event"]).row.coded is None
    coder = course.people.coordinator
    course.do(commands.code_event, by=coder, event=written["event"], coded="fever", dictionary_code="12345678")
    row = page(course, written["event"]).row
    assert (row.term, row.coded, row.dictionary_code) == ("Felt hot", "fever", "12345678")
    with refuses("event.term_unknown"):
        course.do(commands.code_event, by=coder, event=written["event"], coded="hot")
    with refuses("event.term_unknown"):
        course.event(recipient, coded="hot")
    with forbids():
        course.do(commands.code_event, by=course.people.nurse, event=written["event"], coded="fever")


def test_every_expected_term_of_the_study_is_on_the_list() -> None:
    assert {one.term for one in STUDY.safety.expected} <= set(TERMS)
    assert all(one.names.ru != one.names.en for one in TERMS.values())


def test_death_asks_its_cause(course: Course) -> None:
    recipient = course.randomised()
    with refuses("event.death_needs_cause"):
        course.event(recipient, **DEATH)
    with refuses("event.cause_without_death"):
        course.event(recipient, death_cause="Stroke.")
    now = course.house.clock.now()
    with refuses("event.died_when"):
        course.event(recipient, **DEATH, death_cause="Stroke.", died_at=now + timedelta(hours=1))
    number = course.event(recipient, **DEATH, death_cause="Stroke.", died_at=now)["event"]
    assert (page(course, number).row.death_cause, page(course, number).row.died_at) == ("Stroke.", now)


def test_a_fatal_reaction_is_asked_for_its_cause_when_it_is_assessed(course: Course) -> None:
    recipient = course.planned()
    infusion, reaction = course.infusion_given(recipient, grade=5)
    told: dict[str, Any] = {"recipient": recipient, "infusion": infusion, "reaction": reaction}
    number = course.house.do(commands.report_by_reaction, by=course.people.nurse, by_house=True, **told)["event"]
    with refuses("event.death_needs_cause"):
        course.assess(number)
    course.assess(number, death_cause="Anaphylaxis.")
    assert page(course, number).row.action == "slowed"


@pytest.mark.parametrize(("grade", "seriousness", "fits"), [(2, "hospitalisation", True), (3, "disability", False)])
def test_expected_is_what_the_safety_information_lists(
    course: Course, grade: int, seriousness: str, fits: bool
) -> None:
    number = course.event(course.randomised(), term="Fever", grade=grade, seriousness=seriousness)["event"]
    if fits:
        assert course.assess(number, "definite", "expected")["susar"] is False
        (signed,) = page(course, number).assessments
        assert signed.reference == STUDY.safety.reference
    else:
        with refuses("event.not_in_reference"):
            course.assess(number, "definite", "expected")


def test_both_judgements_are_kept(course: Course) -> None:
    number = course.event(course.randomised(), term="Stroke", grade=3, seriousness="disability")["event"]
    assert course.assess(number, "unlikely", "unexpected")["susar"] is False
    told = course.judge(number, "possible", "unexpected", note="Seen elsewhere.")
    assert told["susar"] is True
    row = page(course, number).row
    assert (row.relatedness, row.sponsor_relatedness) == ("unlikely", "possible")
    assert [clock.kind for clock in course.clocks(number)] == ["investigator_24h", "other_15"]
    course.judge(number, "unrelated", "unexpected")
    assert [one.judge for one in page(course, number).assessments] == ["investigator", "sponsor", "sponsor"]
    assert len(course.clocks(number)) == 2


def test_the_sponsor_judges_what_is_closed_too(course: Course) -> None:
    number = course.event(course.randomised())["event"]
    course.assess(number)
    course.do(commands.close_event, by=course.people.physician, event=number, outcome="recovered")
    course.judge(number)
    with forbids():
        course.do(
            commands.assess_as_sponsor,
            by=course.people.physician,
            event=number,
            relatedness="possible",
            expectedness="unexpected",
        )


def test_an_event_ends_when_it_ended(course: Course) -> None:
    recipient = course.randomised()
    number = course.event(recipient)["event"]
    course.assess(number)
    began = course.house.clock.now()
    course.house.clock.advance(timedelta(days=4))
    close = {"event": number, "outcome": "recovered"}
    with refuses("event.ends_in_future"):
        course.do(commands.close_event, by=course.people.physician, **close, ended_at=began + timedelta(days=9))
    course.do(commands.close_event, by=course.people.physician, **close, ended_at=began + timedelta(days=1))
    row = page(course, number).row
    assert (row.ended_at, row.closed_at) == (began + timedelta(days=1), began + timedelta(days=4))
    goes_on = course.event(recipient)["event"]
    course.assess(goes_on)
    course.do(commands.close_event, by=course.people.physician, event=goes_on, outcome="not_recovered")
    assert page(course, goes_on).row.ended_at is None


def test_the_desk_says_what_each_event_waits_for(course: Course) -> None:
    number = course.event(course.randomised(), term="Stroke", grade=3, seriousness="disability")

    def waits() -> tuple[str, ...]:
        return page(course, number["event"]).line.waits

    assert waits() == ("assess", "judge", "submit")
    course.assess(number["event"], "unlikely")
    course.judge(number["event"], "unlikely")
    assert waits() == ("submit",)
    course.submit(number["clocks"][0])
    assert waits() == ("close",)


def test_signals_count_what_was_infused(course: Course) -> None:
    recipient = course.planned()
    course.infusion_given(recipient)
    course.event(recipient)
    course.event(recipient, grade=3, seriousness="disability")
    with course.house.read() as tx:
        every, serious = pages.gathered(tx, pages.Scope.ALL), pages.gathered(tx, pages.Scope.SERIOUS)
    assert (every.infusions, every.tied, every.untied, serious.tied) == (1, 2, 0, 1)
    assert [(one.infusions, one.with_event, one.events) for one in every.lots] == [(1, 1, 2)]
