"""Means and their intervals. Pure, and without a library: two sums and one distribution.

Student's t with a whole number of degrees of freedom has a finite form (Abramowitz and Stegun, 26.7.3 and 26.7.4).
"""

from collections.abc import Sequence
from math import cos, fsum, pi, sin, sqrt, tan

from cellchain.kernel.values import dataclass

CONFIDENCE = 0.95
HALVINGS = 80


@dataclass(frozen=True)
class Summary:
    """How many values, their mean, their standard deviation (n - 1), and the interval of the mean.

    Standard deviation and interval are None where fewer than two values are known: nothing is said of their spread.
    """

    n: int
    mean: float | None
    sd: float | None
    low: float | None
    high: float | None


def summary(values: Sequence[float]) -> Summary:
    """The summary of `values`: mean ± t(0.975; n - 1) · SD / √n, each recipient counted once, nothing imputed."""
    n = len(values)
    if n == 0:
        return Summary(0, None, None, None, None)
    mean = fsum(values) / n
    if n == 1:
        return Summary(1, mean, None, None, None)
    sd = sqrt(fsum((value - mean) ** 2 for value in values) / (n - 1))
    reach = t_of(CONFIDENCE, n - 1) * sd / sqrt(n)
    return Summary(n, mean, sd, mean - reach, mean + reach)


def within(angle: float, freedom: int) -> float:
    """The probability that |T| is at most √freedom · tan(angle), for T of Student with `freedom` degrees of freedom."""
    c, s = cos(angle), sin(angle)
    if freedom % 2:
        term, total = c, 0.0
        for step in range(1, freedom - 1, 2):
            total += term
            term *= c * c * (step + 1) / (step + 2)
        return 2 / pi * (angle + s * total)
    term, total = 1.0, 0.0
    for step in range(2, freedom + 1, 2):
        total += term
        term *= c * c * (step - 1) / step
    return s * total


def t_of(confidence: float, freedom: int) -> float:
    """The t that |T| stays within with probability `confidence`. Found by halving: the probability grows with it."""
    low, high = 0.0, pi / 2
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if within(middle, freedom) < confidence:
            low = middle
        else:
            high = middle
    return sqrt(freedom) * tan(low)
