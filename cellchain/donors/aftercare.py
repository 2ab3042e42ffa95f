"""What is planned for donors after their harvests, what was made of it, and what their harvests did to them."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.donors import definitions
from cellchain.donors.models import Complication, Donation, DonorVisit
from cellchain.donors.rules.aftercare import Planned, VisitStanding, planned
from cellchain.kernel.values import dataclass
from cellchain.platform.db import ReadTx

VISITS = "donor_visits"
LATE_DAYS_MAX = 365  # a visit that nobody recorded for a year is no work of today any more
DONATIONS_MAX = 500

_VISITS = select(DonorVisit).where(DonorVisit.donation == bindparam("donation")).order_by(col(DonorVisit.id))
_VISIT = select(DonorVisit).where(DonorVisit.donation == bindparam("donation"), DonorVisit.visit == bindparam("visit"))
_COMPLICATIONS = (
    select(Complication)
    .where(Complication.donation == bindparam("donation"))
    .order_by(col(Complication.noticed_at), col(Complication.id))
)
_SINCE = (
    select(Donation.code, Donation.donor, Donation.ended_at)
    .where(col(Donation.ended_at) >= bindparam("since"))
    .order_by(col(Donation.ended_at).desc())
)


@dataclass(frozen=True)
class VisitLine:
    """One planned visit of one donation, and what became of it."""

    donation: str
    planned: Planned
    standing: VisitStanding
    made: DonorVisit | None = None


@dataclass(frozen=True)
class DueVisit:
    """A visit that may be made now, or should have been."""

    donor: str
    donation: str
    line: VisitLine


def listed_visits(tx: ReadTx) -> list[tuple[str, str]]:
    """The visits after every harvest, by code and name, for forms to choose from."""
    return [(visit.code, visit.name) for visit in definitions.aftercare().visits]


def planned_after(tx: ReadTx, harvested_at: datetime) -> Mapping[str, Planned]:
    """The visits after a harvest, by code."""
    return {one.plan.code: one for one in planned(definitions.aftercare(), tx.day_of(harvested_at))}


def visit_of(tx: ReadTx, donation: str, visit: str) -> DonorVisit | None:
    """One visit of a donation, where it was recorded."""
    return tx.one(_VISIT, donation=donation, visit=visit)


def visit_lines(tx: ReadTx, donation: str, harvested_at: datetime) -> list[VisitLine]:
    """Every visit after a donation, in the order of the plan."""
    made = {row.visit: row for row in tx.every(_VISITS, donation=donation)}
    today = tx.today
    lines = []
    for code, plan in planned_after(tx, harvested_at).items():
        row = made.get(code)
        standing = plan.standing(today, None if row is None else (row.contact, tx.day_of(row.made_at)))
        lines.append(VisitLine(donation, plan, standing, row))
    return lines


def due_visits(tx: ReadTx) -> Iterator[DueVisit]:
    """The visits of all donors that are due or overdue, the newest harvests first."""
    since = tx.now - timedelta(days=LATE_DAYS_MAX)
    for donation, donor, ended_at in tx.many(_SINCE, limit=DONATIONS_MAX, since=since):
        for line in visit_lines(tx, donation, ended_at):
            if line.standing in (VisitStanding.DUE, VisitStanding.OVERDUE):
                yield DueVisit(donor, donation, line)


def complications_of(tx: ReadTx, donation: str) -> list[Complication]:
    """What a harvest did to the donor, in the order in which it was noticed."""
    return tx.every(_COMPLICATIONS, donation=donation)
