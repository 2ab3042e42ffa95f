"""A stopping rule is met: nobody is randomised, assigned or begun with, until two people let the study go on."""

from typing import Any

import pytest

from cellchain.accounts import commands as accounts
from cellchain.bedside import queries as bedside
from cellchain.bedside import rules as bedside_rules
from cellchain.bedside.rules import BagRead, Capture, WristbandRead
from cellchain.composition.reactions import REACTIONS
from cellchain.followup.safety import pages
from cellchain.trial import commands as trial
from tests.factories import House
from tests.followup.story import Course
from tests.trial.story import STUDY, forbids, refuses

STOPPED = {"study": STUDY.code}


def severe(course: Course, recipient: str, **other: Any) -> int:
    """A serious event of grade 3 that the physician suspects the treatment of."""
    number = course.event(recipient, term="Stroke", grade=3, seriousness="disability", **other)["event"]
    course.assess(number)
    return int(number)


@pytest.fixture
def course(house: House) -> Course:
    """A house in which the trial answers what follow-up records, as the product's own table says."""
    answers = [one for one in REACTIONS if one.command in (trial.pause_by_rule, trial.make_study_resumed)]
    assert len(answers) == 2
    for one in answers:
        house.runner._reactions.setdefault(one.event, []).append(one)
    return Course(house)


@pytest.fixture
def paused(course: Course) -> Course:
    """Two severe events of somebody whose first infusion is ordered, each suspected."""
    recipient = course.ordered()
    severe(course, recipient)
    assert not course.is_paused
    severe(course, recipient)
    return course


def go_on(course: Course) -> None:
    """The sponsor signs, and somebody of the committee countersigns."""
    done = course.do(trial.resume_study, by=course.sponsor, grounds="Reviewed: neither was caused by it.", **STOPPED)
    assert course.is_paused
    course.do(accounts.countersign, by=course.committee, decision=done["decision"])


def test_the_second_pauses_the_study(paused: Course) -> None:
    assert paused.is_paused
    events = [entry.event for entry in paused.house.entries()]
    assert events[-3:].count("trial:study:paused") == 1
    with paused.house.read() as tx:
        (study,) = pages.desk(tx, paused.sponsor).paused
        assert study.pause is not None
        assert study.pause.rule == "two_severe"
        assert len(study.pause.events) == 2


def test_nobody_is_randomised_or_assigned(paused: Course) -> None:
    with refuses("study.paused"):
        paused.randomised()
    with paused.house.read() as tx:
        recipient = pages.desk(tx, paused.sponsor).waiting[0].recipient
    bag = paused.bag(paused.content_for(recipient))
    with refuses("study.paused"):
        paused.do(trial.assign_bag, by=paused.people.technician, bag=bag, recipient=recipient)


def test_two_people_let_it_go_on(paused: Course) -> None:
    go_on(paused)
    assert not paused.is_paused
    assert paused.randomised()
    with refuses("study.not_paused"):
        paused.do(trial.resume_study, by=paused.sponsor, grounds="Once more.", **STOPPED)


def test_one_person_alone_does_not(paused: Course) -> None:
    done = paused.do(trial.resume_study, by=paused.sponsor, grounds="Reviewed.", **STOPPED)
    with pytest.raises(Exception, match=r"decision\.own"):
        paused.do(accounts.countersign, by=paused.sponsor, decision=done["decision"])
    with refuses("study.resume_signed"):
        paused.do(trial.resume_study, by=paused.committee, grounds="Me too.", **STOPPED)
    assert paused.is_paused


def test_a_physician_pauses_and_does_not_let_go_on(course: Course) -> None:
    course.do(trial.pause_study, by=course.people.physician, why="Two deaths on the ward.", **STOPPED)
    assert course.is_paused
    with refuses("study.paused_already"):
        course.do(trial.pause_study, by=course.sponsor, why="The same.", **STOPPED)
    with forbids():
        course.do(trial.resume_study, by=course.people.physician, grounds="It was a mistake.", **STOPPED)
    go_on(course)
    assert not course.is_paused


def test_the_next_event_pauses_again(paused: Course) -> None:
    go_on(paused)
    recipient = paused.randomised()
    number = paused.event(recipient, term="Stroke", grade=3, seriousness="disability")["event"]
    assert not paused.is_paused
    paused.judge(number)
    assert paused.is_paused


def test_a_milder_judgement_and_a_repeated_one_pause_nothing(paused: Course) -> None:
    go_on(paused)
    with paused.house.read() as tx:
        numbers = [one.event.id for one in pages.desk(tx, paused.sponsor).waiting]
    paused.assess(numbers[0])
    paused.assess(numbers[0], "unlikely")
    assert not paused.is_paused


def test_a_death_after_an_infusion_pauses_at_once(course: Course) -> None:
    recipient = course.planned()
    course.infusion_given(recipient)
    died: dict[str, Any] = {"term": "Death", "grade": 5, "seriousness": "death", "death_cause": "Not known yet."}
    number = course.event(recipient, **died)["event"]
    assert course.is_paused
    with course.house.read() as tx:
        assert [one.id for one in pages.desk(tx, course.sponsor).studies[0].tallies[1].events] == [number]


def test_the_bedside_stops(course: Course) -> None:
    recipient, bag = course.assigned()
    course.do(trial.pause_study, by=course.people.physician, why="Two deaths on the ward.", **STOPPED)
    with course.house.read() as tx:
        facts = bedside.check_facts(tx, WristbandRead(recipient), BagRead(bag), Capture.WEDGE, bedside_rules.SOUND)
        found = [one.code for one in bedside_rules.reasons(facts, course.house.clock.now())]
    assert "check.study_paused" in found
