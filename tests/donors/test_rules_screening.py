"""What several tests of one sample come to: reactive, repeated, confirmed, or cleared."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.donors.rules import screening as rules
from cellchain.donors.rules.lifecycles import Assay, Conclusion, Marker, MarkerResult, Stage
from cellchain.donors.rules.screening import MarkerFacts
from cellchain.kernel.errors import Refused
from tests.donors.examples import PANEL

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
INITIAL, REPEAT, CONFIRMATORY = Stage
NEGATIVE, POSITIVE = MarkerResult.NEGATIVE, MarkerResult.POSITIVE
PENDING, UNCLEAR = MarkerResult.PENDING, MarkerResult.INDETERMINATE


@pytest.mark.parametrize(
    ("stages", "conclusion"),
    [
        ({}, Conclusion.PENDING),
        ({INITIAL: PENDING}, Conclusion.PENDING),
        ({INITIAL: NEGATIVE}, Conclusion.NEGATIVE),
        ({INITIAL: POSITIVE}, Conclusion.REACTIVE),
        ({INITIAL: POSITIVE, REPEAT: PENDING}, Conclusion.REACTIVE),
        ({INITIAL: POSITIVE, REPEAT: NEGATIVE}, Conclusion.NEGATIVE),
        ({INITIAL: POSITIVE, REPEAT: POSITIVE}, Conclusion.REPEATEDLY_REACTIVE),
        ({INITIAL: POSITIVE, REPEAT: POSITIVE, CONFIRMATORY: PENDING}, Conclusion.REPEATEDLY_REACTIVE),
        ({INITIAL: POSITIVE, REPEAT: POSITIVE, CONFIRMATORY: POSITIVE}, Conclusion.POSITIVE),
        ({INITIAL: POSITIVE, REPEAT: POSITIVE, CONFIRMATORY: NEGATIVE}, Conclusion.NEGATIVE),
        ({INITIAL: POSITIVE, REPEAT: POSITIVE, CONFIRMATORY: UNCLEAR}, Conclusion.INDETERMINATE),
        # The first test was corrected: what followed it says nothing any more.
        ({INITIAL: NEGATIVE, REPEAT: POSITIVE, CONFIRMATORY: POSITIVE}, Conclusion.NEGATIVE),
    ],
)
def test_what_a_sample_comes_to(stages: Mapping[Stage, MarkerResult], conclusion: Conclusion) -> None:
    assert rules.conclude(stages) is conclusion


def test_a_sample_is_negative_only_if_something_negative_says_so() -> None:
    """Over every combination: no reactive sample is cleared by what is pending, missing or unclear."""
    values = (None, *MarkerResult)
    for first, again, confirmed in product(values, repeat=3):
        given_ = {INITIAL: first, REPEAT: again, CONFIRMATORY: confirmed}
        stages = {stage: value for stage, value in given_.items() if value is not None}
        if rules.conclude(stages) is Conclusion.NEGATIVE:
            assert NEGATIVE in stages.values()
        if first is POSITIVE and NEGATIVE not in (again, confirmed):
            assert rules.conclude(stages) is not Conclusion.NEGATIVE


def taken(value: MarkerResult, days_ago: int, marker: Marker = Marker.HCV, stage: Stage = INITIAL) -> MarkerFacts:
    at = NOW - timedelta(days=days_ago)
    return MarkerFacts(marker, value, at, at, "PS012600000165", stage=stage)


def codes(*results: MarkerFacts) -> list[str]:
    return [problem.code for problem in rules.suspicions(results)]


@given(st.integers(1, 400), st.integers(0, 400))
def test_no_other_sample_clears_a_reactive_one(earlier: int, later: int) -> None:
    reactive = taken(POSITIVE, earlier + later)
    assert codes(reactive, taken(NEGATIVE, later)) == ["donor.screening_reactive"]
    assert codes(reactive, taken(NEGATIVE, later), taken(NEGATIVE, earlier + later, stage=REPEAT)) == []


def test_confirmed_is_positive_for_good_and_unclear_until_the_next_sample() -> None:
    twice = (taken(POSITIVE, 9), taken(POSITIVE, 9, stage=REPEAT))
    assert codes(*twice) == ["donor.screening_reactive"]
    assert codes(*twice, taken(POSITIVE, 9, stage=CONFIRMATORY), taken(NEGATIVE, 1)) == ["donor.screening_positive"]
    assert codes(*twice, taken(UNCLEAR, 9, stage=CONFIRMATORY)) == ["donor.screening_indeterminate"]
    assert codes(*twice, taken(UNCLEAR, 9, stage=CONFIRMATORY), taken(NEGATIVE, 1)) == []


def test_antibodies_to_cmv_are_tolerated_and_the_virus_is_not() -> None:
    antibodies = taken(POSITIVE, 1, Marker.CMV)
    virus = MarkerFacts(Marker.CMV, POSITIVE, NOW, NOW, "PS012600000165", Assay.NUCLEIC_ACID)
    assert codes(antibodies) == []
    assert codes(antibodies, virus) == ["donor.screening_reactive"]
    assert rules.alarming({Marker.CMV: POSITIVE, Marker.HIV: NEGATIVE}, Assay.SEROLOGY) == []
    assert rules.alarming({Marker.CMV: POSITIVE}, Assay.NUCLEIC_ACID) == [Marker.CMV]


@pytest.mark.parametrize(
    ("stage", "earlier", "code"),
    [
        (REPEAT, {}, "screening.nothing_to_repeat"),
        (REPEAT, {INITIAL: NEGATIVE}, "screening.nothing_to_repeat"),
        (REPEAT, {INITIAL: PENDING}, "screening.nothing_to_repeat"),
        (CONFIRMATORY, {INITIAL: POSITIVE}, "screening.not_repeated"),
        (CONFIRMATORY, {INITIAL: POSITIVE, REPEAT: NEGATIVE}, "screening.not_repeated"),
    ],
)
def test_a_test_follows_the_one_that_asks_for_it(
    stage: Stage, earlier: Mapping[Stage, MarkerResult], code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        rules.may_follow(stage, earlier, Marker.HIV)
    assert refusal.value.code == code
    rules.may_follow(INITIAL, {}, Marker.HIV)
    rules.may_follow(REPEAT, {INITIAL: POSITIVE}, Marker.HIV)
    rules.may_follow(CONFIRMATORY, {INITIAL: POSITIVE, REPEAT: POSITIVE}, Marker.HIV)


@given(st.sampled_from(list(Assay)), st.integers(0, 60), st.integers(0, 1_439))
def test_a_sample_counts_to_the_end_of_its_own_window(assay: Assay, days: int, minutes: int) -> None:
    """Serology and nucleic acid have windows of their own; the age at which one is too old is no other's."""
    age = timedelta(days=days, minutes=minutes)
    fresh = dict.fromkeys(PANEL.wanted, NOW)
    results = tuple(
        MarkerFacts(marker, NEGATIVE, NOW - age if kind is assay else at, NOW, "PS012600000165", kind)
        for (marker, kind), at in fresh.items()
    )
    found = [problem.code for problem in rules.problems(results, PANEL, None, NOW)]
    assert found == (["donor.screening_too_old"] if age > PANEL.window(assay) else [])


def test_a_first_test_is_never_indeterminate() -> None:
    for stage in (INITIAL, REPEAT):
        with pytest.raises(Refused) as refusal:
            rules.may_record({Marker.HIV: UNCLEAR}, stage, NOW, NOW, NOW)
        assert refusal.value.code == "screening.indeterminate"
    rules.may_record({Marker.HIV: UNCLEAR}, CONFIRMATORY, NOW, NOW, NOW)
