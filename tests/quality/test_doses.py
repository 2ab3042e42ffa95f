"""The arithmetic of computed limits: exact, in the units that people use, and rounded away from safety's side."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.kernel.errors import InvariantBroken, Refused
from cellchain.quality.rules.doses import HOUSE_WORST, DoseLimit, Giving, load_of, shown
from cellchain.quality.rules.lifecycles import LotKind, Outcome, Stage
from cellchain.quality.rules.limits import Limit, LimitKind, from_document, measured, read

CONCENTRATIONS = st.decimals("0.0001", "1000", places=4)
MOST = st.decimals("0.01", "1000", places=2)
GIVINGS = st.builds(
    Giving,
    volume_ul=st.integers(1_000, 1_000_000),
    minutes=st.integers(1, 480),
    weight_g=st.integers(2_000, 300_000),
)
ADULT = Giving(volume_ul=400_000, minutes=120, weight_g=70_000)


def test_the_vector_of_the_domain() -> None:
    """domain.md 3.4: 0.5 EU/mL × 400 mL / 70 kg = 2.86 EU/kg; in two hours, half of it in each."""
    load = load_of(Decimal("0.5"), ADULT)
    assert load.per_kg == Fraction(20, 7)
    assert shown(load.per_kg) == Decimal("2.86")
    assert shown(load.per_kg_hour) == Decimal("1.43")


@pytest.mark.parametrize(
    ("per_ml", "giving", "per_kg", "per_kg_hour"),
    [
        ("0.05", HOUSE_WORST, "0.80", "0.40"),
        ("0.3125", HOUSE_WORST, "5.00", "2.50"),
        ("0.625", HOUSE_WORST, "10.00", "5.00"),
        ("0.875", ADULT, "5.00", "2.50"),
        ("1.75", ADULT, "10.00", "5.00"),
        ("0.5", Giving(400_000, 60, 70_000), "2.86", "2.86"),
        ("0.5", Giving(400_000, 240, 70_000), "2.86", "0.72"),
    ],
)
def test_worked_examples(per_ml: str, giving: Giving, per_kg: str, per_kg_hour: str) -> None:
    load = load_of(Decimal(per_ml), giving)
    assert (shown(load.per_kg), shown(load.per_kg_hour)) == (Decimal(per_kg), Decimal(per_kg_hour))


@given(CONCENTRATIONS, GIVINGS)
def test_units_come_back(per_ml: Decimal, giving: Giving) -> None:
    """The load times the weight is what was in the bag, and the load of an hour times the hours is the load."""
    load = load_of(per_ml, giving)
    assert load.per_kg * Fraction(giving.weight_kg) == Fraction(per_ml) * Fraction(giving.volume_ml)
    assert load.per_kg_hour * Fraction(giving.minutes, 60) == load.per_kg


@given(CONCENTRATIONS, GIVINGS, MOST)
def test_exactly_at_the_limit_holds_and_a_hair_more_does_not(per_ml: Decimal, giving: Giving, most: Decimal) -> None:
    load = load_of(per_ml, giving)
    limit = DoseLimit(per_kg=most)
    assert limit.holds(per_ml, giving) == (load.per_kg <= Fraction(most))
    at = Giving(volume_ul=int(most * 100) * 10, minutes=60, weight_g=1_000)  # 1 EU/mL, most / 100 · … exactly at it
    assert DoseLimit(per_kg=Decimal(at.volume_ul) / 1_000).holds(Decimal(1), at)
    assert not DoseLimit(per_kg=Decimal(at.volume_ul) / 1_000).holds(Decimal("1.000000001"), at)


@given(CONCENTRATIONS, GIVINGS, MOST, st.integers(1, 10_000))
def test_a_lighter_recipient_is_never_safer(per_ml: Decimal, giving: Giving, most: Decimal, less: int) -> None:
    lighter = Giving(giving.volume_ul, giving.minutes, max(1, giving.weight_g - less))
    limit = DoseLimit(per_kg=most, per_kg_hour=most)
    assert limit.share(per_ml, lighter) >= limit.share(per_ml, giving)
    quicker = Giving(giving.volume_ul, max(1, giving.minutes - less), giving.weight_g)
    assert limit.share(per_ml, quicker) >= limit.share(per_ml, giving)


@given(CONCENTRATIONS, GIVINGS, MOST, MOST)
def test_the_stricter_of_both_limits_counts(per_ml: Decimal, giving: Giving, kg: Decimal, hour: Decimal) -> None:
    both = DoseLimit(kg, hour).holds(per_ml, giving)
    assert both == (DoseLimit(per_kg=kg).holds(per_ml, giving) and DoseLimit(per_kg_hour=hour).holds(per_ml, giving))


@given(CONCENTRATIONS, GIVINGS, MOST)
def test_what_is_shown_never_looks_safer_than_it_is(per_ml: Decimal, giving: Giving, most: Decimal) -> None:
    load = load_of(per_ml, giving).per_kg
    assert load <= Fraction(shown(load)) < load + Fraction(1, 100)
    if not DoseLimit(per_kg=most).holds(per_ml, giving):
        assert shown(load) > most


@pytest.mark.parametrize("given_as", [(0, 120, 70_000), (400_000, 0, 70_000), (400_000, 120, 0)])
def test_nothing_is_divided_by_nothing(given_as: tuple[int, int, int]) -> None:
    with pytest.raises(InvariantBroken):
        Giving(*given_as)


ENDOTOXIN = Limit("endotoxin", "safety", LimitKind.DOSE, unit="EU/mL", per_kg_hour=Decimal(5))


@pytest.mark.parametrize(
    ("value", "giving", "outcome"),
    [
        ("0.625", HOUSE_WORST, Outcome.PASSED),
        ("0,6251", HOUSE_WORST, Outcome.FAILED),
        ("0.6251", ADULT, Outcome.PASSED),
        ("<0.05", HOUSE_WORST, Outcome.PASSED),
        ("<0.7", HOUSE_WORST, Outcome.FAILED),
    ],
)
def test_a_value_is_judged_by_who_gets_it(value: str, giving: Giving, outcome: Outcome) -> None:
    assert ENDOTOXIN.outcome(value, giving) is outcome


def test_a_negative_concentration_is_no_measurement() -> None:
    with pytest.raises(Refused) as caught:
        ENDOTOXIN.outcome("-0.1", HOUSE_WORST)
    assert caught.value.code == "result.not_a_number"


def test_the_house_limits_endotoxin_in_a_kilogram_and_hour() -> None:
    from cellchain.quality.defaults import source_of

    limits = {limit.test: limit for limit in read(source_of(LotKind.PRODUCT), LotKind.PRODUCT, Stage.CONDITIONAL)[1]}
    endotoxin = limits["endotoxin"]
    assert (endotoxin.kind, endotoxin.unit, endotoxin.per_kg_hour) == (LimitKind.DOSE, "EU/mL", Decimal(5))
    assert from_document([endotoxin.document()])[0] == endotoxin


# ---- below what an instrument can tell -------------------------------------------------------------------------------

AT_MOST = Limit("x", "safety", LimitKind.AT_MOST, high=Decimal(2))
AT_LEAST = Limit("x", "dose", LimitKind.AT_LEAST, low=Decimal(95))
BETWEEN = Limit("x", "dose", LimitKind.BETWEEN, low=Decimal(1), high=Decimal(2))


@given(st.decimals("0", "10", places=2))
def test_below_a_bound_counts_as_the_bound(bound: Decimal) -> None:
    """“Less than 0.1” may be just under 0.1: it passes only where 0.1 itself would."""
    assert AT_MOST.outcome(f"<{bound}") is AT_MOST.outcome(str(bound))
    assert measured(f"< {bound}") == bound


@given(st.decimals("90", "100", places=1))
def test_above_a_bound_counts_as_the_bound(bound: Decimal) -> None:
    assert AT_LEAST.outcome(f">{bound}") is AT_LEAST.outcome(str(bound))


@pytest.mark.parametrize(("limit", "value"), [(AT_MOST, ">1"), (AT_LEAST, "<99"), (BETWEEN, "<2"), (BETWEEN, ">1")])
def test_a_bound_on_the_wrong_side_proves_nothing(limit: Limit, value: str) -> None:
    with pytest.raises(Refused) as caught:
        limit.outcome(value)
    assert caught.value.code == "result.wrong_bound"
