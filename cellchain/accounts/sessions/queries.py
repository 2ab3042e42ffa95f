"""Reading who is signed in where."""

from datetime import datetime, timedelta

from sqlmodel import col, select

from cellchain.accounts.models import Person, WebSession
from cellchain.accounts.queries import SESSIONS_OF
from cellchain.kernel.values import dataclass
from cellchain.platform.db import ReadTx

SESSIONS_MAX = 500
ALL = (
    select(WebSession, Person.initials)
    .join(Person, col(Person.code) == col(WebSession.person))
    .order_by(col(WebSession.seen_at).desc())
)


@dataclass(frozen=True)
class SessionView:
    """One session: `number` names it for ending, and opens nothing. It locks at `idle_at` unless used before."""

    number: str
    person: str
    name: str
    station: str | None
    method: str
    opened_at: datetime
    seen_at: datetime
    idle_at: datetime
    expires_at: datetime


def sessions_of(tx: ReadTx, person: str, idle: timedelta) -> list[SessionView]:
    """The sessions of a person that still hold, the one used last first."""
    rows = tx.every(SESSIONS_OF, person=person)
    return sorted(_holding(tx, [(row, "") for row in rows], idle), key=lambda one: one.seen_at, reverse=True)


def all_sessions(tx: ReadTx, idle: timedelta) -> list[SessionView]:
    """Everybody's sessions that still hold, the one used last first."""
    return _holding(tx, tx.many(ALL, limit=SESSIONS_MAX), idle)


def _holding(tx: ReadTx, rows: list[tuple[WebSession, str]], idle: timedelta) -> list[SessionView]:
    views = [
        SessionView(
            row.token_hash,
            row.person,
            name,
            row.device,
            row.method,
            row.opened_at,
            row.seen_at,
            row.seen_at + idle,
            row.expires_at,
        )
        for row, name in rows
    ]
    return [view for view in views if tx.now < min(view.idle_at, view.expires_at)]
