"""Reading which banks are under a stability plan, and what was pulled from them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.kernel.values import dataclass
from cellchain.platform.db import ReadTx
from cellchain.quality.rules.stability import POINTS_MAX, VIALS_MAX, Served
from cellchain.quality.stability.models import StabilityPoint, StabilityStudy

STUDIES_MAX = 500
PULLS_MAX = POINTS_MAX * (VIALS_MAX + 1)

STUDIES = select(StabilityStudy).order_by(col(StabilityStudy.placed_at).desc(), col(StabilityStudy.lot))
OF_LOT: Any = select(StabilityPoint).where(col(StabilityPoint.lot) == bindparam("lot")).order_by(col(StabilityPoint.id))
OF_SAMPLE: Any = select(StabilityPoint).where(col(StabilityPoint.sample) == bindparam("sample"))
OF_VIAL: Any = select(StabilityPoint).where(col(StabilityPoint.vial) == bindparam("vial"))


@dataclass(frozen=True)
class Study:
    """A bank under one version of a stability plan."""

    lot: str
    specification: int
    frozen_on: date
    placed_by: str
    placed_at: datetime


@dataclass(frozen=True)
class Pull:
    """A vial pulled for a time point, and the sample it became; or, without both, why the time point was missed."""

    lot: str
    month: int
    vial: str | None
    sample: str | None
    at: datetime
    by: str
    reason: str | None


def study_of(tx: ReadTx, lot: str) -> Study | None:
    """The plan that a bank is under, or None."""
    row = tx.find(StabilityStudy, lot)
    return None if row is None else _study(row)


def studies(tx: ReadTx) -> list[Study]:
    """Every bank under a plan, the one placed last first."""
    return [_study(row) for row in tx.many(STUDIES, limit=STUDIES_MAX)]


def pulls_of(tx: ReadTx, lot: str) -> list[Pull]:
    """Everything that was pulled from a bank or missed, in that order."""
    return [_pull(row) for row in tx.many(OF_LOT, limit=PULLS_MAX, lot=lot)]


def served_at(tx: ReadTx, lot: str, month: int) -> Served:
    """What became of one time point so far."""
    return served([pull for pull in pulls_of(tx, lot) if pull.month == month])


def served(pulls: list[Pull]) -> Served:
    """The same, out of what was pulled and missed at it."""
    return Served(sum(pull.sample is not None for pull in pulls), any(pull.sample is None for pull in pulls))


def month_of(tx: ReadTx, sample: str) -> int | None:
    """The time point that a sample was pulled for; None for every other sample."""
    row = tx.one(OF_SAMPLE, sample=sample)
    return None if row is None else int(row.month)


def pull_of_vial(tx: ReadTx, vial: str) -> Pull | None:
    """For which time point a vial was pulled, or None."""
    row = tx.one(OF_VIAL, vial=vial)
    return None if row is None else _pull(row)


def _study(row: StabilityStudy) -> Study:
    return Study(**{name: getattr(row, name) for name in Study.__dataclass_fields__})


def _pull(row: StabilityPoint) -> Pull:
    return Pull(**{name: getattr(row, name) for name in Pull.__dataclass_fields__})
