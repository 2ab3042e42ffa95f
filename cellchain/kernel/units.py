"""Quantities as integers in their smallest unit, and the few sums that the process needs.

Volumes are microlitres (`_ul`), cells are counted (`_count`), temperatures are thousandths of a degree (`_mc`),
fractions are tenths of a percent (`_permille`), doublings are thousandths (`_milli`).
"""

from decimal import ROUND_HALF_EVEN, Decimal

UL_PER_ML = 1_000
MILLI = 1_000


def to_ul(millilitres: Decimal) -> int:
    """Microlitres in `millilitres`. Raises ValueError where the volume is finer than a microlitre."""
    return _exact(millilitres * UL_PER_ML, "a volume is a whole number of microlitres")


def to_permille(percent: Decimal) -> int:
    """Tenths of a percent in `percent`. Raises ValueError where it is finer."""
    return _exact(percent * 10, "a percentage has one decimal")


def to_mc(celsius: Decimal) -> int:
    """Thousandths of a degree Celsius."""
    return _exact(celsius * MILLI, "a temperature has three decimals at most")


def population_doublings_milli(seeded_count: int, harvested_count: int) -> int:
    """Population doublings, log2(harvested / seeded), in thousandths (domain.md 3.3).

    Negative when cells were lost. Raises ValueError unless both counts are positive.
    """
    if seeded_count <= 0 or harvested_count <= 0:
        raise ValueError("doublings need cells before and after")
    doublings = (Decimal(harvested_count) / Decimal(seeded_count)).ln() / Decimal(2).ln()
    return int((doublings * MILLI).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def doubling_time_minutes(doublings_milli: int, minutes: int) -> int | None:
    """Minutes a population took to double; None where it did not grow."""
    if doublings_milli <= 0:
        return None
    return round(Decimal(minutes) * MILLI / Decimal(doublings_milli))


def percent_permille(part: int, whole: int) -> int:
    """`part` of `whole` in tenths of a percent, rounded half to even. Raises ValueError unless `whole` is positive."""
    if whole <= 0:
        raise ValueError("a share needs a whole")
    return int((Decimal(part) * 1000 / Decimal(whole)).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def _exact(value: Decimal, statement: str) -> int:
    whole = value.to_integral_value()
    if whole != value:
        raise ValueError(statement)
    return int(whole)
