"""What Today says about a study, its consents, its events and its data: to who acts, and gone when it is done."""

from datetime import timedelta

import pytest

from cellchain.accounts import commands as accounts
from cellchain.followup import commands
from cellchain.ledger.actor import Actor
from cellchain.trace.needs import gathered
from cellchain.trace.situation import Need
from cellchain.trial import commands as trial
from cellchain.web.format import grouped
from tests.factories import House
from tests.followup.story import Course
from tests.followup.test_pause import course as course_that_pauses
from tests.followup.test_pause import severe
from tests.trial.story import STUDY, Story, person
from tests.trial.test_amendments import amended

course = course_that_pauses


def needs(story: Story, who: Actor) -> dict[str, Need]:
    """What somebody is waited for with, by its sentence."""
    with story.house.read() as tx:
        return {str(need.sentence): need for need in gathered(tx, who)[1]}


def test_a_newer_consent_form_waits_for_the_office_and_the_physician(house: House) -> None:
    story = Story(house)
    recipient = story.consented()
    text = amended(reconsent=True, form="3.0")
    version = story.do(trial.import_amendment, by=story.people.coordinator, study=STUDY.code, definition=text)
    sentence = f"Decide on version 2 of {STUDY.code}."
    assert needs(story, story.people.statistician)[sentence].href == f"/trial/studies/{STUDY.code}/versions/2"
    fields = {"study": STUDY.code, "version": version["version"]}
    story.do(trial.make_amendment_effective, by=story.people.statistician, **fields)
    assert sentence not in needs(story, story.people.statistician)
    sentence = f"Have the new consent form signed by {grouped(recipient)}."
    other = person(house, "other.physician", "physician")
    assert needs(story, story.people.coordinator)[sentence].href == f"/trial/recipients/{recipient}"
    assert sentence in needs(story, story.people.physician)
    assert sentence not in needs(story, other)
    assert sentence not in needs(story, story.people.nurse)
    story.do(trial.record_consent, by=story.people.coordinator, recipient=recipient, version="3.0")
    assert sentence not in needs(story, story.people.coordinator)


def test_a_paused_study_waits_for_the_two_who_let_it_go_on(course: Course) -> None:
    recipient = course.ordered()
    severe(course, recipient)
    sentence = f"Decide whether {STUDY.code} goes on."
    assert sentence not in needs(course, course.sponsor)
    severe(course, recipient)
    for one in (course.sponsor, course.committee):
        assert (needs(course, one)[sentence].status, needs(course, one)[sentence].href) == ("stop", "/safety")
    assert sentence not in needs(course, course.people.coordinator)
    done = course.do(trial.resume_study, by=course.sponsor, study=STUDY.code, grounds="Reviewed: not caused by it.")
    assert sentence not in needs(course, course.committee)
    assert any("second signature" in one for one in needs(course, course.committee))
    course.do(accounts.countersign, by=course.committee, decision=done["decision"])
    assert not [one for one in needs(course, course.committee) if "goes on" in one or "second" in one]


def test_an_event_waits_for_its_physician_and_then_for_the_sponsor(course: Course) -> None:
    recipient = course.ordered()
    event = course.event(recipient, term="Stroke", grade=3, seriousness="disability")["event"]
    mine, theirs = f"Assess the cause of an event of {grouped(recipient)}.", f"Judge event {event} for the sponsor."
    other = person(course.house, "other.physician", "physician")
    assert needs(course, course.people.physician)[mine].href == f"/safety/events/{event}"
    assert mine not in needs(course, other)
    assert grouped(recipient) not in str(needs(course, course.sponsor))
    assert theirs in needs(course, course.sponsor)
    course.assess(event)
    assert mine not in needs(course, course.people.physician)
    course.judge(event)
    assert theirs not in needs(course, course.sponsor)


def test_an_event_that_is_not_serious_asks_nothing_of_the_sponsor(course: Course) -> None:
    course.event(course.ordered())
    assert not [one for one in needs(course, course.sponsor) if one.startswith("Judge")]


@pytest.fixture
def monitor(course: Course) -> Actor:
    return person(course.house, "monitor", "monitor")


def test_the_monitor_compares_asks_and_closes(course: Course, monitor: Actor) -> None:
    recipient = course.followed()
    value = course.measure(course.visited(recipient))["measurement"]
    assert needs(course, monitor)["Compare values with their sources: 1."].href == "/followup"
    course.do(commands.verify_source, by=monitor, measurement=value)
    assert not needs(course, monitor)
    query = course.do(commands.raise_query, by=monitor, recipient=recipient, question="Is 2.41 L right?")["query"]
    asked = f"Answer a question about {grouped(recipient)}."
    assert asked in needs(course, course.people.assessor)
    assert asked in needs(course, course.people.coordinator)
    course.house.clock.advance(timedelta(hours=1))
    course.do(commands.answer_query, by=course.people.coordinator, query=query, answer="It is: see the report.")
    assert asked not in needs(course, course.people.coordinator)
    assert "Read the answers to your questions about data: 1." in needs(course, monitor)
    course.do(commands.close_query, by=monitor, query=query)
    assert not needs(course, monitor)
