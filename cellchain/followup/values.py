"""A recipient's values in a table: raw, changed from baseline, against what is predicted, and how far each is verified.

Pure: rows and the definition in, views out.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from cellchain.followup import rules
from cellchain.followup.baselines import Base, change_permille
from cellchain.followup.lifecycles import VisitPhase
from cellchain.followup.models import Measurement, Visit, Walk
from cellchain.kernel.units import MILLI
from cellchain.kernel.values import dataclass
from cellchain.trial.definition import Outcome, StudyDefinition, Words
from cellchain.trial.lung.rules import Judged, told

TENTHS = 10


@dataclass(frozen=True)
class Value:
    """One value, or the reason why there is none.

    `relative` is the change in percent of baseline, `points` the change of the share of predicted in points of percent.
    """

    outcome: str
    unit: str
    decimals: int
    id: int | None = None
    value: Decimal | None = None
    missing_reason: str | None = None
    change: Decimal | None = None
    relative: Decimal | None = None
    predicted: Decimal | None = None
    lower_limit: Decimal | None = None
    percent_permille: int | None = None
    points: Decimal | None = None
    z: Decimal | None = None
    equation: str | None = None
    grade: str | None = None
    haemoglobin_g_l: int | None = None
    walk: "WalkValues | None" = None
    corrected: bool = False
    verified_by: str | None = None
    verified_at: datetime | None = None

    @property
    def is_below(self) -> bool:
        """Whether it lies below what nineteen of twenty healthy people reach."""
        return self.value is not None and self.lower_limit is not None and self.value < self.lower_limit


@dataclass(frozen=True)
class WalkValues:
    """What a six-minute walk is read with: L/min, percent, points of Borg's scale."""

    oxygen_l_min: Decimal
    spo2_rest: int
    spo2_lowest: int
    borg_rest: Decimal
    borg_end: Decimal


@dataclass(frozen=True)
class VisitValues:
    """What was measured at a visit that took place. `days_outside` of its window: negative for one too early."""

    id: int | None
    title: Words | None
    on: date
    scheduled: bool
    days_outside: int
    cells: tuple[Value, ...]


def table(
    study: StudyDefinition,
    bases: Mapping[str, Base],
    visits: Sequence[Visit],
    measured: Sequence[Measurement],
    walks: Sequence[Walk],
) -> tuple[VisitValues, ...]:
    """The baseline, then each visit that took place in the order of its day."""
    outcomes = {one.code: one for one in study.outcomes}
    codes = tuple(dict.fromkeys(code for visit in study.visits for code in visit.measures))
    starts = {code: _of_base(outcomes[code], base) for code, base in bases.items()}
    rows = {(one.visit, one.outcome): one for one in measured}
    walked = {one.measurement: one for one in walks}
    found = []
    if bases:
        on = max(base.on for base in bases.values())
        first = tuple(starts.get(code) or _nothing(outcomes[code]) for code in codes)
        found.append(VisitValues(None, None, on, scheduled=True, days_outside=0, cells=first))
    done = [row for row in visits if row.phase == VisitPhase.DONE]
    done.sort(key=lambda row: (row.visited_on or row.due_on, row.id or 0))
    for row in done:
        on = row.visited_on or row.due_on
        found.append(
            VisitValues(
                row.id,
                rules.visit_of(study, row.code).title,
                on,
                row.scheduled,
                rules.days_outside(on, row.window_from, row.window_until),
                tuple(
                    _value(outcomes[code], rows.get((row.id or 0, code)), bases.get(code), starts.get(code), walked)
                    for code in codes
                ),
            )
        )
    return tuple(found)


def _nothing(outcome: Outcome) -> Value:
    return Value(outcome.code, outcome.unit, outcome.decimals)


def _of_base(outcome: Outcome, base: Base) -> Value:
    """The baseline, judged by the equation that judges every later value."""
    return Value(
        outcome.code,
        outcome.unit,
        outcome.decimals,
        value=Decimal(base.value).scaleb(-outcome.decimals),
        **_judged(base.judged),
    )


def _value(
    outcome: Outcome, row: Measurement | None, base: Base | None, start: Value | None, walked: Mapping[int, Walk]
) -> Value:
    if row is None:
        return _nothing(outcome)
    value, change, relative = row.value, None, None
    if value is not None and base is not None:
        change = Decimal(value - base.value).scaleb(-outcome.decimals)
        relative = Decimal(change_permille(value, base.value)) / TENTHS
    first = None if start is None else start.percent_permille
    judged = told(row.equation, row.height_mm, row.judged)
    percent = None if judged is None else judged.percent_predicted_permille
    return Value(
        outcome.code,
        row.unit,
        outcome.decimals,
        id=row.id,
        value=None if value is None else Decimal(value).scaleb(-outcome.decimals),
        missing_reason=row.missing_reason,
        change=change,
        relative=relative,
        **_judged(judged),
        points=None if percent is None or first is None else Decimal(percent - first) / TENTHS,
        grade=row.grade,
        haemoglobin_g_l=row.haemoglobin_g_l,
        walk=_walk(walked.get(row.id or 0)),
        corrected=row.replaces is not None,
        verified_by=row.verified_by,
        verified_at=row.verified_at,
    )


def _walk(row: Walk | None) -> WalkValues | None:
    if row is None:
        return None
    return WalkValues(
        oxygen_l_min=Decimal(row.oxygen_ml_min) / MILLI,
        spo2_rest=row.spo2_rest_percent,
        spo2_lowest=row.spo2_lowest_percent,
        borg_rest=Decimal(row.borg_rest_tenths) / TENTHS,
        borg_end=Decimal(row.borg_end_tenths) / TENTHS,
    )


def _judged(found: Judged | None) -> dict[str, Any]:
    if found is None:
        return {}
    return {
        "predicted": Decimal(found.predicted_milli) / MILLI,
        "lower_limit": Decimal(found.lower_limit_milli) / MILLI,
        "percent_permille": found.percent_predicted_permille,
        "z": Decimal(found.z_milli) / MILLI,
        "equation": found.equation,
    }
