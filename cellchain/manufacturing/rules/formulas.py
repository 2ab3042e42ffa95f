"""The closed list of formulas that a master record may name. Pure, exact decimals: a record never holds code.

Doublings and yields: domain.md 3.3 and 3.2. A formula gives None where its inputs have no answer: a count of nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum

from cellchain.kernel.values import dataclass

HUNDRED = Decimal(100)
TWO = Decimal(2)
INPUTS_MAX = 6


class Formula(StrEnum):
    """What is computed from the values that a step's parameter names."""

    DOUBLINGS = "doublings"
    YIELD = "yield"
    PERCENT = "percent"
    DOSE = "dose"
    QUOTIENT = "quotient"
    SUM = "sum"
    DIFFERENCE = "difference"
    MEAN = "mean"
    MINUTES_SINCE = "minutes_since"


@dataclass(frozen=True)
class Wants:
    """What a formula is computed from: how many inputs, and what they are."""

    least: int
    most: int
    words: str


# The minutes are read from the batch record's own times: they name a step.
OF_TIMES = frozenset({Formula.MINUTES_SINCE})
WANTS: Mapping[Formula, Wants] = {
    Formula.DOUBLINGS: Wants(2, 2, "cells seeded, cells harvested"),
    Formula.YIELD: Wants(1, 2, "what was got, and what it is counted on"),
    Formula.PERCENT: Wants(2, 2, "the part, the whole"),
    Formula.DOSE: Wants(2, 2, "cells in a millilitre, millilitres"),
    Formula.QUOTIENT: Wants(2, 2, "a value, and what it is divided by"),
    Formula.SUM: Wants(2, INPUTS_MAX, "values of one unit"),
    Formula.DIFFERENCE: Wants(2, 2, "a value, and what is taken from it"),
    Formula.MEAN: Wants(2, INPUTS_MAX, "values of one unit"),
    Formula.MINUTES_SINCE: Wants(1, 1, "an earlier step"),
}


def evaluate(formula: Formula, values: Sequence[Decimal], expected: Decimal | None = None) -> Decimal | None:
    """What a formula gives, unrounded; None where there is no answer. `expected` is the yield that was hoped for."""
    if formula == Formula.YIELD:
        hoped = (expected or Decimal(0)) * (values[1] if len(values) > 1 else 1)
        return _share(values[0], hoped)
    return _EVALUATES[formula](values)


def doublings(seeded: Decimal, harvested: Decimal) -> Decimal | None:
    """Population doublings, log2(harvested / seeded); negative where cells were lost, None for a count of nothing."""
    if seeded <= 0 or harvested <= 0:
        return None
    return (harvested / seeded).ln() / TWO.ln()


def _share(part: Decimal, whole: Decimal) -> Decimal | None:
    return None if whole == 0 else part / whole * HUNDRED


def _quotient(values: Sequence[Decimal]) -> Decimal | None:
    return None if values[1] == 0 else values[0] / values[1]


_EVALUATES: Mapping[Formula, Callable[[Sequence[Decimal]], Decimal | None]] = {
    Formula.DOUBLINGS: lambda values: doublings(*values),
    Formula.PERCENT: lambda values: _share(*values),
    Formula.DOSE: lambda values: values[0] * values[1],
    Formula.QUOTIENT: _quotient,
    Formula.SUM: lambda values: sum(values, Decimal(0)),
    Formula.DIFFERENCE: lambda values: values[0] - values[1],
    Formula.MEAN: lambda values: sum(values, Decimal(0)) / len(values),
    # A time is a count of minutes already when it comes here.
    Formula.MINUTES_SINCE: lambda values: values[0],
}
