"""Last days set, shortened and extended by an administrator; what guards lives is extended by two."""

from datetime import date
from typing import Annotated

from pydantic import Field

from cellchain.accounts.commands import ask_guarded, may_activate_guarded
from cellchain.accounts.expiry import rules
from cellchain.accounts.expiry.models import REASON_LENGTH, LastDay
from cellchain.accounts.expiry.queries import WAITING_OF, held
from cellchain.accounts.expiry.rules import TERM, TermPhase
from cellchain.accounts.models import Grant, Person
from cellchain.accounts.queries import ACTIVE_GRANTS, GRANTS, roles_of
from cellchain.accounts.rules import GUARDED_ROLES, KEPT_ROLES, GrantPhase, PersonPhase, Role
from cellchain.identity.codes import PersonCode
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Day, Order, Text, command
from cellchain.ledger.tx import CommandTx

EXTENDED = "accounts:last_day:extended"
Why = Annotated[Text, Field(min_length=3, max_length=REASON_LENGTH, title="Reason")]


class LastDayResult(CommandResult):
    """A last day that was said, and whether it counts yet."""

    said: int
    phase: TermPhase


class OfTerm(Order):
    """Names an account, or one role of it."""

    person: Annotated[PersonCode, Field(title="Person")]
    role: Annotated[Role | None, Field(title="Role", description="Left empty, the whole account.")] = None


class SetLastDay(OfTerm):
    """The day through which it counts, and why."""

    last_day: Annotated[Day, Field(title="Last day", description="It counts whole, in the zone of the site.")]
    reason: Why


@command(event="accounts:last_day:set", subject="person")
def set_last_day(tx: CommandTx, by: Actor, order: SetLastDay) -> LastDayResult:
    """Say through which day an account or a role counts, or shorten it. It takes no second signature.

    Raises NotFound, Refused `last_day.own`, `.left`, `.past`, `.same`, `.is_extension`, `.last_administrator`,
    `.last_qa`, `role.not_held`.
    """
    person, grant = _named(tx, by, order)
    present = person.last_day if grant is None else grant.last_day
    rules.may_set(present, order.last_day, tx.today)
    roles = _kept(tx, order.person) if grant is None else [grant.role]
    for role in roles:
        _somebody_lasts(tx, order.person, role, order.last_day)
    _overtake(tx, person, grant)
    said = _say(tx, by, order, person, grant, order.last_day, TermPhase.COUNTS)
    _let_count(tx, person, grant, order.last_day)
    return LastDayResult(said=said.id or 0, phase=said.phase)


class ExtendLastDay(OfTerm):
    """A later last day, or none any more, and why."""

    last_day: Annotated[
        Day | None, Field(title="New last day", description="Left empty, without an end. It counts whole.")
    ] = None
    reason: Why


@command(event=EXTENDED, subject="person")
def extend_last_day(tx: CommandTx, by: Actor, order: ExtendLastDay) -> LastDayResult:
    """Let an account or a role count for longer. Where that lengthens a role that guards lives, QA signs as it did for
    the role; until then the day before stands.

    Raises NotFound, Refused `last_day.own`, `.left`, `.past`, `.none`, `.not_later`, `role.not_held`.
    """
    person, grant = _named(tx, by, order)
    rules.may_extend(person.last_day if grant is None else grant.last_day, order.last_day, tx.today)
    _overtake(tx, person, grant)
    guarded = _guarded(tx, person.code, grant)
    said = _say(tx, by, order, person, grant, order.last_day, TermPhase.PROPOSED if guarded else TermPhase.COUNTS)
    if guarded:
        ask_guarded(tx, event=EXTENDED, subject=str(said.id), person=person.code, roles=guarded)
    else:
        _let_count(tx, person, grant, order.last_day)
    return LastDayResult(said=said.id or 0, phase=said.phase)


class ActivateLastDay(Order):
    """Names a last day that was said."""

    said: int


@command(event="accounts:last_day:activated", internal=True)
def activate_last_day(tx: CommandTx, by: Actor, order: ActivateLastDay) -> LastDayResult:
    """Let a countersigned extension count. Raises Refused `last_day.phase`, `last_day.left`, `role.not_held`,
    `role.own_countersignature`, `role.qa_at_work`."""
    person = tx.lock(Person, tx.get(LastDay, order.said).person)  # first, as whoever says another day does
    said = tx.lock(LastDay, order.said)
    tx.about(said.person)
    phase = TERM.move("activate", said.phase)
    grant = None if said.role_grant is None else tx.lock(Grant, said.role_grant)
    if person.phase == PersonPhase.LEFT or (grant is not None and grant.phase == GrantPhase.REVOKED):
        raise Refused("last_day.ended", "What this would extend was ended meanwhile. Nothing was changed.")
    may_activate_guarded(tx, event=EXTENDED, subject=str(order.said), person=said.person)
    said = tx.change(said, phase=phase, counts_at=tx.now)
    _let_count(tx, person, grant, said.last_day)
    return LastDayResult(said=order.said, phase=said.phase)


def _named(tx: CommandTx, by: Actor, order: OfTerm) -> tuple[Person, Grant | None]:
    """The account, held, and the role of it where one is named. Raises Refused."""
    person = tx.lock(Person, order.person)
    rules.may_say(person.code, by.person, gone=person.phase == PersonPhase.LEFT)
    if order.role is None:
        return person, None
    tx.note(role=str(order.role))
    for grant in tx.every(GRANTS, person=person.code):
        if grant.role == order.role and grant.phase == GrantPhase.ACTIVE:
            return person, tx.lock(Grant, grant.id)
    raise Refused("role.not_held", "This person does not hold that role. Nothing was changed.")


def _kept(tx: CommandTx, person: str) -> list[Role]:
    held = roles_of(tx, person)
    return [role for role in KEPT_ROLES if role in held]


def _guarded(tx: CommandTx, person: str, grant: Grant | None) -> list[Role]:
    """The roles that guard lives and would count for longer, one that waits for its own signature among them."""
    grants = tx.every(GRANTS, person=person) if grant is None else [grant]
    return [one.role for one in grants if one.role in GUARDED_ROLES and one.phase != GrantPhase.REVOKED]


def _somebody_lasts(tx: CommandTx, person: str, role: Role, last_day: date) -> None:
    """Raises Refused where nobody else would hold `role` after that day. The grants of all holders are held, so that
    two who set each other's last day wait for one another."""
    if role not in KEPT_ROLES:
        return
    for grant in tx.every(ACTIVE_GRANTS, role=role):
        tx.lock(Grant, grant)
    rules.somebody_lasts(role, last_day, [one for one in held(tx, role) if one.person != person])


def _overtake(tx: CommandTx, person: Person, grant: Grant | None) -> None:
    """What waits for a signature about the same thing is withdrawn by what is said now."""
    of = None if grant is None else grant.id
    for row in tx.every(WAITING_OF, person=person.code):
        if row.role_grant == of:
            waiting = tx.lock(LastDay, row.id)
            tx.change(waiting, phase=TERM.move("withdraw", waiting.phase))


def _say(
    tx: CommandTx,
    by: Actor,
    order: SetLastDay | ExtendLastDay,
    person: Person,
    grant: Grant | None,
    last_day: date | None,
    phase: TermPhase,
) -> LastDay:
    return tx.add(
        LastDay(
            person=person.code,
            role_grant=None if grant is None else grant.id,
            was=person.last_day if grant is None else grant.last_day,
            last_day=last_day,
            reason=order.reason,
            phase=phase,
            said_by=by.person,
            said_at=tx.now,
            counts_at=tx.now if phase == TermPhase.COUNTS else None,
        )
    )


def _let_count(tx: CommandTx, person: Person, grant: Grant | None, last_day: date | None) -> None:
    if grant is None:
        tx.change(person, last_day=last_day)
    else:
        tx.change(grant, last_day=last_day)
