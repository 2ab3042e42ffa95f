from datetime import timedelta

import pytest

from cellchain.donors import commands, queries
from cellchain.donors.rules.lifecycles import ConsentScope
from cellchain.kernel.errors import Forbidden, NotFound, Refused
from tests.donors.story import DonorStory


def test_a_consent_stands_from_when_it_was_given(story: DonorStory) -> None:
    donor = story.register()
    given_at = story.house.clock.now() - timedelta(minutes=5)
    story.consent(donor, happened_at=given_at)
    with story.house.read() as tx:
        standing = queries.standing_consent(tx, donor, ConsentScope.DONATION)
        other = queries.standing_consent(tx, donor, ConsentScope.FURTHER_RESEARCH)
    assert standing is not None
    assert (standing.given_at, standing.version, standing.phase) == (given_at, "2.0", "given")
    assert other is None
    assert story.house.entries()[-1].event == "donors:consent:recorded"


def test_a_newer_version_replaces_the_older(story: DonorStory) -> None:
    donor = story.register()
    story.consent(donor, "1.0")
    story.consent(donor, "2.0")
    with story.house.read() as tx:
        consents = queries.donor_file(tx, donor).consents
    assert [(row.version, row.phase) for row in consents] == [("2.0", "given"), ("1.0", "replaced")]


def test_the_same_version_twice(story: DonorStory) -> None:
    donor = story.register()
    story.consent(donor)
    with pytest.raises(Refused) as refusal:
        story.consent(donor)
    assert refusal.value.code == "consent.already_given"
    story.consent(donor, scope="further_research")


def test_of_somebody_unknown(story: DonorStory) -> None:
    with pytest.raises(NotFound):
        story.consent("DN012600007744")


def test_not_for_qa(story: DonorStory) -> None:
    donor = story.register()
    with pytest.raises(Forbidden):
        story.house.do(commands.record_consent, by=story.qa, donor=donor, version="2.0")
