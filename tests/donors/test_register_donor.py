import pytest

from cellchain.donors import commands, queries
from cellchain.kernel.errors import Forbidden, Refused
from tests.donors.story import DonorStory


def test_a_donor_is_known_by_code(story: DonorStory) -> None:
    donor = story.register()
    with story.house.read() as tx:
        facts = queries.profile(tx, donor)
        standing = queries.donor_standing(tx, donor)
    assert donor.startswith("DN")
    assert facts.phase == "registered"
    assert [code for code, _ in standing.reasons] == ["donor.not_determined", "donor.no_consent"]


def test_the_ledger_holds_no_name(story: DonorStory) -> None:
    donor = story.register(name="Quite Invented", identity_document="passport 1234 567890")
    entry = story.house.entries()[-1]
    assert entry.event == "donors:donor:registered"
    assert entry.subject == donor
    assert "Quite" not in entry.body
    assert "567890" not in entry.body


def test_the_year_of_birth_of_an_adult(story: DonorStory) -> None:
    assert story.register(birth_year=2008)
    with pytest.raises(Refused) as refusal:
        story.register(birth_year=2009)
    assert refusal.value.code == "donor.under_age"


def test_not_for_a_technician(story: DonorStory) -> None:
    with pytest.raises(Forbidden):
        story.house.do(
            commands.register_donor,
            by=story.house.actor("technician"),
            name="Invented Person",
            identity_document="passport",
            sex="male",
            birth_year=1990,
            blood_group="AB-",
        )
