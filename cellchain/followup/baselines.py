"""Which value changes are counted from: the last one before the first infusion, chosen here and by nobody. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from cellchain.followup.lifecycles import Grade
from cellchain.kernel.values import dataclass
from cellchain.trial.definition import Outcome
from cellchain.trial.lung.rules import Judged, told_of

PERMILLE = 1_000
# Where a baseline of the trial keeps an outcome's value, in which unit, and with how many decimals of it.
COLUMN_OF: Mapping[str, tuple[str, str, int]] = {
    "fvc": ("fvc_ml", "L", 3),
    "fev1": ("fev1_ml", "L", 3),
    "dlco": ("dlco_umol_min_kpa", "mmol/min/kPa", 3),
    "six_minute_walk": ("walk_m", "m", 0),
}


@dataclass(frozen=True)
class Base:
    """A value that may be the baseline: the day, a whole number of the outcome's last decimal, and the visit.

    `visit` None: it was measured for the decision on eligibility. `judged`: what it was against its prediction.
    """

    on: date
    value: int
    visit: int | None = None
    judged: Judged | None = None


def of_trial(outcome: Outcome, measured_on: date, columns: Mapping[str, Any]) -> Base | None:
    """What the trial's own baseline says of an outcome, or None where it keeps none in this unit."""
    column, unit, decimals = COLUMN_OF.get(outcome.code, ("", "", 0))
    if not column or unit != outcome.unit:
        return None
    value = round(Decimal(columns[column]).scaleb(outcome.decimals - decimals))
    # A walk of no metres is a walk that could not be done: nothing is counted from it.
    return Base(measured_on, value, judged=told_of(outcome.code, columns)) if value > 0 else None


def may_be_base(grade: str | None) -> bool:
    """Whether a measurement may be counted from: one of grade F had no acceptable try, so it is no value at all."""
    return grade != Grade.F


def chosen(candidates: Iterable[Base], treated_from: date) -> Base | None:
    """The last value of a day before `treated_from`; of one day, the one measured at a visit, and of those the last.

    `treated_from` is the day of the first infusion, or the day that stands for it where none was given. A value of that
    day itself is not taken: a day does not tell what came first.
    """
    before = [one for one in candidates if one.on < treated_from]
    return max(before, key=lambda one: (one.on, one.visit or 0), default=None)


def change_permille(value: int, base: int) -> int:
    """The change relative to baseline in tenths of a percent."""
    return round(Decimal(value - base) * PERMILLE / base)
