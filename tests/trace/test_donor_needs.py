"""What donors wait for stands on the list of whoever may do it."""

from datetime import timedelta

import pytest

from cellchain.donors import commands
from cellchain.ledger.actor import Actor
from cellchain.trace import donor_needs
from cellchain.trace.situation import Need, Situation
from cellchain.web.format import grouped
from tests.donors.story import CLEAR, CLEAR_NUCLEIC, DonorStory
from tests.factories import House


@pytest.fixture
def story(house: House) -> DonorStory:
    return DonorStory(house)


def needs(story: DonorStory, who: Actor) -> dict[str, Need]:
    """Every line of donors, by its sentence, whoever it is offered to."""
    with story.house.read() as tx:
        at = Situation(tx, who, [], [])
        sources = (
            donor_needs.answers,
            donor_needs.determinations,
            donor_needs.repeats,
            donor_needs.ended_deferrals,
            donor_needs.visits,
        )
        return {str(need.sentence): need for source in sources for need in source(at)}


def test_answers_wait_for_another_physician_and_then_for_a_signature(story: DonorStory) -> None:
    donor = story.register()
    story.consent(donor)
    story.screen_all(donor)
    story.ask(donor, travel="Two weeks in Example.")
    judge, sign = (
        f"Judge the answers of donor {grouped(donor)}.",
        f"Determine the eligibility of donor {grouped(donor)}.",
    )
    assert list(needs(story, story.physician)) == [judge]
    assert list(needs(story, story.coordinator)) == []
    story.judge(donor)
    assert list(needs(story, story.physician)) == [sign]
    story.determine(donor)
    assert list(needs(story, story.physician)) == []


def test_a_reactive_sample_waits_for_the_laboratory(story: DonorStory) -> None:
    donor = story.register()
    sampled_at = story.house.clock.now() - timedelta(days=2)
    story.screen(donor, sampled_at=sampled_at, **{**CLEAR, "hcv": "positive"})
    story.screen(donor, sampled_at=sampled_at, assay="nucleic_acid", **CLEAR_NUCLEIC)
    sentence = f"Have a sample of donor {grouped(donor)} tested again."
    [need] = [need for said, need in needs(story, story.coordinator).items() if said == sentence]
    assert "Hepatitis C" in str(need.detail)
    assert need.at == sampled_at
    story.screen(donor, sampled_at=sampled_at, stage="repeat", hcv="negative")
    assert sentence not in needs(story, story.coordinator)


def test_a_deferral_that_is_over_is_told(story: DonorStory) -> None:
    donor = story.register()
    until = (story.house.clock.now() + timedelta(days=3)).date()
    story.do(commands.defer_donor, by=story.physician, donor=donor, until=until, reason="a cold")
    sentence = f"The deferral of donor {grouped(donor)} is over."
    assert sentence not in needs(story, story.coordinator)
    story.house.clock.advance(timedelta(days=3))
    assert sentence in needs(story, story.coordinator)
    story.do(commands.defer_donor, by=story.physician, donor=donor, reason="it turned out to stay")
    assert sentence not in needs(story, story.coordinator)


def test_visits_are_told_from_their_first_day_until_they_are_recorded(story: DonorStory) -> None:
    donor = story.eligible()
    donation = story.harvest(donor)["donation"]
    sentence = f"Look after donor {grouped(donor)}: Day after the harvest."
    assert sentence not in needs(story, story.coordinator)
    story.house.clock.advance(timedelta(days=1))
    assert needs(story, story.coordinator)[sentence].status != "stop"
    story.house.clock.advance(timedelta(days=2))
    assert needs(story, story.coordinator)[sentence].status == "stop"
    story.visit(donation)
    assert sentence not in needs(story, story.coordinator)
