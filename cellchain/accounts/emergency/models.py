"""The table of roles that were taken in an emergency."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index

from cellchain.accounts.emergency.rules import EmergencyCause, EmergencyPhase, EmergencyRole, Finding
from cellchain.platform.columns import Record, choice, chosen, key, moment, only_while, personal, reference, text
from cellchain.platform.columns import code as identifier

ACCOUNT_LENGTH = 500


class EmergencyAccess(Record, table=True):
    """Somebody took a role, until `ends_at` at the latest. `account` is what they said of it, `assessment` what QA did.

    At most one runs for a person, and one for a role.
    """

    __tablename__ = "accounts_emergency"
    __table_args__ = (
        chosen("role", EmergencyRole),
        chosen("cause", EmergencyCause),
        chosen("phase", EmergencyPhase),
        chosen("finding", Finding),
        CheckConstraint("(phase = 'running') = (ended_at IS NULL)", name="ended_has_time"),
        CheckConstraint("(phase = 'reviewed') = (reviewed_at IS NOT NULL)", name="reviewed_has_time"),
        CheckConstraint("ends_at > begun_at", name="ends_after_it_begins"),
        Index("uq_accounts_emergency_person", "person", unique=True, **only_while("phase = 'running'")),
        Index("uq_accounts_emergency_role", "role", unique=True, **only_while("phase = 'running'")),
    )

    id: int | None = key()
    person: str = reference("accounts_person.code")
    role: EmergencyRole = choice(EmergencyRole)
    cause: EmergencyCause = choice(EmergencyCause)
    account: str = personal(ACCOUNT_LENGTH)
    phase: EmergencyPhase = choice(EmergencyPhase)
    station: str | None = text(40, optional=True)
    begun_at: datetime = moment()
    ends_at: datetime = moment()
    review_by: datetime = moment()
    ended_at: datetime | None = moment(optional=True)
    ended_by: str | None = identifier(optional=True)
    reviewed_by: str | None = identifier(optional=True)
    reviewed_at: datetime | None = moment(optional=True)
    finding: Finding | None = choice(Finding, optional=True)
    assessment: str | None = personal(ACCOUNT_LENGTH, optional=True)
