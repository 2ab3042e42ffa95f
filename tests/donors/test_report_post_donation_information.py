import json
from datetime import timedelta
from typing import Any

import pytest

from cellchain.donors import commands, queries
from cellchain.kernel.errors import Forbidden
from tests.donors.story import DonorStory

REPORT: dict[str, Any] = {"information": "Hepatitis in the household.", "learnt_from": "the donor, by telephone"}


def test_it_names_every_donation_and_not_what_was_said(story: DonorStory) -> None:
    donor = story.eligible()
    donation = story.harvest(donor)["donation"]
    answer = story.house.do(commands.report_post_donation_information, by=story.coordinator, donor=donor, **REPORT)
    entry = story.house.entries()[-1]
    assert answer["donations"] == [donation]
    assert (entry.event, entry.subject) == ("donors:information:reported", donor)
    assert json.loads(entry.body)["facts"] == {"donor": donor, "information": 1, "donations": [donation]}
    assert "Hepatitis" not in entry.body


def test_eligibility_is_determined_anew(story: DonorStory) -> None:
    donor = story.eligible()
    story.house.clock.advance(timedelta(minutes=1))
    story.house.do(commands.report_post_donation_information, by=story.qa, donor=donor, **REPORT)
    with story.house.read() as tx:
        before = queries.donor_standing(tx, donor)
    assert [code for code, _ in before.reasons] == ["donor.information_since"]
    story.house.clock.advance(timedelta(minutes=1))
    story.determine(donor, note="Tested again, no risk.")
    with story.house.read() as tx:
        assert queries.donor_standing(tx, donor).may_give


def test_not_for_a_technician(story: DonorStory) -> None:
    donor = story.eligible()
    with pytest.raises(Forbidden):
        story.house.do(
            commands.report_post_donation_information, by=story.house.actor("technician"), donor=donor, **REPORT
        )
