"""Codes of a phone and on paper: taken on by their person, used once each, ended by them or an administrator."""

import hmac
from typing import Annotated

from pydantic import Field

from cellchain.accounts.models import Credential, Person
from cellchain.accounts.second_factor import rules
from cellchain.accounts.second_factor.models import Passkey, Phone, RecoveryCode
from cellchain.accounts.second_factor.queries import PASSKEYS, PHONE, RECOVERY_LIVE, factors_of
from cellchain.accounts.second_factor.rules import FACTOR, RECOVERY, FactorPhase, RecoveryPhase
from cellchain.accounts.sessions.commands import NoOrder, SessionsOf, end_all
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import NoResult, Order, command
from cellchain.ledger.tx import CommandTx

OnPaper = Annotated[str, Field(pattern="^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$")]
Recovery = Annotated[
    tuple[OnPaper, ...],
    Field(
        min_length=rules.RECOVERY_COUNT,
        max_length=rules.RECOVERY_COUNT,
        title="Codes on paper",
        json_schema_extra={"uniqueItems": True},
        repr=False,
    ),
]


class EnrolSecondFactor(Order):
    """The secret that the phone was shown, a code that it shows in return, and the codes on paper."""

    secret: Annotated[str, Field(pattern="^[A-Z2-7]{32}$", title="Secret", repr=False)]
    code: Annotated[str, Field(pattern="^[0-9 ]{6,7}$", title="Code that the phone shows now", repr=False)]
    recovery: Recovery


@command(
    event="accounts:second_factor:enrolled",
    signature="This phone is mine, and I keep the codes on paper safe",
    cannot_wait=True,
)
def enrol_second_factor(tx: CommandTx, by: Actor, order: EnrolSecondFactor) -> NoResult:
    """Take on an application that shows codes; the one before ends. Signing in asks for its code from now on.

    Raises Refused `second_factor.code_not_now`.
    """
    tx.lock(Person, by.person)
    step = rules.step_of(order.secret, order.code, tx.now, 0)
    if step is None:
        raise Refused(
            "second_factor.code_not_now",
            "This is not the code of now. Check that the clock of the phone is right, and enter the next one.",
        )
    _end_codes(tx, by.person)
    tx.add(Phone(person=by.person, secret=order.secret, phase=FactorPhase.ACTIVE, last_step=step, enrolled_at=tx.now))
    _keep_recovery(tx, by.person, order.recovery)
    tx.about(by.person)
    return NoResult()


class RenewRecoveryCodes(Order):
    recovery: Recovery


@command(event="accounts:recovery_codes:renewed", signature="I keep these codes on paper safe", cannot_wait=True)
def renew_recovery_codes(tx: CommandTx, by: Actor, order: RenewRecoveryCodes) -> NoResult:
    """New codes on paper in place of what is left of the old ones. Raises Refused `second_factor.none`."""
    tx.lock(Person, by.person)
    if tx.one(PHONE, person=by.person) is None:
        raise Refused("second_factor.none", "No phone is enrolled here. Enrol one first.")
    _end_recovery(tx, by.person)
    _keep_recovery(tx, by.person, order.recovery)
    tx.about(by.person)
    return NoResult()


@command(event="accounts:second_factor:ended", signature="I sign in without this phone from now on", cannot_wait=True)
def end_second_factor(tx: CommandTx, by: Actor, order: NoOrder) -> NoResult:
    """Let one's own phone and codes on paper go. Raises Refused `second_factor.none`, `.password_short`."""
    tx.lock(Person, by.person)
    credential = tx.find(Credential, by.person)
    has = factors_of(tx, by.person)
    if not has.code:
        raise Refused("second_factor.none", "No phone is enrolled here. Enrol one first.")
    rules.may_end(others=has.passkeys > 0, password_is_short=credential is not None and credential.needs_second_factor)
    _end_codes(tx, by.person)
    tx.about(by.person)
    return NoResult()


@command(event="accounts:second_factor:reset", subject="person")
def reset_second_factor(tx: CommandTx, by: Actor, order: SessionsOf) -> NoResult:
    """End phone, codes on paper and passkeys of somebody who lost them. Their sessions end; a short password ends too.

    Raises Refused `second_factor.own`.
    """
    if order.person == by.person:
        raise Refused("second_factor.own", "Nobody resets their own second factor this way. Ask another administrator.")
    tx.lock(Person, order.person)
    end_everything(tx, order.person)
    credential = tx.lock(Credential, order.person)
    if credential.needs_second_factor:
        tx.change(credential, password_hash=None, needs_second_factor=False, set_at=tx.now)
    end_all(tx, order.person)
    return NoResult()


class UseCode(Order):
    person: str
    code: Annotated[str, Field(repr=False)]


@command(event="accounts:second_factor:used", subject="person", internal=True)
def use_code(tx: CommandTx, by: Actor, order: UseCode) -> NoResult:
    """A code of the phone or from paper was shown: it counts once. Raises Refused `second_factor.code_wrong`."""
    phone = tx.one(PHONE, person=order.person)
    held = None if phone is None else tx.lock(Phone, phone.id)
    step = None if held is None else rules.step_of(held.secret, order.code, tx.now, held.last_step)
    if held is not None and step is not None:
        tx.change(held, last_step=step)
        tx.note(by="phone")
        return NoResult()
    digest = tx.fingerprint(rules.bare(order.code))
    for row in tx.every(RECOVERY_LIVE, person=order.person):
        if hmac.compare_digest(row.digest, digest):
            used = tx.lock(RecoveryCode, row.id)
            tx.change(used, phase=RECOVERY.move("use", used.phase), ended_at=tx.now)
            tx.note(by="paper")
            return NoResult()
    raise Refused("second_factor.code_wrong", "This code is wrong or was used already. Enter the one that shows now.")


def end_everything(tx: CommandTx, person: str) -> None:
    """End whatever a person has beside the password."""
    _end_codes(tx, person)
    for row in tx.every(PASSKEYS, person=person):
        held = tx.lock(Passkey, row.id)
        tx.change(held, phase=FACTOR.move("end", held.phase), ended_at=tx.now)


def _end_codes(tx: CommandTx, person: str) -> None:
    phone = tx.one(PHONE, person=person)
    if phone is not None:
        held = tx.lock(Phone, phone.id)
        tx.change(held, phase=FACTOR.move("end", held.phase), ended_at=tx.now)
    _end_recovery(tx, person)


def _end_recovery(tx: CommandTx, person: str) -> None:
    for row in tx.every(RECOVERY_LIVE, person=person):
        held = tx.lock(RecoveryCode, row.id)
        tx.change(held, phase=RECOVERY.move("end", held.phase), ended_at=tx.now)


def _keep_recovery(tx: CommandTx, person: str, codes: tuple[str, ...]) -> None:
    rows = [
        RecoveryCode(person=person, digest=tx.fingerprint(rules.bare(code)), phase=RecoveryPhase.LIVE, made_at=tx.now)
        for code in codes
    ]
    tx.add_all(rows)
