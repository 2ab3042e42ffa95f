"""The table of marks."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy import text as sql

from cellchain.accounts.rules import MarkPhase
from cellchain.platform.columns import Record, choice, chosen, day, key, moment, reference, text
from cellchain.platform.columns import code as identifier

EVIDENCE_LENGTH = 120


class QualifiedMark(Record, table=True):
    """A person is a qualified person from a day on, through another day or without an end.

    `evidence` is what it rests on, such as the entry in the authority's register. The mark counts from `active_at`, the
    moment of the second signature, until `ended_at`.
    """

    __tablename__ = "accounts_qualified_mark"
    __table_args__ = (
        chosen("phase", MarkPhase),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="ends_after_it_begins"),
        CheckConstraint("phase <> 'active' OR active_at IS NOT NULL", name="active_since"),
        CheckConstraint("(phase = 'ended') = (ended_at IS NOT NULL)", name="ended_has_time"),
        Index(
            "uq_accounts_qualified_mark_live",
            "person",
            unique=True,
            sqlite_where=sql("phase <> 'ended'"),
            postgresql_where=sql("phase <> 'ended'"),
        ),
    )

    id: int | None = key()
    person: str = reference("accounts_person.code")
    evidence: str = text(EVIDENCE_LENGTH)
    valid_from: date = day()
    valid_until: date | None = day(optional=True)
    phase: MarkPhase = choice(MarkPhase)
    given_by: str = identifier()
    given_at: datetime = moment()
    active_at: datetime | None = moment(optional=True)
    ended_by: str | None = identifier(optional=True)
    ended_at: datetime | None = moment(optional=True)
