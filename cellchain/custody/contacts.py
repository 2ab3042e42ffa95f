"""What somebody had in their hands: the containers that they gave to another person, or took from one."""

from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.custody.models import HandOver
from cellchain.ledger.describe import Contact
from cellchain.platform.db import ReadTx

_CODE: Any = bindparam("code")
_ROW: tuple[Any, ...] = (HandOver.subject, HandOver.offered_at, HandOver.accepted_at)
GAVE: Any = select(*_ROW).where(col(HandOver.giver) == _CODE).order_by(col(HandOver.id))
TOOK: Any = (
    select(*_ROW).where(col(HandOver.taker) == _CODE, col(HandOver.accepted_at).is_not(None)).order_by(col(HandOver.id))
)


def contacts(tx: ReadTx, code: str, limit: int) -> list[Contact]:
    """The containers that a person handed over, from the offer to the answer; those they took, at the answer.

    A hand-over that was refused counts: both of them had the container before them.
    """
    gave = [Contact(*row) for row in tx.many(GAVE, limit=limit, code=code)]
    took = [Contact(subject, at, at) for subject, _, at in tx.many(TOOK, limit=limit, code=code)]
    return [*gave, *took]
