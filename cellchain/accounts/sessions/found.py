"""What somebody may do behind a session that was found, and whether it still stands when their command runs."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, bindparam
from sqlalchemy import select as columns
from sqlmodel import col

from cellchain.accounts.agreement.queries import accepted_by
from cellchain.accounts.agreement.rules import may_sign
from cellchain.accounts.emergency.models import EmergencyAccess
from cellchain.accounts.emergency.queries import role_in_force
from cellchain.accounts.emergency.rules import EmergencyPhase, in_force
from cellchain.accounts.expiry.rules import account_stands, roles_stand
from cellchain.accounts.models import Grant, Person, WebSession
from cellchain.accounts.permissions import ENROLLING, permissions_of
from cellchain.accounts.queries import ROLE_COUNTS, STANDING
from cellchain.accounts.rules import Role, session_stands
from cellchain.accounts.second_factor.queries import factors_of
from cellchain.kernel.errors import Forbidden, SignInNeeded
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import Command
from cellchain.platform.db import Database, ReadTx
from cellchain.web.session import Emergency, Session

# All that a session means, in one question: its row, its person, what they took in an emergency and still hold, and one
# row for each role that counts, or one without a role.
FOUND: Any = (
    columns(WebSession, Person, EmergencyAccess, col(Grant.role))
    .join(Person, col(Person.code) == col(WebSession.person))
    .outerjoin(
        EmergencyAccess,
        and_(col(EmergencyAccess.person) == col(Person.code), col(EmergencyAccess.phase) == EmergencyPhase.RUNNING),
    )
    .outerjoin(Grant, and_(col(Grant.person) == col(Person.code), ROLE_COUNTS))
    .where(col(WebSession.token_hash) == bindparam("token_hash"))
    .order_by(col(Grant.role))
)


@dataclass(frozen=True)
class Found:
    """A session as its tables have it."""

    row: WebSession
    person: Person
    held: EmergencyAccess | None
    roles: tuple[str, ...]


def find_session(database: Database, token_hash: str, today: date) -> Found | None:
    """The session behind a token, on the site's day `today`."""
    rows = database.ask(FOUND, token_hash=token_hash, today=today)
    if not rows:
        return None
    row, person, held, _ = rows[0]
    return Found(row, person, held, tuple(str(role) for *_, role in rows if role is not None))


def session_from(
    found: Found, now: datetime, by_cookie: bool, guarded: frozenset[Role], is_weak: Callable[[Found], bool]
) -> Session:
    """What was found means now: the person's roles, and the one that they took for a short time.

    `is_weak` says whether it was opened with a password alone, by somebody who has nothing more; asked where a role is
    guarded.
    """
    row, roles = found.row, found.roles
    must_enrol = not guarded.isdisjoint(roles) and is_weak(found)
    taken = None if must_enrol else _taken(found, now, guarded, is_weak)
    if taken is not None:
        roles = (*roles, taken.role)
    permissions = ENROLLING if must_enrol else permissions_of(roles)
    number = None if taken is None else taken.number
    actor = Actor(found.person.code, permissions, frozenset(roles), row.device, row.token_hash, number)
    return Session(actor, row.token_hash, row.csrf, found.person.initials, by_cookie, must_enrol, emergency=taken)


def _taken(found: Found, now: datetime, guarded: frozenset[Role], is_weak: Callable[[Found], bool]) -> Emergency | None:
    """The role that somebody took in an emergency, unless this session is too weak for it."""
    held = found.held
    if held is None or not in_force(held.phase, held.ends_at, now):
        return None
    if Role(held.role.value) in guarded and is_weak(found):
        return None
    return Emergency(held.id or 0, held.role.value, held.ends_at)


def by_password_alone(database: Database, found: Found) -> bool:
    """Whether a session was opened with a password by somebody who has no second factor."""
    if found.row.method != "password":
        return False
    with database.read() as tx:
        return not factors_of(tx, found.row.person).any


def stands(tx: ReadTx, actor: Actor, command: Command) -> None:
    """Asked by the runner inside the transaction: whoever was signed out while their command waited does nothing,
    nor does whoever's account, or a role that the session was read with, ended meanwhile. A signature counts under the
    agreement that counts now.

    Raises SignInNeeded, Refused `role.ended`, `agreement.not_accepted`, `.older`. People without a session (the house,
    the command line) stand by themselves.
    """
    if actor.session is None:
        return
    found = tx.every(STANDING, token_hash=actor.session, today=tx.today)
    if not found:
        raise SignInNeeded("session.unknown", "You are not signed in any more. Sign in again.")
    expires_at, phase, last_day, _ = found[0]
    session_stands(expires_at, phase, tx.now)
    account_stands(last_day, tx.today)
    taken = None if actor.emergency is None else role_in_force(tx, actor.emergency)
    if actor.emergency is not None and taken is None:
        raise Forbidden(
            "emergency.over",
            "Your emergency access is over, and nothing was done. Reload the page and go on with your own roles.",
        )
    roles_stand([role for *_, role in found if role is not None], actor.roles - {taken.value if taken else ""})
    if command.signature is not None and not command.cannot_wait:
        may_sign(accepted_by(tx, actor.person))
