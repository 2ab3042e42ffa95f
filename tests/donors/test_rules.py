"""The rules of donors as tables: facts in, a refusal's code out."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from cellchain.donors import rules
from cellchain.donors.rules import DonorFacts, DonorPhase, Marker, MarkerFacts, MarkerResult, Outcome
from cellchain.kernel.errors import Refused

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
BY, OTHER = "PS012600000165", "PS012600000262"


def result(
    marker: Marker, value: MarkerResult = MarkerResult.NEGATIVE, days_ago: int = 2, by: str = OTHER
) -> MarkerFacts:
    sampled_at = NOW - days_ago * DAY
    return MarkerFacts(marker, value, sampled_at, sampled_at + DAY, by)


CLEAR = tuple(result(marker) for marker in Marker)
SCREENED = DonorFacts("DN012600007744", DonorPhase.REGISTERED, consented_at=NOW - 3 * DAY, results=CLEAR)
ELIGIBLE = replace(SCREENED, phase=DonorPhase.ELIGIBLE, determined_at=NOW - DAY, eligible_until=NOW + 28 * DAY)


def without(*markers: Marker) -> tuple[MarkerFacts, ...]:
    return tuple(found for found in CLEAR if found.marker not in markers)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"results": (*without(Marker.HIV), result(Marker.HIV, by=BY))}, "donor.determiner_entered_screening"),
        ({"phase": DonorPhase.DEFERRED, "deferred_until": date(2026, 3, 3)}, "donor.deferred"),
        ({"consented_at": None}, "donor.no_consent"),
        ({"results": without(Marker.HTLV)}, "donor.screening_missing"),
        ({"results": ()}, "donor.screening_missing"),
        ({"results": (*without(Marker.HCV), result(Marker.HCV, MarkerResult.PENDING))}, "donor.screening_pending"),
        ({"results": (*without(Marker.HCV), result(Marker.HCV, MarkerResult.POSITIVE))}, "donor.screening_positive"),
        ({"results": (*CLEAR, result(Marker.HBV, MarkerResult.POSITIVE, 400))}, "donor.screening_positive"),
        ({"results": (*without(Marker.CMV), result(Marker.CMV, days_ago=31))}, "donor.screening_too_old"),
    ],
)
def test_not_found_eligible(changes: dict, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        rules.may_determine(replace(SCREENED, **changes), Outcome.ELIGIBLE, BY, NOW)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"results": (*without(Marker.CMV), result(Marker.CMV, MarkerResult.POSITIVE))},
        {"results": (*without(Marker.CMV), result(Marker.CMV, days_ago=30))},
        {"results": (*CLEAR, result(Marker.HIV, MarkerResult.PENDING, 40))},
        {"phase": DonorPhase.DEFERRED, "deferred_until": date(2026, 3, 2)},
        {"phase": DonorPhase.INELIGIBLE},
    ],
)
def test_found_eligible(changes: dict) -> None:
    rules.may_determine(replace(SCREENED, **changes), Outcome.ELIGIBLE, BY, NOW)


def test_ineligible_at_any_time_but_not_on_ones_own_entries() -> None:
    rules.may_determine(DonorFacts("DN012600007744", DonorPhase.REGISTERED), Outcome.INELIGIBLE, BY, NOW)
    with pytest.raises(Refused) as refusal:
        rules.may_determine(SCREENED, Outcome.INELIGIBLE, OTHER, NOW)
    assert refusal.value.code == "donor.determiner_entered_screening"


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"phase": DonorPhase.DEFERRED, "deferred_until": date(2026, 3, 3)}, ["donor.deferred"]),
        ({"phase": DonorPhase.DEFERRED, "deferred_until": date(2026, 3, 2)}, ["donor.not_determined"]),
        ({"phase": DonorPhase.INELIGIBLE}, ["donor.ineligible"]),
        ({"phase": DonorPhase.REGISTERED, "determined_at": None}, ["donor.not_determined"]),
        ({"determined_at": NOW + timedelta(minutes=1)}, ["donor.determined_later"]),
        ({"eligible_until": NOW - timedelta(minutes=1)}, ["donor.eligibility_ended"]),
        ({"informed_at": NOW}, ["donor.information_since"]),
        ({"informed_at": NOW - 2 * DAY}, []),
        ({"results": (*CLEAR, result(Marker.HIV, MarkerResult.POSITIVE, 1))}, ["donor.screening_positive"]),
        ({"consented_at": None}, ["donor.no_consent"]),
        ({"consented_at": NOW + DAY}, ["donor.no_consent"]),
        ({"harvested_at": NOW - 30 * DAY + timedelta(minutes=1)}, ["donor.harvested_recently"]),
        ({"harvested_at": NOW - 30 * DAY}, []),
        ({"phase": DonorPhase.INELIGIBLE, "consented_at": None}, ["donor.ineligible", "donor.no_consent"]),
    ],
)
def test_standing_lists_every_reason(changes: dict, codes: list[str]) -> None:
    donor = replace(ELIGIBLE, **changes)
    assert [problem.code for problem in rules.standing_problems(donor, NOW)] == codes


@pytest.mark.parametrize(
    ("started_at", "ended_at"), [(NOW, NOW - timedelta(minutes=1)), (NOW, NOW + timedelta(minutes=1))]
)
def test_a_harvest_ends_after_it_began_and_not_in_the_future(started_at: datetime, ended_at: datetime) -> None:
    with pytest.raises(Refused) as refusal:
        rules.may_record_harvest(ELIGIBLE, started_at, ended_at, NOW)
    assert refusal.value.code == "harvest.times"


@pytest.mark.parametrize(
    ("volume_ul", "units", "parameters"),
    [
        (30_000, 300, []),
        (100_000, 10_000, []),
        (29_999, 1_000, ["volume"]),
        (100_001, 5_000, ["volume"]),
        (60_000, 599, ["heparin"]),
        (60_000, 6_001, ["heparin"]),
        (5_000, 1, ["volume", "heparin"]),
    ],
)
def test_usual_bounds(volume_ul: int, units: int, parameters: list[str]) -> None:
    assert [breach.parameter for breach in rules.harvest_breaches(volume_ul, units)] == parameters


def test_a_determination_carries_until_thirty_days_after_the_oldest_of_the_newest_samples() -> None:
    results = (*without(Marker.CMV), result(Marker.CMV, days_ago=10), result(Marker.HIV, days_ago=200))
    assert rules.valid_until(results) == NOW + 20 * DAY
    assert rules.valid_until(()) is None


def test_markers_in_a_sentence_stay_translatable() -> None:
    problem = next(rules.screening_problems(DonorFacts("DN012600007744", DonorPhase.REGISTERED), NOW))
    assert str(problem.text) == (
        "Not tested: HIV-1/2, Hepatitis B, Hepatitis C, Syphilis, HTLV-I/II, CMV. All six markers are needed."
    )
