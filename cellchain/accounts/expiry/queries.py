"""Reading last days: who holds a role for how long, what ends soon, and what was said."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.accounts.expiry.models import LastDay
from cellchain.accounts.expiry.rules import SOON, Held, TermPhase
from cellchain.accounts.models import Grant, Person, Training
from cellchain.accounts.rules import GrantPhase, PersonPhase, Role
from cellchain.kernel.values import dataclass
from cellchain.platform.db import ReadTx

SAID_MAX = 100

# A day that may be missing is a column all the same; SQLModel's stubs know of none in a list of columns.
_grants: Any = Grant
_people: Any = Person

SAID_OF = (
    select(LastDay, Grant.role)
    .outerjoin(Grant, col(Grant.id) == col(LastDay.role_grant))
    .where(col(LastDay.person) == bindparam("person"))
    .order_by(col(LastDay.id).desc())
)
WAITING_OF = (
    select(LastDay)
    .where(col(LastDay.person) == bindparam("person"), col(LastDay.phase) == TermPhase.PROPOSED)
    .order_by(col(LastDay.id))
)
HELD = (
    select(_grants.person, _people.last_day, _grants.last_day)
    .join(Person, col(Person.code) == col(Grant.person))
    .where(Grant.role == bindparam("role"), Grant.phase == GrantPhase.ACTIVE, Person.phase == PersonPhase.ACTIVE)
    .order_by(col(Grant.person))
)
ENDING_ACCOUNTS = (
    select(Person)
    .where(Person.phase == PersonPhase.ACTIVE, col(Person.last_day) <= bindparam("by"))
    .order_by(col(Person.last_day), col(Person.code))
)
ENDING_ROLES = (
    select(Grant, Person.initials)
    .join(Person, col(Person.code) == col(Grant.person))
    .where(
        Grant.phase == GrantPhase.ACTIVE,
        Person.phase == PersonPhase.ACTIVE,
        col(Grant.last_day) >= bindparam("today"),
        col(Grant.last_day) <= bindparam("by"),
    )
    .order_by(col(Grant.last_day), col(Grant.id))
)
TRAININGS = (
    select(Training, Person.initials, _people.last_day)
    .join(Person, col(Person.code) == col(Training.person))
    .where(Person.phase == PersonPhase.ACTIVE)
    .order_by(col(Training.person), col(Training.topic), col(Training.trained_on), col(Training.id))
)


@dataclass(frozen=True)
class Said:
    """A last day as it was said, with the role that it is of."""

    id: int
    role: Role | None
    was: date | None
    last_day: date | None
    reason: str
    phase: TermPhase
    said_by: str
    said_at: datetime


@dataclass(frozen=True)
class Ending:
    """Something of a person that ends: the account, a role, or what they were trained in."""

    person: str
    initials: str
    last_day: date
    role: Role | None = None
    topic: str | None = None


def said_of(tx: ReadTx, person: str) -> list[Said]:
    """Every last day of a person that was said, the newest first."""
    return [
        Said(row.id or 0, role, row.was, row.last_day, row.reason, row.phase, row.said_by, row.said_at)
        for row, role in tx.many(SAID_OF, limit=SAID_MAX, person=person)
    ]


def held(tx: ReadTx, role: Role) -> list[Held]:
    """Who may work today and holds `role` today, each with how long."""
    return [
        one
        for one in (Held(*row) for row in tx.every(HELD, role=role))
        if one.last_day is None or one.last_day >= tx.today
    ]


def ending_accounts(tx: ReadTx, limit: int = 200) -> list[Ending]:
    """Accounts that end soon, and those that ended and were never closed, the earliest first."""
    return [
        Ending(row.code, row.initials, row.last_day)
        for row in tx.many(ENDING_ACCOUNTS, limit=limit, by=tx.today + SOON)
        if row.last_day is not None
    ]


def ending_roles(tx: ReadTx, limit: int = 200) -> list[Ending]:
    """Roles that end soon, the earliest first."""
    return [
        Ending(row.person, initials, row.last_day, role=row.role)
        for row, initials in tx.many(ENDING_ROLES, limit=limit, today=tx.today, by=tx.today + SOON)
    ]


def ending_trainings(tx: ReadTx) -> list[Ending]:
    """What people were trained in that ends soon or has ended; what they were trained in anew is not told."""
    newest: dict[tuple[str, str], Ending | None] = {}
    for row, initials, last_day in tx.every(TRAININGS):
        works = last_day is None or last_day >= tx.today
        is_ending = works and row.valid_until is not None and row.valid_until <= tx.today + SOON
        found = Ending(row.person, initials, row.valid_until, topic=row.topic) if is_ending else None
        newest[row.person, row.topic.casefold()] = found
    return sorted((one for one in newest.values() if one is not None), key=lambda one: (one.last_day, one.person))
