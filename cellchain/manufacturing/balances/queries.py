"""A container's book, what was found beside it, and how fast the laboratory's own cultures grow."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.kernel.values import dataclass
from cellchain.manufacturing.balances.models import BalanceCheck, ContainerLoss
from cellchain.manufacturing.models import CellGrowth, Container, ContainerSource, Lot
from cellchain.manufacturing.rules.balance import LossKind, Quantity, doublings_per_day
from cellchain.manufacturing.rules.lifecycles import ContainerKind, LotKind
from cellchain.platform.db import ReadTx

ROWS_MAX = 10_000
HISTORY_MAX = 200
CURVES_MAX = 12
OF_CODE: Any = bindparam("code")
LOSSES = select(ContainerLoss).where(col(ContainerLoss.container) == OF_CODE).order_by(col(ContainerLoss.id))
DRAWS = select(ContainerSource).where(col(ContainerSource.parent) == OF_CODE).order_by(col(ContainerSource.id))
CHECKS_OF_LOT = select(BalanceCheck).where(col(BalanceCheck.lot) == OF_CODE).order_by(col(BalanceCheck.id))
CHECKS_OF = select(BalanceCheck).where(col(BalanceCheck.container) == OF_CODE).order_by(col(BalanceCheck.id))
# The laboratory's own history: passages of every other lot of a kind, the newest first.
GROWTH_ELSEWHERE = (
    select(CellGrowth)
    .join(Lot, col(Lot.code) == col(CellGrowth.lot))
    .where(col(CellGrowth.lot) != OF_CODE, col(Lot.kind) == bindparam("kind"))
    .order_by(col(CellGrowth.id).desc())
)
INTO = select(ContainerSource).where(col(ContainerSource.child) == OF_CODE).order_by(col(ContainerSource.id))
LAST_VIABILITY = (
    select(Container.viability_permille)
    .where(
        col(Container.lot) == OF_CODE,
        col(Container.kind) == ContainerKind.TUBE,
        col(Container.viability_permille).is_not(None),
    )
    .order_by(col(Container.made_at).desc(), col(Container.code).desc())
)


@dataclass(frozen=True)
class CheckFacts:
    """What was found in a container beside what the record says; volumes in microlitres."""

    container: str
    quantity: Quantity
    expected: int
    found: int
    error_permille: int
    is_off: bool
    at: datetime
    by: str


@dataclass(frozen=True)
class LossFacts:
    """What left a container and went into no other."""

    kind: LossKind
    cells_count: int | None
    volume_ul: int
    at: datetime
    by: str
    reason: str | None


@dataclass(frozen=True)
class Amounts:
    """Cells (None where nobody counted them) and volume of one line of a book."""

    cells_count: int | None
    volume_ul: int


@dataclass(frozen=True)
class Book:
    """Where everything that was in a container went. What was made and grew is the sum of the rest."""

    made: Amounts
    grown_count: int
    drawn: Amounts
    sampled: Amounts
    wasted: Amounts
    given: Amounts
    left: Amounts
    losses: tuple[LossFacts, ...]
    checks: tuple[CheckFacts, ...]


def book_of(tx: ReadTx, code: str) -> Book:
    """The book of a container. Raises NotFound."""
    row = tx.get(Container, code)
    losses = tx.many(LOSSES, limit=ROWS_MAX, code=code)

    def lost(kind: LossKind) -> Amounts:
        return _sum(row, [loss for loss in losses if loss.kind == kind])

    return Book(
        made=Amounts(row.cells_made_count, row.volume_made_ul),
        grown_count=row.cells_grown_count,
        drawn=_sum(row, tx.many(DRAWS, limit=ROWS_MAX, code=code)),
        sampled=lost(LossKind.SAMPLED),
        wasted=lost(LossKind.WASTED),
        given=lost(LossKind.GIVEN),
        left=Amounts(row.cells_count, row.volume_ul),
        losses=tuple(LossFacts(**{name: getattr(loss, name) for name in _LOSS}) for loss in losses),
        checks=tuple(_check(check) for check in tx.many(CHECKS_OF, limit=ROWS_MAX, code=code)),
    )


def checks_of_lot(tx: ReadTx, lot: str) -> list[CheckFacts]:
    """Everything in a lot that was measured against its record, in order."""
    return [_check(row) for row in tx.many(CHECKS_OF_LOT, limit=ROWS_MAX, code=lot)]


def last_viability(tx: ReadTx, lot: str) -> int | None:
    """The viability of the newest tube of a lot, or None."""
    return tx.one(LAST_VIABILITY, code=lot)


def drawn_into(tx: ReadTx, code: str) -> Amounts:
    """What was taken out of others to make a container."""
    parts = tx.many(INTO, limit=ROWS_MAX, code=code)
    return Amounts(sum(part.cells_count or 0 for part in parts), sum(part.volume_ul for part in parts))


def rates_elsewhere(tx: ReadTx, lot: str, kind: LotKind) -> list[Decimal]:
    """Doublings in a day of the counted passages of every other lot of this kind, the oldest first."""
    return [
        doublings_per_day(row.doublings_milli, row.minutes)
        for row in reversed(_growth_elsewhere(tx, lot, kind))
        if row.doublings_milli is not None
    ]


def curves_elsewhere(tx: ReadTx, lot: str, kind: LotKind) -> Iterator[list[tuple[int, int]]]:
    """How each other lot of this kind grew: minutes of culture and cumulative doublings, in thousandths, harvest by
    harvest. The newest lots first."""
    rows: dict[str, list[CellGrowth]] = {}
    for row in _growth_elsewhere(tx, lot, kind):
        rows.setdefault(row.lot, []).insert(0, row)
    for passages in list(rows.values())[:CURVES_MAX]:
        minutes, curve = 0, []
        for row in passages:
            minutes += row.minutes
            curve.append((minutes, row.cumulative_milli or 0))
        yield curve


def _growth_elsewhere(tx: ReadTx, lot: str, kind: LotKind) -> Sequence[CellGrowth]:
    return tx.many(GROWTH_ELSEWHERE, limit=HISTORY_MAX, code=lot, kind=kind)


_LOSS = tuple(LossFacts.__dataclass_fields__)


def _sum(row: Container, parts: Sequence[Any]) -> Amounts:
    cells_count = None if row.cells_made_count is None else sum(part.cells_count or 0 for part in parts)
    return Amounts(cells_count, sum(part.volume_ul for part in parts))


def _check(row: BalanceCheck) -> CheckFacts:
    return CheckFacts(**{name: getattr(row, name) for name in CheckFacts.__dataclass_fields__})
