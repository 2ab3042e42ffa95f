"""Passkeys taken on, used and let go."""

from typing import Annotated

from pydantic import Field

from cellchain.accounts.models import Credential, Person
from cellchain.accounts.second_factor import ceremony, challenges, rules
from cellchain.accounts.second_factor.models import Passkey
from cellchain.accounts.second_factor.queries import PASSKEY, PASSKEYS_MAX, factors_of
from cellchain.accounts.second_factor.rules import FACTOR, FactorPhase
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, NoResult, Order, Text, command
from cellchain.ledger.tx import CommandTx


class PasskeyResult(CommandResult):
    passkey: int


class AddPasskey(Order):
    """What the browser answered, and what its person calls the device."""

    name: Annotated[Text, Field(min_length=1, max_length=40, title="Name of the device")]
    answer: Annotated[Text, Field(max_length=ceremony.ANSWER_LENGTH_MAX, title="Answer of the browser", repr=False)]


@command(event="accounts:passkey:added", signature="This passkey is on a device of mine", cannot_wait=True)
def add_passkey(tx: CommandTx, by: Actor, order: AddPasskey) -> PasskeyResult:
    """Take on a passkey. Raises Refused `passkey.malformed`, `.not_verified`, `.expired`, `.known`, `.too_many`."""
    person = tx.lock(Person, by.person)
    challenge = ceremony.challenge_in(order.answer)
    challenges.take(tx, challenge, challenges.ADD, person=person.code)
    party = ceremony.relying_party(tx.house.public_url, tx.house.site_name)
    made = ceremony.added(party, order.answer, challenge)
    if factors_of(tx, person.code).passkeys >= PASSKEYS_MAX:
        raise Refused("passkey.too_many", "This account has as many passkeys as it may. End one first.")
    if tx.one(PASSKEY, credential=made.credential) is not None:
        raise Refused("passkey.known", "This passkey is here already. Nothing was changed.")
    row = tx.add(
        Passkey(
            person=person.code,
            credential=made.credential,
            public_key=made.public_key,
            sign_count=made.sign_count,
            name=order.name,
            phase=FactorPhase.ACTIVE,
            added_at=tx.now,
        )
    )
    tx.about(person.code)
    return PasskeyResult(passkey=row.id or 0)


class OfPasskey(Order):
    passkey: Annotated[int, Field(ge=1, title="Passkey")]


@command(event="accounts:passkey:ended")
def end_passkey(tx: CommandTx, by: Actor, order: OfPasskey) -> NoResult:
    """Let one of one's own passkeys go: a device that was sold or lost. It opens nothing from now on.

    Raises NotFound, Refused `passkey.not_yours`, `second_factor.phase`, `second_factor.password_short`.
    """
    tx.lock(Person, by.person)
    row = tx.lock(Passkey, order.passkey)
    if row.person != by.person:
        raise Refused("passkey.not_yours", "This passkey is somebody else's. An administrator resets lost ones.")
    credential = tx.find(Credential, by.person)
    has = factors_of(tx, by.person)
    rules.may_end(
        others=has.code or has.passkeys > 1,
        password_is_short=credential is not None and credential.needs_second_factor,
    )
    tx.about(by.person)
    tx.change(row, phase=FACTOR.move("end", row.phase), ended_at=tx.now)
    return NoResult()


class UsePasskey(Order):
    passkey: int
    sign_count: int
    purpose: str


@command(event="accounts:passkey:used", internal=True)
def use_passkey(tx: CommandTx, by: Actor, order: UsePasskey) -> NoResult:
    """A passkey proved its person. Raises Refused `passkey.not_verified` where its counter did not go on meanwhile."""
    row = tx.lock(Passkey, order.passkey)
    tx.about(row.person)
    tx.note(purpose=order.purpose)
    went_on = order.sign_count > row.sign_count or order.sign_count == row.sign_count == 0
    if row.phase != FactorPhase.ACTIVE or not went_on:
        raise Refused(
            "passkey.not_verified", "The passkey could not be verified here. Try again, or sign in with your password."
        )
    tx.change(row, sign_count=order.sign_count, used_at=tx.now)
    return NoResult()
