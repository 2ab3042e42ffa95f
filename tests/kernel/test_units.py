"""Quantities as whole numbers, and the sums of the process against worked examples."""

import math
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.kernel import units

COUNTS = st.integers(1, 10**13)


@pytest.mark.parametrize(("ml", "ul"), [("0", 0), ("0.001", 1), ("1.5", 1_500), ("400", 400_000), ("-1", -1_000)])
def test_millilitres(ml: str, ul: int) -> None:
    assert units.to_ul(Decimal(ml)) == ul


@pytest.mark.parametrize(("percent", "permille"), [("0", 0), ("93.4", 934), ("100", 1_000), ("100.0", 1_000)])
def test_percent(percent: str, permille: int) -> None:
    assert units.to_permille(Decimal(percent)) == permille


@pytest.mark.parametrize(("celsius", "mc"), [("36.6", 36_600), ("-196", -196_000), ("4.125", 4_125)])
def test_celsius(celsius: str, mc: int) -> None:
    assert units.to_mc(Decimal(celsius)) == mc


@pytest.mark.parametrize(
    ("convert", "value"), [(units.to_ul, "0.0001"), (units.to_permille, "93.45"), (units.to_mc, "4.0001")]
)
def test_nothing_is_rounded_in_silence(convert: Callable[[Decimal], int], value: str) -> None:
    with pytest.raises(ValueError, match="a "):
        convert(Decimal(value))


@pytest.mark.parametrize(
    ("seeded", "harvested", "milli"),
    [
        (1, 2, 1_000),
        (1_000_000, 8_000_000, 3_000),
        (1_000_000, 200_000_000, 7_644),
        (500_000, 500_000, 0),
        (8, 1, -3_000),
        (1_000_000, 10_000_000, 3_322),
        (2_000_000, 3_000_000, 585),
        (1, 10**13, 43_185),
    ],
)
def test_population_doublings(seeded: int, harvested: int, milli: int) -> None:
    assert units.population_doublings_milli(seeded, harvested) == milli


@given(COUNTS, COUNTS)
def test_doublings_agree_with_the_logarithm(seeded: int, harvested: int) -> None:
    exact = (math.log2(harvested) - math.log2(seeded)) * 1_000
    assert abs(units.population_doublings_milli(seeded, harvested) - exact) <= 0.51


@given(COUNTS, COUNTS)
def test_what_was_lost_was_gained_the_other_way(seeded: int, harvested: int) -> None:
    there, back = (
        units.population_doublings_milli(seeded, harvested),
        units.population_doublings_milli(harvested, seeded),
    )
    assert there == -back


@pytest.mark.parametrize(("seeded", "harvested"), [(0, 1), (1, 0), (-1, 5), (5, -1)])
def test_doublings_need_cells(seeded: int, harvested: int) -> None:
    with pytest.raises(ValueError, match="cells"):
        units.population_doublings_milli(seeded, harvested)


@pytest.mark.parametrize(
    ("milli", "minutes", "time"),
    [(1_000, 1_440, 1_440), (3_000, 4_320, 1_440), (500, 60, 120), (0, 60, None), (-1, 60, None)],
)
def test_doubling_time(milli: int, minutes: int, time: int | None) -> None:
    assert units.doubling_time_minutes(milli, minutes) == time


@pytest.mark.parametrize(
    ("part", "whole", "permille"), [(1, 1, 1_000), (1, 3, 333), (1, 2_000, 0), (3, 2_000, 2), (0, 5, 0), (7, 5, 1_400)]
)
def test_shares_round_half_to_even(part: int, whole: int, permille: int) -> None:
    assert units.percent_permille(part, whole) == permille


def test_a_share_needs_a_whole() -> None:
    with pytest.raises(ValueError, match="whole"):
        units.percent_permille(1, 0)
