"""Reading donors, and what other packages do to a donation."""

from datetime import timedelta

import pytest

from cellchain.donors import commands, queries
from cellchain.donors.models import Donation
from cellchain.kernel.errors import NotFound, Refused
from cellchain.ledger.tx import CommandTx
from tests.donors.story import DonorStory


def test_the_list_says_where_each_donor_stands(story: DonorStory) -> None:
    first, second = story.register(), story.eligible()
    with story.house.read() as tx:
        lines = queries.newest_donors(tx)
    assert [line.profile.code for line in lines] == [second, first]
    assert [line.standing.may_give for line in lines] == [True, False]


def test_the_file_of_a_donor(story: DonorStory) -> None:
    donor = story.eligible()
    donation = story.harvest(donor)["donation"]
    story.house.clock.advance(timedelta(days=29))
    with story.house.read() as tx:
        file = queries.donor_file(tx, donor)
    assert [found.code for found in file.donations] == [donation]
    assert file.open_problem is not None
    assert file.open_problem[0] == "donor.not_asked"
    assert [code for code, _ in file.standing.reasons] == ["donor.harvested_recently"]


def test_unknown_codes(story: DonorStory) -> None:
    with story.house.read() as tx:
        for read in (queries.donor_facts, queries.donation_facts, queries.donor_of, queries.donor_file):
            with pytest.raises(NotFound):
                read(tx, "DN012600007744")


def test_a_donation_is_received_or_rejected_once(story: DonorStory) -> None:
    donation = story.harvest(story.eligible())["donation"]
    now = story.house.clock.now()

    def receive(tx: CommandTx) -> None:
        assert commands.mark_received(tx, donation).phase == "received"
        with pytest.raises(Refused) as twice:
            commands.mark_received(tx, donation)
        with pytest.raises(Refused) as after:
            commands.mark_rejected(tx, donation, "late")
        assert twice.value.code == after.value.code == "donation.phase"

    story.house.runner.record_system("platform:test:ran", story.house.request_id(), receive)
    with story.house.read() as tx:
        assert tx.get(Donation, donation).decided_at == now


def test_a_rejected_donation_keeps_its_reason(story: DonorStory) -> None:
    donation = story.harvest(story.eligible())["donation"]

    def reject(tx: CommandTx) -> None:
        assert commands.mark_rejected(tx, donation, "The bag leaks.").rejection_reason == "The bag leaks."

    story.house.runner.record_system("platform:test:ran", story.house.request_id(), reject)
