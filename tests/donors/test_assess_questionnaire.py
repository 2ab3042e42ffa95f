"""A physician judges the answers that may mean a risk, and never those that they took themselves."""

import pytest

from cellchain.donors import interview
from cellchain.kernel.errors import Forbidden, Refused
from cellchain.ledger.models import Signature
from tests.donors.story import DonorStory


def test_acceptable_answers_let_the_donor_go_on(story: DonorStory) -> None:
    donor = story.register()
    story.ask(donor, travel="Two weeks in Example.")
    answer = story.judge(donor)
    with story.house.read() as tx:
        found = interview.interview_of(tx, donor, None)
        signature = tx.get(Signature, 1)
        assert interview.unassessed(tx) == []
    assert found is not None
    assert (answer["phase"], found.phase, found.is_unassessed) == ("accepted", "accepted", False)
    assert found.assessment == "Long ago, and over."
    assert signature.meaning.startswith("I have judged every answer")
    assert story.house.entries()[-1].event == "donors:questionnaire:assessed"
    assert "Long ago" not in story.house.entries()[-1].body


def test_unacceptable_answers_stop_the_donor(story: DonorStory) -> None:
    donor = story.register()
    story.consent(donor)
    story.ask(donor, travel="Two weeks in Example.")
    assert story.judge(donor, "unacceptable")["phase"] == "declined"
    story.screen_all(donor)
    with pytest.raises(Refused) as refusal:
        story.determine(donor)
    assert refusal.value.code == "donor.answers_declined"
    story.determine(donor, "ineligible", note="As judged.")


def test_a_risk_that_came_up_after_the_signature_stops_the_harvest(story: DonorStory) -> None:
    donor = story.eligible()
    story.ask(donor, recent_infection="A cold since yesterday.")
    with pytest.raises(Refused) as refusal:
        story.harvest(donor)
    assert refusal.value.code == "donor.answers_unassessed"
    story.judge(donor)
    story.harvest(donor)


def test_not_by_who_asked(story: DonorStory) -> None:
    donor, both = story.register(), story.house.actor("physician", "coordinator")
    story.ask(donor, by=both, travel="Two weeks in Example.")
    with pytest.raises(Refused) as refusal:
        story.judge(donor, by=both)
    assert refusal.value.code == "questionnaire.own"
    story.judge(donor)


def test_nothing_to_judge(story: DonorStory) -> None:
    donor = story.register()
    with pytest.raises(Refused) as refusal:
        story.judge(donor)
    assert refusal.value.code == "donor.not_asked"
    story.ask(donor)
    with pytest.raises(Refused) as refusal:
        story.judge(donor)
    assert refusal.value.code == "questionnaire.nothing_to_assess"


def test_judged_once(story: DonorStory) -> None:
    donor = story.register()
    story.ask(donor, travel="Two weeks in Example.")
    story.judge(donor)
    with pytest.raises(Refused) as refusal:
        story.judge(donor, "unacceptable")
    assert refusal.value.code == "questionnaire.phase"


def test_only_for_physicians(story: DonorStory) -> None:
    donor = story.register()
    story.ask(donor, travel="Two weeks in Example.")
    for by in (story.coordinator, story.qa):
        with pytest.raises(Forbidden):
            story.judge(donor, by=by)
