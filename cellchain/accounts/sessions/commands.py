"""Sessions opened and closed by the house, and ended by their person or an administrator."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from cellchain.accounts import rules
from cellchain.accounts.expiry.rules import account_stands
from cellchain.accounts.models import FailedSignIn, Person, WebSession
from cellchain.accounts.queries import SESSIONS_OF, failures, roles_of
from cellchain.identity.codes import PersonCode
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, NoResult, Order, command
from cellchain.ledger.tx import CommandTx

# Ends the sessions of others.
END_OTHERS = "accounts.end_sessions_of"
# Recorded for the person whose name it is: many failures, and a success after several.
GUESSED = "accounts:sign_in:slowed"
AFTER_GUESSES = "accounts:sign_in:after_guesses"


class EndedResult(CommandResult):
    """How many sessions ended."""

    ended_count: int


class OpenSession(Order):
    person: str
    token_hash: str
    csrf: str
    device: str | None
    method: str
    expires_in_minutes: int
    failed: int = 0


@command(event="accounts:session:opened", subject="person", internal=True)
def open_session(tx: CommandTx, by: Actor, order: OpenSession) -> NoResult:
    """Somebody proved who they are and is signed in now. Where they are at too many places already, the session that
    was used longest ago ends. Raises SignInNeeded `account.ended`."""
    account_stands(tx.lock(Person, order.person).last_day, tx.today)
    present = sorted(tx.every(SESSIONS_OF, person=order.person), key=lambda one: one.seen_at)
    for idlest in present[: max(0, len(present) + 1 - tx.house.sessions_a_person_max)]:
        tx.take_back(idlest)
    tx.add(
        WebSession(
            token_hash=order.token_hash,
            person=order.person,
            device=order.device,
            method=order.method,
            csrf=order.csrf,
            opened_at=tx.now,
            seen_at=tx.now,
            expires_at=tx.now + timedelta(minutes=order.expires_in_minutes),
        )
    )
    tx.note(method=order.method, roles=list(roles_of(tx, order.person)))
    if order.failed >= rules.ATTEMPTS_FREE:
        tx.note(failed_before=order.failed)
        tx.record(AFTER_GUESSES, order.person)
    return NoResult()


class CloseSession(Order):
    person: str
    token_hash: str


@command(event="accounts:session:closed", subject="person", internal=True)
def close_session(tx: CommandTx, by: Actor, order: CloseSession) -> NoResult:
    """Somebody signed out."""
    session = tx.find(WebSession, order.token_hash)
    if session is not None:
        tx.take_back(session)
    return NoResult()


class ParkSession(CloseSession):
    resting_hash: str


@command(event="accounts:session:parked", subject="person", internal=True)
def park_session(tx: CommandTx, by: Actor, order: ParkSession) -> NoResult:
    """Somebody else took over at this station: the shift waits for its badge, and its token opens nothing any more."""
    session = tx.find(WebSession, order.token_hash)
    if session is not None:
        values = {name: getattr(session, name) for name in WebSession.model_fields}
        tx.take_back(session)
        tx.add(WebSession(**{**values, "token_hash": order.resting_hash}))
    return NoResult()


class NoteFailedSignIn(Order):
    tried: str
    method: str
    sprayed_from: str | None = None
    person: str | None = None


@command(event="accounts:session:denied", internal=True)
def note_failed_sign_in(tx: CommandTx, by: Actor, order: NoteFailedSignIn) -> NoResult:
    """Somebody tried to sign in or to sign and could not. The name tried stays out of the ledger, as it may be a
    password; the code of the person whose name it is stands there."""
    tx.add(FailedSignIn(tried=order.tried, sprayed_from=order.sprayed_from, at=tx.now))
    count, _ = failures(tx, order.tried, tx.now - rules.ATTEMPTS_WINDOW)
    if count == rules.alarming_after(order.method):
        tx.record(GUESSED, order.person or "")
    if order.person is not None:
        tx.about(order.person)
    tx.note(method=order.method)
    return NoResult()


class EndSession(Order):
    session: Annotated[
        str, Field(pattern="^[0-9a-f]{64}$", title="Session", description="Its hash, as the list shows.")
    ]


@command(event="accounts:session:ended")
def end_session(tx: CommandTx, by: Actor, order: EndSession) -> EndedResult:
    """End one of one's own sessions; an administrator ends anybody's. What it had sent and waits, is not done.

    Raises Refused `session.gone`: another's session is not told apart from one that is over.
    """
    session = tx.find(WebSession, order.session)
    if session is None or (session.person != by.person and not by.may(END_OTHERS)):
        raise Refused("session.gone", "This session is over already. Reload the list to see who is signed in.")
    tx.about(session.person)
    tx.note(method=session.method, opened_at=f"{session.opened_at:%Y-%m-%dT%H:%M:%SZ}")
    tx.take_back(session)
    return EndedResult(ended_count=1)


class NoOrder(Order):
    """Nothing to say: the act is all of it."""


@command(event="accounts:sessions:ended")
def sign_out_everywhere(tx: CommandTx, by: Actor, order: NoOrder) -> EndedResult:
    """End every session of one's own, the present one too."""
    tx.about(by.person)
    return EndedResult(ended_count=end_all(tx, by.person))


class SessionsOf(Order):
    person: Annotated[PersonCode, Field(title="Person")]


@command(event="accounts:sessions:ended_by_administrator", subject="person")
def end_sessions_of(tx: CommandTx, by: Actor, order: SessionsOf) -> EndedResult:
    """End every session of somebody: a lost phone, a browser left open. They may sign in again."""
    tx.lock(Person, order.person)
    return EndedResult(ended_count=end_all(tx, order.person))


def end_all(tx: CommandTx, person: str) -> int:
    """End every session of a person, and say how many there were."""
    sessions = tx.every(SESSIONS_OF, person=person)
    for session in sessions:
        tx.take_back(session)
    return len(sessions)
