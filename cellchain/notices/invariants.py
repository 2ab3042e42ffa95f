"""What always holds of notices."""

from sqlmodel import col, func, select

from cellchain.ledger.invariants import Invariant
from cellchain.notices.models import Notice, Telling
from cellchain.platform.db import ReadTx

NOTICES = select(Notice.id, Notice.told_count).order_by(col(Notice.id))
TOLD = select(Telling.notice, func.count()).group_by(col(Telling.notice))


def everybody_was_told(tx: ReadTx) -> list[str]:
    """A notice stands in the worklist of as many people as it says."""
    told = dict(tx.every(TOLD))
    return [
        f"notice {number} was told to {told.get(number, 0)} people, not to {count}"
        for number, count in tx.every(NOTICES)
        if told.get(number, 0) != count
    ]


INVARIANTS = (Invariant("notices.told", "Whoever a notice was for finds it in the worklist.", everybody_was_told),)
