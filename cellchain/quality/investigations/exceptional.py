"""The exceptional use of a lot out of its specification: each act by whom it belongs to, each signed on its own."""

from typing import Annotated

from pydantic import Field

from cellchain.identity.codes import RecipientCode
from cellchain.kernel.canonical import Json
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Moment, Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.quality import queries
from cellchain.quality.commands.common import Reason
from cellchain.quality.investigations import queries as reading
from cellchain.quality.investigations.models import ACCOUNT_LENGTH, ExceptionalUse, Investigation
from cellchain.quality.queries.testing import failed_results
from cellchain.quality.rules import exceptional as rules
from cellchain.quality.rules.exceptional import EXCEPTIONAL_USE, ExceptionalPhase
from cellchain.quality.rules.lifecycles import DispositionPhase

UseField = Annotated[int, Field(ge=1, title="Exceptional use")]
Account = Annotated[Text, Field(min_length=10, max_length=ACCOUNT_LENGTH)]


class UseResult(CommandResult):
    """An exceptional use and how far its acts are. For whom it is stands on its page alone."""

    use: int
    lot: str
    phase: ExceptionalPhase


class OfUse(Order):
    """Names an exceptional use."""

    use: UseField


def _signed_use(tx: CommandTx, order: OfUse) -> Json:
    """Everything that was said and signed so far."""
    return _record(tx.get(ExceptionalUse, order.use))


def _signed_request(tx: CommandTx, order: "RequestExceptionalUse") -> Json:
    rows = [use for use in reading.uses_of(tx, order.investigation) if use.recipient == order.recipient]
    return _record(tx.get(ExceptionalUse, rows[-1].id)) if rows else None


def _record(row: ExceptionalUse) -> Json:
    return {
        "investigation": row.investigation,
        "lot": row.lot,
        "results": list(row.results),
        "recipient": row.recipient,
        "phase": row.phase.value,
        "request": row.request,
        "physician": row.physician,
        "evaluation": row.evaluation,
        "evaluated_by": row.evaluated_by,
        "taken_on_by": row.taken_on_by,
        "told": row.told,
        "told_by": row.told_by,
        "accepted_by": row.accepted_by,
        "withdrawn_by": row.withdrawn_by,
    }


class RequestExceptionalUse(Order):
    """Bags of a lot that failed a test, for one recipient whom nothing else helps in time."""

    investigation: Annotated[int, Field(ge=1, title="Investigation")]
    recipient: Annotated[RecipientCode, Field(title="Recipient")]
    request: Annotated[
        Account,
        Field(
            title="The request",
            description="Which immediate significant hazard it avoids, and why nothing else does.",
        ),
    ]


@command(
    event="quality:exceptional_use:requested",
    signature="I ask for the use of this lot for this recipient, although a test of it failed",
    signs=_signed_request,
)
def request_exceptional_use(tx: CommandTx, by: Actor, order: RequestExceptionalUse) -> UseResult:
    """Ask, as the treating physician, after a confirmed failure (EU GMP Part IV, 11.53).

    Raises NotFound, Refused `exceptional.not_confirmed`, `.bank`, `.lot_gone`, `.not_treating`, `.asked_already`.
    """
    held = tx.lock(Investigation, order.investigation)
    tx.about(held.lot)
    disposition = queries.disposition_of(tx, held.lot)
    asked = [use for use in reading.uses_of(tx, order.investigation) if use.recipient == order.recipient]
    rules.may_ask(
        kind=queries.kind_of(tx, held.lot),
        conclusion=held.conclusion,
        disposition=DispositionPhase.QUARANTINED if disposition is None else disposition.phase,
        asked_already=any(use.phase is not ExceptionalPhase.WITHDRAWN for use in asked),
    )
    rules.is_treating(tx.house.physician_of(tx, order.recipient), by.person)
    row = tx.add(
        ExceptionalUse(
            investigation=order.investigation,
            lot=held.lot,
            results=failed_results(tx, held.lot, held.test, held.stage),
            recipient=order.recipient,
            phase=ExceptionalPhase.REQUESTED,
            physician=by.person,
            requested_at=tx.now,
            request=order.request,
        )
    )
    return _result(tx, row)


class EvaluateExceptionalUse(OfUse):
    """What the failure may do to this recipient, as the manufacturer sees it."""

    evaluation: Annotated[
        Account,
        Field(title="Evaluation of the risk", description="Told to the physician, who decides whether to take it on."),
    ]


@command(
    event="quality:exceptional_use:evaluated",
    signature="I have evaluated the risk of this use, and tell it to the physician",
    signs=_signed_use,
)
def evaluate_exceptional_use(tx: CommandTx, by: Actor, order: EvaluateExceptionalUse) -> UseResult:
    """Evaluate the risk for the manufacturer. Raises Refused `exceptional_use.phase`."""
    row = _locked(tx, order.use)
    phase = EXCEPTIONAL_USE.move("evaluate_exceptional_use", row.phase)
    changes = {"evaluation": order.evaluation, "evaluated_by": by.person, "evaluated_at": tx.now}
    return _result(tx, tx.change(row, phase=phase, **changes))


@command(
    event="quality:exceptional_use:taken_on",
    signature="I have read the evaluation of the risk, and take it on for this recipient",
    signs=_signed_use,
)
def take_on_exceptional_use(tx: CommandTx, by: Actor, order: OfUse) -> UseResult:
    """Take the risk on, as the treating physician.

    Raises Refused `exceptional_use.phase`, `exceptional.not_treating`.
    """
    row = _locked(tx, order.use)
    phase = EXCEPTIONAL_USE.move("take_on_exceptional_use", row.phase)
    rules.is_treating(tx.house.physician_of(tx, row.recipient), by.person)
    return _result(tx, tx.change(row, phase=phase, taken_on_by=by.person, taken_on_at=tx.now))


class RecordSponsorTold(OfUse):
    """Whom at the sponsor was told, and when."""

    told: Annotated[Text, Field(min_length=3, max_length=160, title="Who was told")]
    told_at: Annotated[Moment, Field(title="Told at")]


@command(
    event="quality:exceptional_use:sponsor_told",
    signature="The sponsor was told of this use, as it stands here",
    signs=_signed_use,
)
def record_sponsor_told(tx: CommandTx, by: Actor, order: RecordSponsorTold) -> UseResult:
    """Record that the sponsor was told at once, which in its turn tells the authority.

    Raises Refused `exceptional.told_already`, `.told_when`, `.over`.
    """
    row = _locked(tx, order.use)
    rules.may_tell(
        row.phase, told=row.told_by is not None, told_at=order.told_at, asked_at=row.requested_at, now=tx.now
    )
    changes = {"told": order.told, "told_at": order.told_at, "told_by": by.person, "told_signed_at": tx.now}
    return _result(tx, tx.change(row, **changes))


@command(
    event="quality:exceptional_use:accepted",
    signature="I accept the use of this lot for this recipient alone, although a test of it failed",
    signs=_signed_use,
)
def accept_exceptional_use(tx: CommandTx, by: Actor, order: OfUse) -> UseResult:
    """Accept, last of all: the lot may then be released, and its bags be given to the named recipient alone.

    Raises Refused `exceptional_use.phase`, `exceptional.own_evaluation`, `.sponsor_not_told`, `.results_changed`.
    """
    row = _locked(tx, order.use)
    phase = EXCEPTIONAL_USE.move("accept_exceptional_use", row.phase)
    held = tx.get(Investigation, row.investigation)
    now_failed = failed_results(tx, held.lot, held.test, held.stage)
    told, changed = row.told_by is not None, now_failed != list(row.results)
    rules.may_accept(by.person, evaluated_by=row.evaluated_by, told=told, results_changed=changed)
    return _result(tx, tx.change(row, phase=phase, accepted_by=by.person, accepted_at=tx.now))


class WithdrawExceptionalUse(OfUse):
    """Why the lot is not used for this recipient after all."""

    reason: Reason


@command(
    event="quality:exceptional_use:withdrawn",
    signature="I withdraw this exceptional use: no bag of the lot may be given under it",
    cannot_wait=True,
    signs=_signed_use,
)
def withdraw_exceptional_use(tx: CommandTx, by: Actor, order: WithdrawExceptionalUse) -> UseResult:
    """Withdraw at any moment; the bedside stops at once. Raises Refused `exceptional_use.phase`."""
    row = _locked(tx, order.use)
    phase = EXCEPTIONAL_USE.move("withdraw_exceptional_use", row.phase)
    changes = {"withdrawal": order.reason, "withdrawn_by": by.person, "withdrawn_at": tx.now}
    return _result(tx, tx.change(row, phase=phase, **changes))


def _locked(tx: CommandTx, use: int) -> ExceptionalUse:
    row = tx.lock(ExceptionalUse, use)
    tx.about(row.lot)
    return row


def _result(tx: CommandTx, row: ExceptionalUse) -> UseResult:
    tx.note(use=row.id, investigation=row.investigation, phase=row.phase.value)
    return UseResult(use=row.id or 0, lot=row.lot, phase=row.phase)
