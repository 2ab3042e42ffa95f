"""What becomes of a lot: reviewed by exception, released, rejected. Each release is a signature of its own."""

from typing import Annotated

from pydantic import Field

from cellchain.identity.codes import ContainerCode
from cellchain.kernel.canonical import Json
from cellchain.kernel.errors import NotFound, Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.append import last_position
from cellchain.ledger.registry import CommandResult, NoResult, Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries as manufacturing
from cellchain.quality import queries
from cellchain.quality.commands.common import LotDecision, LotField, Reason
from cellchain.quality.models import (
    REASON_LENGTH,
    AcceptedException,
    Decision,
    Disposition,
    Review,
)
from cellchain.quality.rules import deciding
from cellchain.quality.rules import release as rules
from cellchain.quality.rules.lifecycles import DISPOSITION, DispositionPhase, ResultPhase, Stage
from cellchain.quality.rules.review import may_accept_exception


class OfLot(Order):
    """Names a lot."""

    lot: LotField


@command(event="quality:disposition:opened", subject="lot", internal=True)
def open_disposition(tx: CommandTx, by: Actor, order: OfLot) -> LotDecision:
    """Quarantine a lot as soon as it is opened: nothing is usable before somebody decides."""
    row = tx.add(Disposition(lot=order.lot, phase=DispositionPhase.QUARANTINED, opened_at=tx.happened_at))
    return LotDecision(lot=row.lot, phase=row.phase)


class OfVial(OfLot):
    """Names a bank lot and a vial of it."""

    vial: ContainerCode


@command(event="quality:further_use:required", subject="lot", internal=True)
def require_further_use(tx: CommandTx, by: Actor, order: OfVial) -> NoResult:
    """Refuse what is about to be thawed unless it and its bank may be used.

    Raises Refused `bank.not_released`, `bank.on_hold`, `vial.on_hold`, `vial.recalled`.
    """
    disposition = queries.disposition_of(tx, order.lot)
    deciding.may_be_used_further(
        None if disposition is None else disposition.phase,
        held=bool(queries.held_above(tx, order.lot)),
        lot=order.lot,
    )
    deciding.may_be_thawed(held=queries.is_held(tx, order.vial), recalled=queries.is_recalled(tx, order.vial))
    return NoResult()


# ---- review ----------------------------------------------------------------------------------------------------------


class ReviewResult(CommandResult):
    """A signed review of a lot's batch record and audit trail."""

    review: int
    lot: str
    exceptions: int


class ReviewBatch(Order):
    """The lot whose batch record and audit trail were read."""

    lot: LotField
    seen: Annotated[
        str | None,
        Field(
            pattern=r"^[0-9a-f]{64}$",
            title="Exceptions as shown",
            description="The fingerprint of the list that was on the screen.",
        ),
    ] = None


@command(
    event="quality:batch:reviewed",
    subject="lot",
    signature="I have reviewed this batch record and its audit trail, and decided each exception",
)
def review_batch(tx: CommandTx, by: Actor, order: ReviewBatch) -> ReviewResult:
    """Sign the review by exception. Raises Refused `lot.releaser_made_it`, `.releaser_tested_it`, `.not_completed`,
    `review.exceptions_open`, `review.changed`.
    """
    tx.lock(Disposition, order.lot)
    found = queries.findings_of(tx, order.lot)
    if order.seen is not None and order.seen != found.digest:
        raise Refused("review.changed", "The exceptions changed while you were reading. Look at them again, then sign.")
    rules.may_review(queries.release_facts(tx, order.lot, found), found.unsettled_count, by.person)
    row = tx.add(
        Review(
            lot=order.lot,
            reviewer=by.person,
            reviewed_at=tx.now,
            exceptions=[{"key": item.key, "kind": item.kind.value} for item in found.exceptions],
            exceptions_hash=found.digest,
            entries_seen=last_position(tx).seq,
        )
    )
    return ReviewResult(review=row.id or 0, lot=order.lot, exceptions=len(found.exceptions))


class AcceptException(Order):
    """One exception of a review that was explained."""

    lot: LotField
    exception: Annotated[str, Field(pattern=r"^[A-Za-z0-9_:]{3,60}$", title="Exception")]
    note: Annotated[Text | None, Field(max_length=REASON_LENGTH, title="Note")] = None


@command(event="quality:exception:accepted", subject="lot", permission="quality.review_batch")
def accept_exception(tx: CommandTx, by: Actor, order: AcceptException) -> NoResult:
    """Accept an exception in a review, with a note where the record does not explain it.

    Raises Refused `exception.put_right`, `.decided`, `.note_needed`, `lot.releaser_made_it`, NotFound.
    """
    tx.lock(Disposition, order.lot)
    for item in queries.exceptions_of(tx, order.lot):
        if item.key == order.exception:
            break
    else:
        raise NotFound("exception.unknown", "This exception is gone. Look at the list again.")
    involved = manufacturing.people_who_made(tx, order.lot) | queries.testers_of(tx, order.lot)
    may_accept_exception(
        item.kind,
        blocking=item.is_blocking,
        accepted=item.accepted is not None,
        involved=by.person in involved,
        note=order.note,
    )
    tx.add(
        AcceptedException(lot=order.lot, exception=item.key, accepted_by=by.person, accepted_at=tx.now, note=order.note)
    )
    tx.note(exception=item.key)
    return NoResult()


# ---- releases --------------------------------------------------------------------------------------------------------


def _signed_release(tx: CommandTx, order: OfLot) -> Json:
    return queries.release_record(tx, order.lot)


@command(
    event="quality:lot:released_for_further_use",
    subject="lot",
    signature="I release this cell bank for further use",
    signs=_signed_release,
)
def release_for_further_use(tx: CommandTx, by: Actor, order: OfLot) -> LotDecision:
    """Release a bank. Raises the refusal of whichever gate of `rules.release` is shut."""
    return _release(tx, by, order.lot, "release_for_further_use")


@command(
    event="quality:lot:conditionally_released",
    subject="lot",
    signature="I release this lot conditionally, before its final tests are known, and take on what they may bring",
    signs=_signed_release,
)
def release_conditionally(tx: CommandTx, by: Actor, order: OfLot) -> LotDecision:
    """Release while the final tests run: each pending one becomes an obligation with its day."""
    return _release(tx, by, order.lot, "release_conditionally")


@command(
    event="quality:lot:released",
    subject="lot",
    signature="I certify that this lot meets its specification in full",
    signs=_signed_release,
)
def release(tx: CommandTx, by: Actor, order: OfLot) -> LotDecision:
    """Certify a lot once every test has passed: the second signature, apart from the conditional one."""
    return _release(tx, by, order.lot, "release")


def _release(tx: CommandTx, by: Actor, lot: str, verb: str) -> LotDecision:
    row = tx.lock(Disposition, lot)
    phase = DispositionPhase(DISPOSITION.move(verb, row.phase))
    rules.may_release(queries.release_facts(tx, lot), verb, by.person, tx.now)
    stages = rules.RELEASES[verb][1]
    results = [result for result in queries.results_of(tx, lot) if result.is_current]
    pending: list[dict[str, Json]] = [
        {"test": result.test, "due_on": result.due_on.isoformat()}
        for result in results
        if result.stage is Stage.FINAL and result.phase is ResultPhase.PENDING and result.due_on is not None
    ]
    obligations = pending if verb == "release_conditionally" else []
    review = queries.review_of(tx, lot)
    rested_on = [result for result in results if result.stage in stages]
    tx.add(
        Decision(
            lot=lot,
            phase=phase,
            decided_by=by.person,
            decided_at=tx.now,
            review=None if review is None else review.id,
            results=[result.id for result in rested_on],
            obligations=obligations,
        )
    )
    return _decided(tx, row, phase, obligations, max((result.specification for result in rested_on), default=None))


class Reject(Order):
    """A lot that is not used, and why."""

    lot: LotField
    reason: Reason


@command(
    event="quality:lot:rejected",
    subject="lot",
    signature="I reject this lot: nothing of it may be used",
    signs=_signed_release,
)
def reject(tx: CommandTx, by: Actor, order: Reject) -> LotDecision:
    """Reject a lot. A conditional release stays in the record. Raises Refused `disposition.phase`."""
    row = tx.lock(Disposition, order.lot)
    phase = DispositionPhase(DISPOSITION.move("reject", row.phase))
    results = [result.id for result in queries.results_of(tx, order.lot) if result.is_current]
    tx.add(
        Decision(
            lot=order.lot,
            phase=phase,
            decided_by=by.person,
            decided_at=tx.now,
            results=results,
            obligations=[],
            reason=order.reason,
        )
    )
    return _decided(tx, row, phase, [], row.specification)


def _decided(
    tx: CommandTx,
    row: Disposition,
    phase: DispositionPhase,
    obligations: list[dict[str, Json]],
    specification: int | None,
) -> LotDecision:
    tx.change(
        row,
        phase=phase,
        decided_by=tx.by.person,
        decided_at=tx.now,
        obligations=obligations or None,
        specification=specification,
    )
    tx.note(lot=row.lot, phase=phase.value, obligations=list[Json](obligations))
    return LotDecision(lot=row.lot, phase=phase)
