"""Which lots share their origin, and which of their final results failed or are overdue."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.kernel.values import dataclass
from cellchain.manufacturing import lineage
from cellchain.platform.db import ReadTx
from cellchain.platform.statements import among, code_list, one_of
from cellchain.quality.doubts.models import DoubtDecision
from cellchain.quality.doubts.rules import Decided, Doubt, DoubtKind, open_doubts
from cellchain.quality.models import Result
from cellchain.quality.queries import testing
from cellchain.quality.rules.lifecycles import Outcome, ResultPhase, Stage

ROWS_MAX = 10_000
# The last word on a lot: a bank's is its test before further use, a product's its final one.
_LAST = one_of(Result.stage, (Stage.FINAL, Stage.FURTHER_USE))
SUSPECT: Any = select(Result.id).where(
    among(col(Result.lot)),
    _LAST,
    col(Result.phase) != ResultPhase.CORRECTED,
    (col(Result.outcome) == Outcome.FAILED)
    | ((col(Result.phase) == ResultPhase.PENDING) & (col(Result.due_on) < bindparam("today"))),
)
DECIDED = select(DoubtDecision).where(col(DoubtDecision.expires_at) > bindparam("now")).order_by(col(DoubtDecision.id))
DECISIONS_ON = select(DoubtDecision).where(col(DoubtDecision.result) == bindparam("result"))


@dataclass(frozen=True)
class Decision:
    """A decision about a doubt, as a page shows it."""

    id: int
    result: int
    kind: DoubtKind
    lot: str | None
    reason: str
    expires_at: datetime
    decided_by: str
    decided_at: datetime


def related(tx: ReadTx, lot: str) -> frozenset[str]:
    """The lots that share their bank, their donations or a passage with a lot, and that bank itself."""
    sources = lineage.sources(tx, [lot])
    siblings = lineage.opened_from(tx, sources)
    shared = lineage.drawing_from_the_same(tx, lot)
    banks = [code for code in sources if code.startswith("LT")]
    return frozenset([*siblings, *shared, *banks]) - {lot}


def doubts_about(tx: ReadTx, lot: str) -> tuple[Doubt, ...]:
    """Every final result of the same origin that failed, or that is overdue on this day."""
    asked = code_list(sorted(related(tx, lot)))
    numbers = tx.many(SUSPECT, limit=ROWS_MAX, codes=asked, today=tx.today)
    found = [doubt_of(tx, number) for number in sorted(numbers)]
    return tuple(doubt for doubt in found if doubt is not None)


def doubt_of(tx: ReadTx, result: int) -> Doubt | None:
    """The doubt that a result throws on its siblings; None where it throws none. Raises NotFound."""
    facts = testing.result_facts(tx, result)
    if not facts.is_current or facts.stage not in (Stage.FINAL, Stage.FURTHER_USE):
        return None
    if facts.outcome is Outcome.FAILED and facts.limit.required and not facts.accepted:
        return Doubt(result, facts.lot, facts.limit.name, DoubtKind.FAILED)
    if facts.phase is ResultPhase.PENDING and facts.due_on is not None and facts.due_on < tx.today:
        return Doubt(result, facts.lot, facts.limit.name, DoubtKind.OVERDUE)
    return None


def standing_doubts(tx: ReadTx, lot: str) -> tuple[Doubt, ...]:
    """What of it QA has not decided, for this lot and now."""
    rows = tx.many(DECIDED, limit=ROWS_MAX, now=tx.now)
    decided = [Decided(row.result, row.kind, row.lot, row.expires_at) for row in rows]
    return open_doubts(doubts_about(tx, lot), decided, lot, tx.now)


def decisions_on(tx: ReadTx, result: int) -> list[Decision]:
    """What was decided about one result, in order."""
    names = Decision.__dataclass_fields__
    rows = tx.many(DECISIONS_ON, limit=100, result=result)
    return [Decision(**{name: getattr(row, name) for name in names}) for row in rows]
