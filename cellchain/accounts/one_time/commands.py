"""A code instead of a password: given by an administrator, used once by its person."""

from typing import Annotated

from pydantic import Field

from cellchain.accounts.commands import SetPassword, hash_secrets, store_secrets
from cellchain.accounts.models import Credential, Person
from cellchain.accounts.one_time import rules
from cellchain.accounts.one_time.codes import end_codes, matching_code, use_code
from cellchain.accounts.one_time.models import OneTimeCode
from cellchain.accounts.one_time.rules import OneTimePhase
from cellchain.accounts.rules import PersonPhase
from cellchain.accounts.second_factor.rules import bare
from cellchain.accounts.sessions.commands import end_all
from cellchain.identity.codes import PersonCode
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import NoResult, Order, command
from cellchain.ledger.tx import CommandTx

TYPED_LENGTH_MAX = 40


class ResetPassword(Order):
    """Somebody, and the code that they are given; whoever hands it over learns no password."""

    person: Annotated[PersonCode, Field(title="Person")]
    code: Annotated[str, Field(pattern=rules.CODE_PATTERN, title="One-time code", repr=False)]


@command(event="accounts:password:reset", subject="person")
def reset_password(tx: CommandTx, by: Actor, order: ResetPassword) -> NoResult:
    """Give somebody a code with which they set a password of their own, for a day and once. The password before opens
    nothing any more, and their sessions end; PIN and second factor stay. Somebody of the directory, which keeps their
    password, sets a signing PIN with it.

    Raises NotFound, Refused `password.own_reset`, `.gone`.
    """
    person = tx.lock(Person, order.person)
    rules.may_reset(person.code, by.person, gone=person.phase == PersonPhase.LEFT)
    end_codes(tx, person.code)
    credential = tx.lock(Credential, person.code)
    if credential.password_hash is not None:
        tx.change(credential, password_hash=None, needs_second_factor=False, set_at=tx.now)
    tx.add(
        OneTimeCode(
            person=person.code,
            digest=tx.fingerprint(bare(order.code)),
            phase=OneTimePhase.LIVE,
            given_by=by.person,
            given_at=tx.now,
            expires_at=tx.now + rules.COUNTS_FOR,
        )
    )
    end_all(tx, person.code)
    return NoResult()


class UseOneTimeCode(SetPassword):
    """Somebody who is not signed in, the code that they were given, and the password that they chose."""

    person: str
    code: Annotated[str, Field(max_length=TYPED_LENGTH_MAX, repr=False)]


@command(event="accounts:password:chosen", subject="person", internal=True, prepare=hash_secrets)
def use_one_time_code(tx: CommandTx, by: Actor, order: UseOneTimeCode) -> NoResult:
    """Set a password of one's own with a code; the code is used. One that is unfit leaves the code as it was.

    Raises SignInNeeded `sign_in.one_time_wrong`, and what `set_password` refuses.
    """
    person = tx.lock(Person, order.person)
    found = matching_code(tx, person.code, order.code)
    if found is None or person.phase != PersonPhase.ACTIVE:
        raise rules.wrong_code()
    use_code(tx, found)
    store_secrets(tx, person, order)
    return NoResult()
