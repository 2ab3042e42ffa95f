from datetime import timedelta
from typing import Any

import pytest

from cellchain.donors import commands, queries
from cellchain.donors.rules.lifecycles import Marker
from cellchain.kernel.errors import Forbidden, Refused
from tests.donors.story import CLEAR, CLEAR_NUCLEIC, DonorStory


def standing(story: DonorStory, donor: str) -> dict[str, str]:
    with story.house.read() as tx:
        tests = queries.donor_file(tx, donor).tests
    return {str(test.marker): str(test.conclusion) for test in tests if test.finding and test.assay == "serology"}


def test_one_report_records_six_results(story: DonorStory) -> None:
    donor = story.register()
    answer = story.screen(donor)
    assert list(answer["screenings"]) == [str(marker) for marker in Marker]
    assert standing(story, donor) == CLEAR
    assert story.house.entries()[-1].event == "donors:screening:recorded"


def test_a_final_result_replaces_the_pending_one_of_the_same_sample(story: DonorStory) -> None:
    donor = story.register()
    story.screen(donor, hiv="negative", htlv="pending")
    assert standing(story, donor) == {"hiv": "negative", "htlv": "pending"}
    story.screen(donor, htlv="negative")
    with story.house.read() as tx:
        rows = queries.donor_file(tx, donor).results
    assert standing(story, donor)["htlv"] == "negative"
    assert [row.phase for row in rows if row.marker == "htlv"] == ["standing", "replaced"]


def test_a_correction_keeps_what_was_entered_first(story: DonorStory) -> None:
    donor = story.register()
    first = story.screen(donor, hcv="positive")["screenings"]["hcv"]
    story.screen(donor, hcv="negative", correction=True, reason="another donor's report was read")
    with story.house.read() as tx:
        newest, before = queries.donor_file(tx, donor).results
    assert (newest.result, newest.replaces, before.result, before.phase) == ("negative", first, "positive", "replaced")


def test_a_newer_sample_stands_beside_the_older(story: DonorStory) -> None:
    donor = story.register()
    story.screen(donor, days_ago=40)
    story.screen(donor, days_ago=1, cmv="positive")
    assert standing(story, donor) == {**CLEAR, "cmv": "reactive"}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"hiv": None}, "screening.empty"),
        ({"days_ago": -1}, "screening.not_sampled_yet"),
        ({"days_ago": 0}, "screening.times"),
        ({"resulted_at": None}, "screening.no_result_time"),
        ({"hiv": "pending"}, "screening.pending_with_time"),
        ({"hiv": "negative", "correction": True}, "screening.correction_needs_reason"),
        ({"hiv": "negative", "correction": True, "reason": "misread"}, "screening.nothing_to_correct"),
        ({"hiv": "indeterminate"}, "screening.indeterminate"),
        ({"hiv": "negative", "stage": "repeat"}, "screening.nothing_to_repeat"),
        ({"hiv": "negative", "stage": "confirmatory"}, "screening.not_repeated"),
    ],
)
def test_refused(story: DonorStory, fields: dict[str, Any], code: str) -> None:
    donor = story.register()
    with pytest.raises(Refused) as refusal:
        story.screen(donor, **fields)
    assert refusal.value.code == code


def test_refused_twice_for_one_sample(story: DonorStory) -> None:
    donor = story.register()
    story.screen(donor)
    with pytest.raises(Refused) as refusal:
        story.screen(donor, syphilis="positive")
    assert refusal.value.code == "screening.already_recorded"
    assert standing(story, donor) == CLEAR


def test_a_reactive_sample_is_repeated_and_confirmed(story: DonorStory) -> None:
    """The first reactive test stops the donor; the same sample's repeat and confirmation clear it, or do not."""
    donor = story.register()
    sampled_at = story.house.clock.now() - timedelta(days=2)
    story.screen(donor, sampled_at=sampled_at, hcv="positive")
    assert standing(story, donor) == {"hcv": "reactive"}
    story.screen(donor, sampled_at=sampled_at, stage="repeat", hcv="positive")
    assert standing(story, donor) == {"hcv": "repeatedly_reactive"}
    story.screen(donor, sampled_at=sampled_at, stage="confirmatory", hcv="indeterminate")
    assert standing(story, donor) == {"hcv": "indeterminate"}
    story.screen(
        donor, sampled_at=sampled_at, stage="confirmatory", hcv="negative", correction=True, reason="band misread"
    )
    assert standing(story, donor) == {"hcv": "negative"}
    with story.house.read() as tx:
        rows = queries.donor_file(tx, donor).results
    assert sorted((str(row.stage), str(row.phase)) for row in rows) == [
        ("confirmatory", "replaced"),
        ("confirmatory", "standing"),
        ("initial", "standing"),
        ("repeat", "standing"),
    ]


def test_a_reactive_donor_who_was_cleared_needs_a_note(story: DonorStory) -> None:
    donor = story.register()
    story.consent(donor)
    story.ask(donor)
    sampled_at = story.house.clock.now() - timedelta(days=2)
    story.screen(donor, sampled_at=sampled_at, **{**CLEAR, "hbv": "positive"})
    story.screen(donor, sampled_at=sampled_at, assay="nucleic_acid", **CLEAR_NUCLEIC)
    with pytest.raises(Refused) as refusal:
        story.determine(donor)
    assert refusal.value.code == "donor.screening_reactive"
    story.screen(donor, sampled_at=sampled_at, stage="repeat", hbv="negative")
    with pytest.raises(Refused) as refusal:
        story.determine(donor)
    assert refusal.value.code == "donor.reactive_needs_note"
    story.determine(donor, note="Not repeatedly reactive; the nucleic acid is negative.")
    with story.house.read() as tx:
        assert queries.donor_standing(tx, donor).may_give


def test_the_agent_itself_is_looked_for_beside_the_antibodies(story: DonorStory) -> None:
    donor = story.register()
    story.screen(donor)
    story.screen(donor, assay="nucleic_acid", **CLEAR_NUCLEIC)
    with story.house.read() as tx:
        tests = queries.donor_file(tx, donor).tests
    assert [(str(test.marker), str(test.assay)) for test in tests if test.finding is None] == []
    assert sum(test.assay == "nucleic_acid" for test in tests) == 3


def test_a_positive_is_told_upwards_and_stops_the_next_harvest(story: DonorStory) -> None:
    donor = story.eligible()
    heard = listen(story, "donors:screening:positive")
    story.screen(donor, days_ago=1, hbv="positive")
    with story.house.read() as tx:
        found = queries.donor_standing(tx, donor)
    assert [code for code, _ in found.reasons] == ["donor.screening_reactive"]
    assert heard == [{"subject": donor, "donor": donor, "donations": []}]


def test_a_positive_cmv_is_not_told(story: DonorStory) -> None:
    donor = story.register()
    heard = listen(story, "donors:screening:positive")
    story.screen(donor, cmv="positive")
    assert heard == []


def listen(story: DonorStory, event: str) -> list[dict[str, Any]]:
    """Hear what is recorded under `event`, as a row of main's reactions would."""
    heard: list[dict[str, Any]] = []

    class Ear:
        def order(self, facts: Any) -> None:
            heard.append(dict(facts))

    reactions: Any = story.house.runner._reactions
    reactions[event] = [Ear()]
    return heard


def test_not_for_the_physician_who_determines(story: DonorStory) -> None:
    donor = story.register()
    now = story.house.clock.now()
    with pytest.raises(Forbidden):
        story.house.do(
            commands.record_screening,
            by=story.physician,
            donor=donor,
            sampled_at=now - timedelta(days=1),
            resulted_at=now,
            method="NAT",
            report="LAB-18",
            hiv="negative",
        )
