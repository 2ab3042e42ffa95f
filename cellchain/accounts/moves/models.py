"""The table of moves."""

from datetime import datetime
from typing import Any

from cellchain.platform.columns import Record, document, key, moment, personal, reference
from cellchain.platform.columns import code as identifier

REASON_LENGTH = 500


class Move(Record, table=True):
    """Somebody went from some roles to others in one act. `ended` and `begun` are the grants, by number."""

    __tablename__ = "accounts_move"

    id: int | None = key()
    person: str = reference("accounts_person.code")
    ended: Any = document()
    begun: Any = document()
    reason: str = personal(REASON_LENGTH)
    moved_by: str = identifier()
    moved_at: datetime = moment()
