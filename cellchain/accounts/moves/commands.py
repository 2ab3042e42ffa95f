"""One act for somebody who changes what they do here."""

from typing import Annotated

from pydantic import Field

from cellchain.accounts.commands import end_grant, give_role, somebody_stays
from cellchain.accounts.expiry.rules import is_over
from cellchain.accounts.models import Grant, Person
from cellchain.accounts.moves import rules
from cellchain.accounts.moves.models import REASON_LENGTH, Move
from cellchain.accounts.queries import GRANTS
from cellchain.accounts.rules import GrantPhase, PersonPhase, Role
from cellchain.identity.codes import PersonCode
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Day, Order, Text, command
from cellchain.ledger.tx import CommandTx

Roles = Annotated[tuple[Role, ...], Field(max_length=len(Role), json_schema_extra={"uniqueItems": True})]


class Begun(CommandResult):
    """A role that was asked for, and whether it counts yet."""

    role: Role
    grant: int
    phase: GrantPhase


class MoveResult(CommandResult):
    """What the move did: the roles that ended, and those that begin."""

    move: int
    ended: tuple[Role, ...]
    begun: tuple[Begun, ...]


class MovePerson(Order):
    """Who moves, from which roles to which, and why."""

    person: Annotated[PersonCode, Field(title="Person")]
    ends: Annotated[Roles, Field(title="These roles end now")] = ()
    begins: Annotated[
        Roles,
        Field(title="These roles begin", description="Those that guard lives count once QA has countersigned."),
    ] = ()
    last_day: Annotated[
        Day | None, Field(title="Last day of the new roles", description="Left empty, without an end. It counts whole.")
    ] = None
    reason: Annotated[Text, Field(min_length=3, max_length=REASON_LENGTH, title="Reason")]


@command(event="accounts:person:moved", subject="person")
def move_person(tx: CommandTx, by: Actor, order: MovePerson) -> MoveResult:
    """Move somebody from roles to others. The old ones end at once; a new one that guards lives waits for QA.

    Raises NotFound, Refused `move.own`, `.not_at_work`, `.nothing`, `.same_role`, `.held_already`, `role.not_held`,
    `person.last_administrator`, `.last_qa`, `last_day.past`.
    """
    person = tx.lock(Person, order.person)
    standing = [row for row in tx.every(GRANTS, person=person.code) if row.phase != GrantPhase.REVOKED]
    counting = [row for row in standing if not is_over(row.last_day, tx.today)]
    works = person.phase == PersonPhase.ACTIVE and not is_over(person.last_day, tx.today)
    rules.may_move(
        person.code,
        by.person,
        works=works,
        ends=order.ends,
        begins=order.begins,
        held=[row.role for row in counting],
    )
    active = [row.role for row in counting if row.phase == GrantPhase.ACTIVE and row.role in order.ends]
    somebody_stays(tx, person.code, *active)
    ended = [end_grant(tx, row.id) for row in counting if row.role in order.ends]
    begun = [give_role(tx, by, person.code, role, order.last_day) for role in dict.fromkeys(order.begins)]
    row = tx.add(
        Move(
            person=person.code,
            ended=[grant.id for grant in ended],
            begun=[grant.id for grant in begun],
            reason=order.reason,
            moved_by=by.person,
            moved_at=tx.now,
        )
    )
    tx.note(ended=[str(grant.role) for grant in ended], begun=[str(grant.role) for grant in begun])
    return MoveResult(move=row.id or 0, ended=tuple(grant.role for grant in ended), begun=tuple(map(_begun, begun)))


def _begun(grant: Grant) -> Begun:
    return Begun(role=grant.role, grant=grant.id or 0, phase=grant.phase)
