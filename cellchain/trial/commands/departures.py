"""How somebody leaves treatment or the study, and an arm that became known to who must not know it."""

from typing import Annotated

from pydantic import Field

from cellchain.identity.codes import PersonCode
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, NoResult, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.trial import rules, statements
from cellchain.trial.commands.infusions import end_treatment
from cellchain.trial.commands.recipients import OfRecipient
from cellchain.trial.lifecycles import CONSENT, RECIPIENT
from cellchain.trial.models import FREE_TEXT_LENGTH, Consent, Departure, Recipient, Unblinding

Account = Annotated[Text, Field(min_length=1, max_length=FREE_TEXT_LENGTH, title="What happened")]


class Leave(OfRecipient):
    """Who leaves, and what happened in a sentence. The words are personal; the fact is not."""

    account: Account


class DepartureResult(CommandResult):
    """Where the recipient stands now, and how many infusions of the plan were cancelled."""

    recipient: str
    phase: str
    cancelled: int


@command(event="trial:treatment:discontinued", subject="recipient")
def discontinue_treatment(tx: CommandTx, by: Actor, order: Leave) -> DepartureResult:
    """End the treatment; the recipient stays in follow-up."""
    return _leave(tx, by, order, "discontinue_treatment")


@command(event="trial:consent:withdrawn", subject="recipient")
def withdraw_consent(tx: CommandTx, by: Actor, order: Leave) -> DepartureResult:
    """Record that a recipient withdrew. Nothing more is done with them; what was recorded stays."""
    result = _leave(tx, by, order, "withdraw_consent")
    standing = tx.one(statements.GIVEN_CONSENT, recipient=order.recipient)
    if standing is not None:
        held = tx.lock(Consent, standing.id)
        tx.change(held, phase=CONSENT.move("withdraw_consent", held.phase), ended_at=tx.happened_at)
    return result


@command(event="trial:recipient:lost", subject="recipient")
def lose_to_follow_up(tx: CommandTx, by: Actor, order: Leave) -> DepartureResult:
    """Record that a recipient cannot be reached any more."""
    return _leave(tx, by, order, "lose_to_follow_up")


@command(event="trial:recipient:died", subject="recipient")
def record_death(tx: CommandTx, by: Actor, order: Leave) -> DepartureResult:
    """Record a death, at the time it happened."""
    return _leave(tx, by, order, "record_death")


def _leave(tx: CommandTx, by: Actor, order: Leave, verb: str) -> DepartureResult:
    recipient = tx.lock(Recipient, order.recipient)
    recipient = tx.change(recipient, phase=RECIPIENT.move(verb, recipient.phase))
    tx.add(
        Departure(
            recipient=recipient.code,
            kind=recipient.phase,
            happened_at=tx.happened_at,
            recorded_by=by.person,
            account=order.account,
        )
    )
    cancelled = end_treatment(tx, recipient.code)
    tx.note(phase=str(recipient.phase), cancelled=cancelled)
    return DepartureResult(recipient=recipient.code, phase=recipient.phase, cancelled=cancelled)


class ReportUnblinding(OfRecipient):
    """Who learned the arm, and how. The arm itself is not written here."""

    person: Annotated[PersonCode, Field(title="Who learned it")]
    account: Account


@command(event="trial:arm:unblinded", subject="recipient")
def report_unblinding(tx: CommandTx, by: Actor, order: ReportUnblinding) -> NoResult:
    """Report that somebody who assesses outcomes learned a recipient's arm."""
    recipient = tx.lock(Recipient, order.recipient)
    rules.may_report_unblinding(recipient.randomised_at is not None)
    tx.add(
        Unblinding(
            recipient=recipient.code,
            person=order.person,
            learned_at=tx.happened_at,
            reported_by=by.person,
            account=order.account,
        )
    )
    tx.note(person=str(order.person))
    return NoResult()
