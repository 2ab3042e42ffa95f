"""Reading who moved from which roles to which."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.accounts.models import Move
from cellchain.accounts.queries import GRANTS
from cellchain.accounts.rules import Role
from cellchain.kernel.values import dataclass
from cellchain.platform.db import ReadTx

MOVES_MAX = 50

MOVES_OF = select(Move).where(col(Move.person) == bindparam("person")).order_by(col(Move.id).desc())


@dataclass(frozen=True)
class Moved:
    """One move: the roles that ended and began with it, why, and by whom."""

    ended: Sequence[Role]
    begun: Sequence[Role]
    reason: str
    moved_by: str
    moved_at: datetime


def moves_of(tx: ReadTx, person: str) -> list[Moved]:
    """Every move of a person, the newest first."""
    roles = {grant.id: grant.role for grant in tx.every(GRANTS, person=person)}
    return [
        Moved(
            [roles[one] for one in row.ended], [roles[one] for one in row.begun], row.reason, row.moved_by, row.moved_at
        )
        for row in tx.many(MOVES_OF, limit=MOVES_MAX, person=person)
    ]
