"""What wards have in hand: the bags that they took over."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.custody.models import StoredAt
from cellchain.custody.queries import custody_of
from cellchain.kernel.values import dataclass
from cellchain.platform.db import ReadTx

# A bag keeps for hours, and what is longer on a ward was used or went back: so far back is looked.
LOOK_BACK = timedelta(days=7)
TAKEN_OVER = (
    select(StoredAt)
    .where(
        col(StoredAt.is_taken_over).is_(True),
        col(StoredAt.removed_at).is_(None),
        col(StoredAt.subject).like("BG%"),
        col(StoredAt.stored_at) >= bindparam("after"),
    )
    .order_by(col(StoredAt.id))
)


@dataclass(frozen=True, slots=True)
class AtWard:
    """A bag that a ward took over, and since when it has it."""

    subject: str
    location: str
    since: datetime


def bags_at_wards(tx: ReadTx) -> list[AtWard]:
    """The bags that wards took over in the last week and still have, used ones included, in that order."""
    return [
        AtWard(row.subject, row.location, row.stored_at)
        for row in tx.every(TAKEN_OVER, after=tx.now - LOOK_BACK)
        if _has(tx, row.subject)
    ]


def _has(tx: ReadTx, bag: str) -> bool:
    known = custody_of(tx, bag)
    return known.ward and not known.destroyed
