"""Reading which roles were taken in an emergency, and what was done under them."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, func, select

from cellchain.accounts.emergency.models import EmergencyAccess
from cellchain.accounts.emergency.rules import EmergencyPhase, EmergencyRole, in_force
from cellchain.accounts.models import Person
from cellchain.kernel.values import dataclass
from cellchain.ledger.queries import entries_by
from cellchain.platform.db import ReadTx

LISTED_MAX = 200
ENTRIES_MAX = 1_000

RUNNING_OF = select(EmergencyAccess).where(
    col(EmergencyAccess.person) == bindparam("person"), col(EmergencyAccess.phase) == EmergencyPhase.RUNNING
)
RUNNING_AS = select(EmergencyAccess).where(
    col(EmergencyAccess.role) == bindparam("role"), col(EmergencyAccess.phase) == EmergencyPhase.RUNNING
)
RUNNING = (
    select(EmergencyAccess)
    .where(col(EmergencyAccess.phase) == EmergencyPhase.RUNNING)
    .order_by(col(EmergencyAccess.id).desc())
)
UNREVIEWED = (
    select(EmergencyAccess)
    .where(col(EmergencyAccess.phase) != EmergencyPhase.REVIEWED)
    .order_by(col(EmergencyAccess.review_by), col(EmergencyAccess.id))
)
UNREVIEWED_OF = (
    select(func.count())
    .select_from(EmergencyAccess)
    .where(col(EmergencyAccess.person) == bindparam("person"), col(EmergencyAccess.phase) != EmergencyPhase.REVIEWED)
)
EVERY = select(EmergencyAccess).order_by(col(EmergencyAccess.id).desc())
OF_PERSON = (
    select(EmergencyAccess)
    .where(col(EmergencyAccess.person) == bindparam("person"))
    .order_by(col(EmergencyAccess.id).desc())
)


_rows: Any = EmergencyAccess  # a time that may be missing is a column all the same, which the stubs do not know
HELD_AT = (
    select(func.count())
    .select_from(EmergencyAccess)
    .where(
        col(EmergencyAccess.person) == bindparam("person"),
        col(EmergencyAccess.role) == bindparam("role"),
        col(EmergencyAccess.begun_at) <= bindparam("at"),
        func.coalesce(_rows.ended_at, _rows.ends_at) > bindparam("at"),
    )
)


@dataclass(frozen=True)
class EmergencyView:
    """One of them as pages show it. `over_at` is when it ended or will; `runs` is what counts now."""

    number: int
    person: str
    name: str
    role: str
    cause: str
    account: str
    station: str | None
    begun_at: datetime
    over_at: datetime
    runs: bool
    phase: EmergencyPhase
    review_by: datetime
    ended_by: str | None
    reviewed_by: str | None
    reviewed_at: datetime | None
    finding: str | None
    assessment: str | None


@dataclass(frozen=True)
class Deed:
    """An entry of the ledger that bears the number of an emergency access."""

    seq: int
    at: datetime
    event: str
    subject: str | None


def role_in_force(tx: ReadTx, number: int) -> EmergencyRole | None:
    """The role of an emergency access that counts at this moment."""
    row = tx.find(EmergencyAccess, number)
    return row.role if row is not None and in_force(row.phase, row.ends_at, tx.now) else None


def held_at(tx: ReadTx, person: str, role: EmergencyRole, at: datetime) -> bool:
    """Whether somebody had this role at a moment because they had taken it in an emergency."""
    return bool(tx.one(HELD_AT, person=person, role=role, at=at))


def still_runs(tx: ReadTx, number: int) -> bool:
    """Whether an emergency access counts at this moment."""
    return role_in_force(tx, number) is not None


def running(tx: ReadTx) -> list[EmergencyView]:
    """Everybody who works in a role taken in an emergency now."""
    return [view for view in _views(tx, tx.many(RUNNING, limit=LISTED_MAX)) if view.runs]


def unreviewed(tx: ReadTx) -> list[EmergencyView]:
    """What is over and waits for QA, what is due first at the top."""
    return [view for view in _views(tx, tx.many(UNREVIEWED, limit=LISTED_MAX)) if not view.runs]


def listed(tx: ReadTx, person: str | None = None) -> list[EmergencyView]:
    """All of them, or somebody's own, the newest first."""
    if person is None:
        return _views(tx, tx.many(EVERY, limit=LISTED_MAX))
    return _views(tx, tx.many(OF_PERSON, limit=LISTED_MAX, person=person))


def view_of(tx: ReadTx, number: int) -> EmergencyView:
    """One of them. Raises NotFound."""
    return _views(tx, [tx.get(EmergencyAccess, number)])[0]


def deeds(tx: ReadTx, view: EmergencyView) -> list[Deed]:
    """What was done under it, in order: every entry that bears its number."""
    entries = entries_by(tx, view.person, view.begun_at, view.over_at, ENTRIES_MAX)
    return [
        Deed(entry.seq, entry.at, entry.event, entry.subject)
        for entry in entries
        if json.loads(entry.body)["facts"].get("emergency") == view.number
    ]


def _views(tx: ReadTx, rows: list[EmergencyAccess]) -> list[EmergencyView]:
    return [_view(tx, row) for row in rows]


def _view(tx: ReadTx, row: EmergencyAccess) -> EmergencyView:
    person = tx.get(Person, row.person)
    return EmergencyView(
        number=row.id or 0,
        person=row.person,
        name=person.initials,
        role=row.role,
        cause=row.cause,
        account=row.account,
        station=row.station,
        begun_at=row.begun_at,
        over_at=row.ended_at or row.ends_at,
        runs=in_force(row.phase, row.ends_at, tx.now),
        phase=row.phase,
        review_by=row.review_by,
        ended_by=row.ended_by,
        reviewed_by=row.reviewed_by,
        reviewed_at=row.reviewed_at,
        finding=row.finding,
        assessment=row.assessment,
    )
