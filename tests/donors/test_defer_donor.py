from datetime import timedelta

import pytest

from cellchain.donors import commands, queries
from cellchain.kernel.errors import Forbidden, Refused
from tests.donors.story import DonorStory


def test_a_deferral_takes_eligibility_away(story: DonorStory) -> None:
    donor = story.eligible()
    until = (story.house.clock.now() + timedelta(days=3)).date()
    answer = story.do(commands.defer_donor, by=story.physician, donor=donor, until=until, reason="a cold")
    with story.house.read() as tx:
        file = queries.donor_file(tx, donor)
    assert answer["phase"] == "deferred"
    assert (file.profile.deferred_until, file.deferral_reason) == (until, "a cold")
    assert [code for code, _ in file.standing.reasons] == ["donor.deferred"]
    assert story.house.entries()[-1].event == "donors:donor:deferred"
    story.house.clock.advance(timedelta(days=3))
    with story.house.read() as tx:
        assert [code for code, _ in queries.donor_standing(tx, donor).reasons] == ["donor.not_determined"]


def test_until_a_day_to_come(story: DonorStory) -> None:
    donor = story.register()
    with pytest.raises(Refused) as refusal:
        story.do(
            commands.defer_donor,
            by=story.physician,
            donor=donor,
            until=story.house.clock.now().date(),
            reason="travel",
        )
    assert refusal.value.code == "donor.deferral_ended"


def test_an_ineligible_donor_is_off_already(story: DonorStory) -> None:
    donor = story.register()
    story.determine(donor, "ineligible", note="Not healthy.")
    until = (story.house.clock.now() + timedelta(days=3)).date()
    with pytest.raises(Refused) as refusal:
        story.do(commands.defer_donor, by=story.physician, donor=donor, until=until, reason="travel")
    assert refusal.value.code == "donor.phase"


def test_not_for_a_coordinator(story: DonorStory) -> None:
    donor = story.register()
    until = (story.house.clock.now() + timedelta(days=3)).date()
    with pytest.raises(Forbidden):
        story.do(commands.defer_donor, by=story.coordinator, donor=donor, until=until, reason="travel")


def test_for_good_and_then_until_a_day_after_all(story: DonorStory) -> None:
    donor = story.eligible()
    story.do(commands.defer_donor, by=story.physician, donor=donor, reason="an illness that stays")
    with story.house.read() as tx:
        file = queries.donor_file(tx, donor)
    assert file.profile.deferred_until is None
    assert [code for code, _ in file.standing.reasons] == ["donor.deferred_for_good"]
    until = (story.house.clock.now() + timedelta(days=90)).date()
    story.do(commands.defer_donor, by=story.qa, donor=donor, until=until, reason="the diagnosis was withdrawn")
    with story.house.read() as tx:
        assert [code for code, _ in queries.donor_standing(tx, donor).reasons] == ["donor.deferred"]
