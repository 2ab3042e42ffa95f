"""The table of last days that were said."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index

from cellchain.accounts.expiry.rules import TermPhase
from cellchain.platform.columns import (
    Record,
    choice,
    chosen,
    day,
    key,
    moment,
    number,
    only_while,
    personal,
    reference,
)
from cellchain.platform.columns import code as identifier

REASON_LENGTH = 500


class LastDay(Record, table=True):
    """A last day as somebody said it, of an account or, with `role_grant`, of one role. None is without an end.

    `was` is what stood before. What counts now stands at the person and at the grant, where signing in reads it.
    """

    __tablename__ = "accounts_last_day"
    __table_args__ = (
        chosen("phase", TermPhase),
        CheckConstraint("(phase = 'counts') = (counts_at IS NOT NULL)", name="counts_since"),
        Index(
            "uq_accounts_last_day_account",
            "person",
            unique=True,
            **only_while("phase = 'proposed' AND role_grant IS NULL"),
        ),
        Index("uq_accounts_last_day_role", "role_grant", unique=True, **only_while("phase = 'proposed'")),
    )

    id: int | None = key()
    person: str = reference("accounts_person.code")
    role_grant: int | None = number(optional=True, references="accounts_grant.id")
    was: date | None = day(optional=True)
    last_day: date | None = day(optional=True)
    reason: str = personal(REASON_LENGTH)
    phase: TermPhase = choice(TermPhase)
    said_by: str = identifier()
    said_at: datetime = moment()
    counts_at: datetime | None = moment(optional=True)
