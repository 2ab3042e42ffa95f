"""What the page of material lots shows: a page of the list, what is on hand, and what stands in the way."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from cellchain.identity import codes
from cellchain.identity.codes import Kind
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.materials import inventory, queries
from cellchain.materials.queries import MaterialFacts
from cellchain.materials.rules import LotPhase
from cellchain.materials.rules.stock import Stock
from cellchain.platform.db import ReadTx
from cellchain.platform.listing import Place, Side
from cellchain.web.paging import BY_END, Asked, Listed, Look

SEARCH = T("Code, or the supplier's lot number")


@dataclass(frozen=True)
class LotsPage:
    """A page of the list of lots, and how the stock stands as a whole."""

    lots: Listed
    bought: Sequence[MaterialFacts]
    stocks: Sequence[Stock]
    on_hand: Mapping[int, Stock]
    quarantined_count: int
    ended_count: int
    ending_count: int


def lots_asked_for(look: Look, tx: ReadTx, asked: Asked, site: int) -> Listed:
    """The page of lots: by expiry from today on, or those of a code or of a supplier's number."""
    kinds = (Kind.MATERIAL_LOT,)
    if not asked.begins:
        start = Place((tx.today, "0"), Side.FROM)
        known: dict[str, Any] = {"kinds": kinds, "phases": LotPhase, "words": BY_END, "start": start, "search": SEARCH}
        return look(queries.LOTS_BY_END, asked, **known)
    asked = replace(asked, phase="")
    if codes.beginning(asked.begins, kinds, site, tx.today.year) is not None:
        found = look(queries.LOTS_BY_CODE, asked, kinds=kinds, search=SEARCH)
        if found.rows or found.newer:
            return found
    found = look(queries.LOTS_OF_SUPPLIER, asked, search=SEARCH, supplier_lot=asked.begins)
    return replace(found, has_codes=True)


def lots_page(tx: ReadTx, page: Listed) -> LotsPage:
    """The page of lots with everything around it."""
    ending, stocks = queries.expiring_lots(tx), inventory.stocks(tx)
    ended = sum(lot.expires_on < tx.today for lot in ending)
    return LotsPage(
        lots=page.shown(queries.lot_lines(tx, page.rows)),
        bought=queries.materials(tx),
        stocks=stocks,
        on_hand={one.material: one for one in stocks},
        quarantined_count=queries.quarantined_count(tx),
        ended_count=ended,
        ending_count=len(ending) - ended,
    )
