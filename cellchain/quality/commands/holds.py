"""Holds: what stops a bag, and what lets it go on."""

from typing import Annotated

from pydantic import Field

from cellchain.donors import queries as donors
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries as manufacturing
from cellchain.quality.commands.common import (
    HeldCode,
    HoldResult,
    Reason,
    place_one,
)
from cellchain.quality.models import Hold
from cellchain.quality.rules import deciding as rules
from cellchain.quality.rules.lifecycles import (
    HOLD,
    HoldCause,
    HoldPhase,
)


class PlaceHold(Order):
    """What is held, and why."""

    subject: Annotated[HeldCode, Field(title="Hold")]
    cause: Annotated[HoldCause, Field(title="Cause")] = HoldCause.QA
    reason: Reason


@command(event="quality:hold:placed", subject="subject")
def hold(tx: CommandTx, by: Actor, order: PlaceHold) -> HoldResult:
    """Hold a bag, lot, donation or donor: nothing of it is used until the hold is lifted. Raises NotFound,
    Refused `hold.placed_already`.
    """
    _must_exist(tx, order.subject)
    row = place_one(tx, order.subject, order.cause, order.reason)
    rules.may_place_hold(placed=row is None)
    tx.note(cause=order.cause.value)
    return HoldResult(hold=0 if row is None else row.id or 0, subject=order.subject, phase=HoldPhase.PLACED)


def _must_exist(tx: CommandTx, subject: str) -> None:
    """Raises NotFound for a code that stands for nothing here."""
    match subject[:2]:
        case "LT":
            manufacturing.lot_facts(tx, subject)
        case "DO":
            donors.donation_facts(tx, subject)
        case "DN":
            donors.profile(tx, subject)
        case _:
            manufacturing.container_facts(tx, subject)


class HoldByRule(Order):
    """A hold that a rule of the house places."""

    subject: HeldCode
    cause: HoldCause
    reason: Annotated[str, Field(max_length=500)]


@command(event="quality:hold:placed", subject="subject", internal=True)
def hold_by_rule(tx: CommandTx, by: Actor, order: HoldByRule) -> HoldResult:
    """Hold something at once, for a fact that quality heard of; a hold of the same cause stays as it is."""
    row = place_one(tx, order.subject, order.cause, order.reason)
    tx.note(cause=order.cause.value, placed_already=row is None)
    return HoldResult(hold=0 if row is None else row.id or 0, subject=order.subject, phase=HoldPhase.PLACED)


class LiftHold(Order):
    """A hold that is no longer needed, and why."""

    hold: Annotated[int, Field(ge=1, title="Hold")]
    reason: Reason


@command(event="quality:hold:lifted", signature="I lift this hold")
def lift_hold(tx: CommandTx, by: Actor, order: LiftHold) -> HoldResult:
    """Lift a hold. Others on the same thing stay. Raises Refused `hold.phase`."""
    row = tx.lock(Hold, order.hold)
    tx.about(row.subject)
    row = tx.change(
        row,
        phase=HOLD.move("lift_hold", row.phase),
        lifted_by=by.person,
        lifted_at=tx.now,
        lift_reason=order.reason,
    )
    tx.note(cause=row.cause.value)
    return HoldResult(hold=order.hold, subject=row.subject, phase=row.phase)


# ---- issue tag -------------------------------------------------------------------------------------------------------
