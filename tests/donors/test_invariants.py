"""Each truth holds over a story that the commands allowed, and sees what they would not."""

from datetime import timedelta

import pytest
from sqlmodel import SQLModel

from cellchain.donors.invariants import INVARIANTS
from tests.donors.story import DonorStory


def broken(story: DonorStory) -> list[str]:
    with story.house.read() as tx:
        return [invariant.name for invariant in INVARIANTS if invariant.check(tx)]


@pytest.fixture
def told(story: DonorStory) -> DonorStory:
    """Two harvests of one donor, thirty days apart, with a new determination between."""
    donor = story.eligible()
    story.harvest(donor)
    story.house.clock.advance(timedelta(days=30))
    story.consent(donor, "3.0")
    story.clear(donor)
    story.harvest(donor)
    return story


def by_hand(story: DonorStory, table: str, column: str, value: object) -> None:
    """What nobody may do: write past the commands."""
    rows = SQLModel.metadata.tables[table]
    with story.house.database.engine.begin() as connection:
        connection.execute(rows.update().values({column: value}))


def test_the_story_holds(told: DonorStory) -> None:
    assert broken(told) == []


def test_each_is_seen_broken(told: DonorStory) -> None:
    now = told.house.clock.now()
    by_hand(told, "donors_consent", "given_at", now)
    assert broken(told) == ["donors.consent_stood"]
    by_hand(told, "donors_eligibility", "valid_until", now - timedelta(days=90))
    assert broken(told) == ["donors.consent_stood", "donors.eligibility_stood"]
    by_hand(told, "donors_eligibility", "determined_by", told.coordinator.person)
    by_hand(told, "donors_donation", "process_by", now + timedelta(days=9))
    by_hand(told, "donors_donation", "ended_at", now)
    by_hand(told, "donors_answers", "answered_at", now)
    by_hand(told, "donors_drawn_from", "volume_ul", 1)
    assert broken(told) == [invariant.name for invariant in INVARIANTS]
