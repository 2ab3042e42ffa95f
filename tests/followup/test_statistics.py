"""Student's t against its published table, and summaries against sums done by hand."""

import statistics as oracle

import pytest

from cellchain.followup.outcomes.statistics import summary, t_of

# Two-sided 95 %, by degrees of freedom: the table of every textbook.
TABLE = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 7: 2.365, 9: 2.262, 10: 2.228, 19: 2.093, 30: 2.042}


@pytest.mark.parametrize(("freedom", "expected"), TABLE.items())
def test_t_is_that_of_the_table(freedom: int, expected: float) -> None:
    assert round(t_of(0.95, freedom), 3) == expected


@pytest.mark.parametrize(
    ("confidence", "freedom", "expected"), [(0.99, 5, 4.032), (0.90, 8, 1.860), (0.95, 120, 1.980)]
)
def test_other_confidences_and_many_degrees(confidence: float, freedom: int, expected: float) -> None:
    assert round(t_of(confidence, freedom), 3) == expected


def test_the_interval_of_five_values() -> None:
    """Mean 3, standard deviation √2.5, half-width 2.776 · 1.5811 / √5."""
    found = summary([1, 2, 3, 4, 5])
    assert (found.n, found.mean) == (5, 3.0)
    assert found.sd == pytest.approx(1.5811, abs=1e-4)
    assert found.low == pytest.approx(1.0368, abs=1e-4)
    assert found.high == pytest.approx(4.9632, abs=1e-4)


def test_mean_and_deviation_are_those_of_the_standard_library() -> None:
    values = [0.11, -0.24, 0.05, -0.31, -0.02, 0.4]
    found = summary(values)
    assert found.mean == pytest.approx(oracle.mean(values))
    assert found.sd == pytest.approx(oracle.stdev(values))


def test_one_value_has_no_spread_and_none_has_no_mean() -> None:
    assert (summary([2.5]).mean, summary([2.5]).sd, summary([2.5]).low) == (2.5, None, None)
    assert (summary([]).n, summary([]).mean) == (0, None)


def test_equal_values_have_an_interval_of_no_width() -> None:
    found = summary([4.0, 4.0, 4.0])
    assert (found.sd, found.low, found.high) == (0.0, 4.0, 4.0)
