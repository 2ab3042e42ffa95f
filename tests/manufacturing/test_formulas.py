"""The closed list of formulas: vectors of domain.md 3.3, hand-computed cases, and what has no answer."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.manufacturing.rules.formulas import WANTS, Formula, doublings, evaluate

COUNTS = st.integers(min_value=1, max_value=10**12)


@pytest.mark.parametrize(
    ("seeded", "harvested", "expected"),
    [(10**6, 8 * 10**6, "3.000"), (10**6, 2 * 10**8, "7.644"), (10**6, 5 * 10**5, "-1.000"), (7, 7, "0.000")],
)
def test_doublings_are_the_vectors(seeded: int, harvested: int, expected: str) -> None:
    found = doublings(Decimal(seeded), Decimal(harvested))
    assert found is not None
    assert round(found, 3) == Decimal(expected)


@pytest.mark.parametrize(
    ("formula", "values", "hoped", "expected"),
    [
        (Formula.YIELD, [150], 100, "150"),
        (Formula.YIELD, ["168000000", 60], 2_800_000, "100"),
        (Formula.PERCENT, [88, 110], None, "80"),
        (Formula.DOSE, [500_000, 400], None, "200000000"),
        (Formula.QUOTIENT, [200_000_000, 400], None, "500000"),
        (Formula.SUM, [1, "2.5", 3], None, "6.5"),
        (Formula.DIFFERENCE, [3, 5], None, "-2"),
        (Formula.MEAN, [1, 2, 6], None, "3"),
    ],
)
def test_each_formula_by_hand(formula: Formula, values: list[object], hoped: int | None, expected: str) -> None:
    given = [Decimal(str(value)) for value in values]
    assert evaluate(formula, given, None if hoped is None else Decimal(hoped)) == Decimal(expected)


@pytest.mark.parametrize(
    ("formula", "values"),
    [
        (Formula.DOUBLINGS, [0, 5]),
        (Formula.DOUBLINGS, [5, 0]),
        (Formula.PERCENT, [5, 0]),
        (Formula.QUOTIENT, [5, 0]),
        (Formula.YIELD, [5, 0]),
    ],
)
def test_a_count_of_nothing_has_no_answer(formula: Formula, values: list[int]) -> None:
    assert evaluate(formula, [Decimal(value) for value in values], Decimal(100)) is None


def test_every_formula_says_what_it_wants() -> None:
    assert set(WANTS) == set(Formula)


@given(COUNTS, COUNTS, COUNTS)
def test_doublings_add_up_over_passages(first: int, second: int, third: int) -> None:
    parts = doublings(Decimal(first), Decimal(second)), doublings(Decimal(second), Decimal(third))
    whole = doublings(Decimal(first), Decimal(third))
    assert parts[0] is not None
    assert parts[1] is not None
    assert whole is not None
    assert abs(parts[0] + parts[1] - whole) < Decimal("1e-20")
