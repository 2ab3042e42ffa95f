"""What a value is against its prediction: percent, z-score and lower limit, by the LMS method. Pure.

Sources: GLI Global 2022 (doi 10.1164/rccm.202205-0963OC), GLI 2017 for the transfer factor with its correction of 2020
(doi 10.1183/13993003.00010-2017). A z-score is how many standard deviations a value lies from what is predicted.
"""

import json
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from math import exp, log
from typing import Any

from cellchain.kernel import canonical
from cellchain.kernel.errors import Refused
from cellchain.kernel.units import MILLI
from cellchain.kernel.values import dataclass

DAYS_PER_YEAR = Decimal("365.25")
AGE_STEP = Decimal("0.01")  # the age is kept with the value, so it is rounded before it is used
PERMILLE = 1_000
LOWER_LIMIT_Z = -1.645  # the 5th percentile of the healthy


@dataclass(frozen=True)
class Shape:
    """A distribution of the healthy at one age, height and sex: skewness L, median M, coefficient of variation S."""

    skewness: float
    median: float
    variation: float

    def z(self, value: float) -> float:
        """The z-score of `value`, which is in the unit of the median."""
        if self.skewness == 0:
            return log(value / self.median) / self.variation
        return float(((value / self.median) ** self.skewness - 1) / (self.skewness * self.variation))

    def at(self, z: float) -> float:
        """The value that has the z-score `z`."""
        if self.skewness == 0:
            return self.median * exp(z * self.variation)
        return float(self.median * (1 + z * self.skewness * self.variation) ** (1 / self.skewness))

    @property
    def lower_limit(self) -> float:
        """Below it lies one healthy person in twenty."""
        return self.at(LOWER_LIMIT_Z)


@dataclass(frozen=True)
class Judged:
    """A value against its prediction, in whole numbers: milli-units, tenths of a percent, thousandths of a z-score."""

    equation: str
    height_mm: int
    predicted_milli: int
    lower_limit_milli: int
    percent_predicted_permille: int
    z_milli: int
    age_years: str

    @property
    def columns(self) -> dict[str, Any]:
        """As a measurement keeps it. What was computed is personal: with the day, it tells when somebody was born."""
        computed = {name: getattr(self, name) for name in _COMPUTED}
        return {"equation": self.equation, "height_mm": self.height_mm, "judged": canonical.dumps(computed)}


_COMPUTED = ("predicted_milli", "lower_limit_milli", "percent_predicted_permille", "z_milli", "age_years")


def told(equation: str | None, height_mm: int | None, judged: str | None) -> Judged | None:
    """What a measurement keeps of a comparison, or None where there was none."""
    if equation is None or height_mm is None or judged is None:
        return None
    return Judged(equation, height_mm, **json.loads(judged))


def kept_together(found: Mapping[str, Judged]) -> dict[str, Any]:
    """What a baseline keeps of its comparisons, by outcome; no column where no equation covers any."""
    if not found:
        return {}
    computed = {code: {name: getattr(one, name) for name in _COMPUTED} for code, one in found.items()}
    equations = {code: one.equation for code, one in found.items()}
    return {"equations": canonical.dumps(equations), "judged": canonical.dumps(computed)}


def told_of(outcome: str, baseline: Mapping[str, Any]) -> Judged | None:
    """One outcome's comparison out of a baseline's columns, or None where there was none."""
    if baseline.get("equations") is None or baseline.get("judged") is None:
        return None
    equation = json.loads(baseline["equations"]).get(outcome)
    if equation is None:
        return None
    return Judged(equation, baseline["height_mm"], **json.loads(baseline["judged"])[outcome])


def age_on(born: date, on: date) -> Decimal:
    """Decimal years of age on a day, with two decimals."""
    return (Decimal((on - born).days) / DAYS_PER_YEAR).quantize(AGE_STEP, rounding=ROUND_HALF_EVEN)


def judged(value: Decimal, shape: Shape, equation: str, age_years: Decimal, height_mm: int) -> Judged:
    """`value` against `shape`, with what the comparison rested on."""
    number = float(value)
    return Judged(
        equation=equation,
        height_mm=height_mm,
        predicted_milli=round(shape.median * MILLI),
        lower_limit_milli=round(shape.lower_limit * MILLI),
        percent_predicted_permille=round(number / shape.median * PERMILLE),
        z_milli=round(shape.z(number) * MILLI),
        age_years=str(age_years),
    )


def may_be_spirometry(fvc: int, fev1: int) -> None:
    """Raises Refused where more was breathed out in the first second than in all."""
    if fev1 > fvc:
        raise Refused("measurement.fev1_above_fvc", "FEV1 is at most FVC. Check both values.")


def may_be_walk(rest_percent: int, lowest_percent: int) -> None:
    """Raises Refused where the lowest saturation is not the lowest."""
    if lowest_percent > rest_percent:
        raise Refused("measurement.lowest_above_rest", "The lowest SpO₂ is at most that at rest. Check both values.")
