"""The mark given by an administrator, made to count by QA's signature, and ended."""

from typing import Annotated

from pydantic import Field

from cellchain.accounts.commands import ask_countersignature
from cellchain.accounts.models import Person
from cellchain.accounts.qualified.models import EVIDENCE_LENGTH, QualifiedMark
from cellchain.accounts.qualified.queries import LIVE_OF
from cellchain.accounts.queries import COUNTERSIGNED
from cellchain.accounts.rules import MARK, MarkPhase, may_activate, may_mark
from cellchain.identity.codes import PersonCode
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Day, Order, Text, command
from cellchain.ledger.tx import CommandTx

MARKED = "accounts:qualified_person:marked"


class MarkResult(CommandResult):
    """A mark and where it stands."""

    mark: int
    person: str
    phase: MarkPhase


class MarkQualifiedPerson(Order):
    """Somebody who may certify lots, and what that rests on."""

    person: Annotated[PersonCode, Field(title="Person")]
    evidence: Annotated[
        Text,
        Field(
            min_length=3,
            max_length=EVIDENCE_LENGTH,
            title="Rests on",
            description="The entry in the authority's register, or the order that named this person.",
        ),
    ]
    valid_from: Annotated[Day, Field(title="From")]
    valid_until: Annotated[Day | None, Field(title="Valid until")] = None


@command(event=MARKED, subject="person")
def mark_qualified_person(tx: CommandTx, by: Actor, order: MarkQualifiedPerson) -> MarkResult:
    """Name a qualified person. It counts once somebody of QA has countersigned.

    Raises NotFound, Refused `qualified_person.own`, `.named_already`, `.days`.
    """
    person = tx.lock(Person, order.person)
    named = tx.one(LIVE_OF, person=person.code) is not None
    may_mark(person.code, by.person, named=named, valid_from=order.valid_from, valid_until=order.valid_until)
    row = tx.add(
        QualifiedMark(
            person=person.code,
            evidence=order.evidence,
            valid_from=order.valid_from,
            valid_until=order.valid_until,
            phase=MarkPhase.PROPOSED,
            given_by=by.person,
            given_at=tx.now,
        )
    )
    ask_countersignature(tx, event=MARKED, subject=str(row.id), permission="accounts.countersign_role")
    return _result(row)


class ActivateMark(Order):
    """Names a mark."""

    mark: int


@command(event="accounts:qualified_person:activated", internal=True)
def activate_mark(tx: CommandTx, by: Actor, order: ActivateMark) -> MarkResult:
    """Make a countersigned mark count. Raises Refused `role.own_countersignature`, `qualified_mark.phase`."""
    row = tx.lock(QualifiedMark, order.mark)
    tx.about(row.person)
    decision = tx.one(COUNTERSIGNED, event=MARKED, subject=str(order.mark))
    may_activate(row.person, None if decision is None else decision.given_by, qa_at_work=False)
    return _result(tx.change(row, phase=MARK.move("activate", row.phase), active_at=tx.now))


class OfMarked(Order):
    """Names somebody who bears the mark."""

    person: Annotated[PersonCode, Field(title="Person")]


@command(event="accounts:qualified_person:ended", subject="person")
def end_qualified_person(tx: CommandTx, by: Actor, order: OfMarked) -> MarkResult:
    """Take the mark away at once; what was certified under it stays. Raises Refused `qualified_person.not_named`."""
    tx.lock(Person, order.person)
    live = tx.one(LIVE_OF, person=order.person)
    if live is None:
        raise Refused("qualified_person.not_named", "This person does not bear the mark. Nothing was changed.")
    row = tx.lock(QualifiedMark, live.id)
    return _result(tx.change(row, phase=MARK.move("end", row.phase), ended_by=by.person, ended_at=tx.now))


def _result(row: QualifiedMark) -> MarkResult:
    return MarkResult(mark=row.id or 0, person=row.person, phase=row.phase)
