"""Questions that are put to a browser and taken once: random, kept as a hash, for five minutes."""

import hashlib
import secrets

from cellchain.accounts.second_factor.models import Challenge
from cellchain.accounts.second_factor.queries import EXPIRED
from cellchain.accounts.second_factor.rules import TICKET_LASTS
from cellchain.kernel.errors import NotFound, Refused
from cellchain.kernel.values import dataclass
from cellchain.platform.write import WriteTx

ADD, PROVE, SIGN, CODE = "add", "sign_in", "sign", "code"
RANDOM_BYTES = 32
SWEPT_AT_ONCE = 200


@dataclass(frozen=True)
class Taken:
    """A question that was put, to whom and about what."""

    person: str | None
    bound: str | None


def put(tx: WriteTx, purpose: str, *, person: str | None = None, bound: str | None = None) -> bytes:
    """A new question; those that nobody answered in time are swept away."""
    for old in tx.many(EXPIRED, limit=SWEPT_AT_ONCE, now=tx.now):
        tx.take_back(old)
    challenge = secrets.token_bytes(RANDOM_BYTES)
    values = {
        "digest": _digest(challenge),
        "purpose": purpose,
        "person": person,
        "bound": bound,
        "expires_at": tx.now + TICKET_LASTS,
    }
    tx.add_outside(Challenge, values)
    return challenge


def take(tx: WriteTx, challenge: bytes, purpose: str, *, person: str | None = None, bound: str | None = None) -> Taken:
    """Take the question that is answered: it was put for this purpose, to this person, about this, and is not old.

    Raises Refused `passkey.expired`.
    """
    try:
        row = tx.lock(Challenge, _digest(challenge))
    except NotFound as error:
        raise expired() from error
    fits = row.purpose == purpose and row.expires_at > tx.now
    if not fits or (person is not None and row.person != person) or (bound is not None and row.bound != bound):
        raise expired()
    tx.take_back(row)
    return Taken(row.person, row.bound)


def look(tx: WriteTx, challenge: bytes, purpose: str) -> Taken | None:
    """The question, left where it is; None where it was never put, is taken, or is old."""
    row = tx.find(Challenge, _digest(challenge))
    return None if row is None or row.purpose != purpose or row.expires_at <= tx.now else Taken(row.person, row.bound)


def _digest(challenge: bytes) -> str:
    return hashlib.sha256(challenge).hexdigest()


def expired() -> Refused:
    """Says that a question is not to be answered any more."""
    return Refused(
        "passkey.expired", "This was asked too long ago, or about something else. Nothing was done. Begin again."
    )
