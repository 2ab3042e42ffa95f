"""QA decides on record whether lots may be released although one of their origin failed or is overdue."""

from typing import Annotated

from pydantic import Field

from cellchain.identity.codes import LotCode
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Moment, Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries as manufacturing
from cellchain.quality import queries as quality
from cellchain.quality.commands.common import Reason, ResultField
from cellchain.quality.doubts import queries, rules
from cellchain.quality.doubts.models import DoubtDecision
from cellchain.quality.doubts.rules import DoubtKind


class DoubtDecided(CommandResult):
    """What was decided about which result, and for which lot; for all of the origin where none is named."""

    decision: int
    result: int
    kind: DoubtKind
    lot: str | None


class DecideDoubt(Order):
    """A final result that failed or is overdue, and why lots of the same origin may be released all the same."""

    result: ResultField
    lot: Annotated[
        LotCode | None,
        Field(title="For this lot alone", description="Empty: for every lot of the same bank or passage."),
    ] = None
    reason: Reason
    expires_at: Annotated[Moment, Field(title="Holds until", description="31 days at most.")]


@command(
    event="quality:doubt:decided",
    signature="I have weighed this result and let lots of its origin be released conditionally",
)
def decide_doubt(tx: CommandTx, by: Actor, order: DecideDoubt) -> DoubtDecided:
    """Let one lot, or all of an origin, be released conditionally in spite of a sibling's result, for a time.

    Raises Refused `doubt.none`, `doubt.other_origin`, `doubt.involved`, Invalid for the time, NotFound.
    """
    doubt = queries.doubt_of(tx, order.result)
    lots = [] if doubt is None else [doubt.lot, *([order.lot] if order.lot is not None else [])]
    involved = any(
        by.person in manufacturing.people_who_made(tx, lot) | quality.testers_of(tx, lot) for lot in dict.fromkeys(lots)
    )
    related = order.lot is None or doubt is None or doubt.lot in queries.related(tx, order.lot)
    rules.may_decide(doubt, related=related, involved=involved, expires_at=order.expires_at, now=tx.now)
    if doubt is not None:
        tx.about(doubt.lot)
    kind = DoubtKind.FAILED if doubt is None else doubt.kind
    row = tx.add(
        DoubtDecision(
            result=order.result,
            kind=kind,
            lot=order.lot,
            reason=order.reason,
            expires_at=order.expires_at,
            decided_by=by.person,
            decided_at=tx.now,
        )
    )
    tx.note(result=order.result, kind=kind.value, lot=order.lot)
    return DoubtDecided(decision=row.id or 0, result=order.result, kind=kind, lot=order.lot)
