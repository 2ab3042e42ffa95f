"""Tables around a deviation: assessments with what the trace found, causes, complaints, reopenings."""

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint

from cellchain.platform.columns import Record, choice, chosen, document, key, moment, number, personal, text
from cellchain.platform.columns import code as identifier
from cellchain.quality.deviations.rules import CauseKind, Reach
from cellchain.quality.rules.lifecycles import Severity

ACCOUNT_LENGTH = 2000
CAUSE_LENGTH = 2000
FROM_LENGTH = 160


class Assessment(Record, table=True):
    """How much a deviation matters, as somebody judged it once, and what the trace found at that moment."""

    __tablename__ = "quality_assessment"
    __table_args__ = (chosen("severity", Severity), chosen("reach", Reach), UniqueConstraint("replaces"))

    id: int | None = key()
    deviation: int = number(references="quality_deviation.id")
    severity: Severity = choice(Severity)
    account: str = personal(ACCOUNT_LENGTH)
    reach: Reach = choice(Reach)
    lots: list[str] = document()
    bags: list[str] = document()
    vials: list[str] = document()
    replaces: int | None = number(references="quality_assessment.id", optional=True)
    assessed_by: str = identifier()
    assessed_at: datetime = moment()


class ReachedRecipient(Record, table=True):
    """A recipient whose bag an assessment found. Kept from the open ledger: beside a lot, it would tell the arm."""

    __tablename__ = "quality_reached_recipient"

    id: int | None = key()
    assessment: int = number(references="quality_assessment.id")
    recipient: str = personal(14)


class RootCause(Record, table=True):
    """Why it happened, as somebody found it. A later finding stands beside the ones before; the last one counts.

    `whys` is the chain of questions, one answer in each line.
    """

    __tablename__ = "quality_root_cause"
    __table_args__ = (chosen("kind", CauseKind),)

    id: int | None = key()
    deviation: int = number(references="quality_deviation.id")
    kind: CauseKind = choice(CauseKind)
    account: str = personal(CAUSE_LENGTH)
    whys: str | None = personal(CAUSE_LENGTH, optional=True)
    found_by: str = identifier()
    found_at: datetime = moment()


class Complaint(Record, table=True):
    """Somebody was not content with a bag or a lot: who, when it came in and to whom, and what they were told."""

    __tablename__ = "quality_complaint"
    __table_args__ = (
        UniqueConstraint("deviation"),
        CheckConstraint("(answered_at IS NULL) = (answered_by IS NULL)", name="answered_by_somebody"),
        CheckConstraint("(answered_at IS NULL) = (answer IS NULL)", name="answered_with_words"),
    )

    id: int | None = key()
    deviation: int = number(references="quality_deviation.id")
    complainant: str = personal(FROM_LENGTH)
    came_by: str = text(40)
    received_at: datetime = moment()
    received_by: str = identifier()
    answer: str | None = personal(ACCOUNT_LENGTH, optional=True)
    answered_by: str | None = identifier(optional=True)
    answered_at: datetime | None = moment(optional=True)


class Reopening(Record, table=True):
    """A deviation was opened again, and how it had been closed before: its own row tells only how it stands now."""

    __tablename__ = "quality_reopening"
    __table_args__ = (CheckConstraint("closed_at <= reopened_at", name="in_order"),)

    id: int | None = key()
    deviation: int = number(references="quality_deviation.id")
    action: int = number(references="quality_action.id")
    conclusion: str = personal(ACCOUNT_LENGTH)
    closed_by: str = identifier()
    closed_at: datetime = moment()
    reopened_by: str = identifier()
    reopened_at: datetime = moment()
