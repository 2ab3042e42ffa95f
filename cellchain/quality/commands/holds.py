"""Holds, recalls and late positives: what stops a bag, and what lets it go on."""

from typing import Annotated

from pydantic import BaseModel, Field

from cellchain.donors import queries as donors
from cellchain.kernel import canonical
from cellchain.kernel.canonical import Json
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries as manufacturing
from cellchain.quality import queries
from cellchain.quality.commands.common import (
    HeldCode,
    HoldResult,
    Reason,
    ResultField,
    RootCode,
    open_one,
    place_one,
    rule_account,
    rule_words,
)
from cellchain.quality.models import Disposition, Hold, LatePositive, Recall, RecallItem, Result
from cellchain.quality.queries.deciding import late_positive_of
from cellchain.quality.rules import deciding as rules
from cellchain.quality.rules.lifecycles import (
    DISPOSITION,
    HOLD,
    DispositionPhase,
    HoldCause,
    HoldPhase,
    Outcome,
    Severity,
)

LATE = "quality:late_positive:reported"


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


@command(event="quality:hold:lifted", signature="I lift this hold", in_turn=True)
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


# ---- recall ----------------------------------------------------------------------------------------------------------


class RecallResult(BaseModel, frozen=True):
    """A recall: the lots and containers that it calls back."""

    recall: int
    root: str
    lots: list[str]
    bags: list[str]


class RecallOrder(Order):
    """Where the fault lies, and why everything that came out of it is called back."""

    root: Annotated[
        RootCode,
        Field(title="Recall everything that came out of", description="A donor, donation, lot, material lot, machine…"),
    ]
    reason: Reason
    seen: Annotated[
        str | None,
        Field(
            pattern=r"^[0-9a-f]{64}$",
            title="Scope as shown",
            description="The fingerprint of the list that was on the screen.",
        ),
    ] = None


@command(
    event="quality:recall:placed",
    subject="root",
    signature="I recall everything that came out of this",
)
def recall(tx: CommandTx, by: Actor, order: RecallOrder) -> RecallResult:
    """Recall every lot, bag and vial that descends from the root, in one act; whose they are, the trial knows.

    Raises Refused `recall.nothing`, `recall.done_already`, `recall.scope_changed`.
    """
    scope = queries.scope_of(tx, order.root)
    if order.seen is not None and order.seen != scope_hash(scope):
        raise Refused(
            "recall.scope_changed", "What a recall would reach changed meanwhile. Look at it again, then sign."
        )
    fresh = [code for code in scope.items if not queries.is_recalled(tx, code)]
    rules.may_recall(found=len(scope.items), recalled=not fresh)
    row = tx.add(Recall(root=order.root, reason=order.reason, placed_by=by.person, placed_at=tx.now))
    for code in scope.items:
        tx.add(RecallItem(recall=row.id or 0, subject=code))
    for lot in scope.lots:
        _mark_recalled(tx, lot)
    tx.note(recall=row.id, lots=list[Json](scope.lots), bags=list[Json](scope.bags))
    return RecallResult(recall=row.id or 0, root=order.root, lots=list(scope.lots), bags=list(scope.bags))


def scope_hash(scope: queries.Scope) -> str:
    """The fingerprint of what a recall would reach, so that what was shown is what is signed."""
    return canonical.digest(list(scope.items))


def _mark_recalled(tx: CommandTx, lot: str) -> None:
    if queries.disposition_of(tx, lot) is None:
        return
    row = tx.lock(Disposition, lot)
    if row.phase is not DispositionPhase.RECALLED:
        phase = DISPOSITION.move("recall", row.phase)
        tx.change(row, phase=phase, decided_by=tx.by.person, decided_at=tx.now, obligations=None)


# ---- late positive ---------------------------------------------------------------------------------------------------


class LatePositiveResult(BaseModel, frozen=True):
    """What a late positive reached: every bag of the same origin, and those that were held."""

    deviation: int
    number: str
    lot: str
    bags: list[str]
    held: list[str]


class ReportLatePositive(Order):
    """A test that turned out positive after its lot was released."""

    result: ResultField
    organism: Annotated[
        Text, Field(min_length=2, max_length=120, title="Organism", description="Or: not identified yet.")
    ]
    susceptibility: Annotated[Text | None, Field(max_length=400, title="Susceptibility")] = None


@command(event=LATE)
def report_late_positive(tx: CommandTx, by: Actor, order: ReportLatePositive) -> LatePositiveResult:
    """List every bag of the same origin, hold every one that is still unused and the lot itself, open a deviation.

    The release stays in the record. Raises Refused `result.not_failed`, `late_positive.not_released`,
    `late_positive.reported_already`.
    """
    result = tx.lock(Result, order.result)
    tx.about(result.lot)
    disposition = tx.lock(Disposition, result.lot)
    rules.may_report_late(
        outcome=Outcome(result.outcome),
        phase=disposition.phase,
        reported=late_positive_of(tx, order.result) is not None,
    )
    scope = queries.siblings_of(tx, result.lot)
    held = [code for code in (result.lot, *scope.unused) if place_one(tx, code, HoldCause.LATE_POSITIVE, _cause(order))]
    facts: dict[str, Json] = {"result": order.result, "test": result.test, "organism": order.organism}
    deviation = open_one(
        tx,
        subject=result.sample,
        lot=result.lot,
        title=rule_words(LATE),
        description=rule_account(LATE, facts),
        rule=LATE,
        facts=facts,
        severity=Severity.CRITICAL,
    )
    tx.add(
        LatePositive(
            lot=result.lot,
            result=order.result,
            deviation=deviation.deviation,
            organism=order.organism,
            susceptibility=order.susceptibility,
            bags=list(scope.bags),
            held=held,
            reported_by=by.person,
            reported_at=tx.now,
        )
    )
    bags, lots = list[Json](scope.bags), list[Json](scope.lots)
    tx.note(
        lot=result.lot, result=order.result, deviation=deviation.deviation, bags=bags, lots=lots, held=list[Json](held)
    )
    return LatePositiveResult(
        deviation=deviation.deviation, number=deviation.number, lot=result.lot, bags=list(scope.bags), held=held
    )


def _cause(order: ReportLatePositive) -> str:
    return f"Late positive: {order.organism}"


# ---- issue tag -------------------------------------------------------------------------------------------------------
