"""Reading who is a qualified person, now or at a moment of the past."""

from datetime import date, datetime

from sqlalchemy import bindparam, or_
from sqlmodel import col, select

from cellchain.accounts.models import Person
from cellchain.accounts.qualified.models import QualifiedMark
from cellchain.accounts.rules import MarkPhase, PersonPhase, mark_counts
from cellchain.kernel.values import dataclass
from cellchain.platform.db import ReadTx

MARKS_MAX = 200

OF_PERSON = (
    select(QualifiedMark).where(col(QualifiedMark.person) == bindparam("person")).order_by(col(QualifiedMark.id).desc())
)
LIVE_OF = select(QualifiedMark).where(
    col(QualifiedMark.person) == bindparam("person"), col(QualifiedMark.phase) != MarkPhase.ENDED
)
ACTIVE = (
    select(QualifiedMark)
    .join(Person, col(Person.code) == col(QualifiedMark.person))
    .where(
        col(QualifiedMark.phase) == MarkPhase.ACTIVE,
        col(Person.phase) == PersonPhase.ACTIVE,
        or_(col(Person.last_day).is_(None), col(Person.last_day) >= bindparam("today")),
    )
    .order_by(col(QualifiedMark.id))
)


@dataclass(frozen=True)
class MarkFacts:
    """A mark of somebody."""

    id: int
    person: str
    evidence: str
    valid_from: date
    valid_until: date | None
    phase: MarkPhase
    given_at: datetime
    active_at: datetime | None
    ended_at: datetime | None


def marks_of(tx: ReadTx, person: str) -> list[MarkFacts]:
    """Every mark of a person, the newest first."""
    return [_mark(row) for row in tx.many(OF_PERSON, limit=MARKS_MAX, person=person)]


def qualified_people(tx: ReadTx, at: datetime) -> frozenset[str]:
    """Who may work and bears the mark now; `at` is now."""
    return frozenset(
        row.person
        for row in tx.many(ACTIVE, limit=MARKS_MAX, today=at.astimezone(tx.zone).date())
        if _counts(tx, row, at)
    )


def mark_at(tx: ReadTx, person: str, at: datetime) -> MarkFacts | None:
    """The mark that somebody bore at a moment, of the past too."""
    return next(
        (_mark(row) for row in tx.many(OF_PERSON, limit=MARKS_MAX, person=person) if _counts(tx, row, at)), None
    )


def _counts(tx: ReadTx, row: QualifiedMark, at: datetime) -> bool:
    day = at.astimezone(tx.house.zone).date()
    in_days = (row.valid_from, row.valid_until)
    return mark_counts(at, day, active_at=row.active_at, ended_at=row.ended_at, in_days=in_days)


def _mark(row: QualifiedMark) -> MarkFacts:
    return MarkFacts(**{name: getattr(row, name) for name in MarkFacts.__dataclass_fields__})
