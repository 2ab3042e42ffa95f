"""What was done about a piece of equipment: calibrated, qualified, cleaned. The newest comes first."""

from datetime import date, datetime

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.materials import queries
from cellchain.materials.models import Cleaning, Qualification
from cellchain.materials.rules import CalibrationOutcome
from cellchain.platform.db import ReadTx

ROWS_MAX = 500
_QUALIFICATIONS = (
    select(Qualification)
    .where(Qualification.equipment == bindparam("equipment"))
    .order_by(col(Qualification.done_at).desc(), col(Qualification.id).desc())
)
_CLEANINGS = (
    select(Cleaning)
    .where(Cleaning.equipment == bindparam("equipment"))
    .order_by(col(Cleaning.done_at).desc(), col(Cleaning.id).desc())
)


@dataclass(frozen=True)
class Upkeep:
    """One line of the log. `holds_until` for what was found good until a day; `paper` is its certificate or report."""

    at: datetime
    shape: str
    what: T
    detail: T | str
    paper: str
    holds_until: date | None
    person: str


def upkeep_of(tx: ReadTx, equipment: str) -> list[Upkeep]:
    """Every calibration, qualification and cleaning of a piece of equipment, the newest first, at most 500 of each."""
    found = [*_calibrations(tx, equipment), *_qualifications(tx, equipment), *_cleanings(tx, equipment)]
    return sorted(found, key=lambda line: line.at, reverse=True)


def _calibrations(tx: ReadTx, equipment: str) -> list[Upkeep]:
    lines = []
    for row in queries.calibrations_of(tx, equipment):
        is_good = row.outcome is CalibrationOutcome.WITHIN_TOLERANCE
        detail = T("Within tolerance") if is_good else T("Out of tolerance")
        shape = "ok" if is_good else "stop"
        lines.append(Upkeep(row.done_at, shape, T("Calibrated"), detail, row.certificate, row.due_on, row.recorded_by))
    return lines


def _qualifications(tx: ReadTx, equipment: str) -> list[Upkeep]:
    return [
        Upkeep(row.done_at, "ok", T("Qualified"), "", row.report, row.due_on, row.recorded_by)
        for row in tx.many(_QUALIFICATIONS, limit=ROWS_MAX, equipment=equipment)
    ]


def _cleanings(tx: ReadTx, equipment: str) -> list[Upkeep]:
    return [
        Upkeep(
            row.done_at,
            "ok",
            T("Cleaned"),
            T("{why}, with {agent}", why=row.occasion, agent=row.agent),
            "",
            None,
            row.done_by,
        )
        for row in tx.many(_CLEANINGS, limit=ROWS_MAX, equipment=equipment)
    ]
