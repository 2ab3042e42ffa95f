"""Scanning labels back as work: one label by itself, or all of a lot that wait, in any order."""

from dataclasses import dataclass

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.identity import scan
from cellchain.kernel.errors import Refused
from cellchain.labels import queries
from cellchain.labels.models import Label
from cellchain.labels.rules import LabelPhase
from cellchain.platform.db import ReadTx

WAITING_MAX = 500

WAITING = (
    select(Label).where(Label.lot == bindparam("lot"), Label.phase == LabelPhase.PRINTED).order_by(col(Label.code))
)


@dataclass(frozen=True)
class Waiting:
    """What waits to be scanned back. `label` where it is one by itself: any other label is the wrong one then."""

    lot: str | None
    label: str | None
    rows: tuple[Label, ...]


def waiting(tx: ReadTx, *, lot: str | None, label: str | None) -> Waiting:
    """The labels of a lot that wait, or one label. Raises NotFound."""
    if label is not None:
        row = tx.get(Label, label)
        return Waiting(None, row.code, (row,) if row.phase == LabelPhase.PRINTED else ())
    return Waiting(lot, None, tuple(tx.many(WAITING, limit=WAITING_MAX, lot=lot)))


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
