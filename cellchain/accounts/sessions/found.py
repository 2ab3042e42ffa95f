"""What somebody may do behind a session that was found, and whether it still stands when their command runs."""

from cellchain.accounts.agreement.queries import accepted_by
from cellchain.accounts.agreement.rules import may_sign
from cellchain.accounts.emergency.queries import role_in_force, running_of
from cellchain.accounts.expiry.rules import account_stands, roles_stand
from cellchain.accounts.models import Person, WebSession
from cellchain.accounts.permissions import ENROLLING, permissions_of
from cellchain.accounts.queries import STANDING, roles_of
from cellchain.accounts.rules import Role, session_stands
from cellchain.accounts.second_factor.queries import factors_of
from cellchain.kernel.errors import Forbidden, SignInNeeded
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import Command
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
