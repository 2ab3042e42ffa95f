"""Tables of follow-up: what was planned, what was measured, what was asked about it, and when it was closed."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint

from cellchain.followup.lifecycles import (
    LockPhase,
    MeasurementPhase,
    MissingReason,
    QueryPhase,
    VisitPhase,
)
from cellchain.followup.safety.models import AdverseEvent as AdverseEvent  # tables of the room inside this one
from cellchain.followup.safety.models import EventAssessment as EventAssessment
from cellchain.followup.safety.models import ReportClock as ReportClock
from cellchain.followup.safety.models import SafetyReport as SafetyReport
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
    text,
)
from cellchain.platform.columns import code as identifier

NOTE_LENGTH = 500
UNIT_LENGTH = 20
SLUG_LENGTH = 40


class Visit(Record, table=True):
    """One visit of a recipient's follow-up. Days are calendar days at the site."""

    __tablename__ = "followup_visit"
    __table_args__ = (
        chosen("phase", VisitPhase),
        chosen("missing_reason", MissingReason),
        UniqueConstraint("recipient", "code"),
        CheckConstraint("window_from <= due_on AND due_on <= window_until", name="due_in_window"),
        CheckConstraint("(phase = 'done') = (visited_on IS NOT NULL)", name="done_has_day"),
        CheckConstraint("(phase = 'missed') = (missing_reason IS NOT NULL)", name="missed_has_reason"),
        CheckConstraint("(phase = 'planned') = (recorded_by IS NULL)", name="recorded_by_somebody"),
    )

    id: int | None = key()
    recipient: str = reference("trial_recipient.code")
    code: str = text(SLUG_LENGTH)
    due_on: date = day()
    window_from: date = day()
    window_until: date = day()
    visited_on: date | None = day(optional=True)
    missing_reason: MissingReason | None = choice(MissingReason, optional=True)
    recorded_by: str | None = identifier(optional=True)
    recorded_at: datetime | None = moment(optional=True)
    phase: VisitPhase = choice(VisitPhase, index=True)


class Measurement(Record, table=True):
    """One outcome at one visit: a whole number of 10^-decimals of its unit, or the reason why there is none.

    Percent of predicted is computed from the raw value by a named equation; it is never typed.
    """

    __tablename__ = "followup_measurement"
    __table_args__ = (
        chosen("phase", MeasurementPhase),
        chosen("missing_reason", MissingReason),
        CheckConstraint("(value IS NULL) = (missing_reason IS NOT NULL)", name="value_or_reason"),
        CheckConstraint("value > 0", name="never_zero"),
        CheckConstraint("(replaces IS NULL) = (reason IS NULL)", name="correction_has_reason"),
        Index("uq_followup_measurement_current", "visit", "outcome", unique=True, **only_while("phase = 'current'")),
    )

    id: int | None = key()
    visit: int = number(references="followup_visit.id")
    outcome: str = text(SLUG_LENGTH)
    value: int | None = number(optional=True)
    unit: str = text(UNIT_LENGTH)
    missing_reason: MissingReason | None = choice(MissingReason, optional=True)
    percent_predicted_permille: int | None = number(optional=True)
    entered_by: str = identifier()
    entered_at: datetime = moment()
    replaces: int | None = number(references="followup_measurement.id", optional=True)
    reason: str | None = personal(NOTE_LENGTH, optional=True)
    phase: MeasurementPhase = choice(MeasurementPhase)


class Query(Record, table=True):
    """A question about a recipient's data, and its answer. `subject` is the recipient."""

    __tablename__ = "followup_query"
    __table_args__ = (
        chosen("phase", QueryPhase),
        CheckConstraint("(phase = 'answered') = (answer IS NOT NULL)", name="answered_has_answer"),
        CheckConstraint("(answer IS NULL) = (answered_by IS NULL)", name="answered_by_somebody"),
    )

    id: int | None = key()
    subject: str = reference("trial_recipient.code")
    visit: int | None = number(references="followup_visit.id", optional=True)
    question: str = personal(NOTE_LENGTH)
    asked_by: str = identifier()
    asked_at: datetime = moment()
    answer: str | None = personal(NOTE_LENGTH, optional=True)
    answered_by: str | None = identifier(optional=True)
    answered_at: datetime | None = moment(optional=True)
    phase: QueryPhase = choice(QueryPhase, index=True)


class DataLock(Record, table=True):
    """A study's data closed for analysis. One standing lock a study; an old one stays as it was lifted."""

    __tablename__ = "followup_data_lock"
    __table_args__ = (
        chosen("phase", LockPhase),
        CheckConstraint("(phase = 'unlocked') = (unlocked_at IS NOT NULL)", name="unlocked_has_time"),
        CheckConstraint("(unlocked_at IS NULL) = (unlocked_by IS NULL)", name="unlocked_by_somebody"),
        Index("uq_followup_data_lock_locked", "study", unique=True, **only_while("phase = 'locked'")),
    )

    id: int | None = key()
    study: str = reference("trial_study.code")
    locked_by: str = identifier()
    locked_at: datetime = moment()
    unlocked_by: str | None = identifier(optional=True)
    unlocked_at: datetime | None = moment(optional=True)
    reason: str | None = personal(NOTE_LENGTH, optional=True)
    phase: LockPhase = choice(LockPhase)
