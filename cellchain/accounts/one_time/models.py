"""The table of one-time codes."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index

from cellchain.accounts.one_time.rules import OneTimePhase
from cellchain.platform.columns import Record, choice, chosen, key, moment, only_while, reference, secret
from cellchain.platform.columns import code as identifier


class OneTimeCode(Record, table=True):
    """A code that opens the setting of a password, as a keyed digest. It counts once, and for a day."""

    __tablename__ = "accounts_one_time_code"
    __table_args__ = (
        chosen("phase", OneTimePhase),
        CheckConstraint("(phase = 'live') = (ended_at IS NULL)", name="ended_has_time"),
        Index("uq_accounts_one_time_code_live", "person", unique=True, **only_while("phase = 'live'")),
    )

    id: int | None = key()
    person: str = reference("accounts_person.code")
    digest: str = secret(64)
    phase: OneTimePhase = choice(OneTimePhase)
    given_by: str = identifier()
    given_at: datetime = moment()
    expires_at: datetime = moment()
    ended_at: datetime | None = moment(optional=True)
