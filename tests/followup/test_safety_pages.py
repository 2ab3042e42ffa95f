"""What the pages of safety say, and to whom."""

import pytest

from cellchain.accounts.permissions import ROLE_PERMISSIONS
from cellchain.accounts.rules import Role
from cellchain.followup.safety import pages as safety_pages
from cellchain.followup.safety import queries
from cellchain.followup.safety.pages import waits_for
from cellchain.followup.safety.queries import SEE_RELATEDNESS
from cellchain.ledger.actor import Actor
from cellchain.trial import commands as trial
from tests.followup import pages
from tests.followup.story import Course
from tests.trial.story import STUDY

SEEING = {"physician", "coordinator", "qa", "sponsor", "monitor", "committee", "inspector"}


def test_who_sees_safety() -> None:
    """Neither who assesses outcomes, nor who analyses them, nor a nurse."""
    assert {role for role in Role if SEE_RELATEDNESS in ROLE_PERMISSIONS[role]} == SEEING


def test_an_event_says_what_it_waits_for_and_what_it_came_from(course: Course) -> None:
    recipient, _ = pages.told(course)
    bleeding, pneumonia, chills = course.events_of(recipient)
    physician = course.people.physician
    page = pages.event_page(course, pneumonia.id, physician)
    for said in ("a report is owed", "SUSAR", "15-day report", "After which infusion", "LT", "Initial report"):
        assert said in page, said
    assert "Judge for the sponsor" not in page
    blind = pages.event_page(course, pneumonia.id, course.sponsor)
    assert "Bag, lot and donor are shown to who may see arms." in blind
    assert "Judge for the sponsor" in blind
    assert "the investigator has to assess it" not in pages.event_page(course, chills.id, physician)
    russian = pages.event_page(course, bleeding.id, physician, "ru")
    assert "нужно сообщение" in russian


def test_the_desk_shows_clocks_rules_and_a_pause(course: Course) -> None:
    pages.told(course)
    before = pages.desk_page(course, course.sponsor)
    for said in ("Haemoptysis", "1 of 2", "Begun", "Pause the study", "Sponsor to judge"):
        assert said in before, said
    course.do(trial.pause_study, by=course.sponsor, study=STUDY.code, why="Both on one day.")
    paused = pages.desk_page(course, course.committee)
    for said in ("is paused.", "Both on one day.", "Sign that the study goes on", "With arms as PDF"):
        assert said in paused, said
    assert "With arms" not in pages.desk_page(course, course.sponsor)
    assert "Sign that the study goes on" not in pages.desk_page(course, course.people.physician)


def desk(course: Course, actor: Actor) -> safety_pages.Desk:
    """Everything about safety, as its page is given it."""
    with course.house.read() as tx:
        return safety_pages.desk(tx, actor)


def test_what_waits_is_shown_however_much_has_happened_since(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """The question that finds what waits says the same as the words beside each event."""
    recipient, _ = pages.told(course)
    physician = course.people.physician
    whole = desk(course, physician)
    assert whole.waiting
    assert not whole.older
    for event in course.events_of(recipient):
        with course.house.read() as tx:
            waits = waits_for(event, queries.event_view(tx, event, physician))
        assert (event.id in {line.event.id for line in whole.waiting}) == bool(waits)
        assert (event.id in {line.event.id for line in whole.settled}) != bool(waits)
    monkeypatch.setattr(safety_pages, "SHOWN_MAX", 0)
    short = desk(course, physician)
    assert short.waiting == whole.waiting
    assert short.older == bool(whole.settled)


def test_signals_name_no_recipient(course: Course) -> None:
    recipient, _ = pages.told(course)
    page = pages.signals_page(course, course.sponsor)
    assert "By lot" in page
    assert "Nothing to compare with" in page
    assert recipient not in page.replace(" ", "")
