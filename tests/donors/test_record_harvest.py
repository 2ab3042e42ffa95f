import json
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from cellchain.accounts import commands as accounts
from cellchain.donors import aftercare, commands, queries
from cellchain.kernel.errors import Forbidden, Refused
from tests.donors.story import BOTH_SIDES, HEPARIN_LOT, OPERATOR, DonorStory
from tests.donors.test_record_screening import listen

LEFT = BOTH_SIDES[0]


def test_it_issues_the_donation_number_and_the_harvest_bag(story: DonorStory) -> None:
    donor = story.eligible()
    answer = story.harvest(donor)
    with story.house.read() as tx:
        facts = queries.donation_facts(tx, answer["donation"])
        assert queries.donor_of(tx, facts.code) == donor
        assert queries.donation_in(tx, answer["container"]) == facts
    assert facts.code.startswith("DO")
    assert facts.container.startswith("CT")
    assert (facts.phase, facts.volume_ul, facts.operator) == ("harvested", 60_000, OPERATOR)
    assert facts.process_by == facts.ended_at + timedelta(hours=24)


def test_its_entry_says_what_containers_and_materials_need(story: DonorStory) -> None:
    donor = story.eligible()
    heard = listen(story, "donors:donation:harvested")
    answer = story.harvest(donor)
    entry = story.house.entries()[-1]
    assert (entry.event, entry.subject) == ("donors:donation:harvested", answer["donation"])
    facts = json.loads(entry.body)["facts"]
    assert heard == [{"subject": answer["donation"], **facts}]
    assert facts == {
        "donation": answer["donation"],
        "donor": donor,
        "container": answer["container"],
        "volume_ul": 60_000,
        "anticoagulant_lot": HEPARIN_LOT,
        "anticoagulant_units": 1_500,
        "ended_at": "2026-03-02T09:30:00.000000Z",
    }


def test_the_graph_leads_from_donor_to_bag_and_back(story: DonorStory) -> None:
    donor = story.eligible()
    answer = story.harvest(donor)
    donation, container = answer["donation"], answer["container"]
    with story.house.read() as tx:
        assert [edge.target for edge in queries.edges_from(tx, [donor])] == [donation]
        assert [edge.target for edge in queries.edges_from(tx, [donation])] == [container]
        assert [edge.target for edge in queries.edges_from(tx, [OPERATOR])] == [donation]
        assert [edge.source for edge in queries.edges_to(tx, [donation])] == [donor, OPERATOR]
        assert [edge.source for edge in queries.edges_to(tx, [container])] == [donation]
        assert queries.edges_to(tx, [donor]) == queries.edges_from(tx, [container]) == []


def test_unusual_volume_and_dose_are_told_upwards(story: DonorStory) -> None:
    donor = story.eligible()
    heard = listen(story, "donors:limit:breached")
    much = [{"site": "posterior_iliac_crest_left", "pulls_count": 30, "volume_ul": 150_000}]
    donation = story.harvest(donor, sites=much, anticoagulant_units=100)["donation"]
    assert heard == [
        {
            "subject": donation, "donation": donation, "donor": donor, "parameter": "volume",
            "value": 150_000, "low": 30_000, "high": 100_000, "unit": "uL",
        },
        {
            "subject": donation, "donation": donation, "donor": donor, "parameter": "heparin",
            "value": 0, "low": 10, "high": 100, "unit": "IU/mL",
        },
    ]  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [
        {"sites": []},
        {"sites": [{**LEFT, "pulls_count": 0}]},
        {"sites": [{**LEFT, "pulls_count": 101}]},
        {"sites": [{**LEFT, "volume_ul": 0}]},
        {"sites": [{**LEFT, "site": "femur"}]},
        {"sites": [{**LEFT, "litres": 1}]},
        {"complications": [{"kind": "pain", "grade": 6, "action": "observed"}]},
        {"volume_ul": 60_000},
        {"anticoagulant_units": 0},
        {"anticoagulant_lot": "BG012600000189"},
        {"operator": "somebody"},
    ],
)
def test_hard_bounds(story: DonorStory, fields: dict[str, Any]) -> None:
    donor = story.eligible()
    with pytest.raises(ValidationError):
        story.harvest(donor, **fields)


def test_the_times_of_a_harvest(story: DonorStory) -> None:
    donor = story.eligible()
    with pytest.raises(Refused) as refusal:
        story.harvest(donor, ended_at=story.house.clock.now())
    assert refusal.value.code == "harvest.times"
    with pytest.raises(Refused) as refusal:
        story.harvest(donor, ended_at=story.house.clock.now() + timedelta(days=1))
    assert refusal.value.code == "harvest.times"


def test_what_each_site_gave_adds_up(story: DonorStory) -> None:
    donor = story.eligible()
    right = {"site": "posterior_iliac_crest_right", "pulls_count": 15, "volume_ul": 25_500}
    answer = story.harvest(donor, sites=[LEFT, right])
    with story.house.read() as tx:
        facts = queries.donation_facts(tx, answer["donation"])
    assert [(str(one.site), one.pulls_count, one.volume_ul) for one in facts.drawn] == [
        ("posterior_iliac_crest_left", 10, 30_000),
        ("posterior_iliac_crest_right", 15, 25_500),
    ]
    assert (facts.volume_ul, facts.pulls_count) == (55_500, 25)


@pytest.mark.parametrize(
    ("sites", "code"),
    [
        ([LEFT, LEFT], "harvest.site_twice"),
        ([{**LEFT, "volume_ul": 4_999}], "harvest.volume"),
        ([{**one, "volume_ul": 100_001} for one in BOTH_SIDES], "harvest.volume"),
    ],
)
def test_sites_that_cannot_be(story: DonorStory, sites: list[dict[str, Any]], code: str) -> None:
    donor = story.eligible()
    with pytest.raises(Refused) as refusal:
        story.harvest(donor, sites=sites)
    assert refusal.value.code == code


def test_a_complication_of_the_harvest_is_kept_and_a_severe_one_told(story: DonorStory) -> None:
    donor = story.eligible()
    heard = listen(story, "donors:complication:severe")
    bleeding = {"kind": "bleeding", "grade": 3, "action": "hospitalised", "note": "Two units."}
    mild = {"kind": "fainting", "grade": 1, "action": "observed"}
    donation = story.harvest(donor, complications=[mild, bleeding])["donation"]
    with story.house.read() as tx:
        kept = aftercare.complications_of(tx, donation)
        ended_at = queries.donation_facts(tx, donation).ended_at
    assert [(one.kind, one.grade, one.phase, one.noticed_at) for one in kept] == [
        ("fainting", 1, "open", ended_at),
        ("bleeding", 3, "open", ended_at),
    ]
    assert heard == [
        {"subject": donation, "donor": donor, "complication": "bleeding", "grade": 3, "number": kept[1].id}
    ]


def test_not_on_the_eligibility_of_the_donation_before(story: DonorStory) -> None:
    """What the first harvest rested on carries no second, which needs answers, samples and a signature of its own."""
    donor = story.eligible()
    story.harvest(donor)
    story.house.clock.advance(timedelta(days=31))
    with pytest.raises(Refused) as refusal:
        story.harvest(donor)
    assert refusal.value.code == "donor.eligibility_used"
    story.clear(donor)
    story.harvest(donor)
    with story.house.read() as tx:
        assert len(queries.donations_of(tx, donor)) == 2


def test_not_from_a_donor_who_was_not_determined(story: DonorStory) -> None:
    donor = story.register()
    with pytest.raises(Refused) as refusal:
        story.harvest(donor)
    assert refusal.value.code == "donor.not_determined"


def test_not_from_an_ineligible_donor(story: DonorStory) -> None:
    donor = story.eligible()
    story.determine(donor, "ineligible", note="Not healthy.")
    with pytest.raises(Refused) as refusal:
        story.harvest(donor)
    assert refusal.value.code == "donor.ineligible"


def test_not_before_eligibility_was_signed(story: DonorStory) -> None:
    donor = story.eligible()
    before = story.house.clock.now() - timedelta(minutes=30)
    with pytest.raises(Refused) as refusal:
        story.harvest(donor, started_at=before)
    assert refusal.value.code == "donor.determined_later"


def test_not_after_the_window_of_the_screening(story: DonorStory) -> None:
    donor = story.eligible()
    story.house.clock.advance(timedelta(days=28))
    with pytest.raises(Refused) as refusal:
        story.harvest(donor)
    assert refusal.value.code == "donor.eligibility_ended"


def test_not_without_a_standing_consent(story: DonorStory) -> None:
    donor = story.eligible()
    story.do(commands.withdraw_consent, by=story.coordinator, donor=donor)
    with pytest.raises(Refused) as refusal:
        story.harvest(donor)
    assert refusal.value.code == "donor.no_consent"


def test_not_twice_in_thirty_days(story: DonorStory) -> None:
    donor = story.eligible()
    story.harvest(donor)
    story.house.clock.advance(timedelta(days=20))
    story.clear(donor)
    with pytest.raises(Refused) as refusal:
        story.harvest(donor)
    assert refusal.value.code == "donor.harvested_recently"
    story.house.clock.advance(timedelta(days=10))
    story.harvest(donor)
    with story.house.read() as tx:
        assert len(queries.donations_of(tx, donor)) == 2


def test_a_refusal_leaves_evidence_and_no_donation(story: DonorStory) -> None:
    donor = story.register()
    with pytest.raises(Refused):
        story.harvest(donor)
    assert story.house.entries()[-1].event == "donors:donation:harvested:refused"
    with story.house.read() as tx:
        assert queries.donations_of(tx, donor) == []


def test_not_for_qa(story: DonorStory) -> None:
    donor = story.eligible()
    story.coordinator = story.qa
    with pytest.raises(Forbidden):
        story.harvest(donor)


def test_the_badge_of_the_operator_names_the_person(story: DonorStory) -> None:
    administrator = story.house.actor("administrator")
    who = story.house.do(
        accounts.register_person, by=administrator, username="harvester", name="Harvester", initials="H. Arvester"
    )["person"]
    badge = story.house.do(accounts.issue_badge, by=administrator, person=who)["badge"]
    donation = story.harvest(story.eligible(), operator=badge)["donation"]
    with story.house.read() as tx:
        assert queries.donation_facts(tx, donation).operator == who
        assert queries.names_of(tx, [who]) == {who: "H. Arvester"}
