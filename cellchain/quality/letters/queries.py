"""Which letters of a recall were sent."""

from datetime import date, datetime

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.kernel.values import dataclass
from cellchain.platform.db import ReadTx
from cellchain.quality.letters.models import RecallLetter
from cellchain.quality.letters.rules import LetterWay

ROWS_MAX = 2_000
OF_RECALL = select(RecallLetter).where(col(RecallLetter.recall) == bindparam("recall")).order_by(col(RecallLetter.id))


@dataclass(frozen=True)
class LetterFacts:
    """A letter that was sent. See `models.RecallLetter`."""

    id: int
    recall: int
    to: str
    way: LetterWay
    digest: str | None
    sent_on: date | None
    reference: str | None
    told_by: str | None
    recorded_by: str
    recorded_at: datetime

    @property
    def occasion(self) -> str:
        """By what the notice of it is found again."""
        return f"letter:{self.id}"


def letters_of(tx: ReadTx, recall: int) -> list[LetterFacts]:
    """The letters of a recall that were sent, the oldest first."""
    names = LetterFacts.__dataclass_fields__
    rows = tx.many(OF_RECALL, limit=ROWS_MAX, recall=recall)
    return [LetterFacts(**{name: getattr(row, name) for name in names}) for row in rows]
