"""Scanning labels back as work: one label by itself, or all of a lot that wait, in any order."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy import select as columns
from sqlmodel import col, func, select

from cellchain.identity import scan
from cellchain.kernel.errors import Refused
from cellchain.kernel.values import dataclass
from cellchain.labels import queries, rules
from cellchain.labels.models import Label
from cellchain.labels.rules import LabelPhase
from cellchain.platform.db import ReadTx

WAITING_MAX = 500

_WAITS = select(Label).where(Label.phase == LabelPhase.PRINTED).order_by(col(Label.code))
WAITING = _WAITS.where(Label.lot == bindparam("lot"))
OF_NO_LOT = _WAITS.where(col(Label.lot).is_(None))
PILES: Any = (
    columns(col(Label.lot), col(Label.design), func.min(col(Label.printed_at)), func.count(col(Label.code)))
    .where(col(Label.phase) == LabelPhase.PRINTED)
    .group_by(col(Label.lot), col(Label.design))
)


@dataclass(frozen=True)
class Waiting:
    """What waits to be scanned back. `label` where it is one by itself: any other label is the wrong one then."""

    lot: str | None
    label: str | None
    rows: tuple[Label, ...]


@dataclass(frozen=True)
class Pile:
    """Labels that wait together: of a lot, or of none. `since` is when the first of them was printed."""

    lot: str | None
    since: datetime
    count: int


def piles(tx: ReadTx, roles: Collection[str]) -> list[Pile]:
    """What waits to be scanned back by somebody with these roles, what was printed first at the top."""
    found: dict[str | None, Pile] = {}
    for lot, design, since, count in tx.every(PILES):
        if rules.handles(design, roles):
            known = found.get(lot, Pile(lot, since, 0))
            found[lot] = Pile(lot, min(known.since, since), known.count + count)
    return sorted(found.values(), key=lambda pile: pile.since)


def waiting(tx: ReadTx, *, lot: str | None, label: str | None, roles: Collection[str]) -> Waiting:
    """The labels of a lot that wait, or one label; without either, those of no lot that `roles` handle.

    Raises NotFound.
    """
    if label is not None:
        row = tx.get(Label, label)
        return Waiting(None, row.code, (row,) if row.phase == LabelPhase.PRINTED else ())
    if lot is not None:
        return Waiting(lot, None, tuple(tx.many(WAITING, limit=WAITING_MAX, lot=lot)))
    rows = tx.many(OF_NO_LOT, limit=WAITING_MAX)
    return Waiting(None, None, tuple(row for row in rows if rules.handles(row.design, roles)))


def waits_for(tx: ReadTx, symbol: str, lot: str) -> str | None:
    """The label of this lot that waits to be scanned back and carries this symbol; None where there is none."""
    found = queries.scanned_label(tx, scan.read(symbol).text)
    return found.code if found is not None and found.lot == lot and found.phase == LabelPhase.PRINTED else None


def may_count(tx: ReadTx, symbol: str, lot: str | None, label: str | None, *, by_hand: bool) -> None:
    """Raises Refused `label.typed_back` for a typed code, `label.not_waiting` for no label of the lot that waits."""
    if by_hand:
        raise Refused(
            "label.typed_back",
            "A label is scanned back from its thing: typing proves nothing. If it cannot be read, reprint it.",
        )
    if label is not None:
        return
    found = queries.scanned_label(tx, scan.read(symbol).text)
    if found is None or found.lot != lot:
        raise Refused(
            "label.not_waiting",
            "This label is not among those that wait here. Put the thing aside and call QA.",
        )
