"""Taking a role in an emergency, ending it, and the review by QA."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from cellchain.accounts.emergency import rules
from cellchain.accounts.emergency.models import ACCOUNT_LENGTH, EmergencyAccess
from cellchain.accounts.emergency.queries import RUNNING_AS, RUNNING_OF, UNREVIEWED_OF, still_runs
from cellchain.accounts.emergency.rules import (
    EMERGENCY,
    EmergencyCause,
    EmergencyPhase,
    EmergencyRole,
    Finding,
)
from cellchain.accounts.models import Person, WebSession
from cellchain.accounts.queries import roles_of
from cellchain.accounts.rules import Role
from cellchain.accounts.second_factor.queries import factors_of
from cellchain.kernel.canonical import Json
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, Text, command
from cellchain.ledger.tx import CommandTx

ENDS_OTHERS = frozenset({"accounts.review_emergency", "accounts.lock"})
NOT_JUSTIFIED = "accounts:emergency:not_justified"
Number = Annotated[int, Field(ge=1, le=2**53 - 1, title="Emergency access")]
Account = Annotated[Text, Field(min_length=10, max_length=ACCOUNT_LENGTH)]


class EmergencyResult(CommandResult):
    """An emergency access by its number, and where it stands."""

    emergency: int
    role: EmergencyRole
    phase: EmergencyPhase


class BreakGlass(Order):
    """Which role is taken, and why."""

    role: Annotated[EmergencyRole, Field(title="Role")]
    cause: Annotated[EmergencyCause, Field(title="Why")]
    account: Annotated[
        Account,
        Field(
            title="What happened",
            description="What has to be done now and cannot wait. No names of recipients.",
        ),
    ]


def _what_is_taken(tx: CommandTx, order: BreakGlass) -> dict[str, Json]:
    return {"role": order.role.value, "cause": order.cause.value, "minutes": tx.house.emergency_minutes}


@command(
    event="accounts:emergency:begun",
    signature="I take this role in an emergency, and answer for what I do in it",
    signs=_what_is_taken,
    at_once=True,
    cannot_wait=True,
)
def break_glass(tx: CommandTx, by: Actor, order: BreakGlass) -> EmergencyResult:
    """Take a role for a short time, because nobody who holds it can do what has to be done now. QA and administrators
    are told at once, everything done is marked, and QA reviews it. Two people stay two, and no check falls away.

    Raises Refused `emergency.held`, `.not_yours`, `.kept_apart`, `.running`, `.taken`, `.unreviewed`, `.second_factor`.
    """
    person = tx.lock(Person, by.person)
    tx.about(person.code)
    _end_what_is_over(tx, order.role, person.code)
    asking = rules.Asking(
        held=frozenset(Role(role) for role in roles_of(tx, person.code)),
        running=tx.one(RUNNING_OF, person=person.code) is not None,
        taken=tx.one(RUNNING_AS, role=order.role) is not None,
        unreviewed=tx.one(UNREVIEWED_OF, person=person.code) or 0,
        proved=_proved(tx, by, order.role),
    )
    rules.may_take(order.role, asking)
    row = tx.add(
        EmergencyAccess(
            person=person.code,
            role=order.role,
            cause=order.cause,
            account=order.account,
            phase=EmergencyPhase.RUNNING,
            station=by.device,
            begun_at=tx.now,
            ends_at=tx.now + timedelta(minutes=tx.house.emergency_minutes),
            review_by=tx.now + timedelta(hours=tx.house.emergency_review_hours),
        )
    )
    tx.note(emergency=row.id, role=order.role.value, cause=order.cause.value, minutes=tx.house.emergency_minutes)
    return _result(row)


def _proved(tx: CommandTx, by: Actor, role: EmergencyRole) -> bool:
    """A role that is asked for a second factor is not had with a password alone, in an emergency neither."""
    if role.value not in tx.house.second_factor_roles:
        return True
    session = None if by.session is None else tx.find(WebSession, by.session)
    return (session is not None and session.method != "password") or factors_of(tx, by.person).any


def _end_what_is_over(tx: CommandTx, role: EmergencyRole, person: str) -> None:
    """What the clock ended is written down as over, so that it stands in nobody's way."""
    for found in (tx.one(RUNNING_AS, role=role), tx.one(RUNNING_OF, person=person)):
        if found is not None and not still_runs(tx, found.id or 0):
            row = tx.lock(EmergencyAccess, found.id)
            if row.phase is EmergencyPhase.RUNNING:
                _ended(tx, row)


def _ended(tx: CommandTx, row: EmergencyAccess, by: str | None = None) -> EmergencyAccess:
    """Ended by somebody now, or by the clock when its time was over."""
    at = tx.now if by is not None and tx.now < row.ends_at else row.ends_at
    return tx.change(row, phase=EMERGENCY.move("end", row.phase), ended_at=at, ended_by=by)


class OfEmergency(Order):
    """Names an emergency access."""

    emergency: Number


@command(event="accounts:emergency:ended")
def end_emergency(tx: CommandTx, by: Actor, order: OfEmergency) -> EmergencyResult:
    """End it before its time: one's own, or as QA or administrator somebody else's.

    Raises NotFound, Refused `emergency.anothers`, `.phase`.
    """
    row = tx.lock(EmergencyAccess, order.emergency)
    tx.about(row.person)
    rules.may_end(row.person, by.person, ends_others=bool(ENDS_OTHERS & by.permissions))
    return _result(_ended(tx, row, by.person))


def end_of(tx: CommandTx, person: str) -> None:
    """End what somebody took and still holds: they are locked, or leave."""
    found = tx.one(RUNNING_OF, person=person)
    if found is not None:
        _ended(tx, tx.lock(EmergencyAccess, found.id), tx.by.person)


class ReviewEmergency(OfEmergency):
    """What QA found when it looked at everything that was done."""

    finding: Annotated[Finding, Field(title="Finding")]
    assessment: Annotated[
        Account,
        Field(
            title="Assessment",
            description="What was looked at, what it was worth, and what follows from it.",
        ),
    ]


def _what_is_reviewed(tx: CommandTx, order: ReviewEmergency) -> dict[str, Json]:
    row = tx.get(EmergencyAccess, order.emergency)
    return {
        "emergency": order.emergency,
        "person": row.person,
        "role": row.role.value,
        "finding": order.finding.value,
    }


@command(
    event="accounts:emergency:reviewed",
    signature="I have looked at everything that was done under this emergency access",
    signs=_what_is_reviewed,
)
def review_emergency(tx: CommandTx, by: Actor, order: ReviewEmergency) -> EmergencyResult:
    """Say whether it was justified. Where it was not, a deviation opens by itself.

    Raises NotFound, Refused `emergency.own_review`, `.not_over`, `.phase`.
    """
    row = tx.lock(EmergencyAccess, order.emergency)
    tx.about(row.person)
    runs = rules.in_force(row.phase, row.ends_at, tx.now)
    rules.may_review(row.person, by.person, running=runs)
    if row.phase is EmergencyPhase.RUNNING:
        row = _ended(tx, row)
    reviewed = tx.change(
        row,
        phase=EMERGENCY.move("review", row.phase),
        reviewed_by=by.person,
        reviewed_at=tx.now,
        finding=order.finding,
        assessment=order.assessment,
    )
    tx.note(emergency=order.emergency, finding=order.finding.value)
    if order.finding is Finding.NOT_JUSTIFIED:
        tx.record(NOT_JUSTIFIED, row.person, emergency=order.emergency, role=row.role.value)
    return _result(reviewed)


def _result(row: EmergencyAccess) -> EmergencyResult:
    return EmergencyResult(emergency=row.id or 0, role=row.role, phase=row.phase)
