import json

import pytest

from cellchain.donors import commands, queries
from cellchain.kernel.errors import Forbidden, Refused
from tests.donors.story import DonorStory


def test_it_ends_the_consent_and_says_which_donations_are_concerned(story: DonorStory) -> None:
    donor = story.eligible()
    donation = story.harvest(donor)["donation"]
    story.do(commands.withdraw_consent, by=story.coordinator, donor=donor)
    with story.house.read() as tx:
        consent = queries.donor_file(tx, donor).consents[0]
        reasons = {code for code, _ in queries.donor_standing(tx, donor).reasons}
    assert (consent.phase, consent.ended_at) == ("withdrawn", story.house.clock.now())
    assert "donor.no_consent" in reasons
    entry = story.house.entries()[-1]
    assert entry.event == "donors:consent:withdrawn"
    assert json.loads(entry.body)["facts"] == {"donor": donor, "scope": "donation", "donations": [donation]}


def test_what_the_donor_said_is_not_in_the_ledger(story: DonorStory) -> None:
    donor = story.eligible()
    story.do(commands.withdraw_consent, by=story.coordinator, donor=donor, reason="moving abroad")
    assert "abroad" not in story.house.entries()[-1].body


def test_nothing_to_withdraw(story: DonorStory) -> None:
    donor = story.register()
    with pytest.raises(Refused) as refusal:
        story.do(commands.withdraw_consent, by=story.coordinator, donor=donor)
    assert refusal.value.code == "consent.none"


def test_a_consent_may_be_given_again(story: DonorStory) -> None:
    donor = story.eligible()
    story.do(commands.withdraw_consent, by=story.coordinator, donor=donor)
    story.consent(donor)
    with story.house.read() as tx:
        assert queries.donor_standing(tx, donor).may_give


def test_not_for_qa(story: DonorStory) -> None:
    donor = story.eligible()
    with pytest.raises(Forbidden):
        story.do(commands.withdraw_consent, by=story.qa, donor=donor)
