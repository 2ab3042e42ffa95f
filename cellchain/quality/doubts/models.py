"""The table of decisions about a sibling's final result."""

from datetime import datetime

from sqlalchemy import CheckConstraint

from cellchain.platform.columns import Record, choice, chosen, key, moment, number, personal, reference
from cellchain.platform.columns import code as identifier
from cellchain.quality.doubts.rules import DoubtKind

REASON_LENGTH = 500


class DoubtDecision(Record, table=True):
    """QA lets lots be released conditionally although a final result of a lot of their origin failed or is overdue.

    `lot` is the only one it holds for; without it, for every lot of the same bank or passage.
    """

    __tablename__ = "quality_doubt_decision"
    __table_args__ = (
        chosen("kind", DoubtKind),
        CheckConstraint("expires_at > decided_at", name="holds_for_a_time"),
    )

    id: int | None = key()
    result: int = number(references="quality_result.id")
    kind: DoubtKind = choice(DoubtKind)
    lot: str | None = reference("manufacturing_lot.code", optional=True)
    reason: str = personal(REASON_LENGTH)
    expires_at: datetime = moment()
    decided_by: str = identifier()
    decided_at: datetime = moment()
