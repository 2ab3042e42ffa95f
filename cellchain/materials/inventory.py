"""Reading what is on hand: what is left of each material, which lot comes first, what was counted."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, func, select

from cellchain.kernel.values import dataclass
from cellchain.materials import queries
from cellchain.materials.models import Material, MaterialLot, MaterialUse, StockCount
from cellchain.materials.queries import LOTS_MAX
from cellchain.materials.rules import LotFacts, MaterialKind, stock
from cellchain.materials.rules.stock import Stock
from cellchain.platform.db import ReadTx

# In date and not used up: what has ended grows from year to year, and would stand before all that can be used.
_ACCEPTED = queries.STOCKED.where(queries.IN_STOCK.expires_on >= bindparam("today"))
_OF_MATERIAL: Any = _ACCEPTED.where(MaterialLot.material == bindparam("material"))
_OF_KIND: Any = _ACCEPTED.where(Material.kind == bindparam("kind"))
_RECEIVED = select(MaterialLot.received_milli).where(MaterialLot.code == bindparam("lot"))
_BOOKED: Any = select(func.sum(col(MaterialUse.amount_milli))).where(
    MaterialUse.lot == bindparam("lot"), col(MaterialUse.undone_at).is_(None)
)
_DIFFERENCES: Any = select(func.sum(col(StockCount.difference_milli))).where(StockCount.lot == bindparam("lot"))
_COUNTS = select(StockCount).where(StockCount.lot == bindparam("lot")).order_by(col(StockCount.id).desc())


@dataclass(frozen=True)
class CountFacts:
    """Somebody counted a lot: what there was, what that changed, and why it was counted."""

    counted_milli: int
    difference_milli: int
    reason: str
    counted_at: datetime
    counted_by: str


def booked_left(tx: ReadTx, lot: str) -> int:
    """What is left of a lot by its receipt, its bookings and the counts so far; below zero where more was booked."""
    received = tx.one(_RECEIVED, lot=lot) or 0
    return int(received - (tx.one(_BOOKED, lot=lot) or 0) + (tx.one(_DIFFERENCES, lot=lot) or 0))


def first_of_material(tx: ReadTx, material: int) -> LotFacts | None:
    """The lot of a material that is to be used first, or None where none could be used today."""
    return _first(tx, _OF_MATERIAL, material=material)


def first_of_kind(tx: ReadTx, kind: MaterialKind) -> LotFacts | None:
    """The lot of a kind of material that is to be used first, or None where none could be used today."""
    return _first(tx, _OF_KIND, kind=kind)


def _first(tx: ReadTx, statement: Any, **values: Any) -> LotFacts | None:
    lots = [queries.lot_of(*row) for row in tx.many(statement, limit=LOTS_MAX, today=tx.today, **values)]
    return stock.first_to_use(lots, tx.today)


def stocks(tx: ReadTx) -> list[Stock]:
    """What is on hand of every material, by its name."""
    today, usable = tx.today, dict[int, list[LotFacts]]()
    for row in tx.many(_ACCEPTED, limit=LOTS_MAX, today=tx.today):
        lot = queries.lot_of(*row)
        if stock.is_on_hand(lot, today):
            usable.setdefault(lot.material, []).append(lot)
    return [
        Stock(
            material=facts.id,
            name=facts.name,
            unit=facts.unit,
            left_milli=sum(lot.left_milli or 0 for lot in usable.get(facts.id, ())),
            lots_count=len(usable.get(facts.id, ())),
            uncounted_count=sum(lot.left_milli is None for lot in usable.get(facts.id, ())),
            low_milli=facts.low_milli,
            soon_days=facts.soon_days,
        )
        for facts in queries.materials(tx)
    ]


def low_stocks(tx: ReadTx) -> list[Stock]:
    """Materials of which no more is left than the amount at which they are ordered."""
    return [one for one in stocks(tx) if one.is_low]


def counts_of(tx: ReadTx, lot: str) -> list[CountFacts]:
    """How often a lot was counted, the newest count first."""
    return [
        CountFacts(row.counted_milli, row.difference_milli, row.reason, row.counted_at, row.counted_by)
        for row in tx.many(_COUNTS, limit=LOTS_MAX, lot=lot)
    ]
