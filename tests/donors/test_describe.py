"""What a scan of a donor or a donation answers, and what a harvest bag's label says."""

from collections.abc import Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from cellchain.donors import describe
from cellchain.kernel.errors import NotFound, Refused
from cellchain.labels import design, render
from cellchain.web.format import grouped
from tests.donors.story import HEPARIN_LOT, DonorStory
from tests.labels.licensed.site import Site


def test_a_donor_answers_with_what_may_come_next(story: DonorStory) -> None:
    donor = story.register()
    with story.house.read() as tx:
        found = describe.describe(tx, donor, story.coordinator)
        for_qa = describe.describe(tx, donor, story.qa)
    assert found is not None
    assert for_qa is not None
    assert (found.kind, found.phase, found.href) == ("donor", "registered", f"/donors/{donor}")
    assert str(found.title) == "Donor, blood group O+"
    assert [action.path for action in found.actions] == [
        "donors/record_consent",
        "donors/record_questionnaire",
        "donors/record_screening",
        "donors/report_post_donation_information",
        "donors/withdraw_consent",
    ]
    assert found.actions[0].href == f"/do/donors/record_consent?donor={donor}"
    assert found.actions[1].href == f"/donors/{donor}/questions"
    assert [action.path for action in for_qa.actions] == [
        "donors/report_post_donation_information",
        "donors/defer_donor",
    ]


def test_a_harvest_is_offered_only_to_a_donor_who_may_give(story: DonorStory) -> None:
    donor = story.eligible()
    with story.house.read() as tx:
        found = describe.describe(tx, donor, story.physician)
    assert found is not None
    assert "donors/record_harvest" in [action.path for action in found.actions]


def test_nothing_for_who_may_not_read_donors_and_for_unknown_codes(story: DonorStory) -> None:
    donor = story.register()
    with story.house.read() as tx:
        assert describe.describe(tx, donor, story.house.actor("nurse")) is None
        assert describe.describe(tx, "DN012600007744", story.qa) is None


def test_a_donation(story: DonorStory) -> None:
    donation = story.harvest(story.eligible())["donation"]
    with story.house.read() as tx:
        found = describe.describe(tx, donation, story.qa)
    assert found is not None
    assert (found.kind, found.phase, found.href) == ("donation", "harvested", f"/donations/{donation}")


@pytest.mark.parametrize("language", ["en", "ru", "both"])
def test_the_label_of_a_harvest_bag_prints(story: DonorStory, language: design.Language) -> None:
    story.house.database.house = replace(
        story.house.database.house, zone=ZoneInfo("Europe/Moscow"), site_name="Example Clinic, Moscow"
    )
    answer = story.harvest(story.eligible())
    with story.house.read() as tx:
        data = describe.label(tx, answer["container"], "harvest_bag")
        assert describe.label(tx, answer["donation"], "harvest_bag") == data
    assert data.symbol is None
    assert data.fields["volume.en"] == "60\u00a0mL"
    assert data.fields["expires_local.en"] == "03 MAR 2026 12:30 MSK"
    assert data.fields["screening.en"].startswith("HIV-1/2: Negative; Hepatitis B: Negative")
    assert grouped(HEPARIN_LOT) in data.fields["anticoagulant.en"]
    fields = {**data.fields, "label_code": "LB012600031103"}
    assert render.pdf(design.load("harvest_bag"), fields, language=language, preview=False, demonstration=True)


def test_no_other_label_and_for_nothing_else(story: DonorStory) -> None:
    answer = story.harvest(story.eligible())
    with story.house.read() as tx:
        with pytest.raises(Refused) as refusal:
            describe.label(tx, answer["container"], "infusion_bag")
        with pytest.raises(NotFound):
            describe.label(tx, "CT012600031747", "harvest_bag")
    assert refusal.value.code == "donation.label_design"


def test_a_harvest_bag_shows_its_isbt_number_while_the_scheme_is_on(story: DonorStory) -> None:
    """The number for eyes, with its check character in a box; the symbols say the label's own serial as ever."""
    answer, site = story.harvest(story.eligible()), Site(story.house)
    story.house.database.house = replace(story.house.database.house, site_name="Example Clinic, Moscow")
    site.on()
    assert "isbt_number" not in fields_of(story, answer["container"])
    site.bind("=G12341765432170", answer["donation"])
    fields = fields_of(story, answer["container"])
    assert (fields["isbt_number"], fields["isbt_check"]) == ("G1234 17 654321", "A")
    printed = {**fields, "label_code": "LB012600031103"}
    assert render.pdf(design.load("harvest_bag"), printed, language="both", preview=False, demonstration=False)
    site.off()
    assert "isbt_number" not in fields_of(story, answer["container"])


def fields_of(story: DonorStory, container: str) -> Mapping[str, str]:
    with story.house.read() as tx:
        return describe.label(tx, container, "harvest_bag").fields
