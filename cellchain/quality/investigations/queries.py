"""Reading investigations and exceptional uses: what is open, what was concluded, what may be used for whom."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.kernel.values import dataclass
from cellchain.platform.db import ReadTx
from cellchain.platform.statements import one_of
from cellchain.quality.investigations.models import ExceptionalUse, Investigation
from cellchain.quality.rules import investigations as rules
from cellchain.quality.rules.exceptional import OPEN, ExceptionalPhase
from cellchain.quality.rules.investigations import (
    OF_THE_MEASUREMENT,
    Conclusion,
    InvestigationPhase,
    RootCause,
)
from cellchain.quality.rules.lifecycles import Stage

ROWS_MAX = 500

OF_LOT: Any = bindparam("lot")
ALL = select(Investigation).order_by(col(Investigation.id).desc())
BY_LOT = select(Investigation).where(col(Investigation.lot) == OF_LOT).order_by(col(Investigation.id))
BY_RESULT = select(Investigation).where(col(Investigation.result) == bindparam("result"))
BY_DEVIATION = select(Investigation).where(col(Investigation.deviation) == bindparam("deviation"))
OPEN_ONES = (
    select(Investigation)
    .where(col(Investigation.phase) != InvestigationPhase.CONCLUDED)
    .order_by(col(Investigation.id))
)
CONFIRMED = (
    select(Investigation)
    .where(col(Investigation.conclusion) == Conclusion.CONFIRMED)
    .order_by(col(Investigation.id).desc())
)
USES = select(ExceptionalUse).order_by(col(ExceptionalUse.id).desc())
USES_OF_LOT = select(ExceptionalUse).where(col(ExceptionalUse.lot) == OF_LOT).order_by(col(ExceptionalUse.id))
USES_OF = (
    select(ExceptionalUse)
    .where(col(ExceptionalUse.investigation) == bindparam("investigation"))
    .order_by(col(ExceptionalUse.id))
)
USES_UNDER_WAY = select(ExceptionalUse).where(one_of(ExceptionalUse.phase, OPEN)).order_by(col(ExceptionalUse.id))
ACCEPTED_OF_LOT = select(ExceptionalUse).where(
    col(ExceptionalUse.lot) == OF_LOT, col(ExceptionalUse.phase) == ExceptionalPhase.ACCEPTED
)


@dataclass(frozen=True)
class InvestigationFacts:
    """An investigation. `number` is how people call it."""

    id: int
    number: str
    result: int
    lot: str
    sample: str
    test: str
    stage: Stage
    deviation: int | None
    analyst: str
    retests_max: int
    phase: InvestigationPhase
    opened_at: datetime
    checks: dict[str, Any] | None
    hypothesis: str | None
    cause: bool | None
    evidence: str | None
    laboratory_by: str | None
    laboratory_at: datetime | None
    extension: str | None
    extended_by: str | None
    extended_at: datetime | None
    retests_planned: int | None
    plan: str | None
    planned_by: str | None
    planned_at: datetime | None
    manufacturing_review: str | None
    scope: list[dict[str, Any]] | None
    scope_account: str | None
    root_cause: RootCause | None
    root_account: str | None
    full_by: str | None
    full_at: datetime | None
    conclusion: Conclusion | None
    reasoning: str | None
    concluded_by: str | None
    concluded_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether the release of its lot waits for it."""
        return self.phase is not InvestigationPhase.CONCLUDED

    @property
    def has_cause(self) -> bool:
        """Whether the cause was found in the measurement, by who looked last."""
        if self.root_cause is not None:
            return self.root_cause in OF_THE_MEASUREMENT
        return bool(self.cause) and self.extended_by is None

    @property
    def investigators(self) -> frozenset[str]:
        """Who looked into it."""
        return rules.analysts_of(self.laboratory_by, self.full_by)


@dataclass(frozen=True)
class UseFacts:
    """An exceptional use, act by act."""

    id: int
    investigation: int
    lot: str
    results: tuple[int, ...]
    recipient: str
    phase: ExceptionalPhase
    physician: str
    requested_at: datetime
    request: str
    evaluation: str | None
    evaluated_by: str | None
    evaluated_at: datetime | None
    taken_on_by: str | None
    taken_on_at: datetime | None
    told: str | None
    told_at: datetime | None
    told_by: str | None
    told_signed_at: datetime | None
    accepted_by: str | None
    accepted_at: datetime | None
    withdrawn_by: str | None
    withdrawn_at: datetime | None
    withdrawal: str | None


# ---- investigations --------------------------------------------------------------------------------------------------


def investigation_facts(tx: ReadTx, investigation: int) -> InvestigationFacts:
    """One investigation. Raises NotFound."""
    return _investigation(tx.get(Investigation, investigation))


def investigations(tx: ReadTx, limit: int = ROWS_MAX) -> list[InvestigationFacts]:
    """The investigations opened last."""
    return [_investigation(row) for row in tx.many(ALL, limit=limit)]


def investigations_of(tx: ReadTx, lot: str) -> list[InvestigationFacts]:
    """The investigations of a lot, in the order they were opened."""
    return [_investigation(row) for row in tx.many(BY_LOT, limit=ROWS_MAX, lot=lot)]


def open_investigations(tx: ReadTx) -> list[InvestigationFacts]:
    """What is not concluded, the oldest first."""
    return [_investigation(row) for row in tx.many(OPEN_ONES, limit=ROWS_MAX)]


def confirmed(tx: ReadTx) -> list[InvestigationFacts]:
    """The failures that were confirmed, the newest first."""
    return [_investigation(row) for row in tx.many(CONFIRMED, limit=ROWS_MAX)]


def investigation_of(tx: ReadTx, result: int) -> InvestigationFacts | None:
    """The investigation of a result."""
    row = tx.one(BY_RESULT, result=result)
    return None if row is None else _investigation(row)


def by_result(tx: ReadTx, lot: str) -> dict[int, InvestigationFacts]:
    """The investigations of a lot by the results that they are about."""
    return {one.result: one for one in investigations_of(tx, lot)}


def for_deviation(tx: ReadTx, deviation: int) -> InvestigationFacts | None:
    """The investigation that opened beside a deviation."""
    row = tx.one(BY_DEVIATION, deviation=deviation)
    return None if row is None else _investigation(row)


def same_test(
    found: Iterable[InvestigationFacts], *, test: str, stage: Stage, sample: str
) -> tuple[InvestigationFacts, ...]:
    """Those of a lot's investigations that are about one test, as far as `rules.concerns` says it is the same."""
    return tuple(
        one for one in found if (one.test, one.stage) == (test, stage) and rules.concerns(stage, sample, one.sample)
    )


def _investigation(row: Investigation) -> InvestigationFacts:
    names = [name for name in InvestigationFacts.__dataclass_fields__ if name != "number"]
    held = {name: getattr(row, name) for name in names}
    return InvestigationFacts(**held, number=rules.investigation_number(row.id or 0, row.opened_at.year))


# ---- exceptional uses ------------------------------------------------------------------------------------------------


def use_facts(tx: ReadTx, use: int) -> UseFacts:
    """One exceptional use. Raises NotFound."""
    return _use(tx.get(ExceptionalUse, use))


def uses_of(tx: ReadTx, investigation: int) -> list[UseFacts]:
    """The exceptional uses that were asked for after one investigation, in their order."""
    return [_use(row) for row in tx.many(USES_OF, limit=ROWS_MAX, investigation=investigation)]


def uses_of_lot(tx: ReadTx, lot: str) -> list[UseFacts]:
    """Every exceptional use of a lot, withdrawn ones too."""
    return [_use(row) for row in tx.many(USES_OF_LOT, limit=ROWS_MAX, lot=lot)]


def uses_under_way(tx: ReadTx) -> list[UseFacts]:
    """Exceptional uses that wait for an act, the oldest first."""
    return [_use(row) for row in tx.many(USES_UNDER_WAY, limit=ROWS_MAX)]


def accepted_uses(tx: ReadTx, lot: str) -> list[UseFacts]:
    """The exceptional uses of a lot that stand: every act was signed, and none was withdrawn."""
    return [_use(row) for row in tx.every(ACCEPTED_OF_LOT, lot=lot)]


def accepted_for(uses: Sequence[UseFacts], failed: Iterable[int]) -> frozenset[str]:
    """The recipients for whom every one of these failures was accepted."""
    named = [frozenset(use.recipient for use in uses if result in use.results) for result in failed]
    return frozenset.intersection(*named) if named else frozenset()


def _use(row: ExceptionalUse) -> UseFacts:
    held = {name: getattr(row, name) for name in UseFacts.__dataclass_fields__ if name != "results"}
    return UseFacts(**held, results=tuple(row.results))
