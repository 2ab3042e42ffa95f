"""What somebody may do behind a session that was found."""

from cellchain.accounts.emergency.queries import running_of
from cellchain.accounts.models import Person, WebSession
from cellchain.accounts.permissions import ENROLLING, permissions_of
from cellchain.accounts.queries import roles_of
from cellchain.accounts.rules import Role
from cellchain.accounts.second_factor.queries import factors_of
from cellchain.ledger.actor import Actor
from cellchain.platform.db import ReadTx
from cellchain.web.session import Emergency, Session


def session_from(tx: ReadTx, row: WebSession, person: Person, by_cookie: bool, guarded: frozenset[Role]) -> Session:
    """What a row of the table means now: the person's roles, and the one that they took for a short time."""
    roles = roles_of(tx, person.code)
    must_enrol = not guarded.isdisjoint(roles) and _by_password_alone(tx, row)
    taken = None if must_enrol else _taken(tx, row, guarded)
    if taken is not None:
        roles = (*roles, taken.role)
    permissions = ENROLLING if must_enrol else permissions_of(roles)
    number = None if taken is None else taken.number
    actor = Actor(person.code, permissions, frozenset(roles), row.device, row.token_hash, number)
    return Session(actor, row.token_hash, row.csrf, person.initials, by_cookie, must_enrol, emergency=taken)


def _by_password_alone(tx: ReadTx, row: WebSession) -> bool:
    return row.method == "password" and not factors_of(tx, row.person).any


def _taken(tx: ReadTx, row: WebSession, guarded: frozenset[Role]) -> Emergency | None:
    """The role that somebody took in an emergency, unless this session is too weak for it."""
    held = running_of(tx, row.person)
    if held is None or (Role(held.role.value) in guarded and _by_password_alone(tx, row)):
        return None
    return Emergency(held.id or 0, held.role.value, held.ends_at)
