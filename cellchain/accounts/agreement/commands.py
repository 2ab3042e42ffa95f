"""Accepting the agreement on signatures: one act, signed like any other decision."""

from typing import Annotated

from pydantic import BaseModel, Field

from cellchain.accounts.agreement import rules
from cellchain.accounts.agreement.models import AgreementAccepted
from cellchain.accounts.agreement.queries import accepted_by
from cellchain.accounts.agreement.text import DIGESTS
from cellchain.accounts.models import Person
from cellchain.kernel.canonical import Json
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import Order, command
from cellchain.ledger.tx import CommandTx


class AcceptedResult(BaseModel, frozen=True):
    """The version that counts for this person now."""

    version: int


class AcceptAgreement(Order):
    """Which version was read."""

    version: Annotated[int, Field(ge=1, le=1_000, title="Version", description="The one whose text you have read.")]


def _words(tx: CommandTx, order: AcceptAgreement) -> dict[str, Json]:
    return {"version": order.version, "words": DIGESTS[order.version]}


@command(
    event="accounts:agreement:accepted",
    signature="I have read this agreement. My signature in cellchain counts as one by hand",
    signs=_words,
    cannot_wait=True,
)
def accept_agreement(tx: CommandTx, by: Actor, order: AcceptAgreement) -> AcceptedResult:
    """Accept the agreement on electronic signatures as it stands now.

    Raises Refused `agreement.other_version`, `.accepted`.
    """
    person = tx.lock(Person, by.person)
    tx.about(person.code)
    rules.may_accept(order.version, accepted_by(tx, person.code))
    tx.add(
        AgreementAccepted(person=person.code, version=order.version, words=DIGESTS[order.version], accepted_at=tx.now)
    )
    tx.note(version=order.version)
    return AcceptedResult(version=order.version)
