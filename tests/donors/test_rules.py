"""The rules of donors as tables: facts in, a refusal's code out. Windows and dates as properties."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.donors.rules import donor as rules
from cellchain.donors.rules import harvest, questionnaire, screening
from cellchain.donors.rules.donor import Criteria, DonorFacts
from cellchain.donors.rules.harvest import Drawn
from cellchain.donors.rules.lifecycles import (
    Assay,
    ComplicationKind,
    DonorPhase,
    HarvestSite,
    Marker,
    MarkerResult,
    Outcome,
    QuestionnairePhase,
    Stage,
)
from cellchain.donors.rules.questionnaire import AnswersFacts
from cellchain.donors.rules.screening import MarkerFacts
from cellchain.kernel.errors import Refused
from tests.donors.examples import PANEL, QUESTIONS

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
BY, OTHER = "PS012600000165", "PS012600000262"
CRITERIA = Criteria(QUESTIONS, PANEL)
NEGATIVE, POSITIVE, PENDING = MarkerResult.NEGATIVE, MarkerResult.POSITIVE, MarkerResult.PENDING


def result(
    marker: Marker,
    value: MarkerResult = NEGATIVE,
    days_ago: int = 2,
    by: str = OTHER,
    assay: Assay = Assay.SEROLOGY,
    stage: Stage = Stage.INITIAL,
) -> MarkerFacts:
    sampled_at = NOW - days_ago * DAY
    return MarkerFacts(marker, value, sampled_at, sampled_at + DAY, by, assay, stage)


CLEAR = tuple(result(marker, assay=assay) for marker, assay in PANEL.wanted)
ANSWERED = AnswersFacts(QUESTIONS.version, NOW - DAY, OTHER, 0, QuestionnairePhase.ANSWERED)
RISKY = replace(ANSWERED, risks_count=2)
SCREENED = DonorFacts(
    "DN012600007744", DonorPhase.REGISTERED, consented_at=NOW - 3 * DAY, answers=ANSWERED, results=CLEAR
)
ELIGIBLE = replace(SCREENED, phase=DonorPhase.ELIGIBLE, determined_at=NOW - DAY, eligible_until=NOW + 28 * DAY)


def without(*markers: Marker, assay: Assay = Assay.SEROLOGY) -> tuple[MarkerFacts, ...]:
    return tuple(found for found in CLEAR if found.marker not in markers or found.assay is not assay)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"results": (*without(Marker.HIV), result(Marker.HIV, by=BY))}, "donor.determiner_entered_screening"),
        ({"phase": DonorPhase.DEFERRED, "deferred_until": date(2026, 3, 3)}, "donor.deferred"),
        ({"phase": DonorPhase.DEFERRED}, "donor.deferred_for_good"),
        ({"consented_at": None}, "donor.no_consent"),
        ({"answers": None}, "donor.not_asked"),
        ({"answers": replace(ANSWERED, answered_at=NOW - 31 * DAY)}, "donor.answers_too_old"),
        ({"answers": replace(ANSWERED, version=QUESTIONS.version + 1)}, "donor.answers_too_old"),
        ({"answers": RISKY}, "donor.answers_unassessed"),
        ({"answers": replace(RISKY, phase=QuestionnairePhase.DECLINED)}, "donor.answers_declined"),
        ({"answers": replace(ANSWERED, answered_at=NOW - 5 * DAY), "harvested_at": NOW - 4 * DAY}, "donor.not_asked"),
        ({"results": without(Marker.HTLV)}, "donor.screening_missing"),
        ({"results": without(Marker.HCV, assay=Assay.NUCLEIC_ACID)}, "donor.screening_missing"),
        ({"results": ()}, "donor.screening_missing"),
        ({"results": (*without(Marker.HCV), result(Marker.HCV, PENDING))}, "donor.screening_pending"),
        ({"results": (*without(Marker.HCV), result(Marker.HCV, POSITIVE))}, "donor.screening_reactive"),
        ({"results": (*CLEAR, result(Marker.HBV, POSITIVE, 400))}, "donor.screening_reactive"),
        (
            {"results": (*CLEAR, result(Marker.CMV, POSITIVE, assay=Assay.NUCLEIC_ACID))},
            "donor.screening_reactive",
        ),
        ({"results": (*without(Marker.CMV), result(Marker.CMV, days_ago=31))}, "donor.screening_too_old"),
        ({"harvested_at": NOW - 36 * 60 * MINUTE}, "donor.screening_used"),
    ],
)
def test_not_found_eligible(changes: dict, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        rules.may_determine(replace(SCREENED, **changes), Outcome.ELIGIBLE, CRITERIA, BY, NOW)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"results": (*without(Marker.CMV), result(Marker.CMV, POSITIVE))},
        {"results": (*without(Marker.CMV), result(Marker.CMV, days_ago=30))},
        {"results": (*CLEAR, result(Marker.HIV, PENDING, 40))},
        {"answers": replace(ANSWERED, answered_at=NOW - 30 * DAY)},
        {"answers": replace(RISKY, phase=QuestionnairePhase.ACCEPTED)},
        {"phase": DonorPhase.DEFERRED, "deferred_until": date(2026, 3, 2)},
        {"phase": DonorPhase.INELIGIBLE},
        {"harvested_at": NOW - 40 * DAY},
    ],
)
def test_found_eligible(changes: dict) -> None:
    rules.may_determine(replace(SCREENED, **changes), Outcome.ELIGIBLE, CRITERIA, BY, NOW)


def test_ineligible_at_any_time_but_not_on_ones_own_entries() -> None:
    nobody = DonorFacts("DN012600007744", DonorPhase.REGISTERED)
    rules.may_determine(nobody, Outcome.INELIGIBLE, CRITERIA, BY, NOW)
    with pytest.raises(Refused) as refusal:
        rules.may_determine(SCREENED, Outcome.INELIGIBLE, CRITERIA, OTHER, NOW)
    assert refusal.value.code == "donor.determiner_entered_screening"


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"phase": DonorPhase.DEFERRED, "deferred_until": date(2026, 3, 3)}, ["donor.deferred"]),
        ({"phase": DonorPhase.DEFERRED, "deferred_until": date(2026, 3, 2)}, ["donor.not_determined"]),
        ({"phase": DonorPhase.DEFERRED}, ["donor.deferred_for_good"]),
        ({"phase": DonorPhase.INELIGIBLE}, ["donor.ineligible"]),
        ({"phase": DonorPhase.REGISTERED, "determined_at": None}, ["donor.not_determined"]),
        ({"determined_at": NOW + MINUTE}, ["donor.determined_later"]),
        ({"eligible_until": NOW - MINUTE}, ["donor.eligibility_ended"]),
        ({"informed_at": NOW}, ["donor.information_since"]),
        ({"informed_at": NOW - 2 * DAY}, []),
        ({"results": (*CLEAR, result(Marker.HIV, POSITIVE, 1))}, ["donor.screening_reactive"]),
        ({"answers": RISKY}, ["donor.answers_unassessed"]),
        ({"consented_at": None}, ["donor.no_consent"]),
        ({"consented_at": NOW + DAY}, ["donor.no_consent"]),
        ({"harvested_at": NOW - 30 * DAY + MINUTE}, ["donor.harvested_recently"]),
        ({"harvested_at": NOW - 30 * DAY}, []),
        # A determination from before the last harvest carries no second one, however long its samples still count.
        ({"harvested_at": NOW - 40 * DAY, "determined_at": NOW - 41 * DAY}, ["donor.eligibility_used"]),
        ({"harvested_at": NOW - DAY, "determined_at": NOW - 2 * DAY}, ["donor.harvested_recently"]),
        ({"phase": DonorPhase.INELIGIBLE, "consented_at": None}, ["donor.ineligible", "donor.no_consent"]),
    ],
)
def test_standing_lists_every_reason(changes: dict, codes: list[str]) -> None:
    donor = replace(ELIGIBLE, **changes)
    assert [problem.code for problem in rules.standing_problems(donor, NOW)] == codes


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_a_determination_ends_with_the_first_of_its_windows(serology: int, nucleic: int, asked: int) -> None:
    """Found eligible now if every window still runs, and then until the first of them ends, to the minute."""
    results = tuple(
        result(marker, days_ago=serology if assay is Assay.SEROLOGY else nucleic, assay=assay)
        for marker, assay in PANEL.wanted
    )
    donor = replace(SCREENED, answers=replace(ANSWERED, answered_at=NOW - asked * DAY), results=results)
    ends = rules.valid_until(donor, CRITERIA)
    first = min(
        NOW - serology * DAY + PANEL.window(Assay.SEROLOGY),
        NOW - nucleic * DAY + PANEL.window(Assay.NUCLEIC_ACID),
        NOW - asked * DAY + QUESTIONS.window,
    )
    assert ends == first
    assert (next(rules.open_problems(donor, CRITERIA, NOW), None) is None) == (first >= NOW)
    if first >= NOW:
        eligible = replace(donor, phase=DonorPhase.ELIGIBLE, determined_at=NOW, eligible_until=ends)
        assert not list(rules.standing_problems(eligible, first))
        assert [one.code for one in rules.standing_problems(eligible, first + MINUTE)] == ["donor.eligibility_ended"]


@given(st.integers(-90, 90))
def test_a_deferral_ends_on_its_day_and_not_a_minute_earlier(days: int) -> None:
    until = (NOW + days * DAY).date()
    donor = replace(SCREENED, phase=DonorPhase.DEFERRED, deferred_until=until)
    midnight = datetime(until.year, until.month, until.day, tzinfo=UTC)
    assert donor.is_deferred(midnight - MINUTE)
    assert not donor.is_deferred(midnight)
    assert replace(donor, deferred_until=None).is_deferred(midnight + 3_650 * DAY)


@given(st.integers(0, 400))
def test_nothing_of_an_earlier_donation_carries_the_next(days: int) -> None:
    """Whatever was answered, sampled or signed up to a harvest counts for no later one."""
    harvested_at = NOW - days * DAY
    donor = replace(
        ELIGIBLE,
        answers=replace(ANSWERED, answered_at=harvested_at),
        results=tuple(replace(one, sampled_at=harvested_at) for one in CLEAR),
        determined_at=harvested_at,
        eligible_until=NOW + 400 * DAY,
        harvested_at=harvested_at,
    )
    assert {one.code for one in rules.open_problems(donor, CRITERIA, NOW)} >= {
        "donor.not_asked",
        "donor.screening_used",
    }
    assert list(rules.standing_problems(donor, NOW))


def test_a_note_explains_what_was_not_plain() -> None:
    cmv = replace(SCREENED, results=(*without(Marker.CMV), result(Marker.CMV, POSITIVE)))
    cleared = (result(Marker.HIV, POSITIVE), result(Marker.HIV, NEGATIVE, stage=Stage.REPEAT))
    reactive = replace(SCREENED, results=(*without(Marker.HIV), *cleared))
    for donor, outcome, code in (
        (cmv, Outcome.ELIGIBLE, "donor.cmv_needs_note"),
        (reactive, Outcome.ELIGIBLE, "donor.reactive_needs_note"),
        (SCREENED, Outcome.INELIGIBLE, "donor.ineligible_needs_note"),
    ):
        with pytest.raises(Refused) as refusal:
            rules.note_suffices(donor, outcome, has_note=False)
        assert refusal.value.code == code
        rules.note_suffices(donor, outcome, has_note=True)
    rules.note_suffices(SCREENED, Outcome.ELIGIBLE, has_note=False)


LEFT = Drawn(HarvestSite.POSTERIOR_LEFT, 10, 60_000)


@pytest.mark.parametrize(
    ("drawn", "started_at", "ended_at", "code"),
    [
        ([LEFT], NOW, NOW - MINUTE, "harvest.times"),
        ([LEFT], NOW, NOW + MINUTE, "harvest.times"),
        ([LEFT, LEFT], NOW, NOW, "harvest.site_twice"),
        ([replace(LEFT, volume_ul=4_999)], NOW, NOW, "harvest.volume"),
        (
            [replace(LEFT, volume_ul=200_000), Drawn(HarvestSite.STERNUM, 1, 1)],
            NOW,
            NOW,
            "harvest.volume",
        ),
    ],
)
def test_a_harvest_that_cannot_have_been(
    drawn: list[Drawn], started_at: datetime, ended_at: datetime, code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        harvest.may_record_harvest(ELIGIBLE, drawn, started_at, ended_at, NOW)
    assert refusal.value.code == code


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
    assert [breach.parameter for breach in harvest.harvest_breaches(volume_ul, units)] == parameters


def test_a_complication_has_its_time_and_its_words() -> None:
    pain = ComplicationKind.PAIN
    for noticed_at in (NOW - MINUTE, NOW + DAY + MINUTE):
        with pytest.raises(Refused) as refusal:
            harvest.may_report_complication(pain, noticed_at, NOW, NOW + DAY, has_note=False)
        assert refusal.value.code == "complication.times"
    with pytest.raises(Refused) as refusal:
        harvest.may_report_complication(ComplicationKind.OTHER, NOW, NOW, NOW, has_note=False)
    assert refusal.value.code == "complication.needs_words"
    for resolved_at in (NOW - MINUTE, NOW + DAY + MINUTE):
        with pytest.raises(Refused) as refusal:
            harvest.may_resolve(NOW, resolved_at, NOW + DAY)
        assert refusal.value.code == "complication.resolved_times"
    harvest.may_resolve(NOW, NOW, NOW)


def test_a_determination_carries_as_long_as_the_newest_samples_of_the_panel() -> None:
    results = (*without(Marker.CMV), result(Marker.CMV, days_ago=20), result(Marker.HIV, days_ago=200))
    assert screening.valid_until(results, PANEL) == NOW + 10 * DAY
    assert screening.valid_until(CLEAR, PANEL) == NOW + 12 * DAY
    assert screening.valid_until((), PANEL) is None


def test_tests_in_a_sentence_stay_translatable() -> None:
    problem = next(screening.problems((), PANEL, None, NOW))
    assert str(problem.text) == (
        "Not tested: HIV-1/2; HIV-1/2, nucleic acid; Hepatitis B; Hepatitis B, nucleic acid; Hepatitis C; "
        "Hepatitis C, nucleic acid; Syphilis; HTLV-I/II; CMV. The whole panel is needed."
    )


def test_answers_that_wait_stop_a_donor_however_they_came() -> None:
    assert not list(questionnaire.judged(None))
    assert not list(questionnaire.judged(ANSWERED))
    assert [one.code for one in questionnaire.judged(RISKY)] == ["donor.answers_unassessed"]
