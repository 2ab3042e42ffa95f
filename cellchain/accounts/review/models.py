"""The tables of access reviews and their lines."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint

from cellchain.accounts.review.rules import LineAnswer, ReviewPhase
from cellchain.platform.columns import (
    Record,
    choice,
    chosen,
    document,
    key,
    moment,
    number,
    only_while,
    personal,
    reference,
)
from cellchain.platform.columns import code as identifier

REMARK_LENGTH = 500


class AccessReview(Record, table=True):
    """A periodic look at every account. Its lines are the accounts as they were when it was opened."""

    __tablename__ = "accounts_access_review"
    __table_args__ = (
        chosen("phase", ReviewPhase),
        CheckConstraint("(phase = 'closed') = (closed_at IS NOT NULL)", name="closed_has_time"),
        Index("uq_accounts_access_review_open", "phase", unique=True, **only_while("phase = 'open'")),
    )

    id: int | None = key()
    phase: ReviewPhase = choice(ReviewPhase)
    opened_by: str = identifier()
    opened_at: datetime = moment()
    lines_count: int = number()
    findings: str | None = personal(REMARK_LENGTH, optional=True)
    closed_by: str | None = identifier(optional=True)
    closed_at: datetime | None = moment(optional=True)


class ReviewLine(Record, table=True):
    """One account of a review. `facts` is what the reviewer sees: roles, who gave and countersigned them, last days,
    last sign-in, second factor, training.

    `settled` tells who did what a closed review decided, and when.
    """

    __tablename__ = "accounts_review_line"
    __table_args__ = (
        chosen("answer", LineAnswer),
        UniqueConstraint("review", "person", name="uq_accounts_review_line_person"),
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered_has_time"),
        CheckConstraint("answered_by IS NULL OR answered_by <> person", name="not_by_themselves"),
    )

    id: int | None = key()
    review: int = number(references="accounts_access_review.id")
    person: str = reference("accounts_person.code")
    facts: Any = document()
    answer: LineAnswer | None = choice(LineAnswer, optional=True)
    remark: str | None = personal(REMARK_LENGTH, optional=True)
    answered_by: str | None = identifier(optional=True)
    answered_at: datetime | None = moment(optional=True)
    settled: str | None = personal(REMARK_LENGTH, optional=True)
    settled_by: str | None = identifier(optional=True)
    settled_at: datetime | None = moment(optional=True)
