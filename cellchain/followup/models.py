"""Tables of follow-up: what was planned, what was measured, what was asked about it, and when it was closed."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint

from cellchain.followup.lifecycles import (
    Grade,
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
    flag,
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
EQUATION_LENGTH = 60
JUDGED_LENGTH = 200


class Visit(Record, table=True):
    """One visit of a recipient's follow-up. Days are calendar days at the site.

    An unscheduled one has no window: it is due on the day on which it took place, and stands for no visit of the plan.
    """

    __tablename__ = "followup_visit"
    __table_args__ = (
        chosen("phase", VisitPhase),
        chosen("missing_reason", MissingReason),
        Index("uq_followup_visit_planned", "recipient", "code", unique=True, **only_while("scheduled")),
        Index("uq_followup_visit_unscheduled", "recipient", "visited_on", unique=True, **only_while("NOT scheduled")),
        CheckConstraint("window_from <= due_on AND due_on <= window_until", name="due_in_window"),
        CheckConstraint("scheduled OR visited_on = due_on", name="unscheduled_took_place"),
        CheckConstraint("(phase = 'done') = (visited_on IS NOT NULL)", name="done_has_day"),
        CheckConstraint("(phase = 'missed') = (missing_reason IS NOT NULL)", name="missed_has_reason"),
        CheckConstraint("(phase = 'planned') = (recorded_by IS NULL)", name="recorded_by_somebody"),
    )

    id: int | None = key()
    recipient: str = reference("trial_recipient.code")
    code: str = text(SLUG_LENGTH)
    scheduled: bool = flag()
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

    `judged` holds what is predicted, its lower limit, percent, z-score and the age that was used, computed from the raw
    value by the equation named beside it (`lung.rules.Judged`); none of it is typed.
    """

    __tablename__ = "followup_measurement"
    __table_args__ = (
        chosen("phase", MeasurementPhase),
        chosen("missing_reason", MissingReason),
        CheckConstraint("(value IS NULL) = (missing_reason IS NOT NULL)", name="value_or_reason"),
        CheckConstraint("value > 0", name="never_zero"),
        chosen("grade", Grade),
        CheckConstraint("(equation IS NULL) = (judged IS NULL)", name="judged_by_equation"),
        CheckConstraint("(equation IS NULL) = (height_mm IS NULL)", name="equation_has_height"),
        CheckConstraint("(verified_by IS NULL) = (verified_at IS NULL)", name="verified_by_somebody"),
        CheckConstraint("value IS NOT NULL OR (equation IS NULL AND grade IS NULL)", name="missing_is_missing"),
        CheckConstraint("(replaces IS NULL) = (reason IS NULL)", name="correction_has_reason"),
        Index("uq_followup_measurement_current", "visit", "outcome", unique=True, **only_while("phase = 'current'")),
    )

    id: int | None = key()
    visit: int = number(references="followup_visit.id")
    outcome: str = text(SLUG_LENGTH)
    value: int | None = number(optional=True)
    unit: str = text(UNIT_LENGTH)
    missing_reason: MissingReason | None = choice(MissingReason, optional=True)
    grade: Grade | None = choice(Grade, optional=True)
    haemoglobin_g_l: int | None = number(optional=True)
    equation: str | None = text(EQUATION_LENGTH, optional=True)
    height_mm: int | None = number(optional=True)
    judged: str | None = personal(JUDGED_LENGTH, optional=True)
    entered_by: str = identifier()
    entered_at: datetime = moment()
    replaces: int | None = number(references="followup_measurement.id", optional=True)
    reason: str | None = personal(NOTE_LENGTH, optional=True)
    verified_by: str | None = identifier(optional=True)
    verified_at: datetime | None = moment(optional=True)
    phase: MeasurementPhase = choice(MeasurementPhase)


class Walk(Record, table=True):
    """How a six-minute walk went, beside its distance: oxygen in mL/min, SpO2 in percent, dyspnoea in tenths (Borg)."""

    __tablename__ = "followup_walk"
    __table_args__ = (
        UniqueConstraint("measurement"),
        CheckConstraint("oxygen_ml_min >= 0", name="oxygen"),
        CheckConstraint("spo2_lowest_percent <= spo2_rest_percent", name="lowest_is_lowest"),
        CheckConstraint("borg_rest_tenths BETWEEN 0 AND 100 AND borg_end_tenths BETWEEN 0 AND 100", name="borg"),
    )

    id: int | None = key()
    measurement: int = number(references="followup_measurement.id")
    oxygen_ml_min: int = number()
    spo2_rest_percent: int = number()
    spo2_lowest_percent: int = number()
    borg_rest_tenths: int = number()
    borg_end_tenths: int = number()


class Query(Record, table=True):
    """A question about a recipient's data, its answer, and who was satisfied with it. `subject` is the recipient."""

    __tablename__ = "followup_query"
    __table_args__ = (
        chosen("phase", QueryPhase),
        CheckConstraint("phase <> 'answered' OR answer IS NOT NULL", name="answered_has_answer"),
        CheckConstraint("phase <> 'open' OR answer IS NULL", name="open_has_none"),
        CheckConstraint("(phase = 'closed') = (closed_by IS NOT NULL)", name="closed_by_somebody"),
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
    closed_by: str | None = identifier(optional=True)
    closed_at: datetime | None = moment(optional=True)
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


class DataExport(Record, table=True):
    """Data that were taken out: whose, by whom, and up to which entry of the ledger. The file is rebuilt from there."""

    __tablename__ = "followup_data_export"
    __table_args__ = (CheckConstraint("as_of > 0", name="as_of_an_entry"),)

    id: int | None = key()
    study: str = reference("trial_study.code")
    as_of: int = number()
    with_arms: bool = flag()
    exported_by: str = identifier()
    exported_at: datetime = moment()
