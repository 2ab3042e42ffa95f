"""Tables of follow-up: what was planned, what was measured, what happened to the recipient, and who has to be told."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint

from cellchain.followup.lifecycles import (
    ClockKind,
    ClockPhase,
    EventOutcome,
    EventPhase,
    Expectedness,
    LockPhase,
    MeasurementPhase,
    MissingReason,
    QueryPhase,
    Relatedness,
    Seriousness,
    VisitPhase,
)
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

TERM_LENGTH = 80
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


class AdverseEvent(Record, table=True):
    """Something untoward that happened to a recipient, whatever its cause. CTCAE grade and seriousness are separate."""

    __tablename__ = "followup_adverse_event"
    __table_args__ = (
        chosen("phase", EventPhase),
        chosen("seriousness", Seriousness),
        chosen("relatedness", Relatedness),
        chosen("expectedness", Expectedness),
        chosen("outcome", EventOutcome),
        UniqueConstraint("reaction"),
        CheckConstraint("grade BETWEEN 1 AND 5", name="grade"),
        CheckConstraint("serious = (seriousness IS NOT NULL)", name="serious_because"),
        CheckConstraint("(seriousness IS NULL) = (serious_since IS NULL)", name="serious_since_when"),
        CheckConstraint("onset_at <= aware_at", name="aware_after_onset"),
        CheckConstraint("(relatedness IS NULL) = (expectedness IS NULL)", name="assessed_whole"),
        CheckConstraint("(relatedness IS NULL) = (assessed_by IS NULL)", name="assessed_by_somebody"),
        CheckConstraint("(phase = 'closed') = (outcome IS NOT NULL)", name="closed_has_outcome"),
        CheckConstraint("outcome IS NULL OR outcome <> 'fatal' OR seriousness = 'death'", name="fatal_is_death"),
    )

    id: int | None = key()
    recipient: str = reference("trial_recipient.code")
    infusion: int | None = number(references="bedside_infusion.id", optional=True)
    reaction: int | None = number(references="bedside_reaction.id", optional=True)
    term: str = text(TERM_LENGTH)
    grade: int = number()
    serious: bool = flag()
    seriousness: Seriousness | None = choice(Seriousness, optional=True)
    serious_since: datetime | None = moment(optional=True)
    relatedness: Relatedness | None = choice(Relatedness, optional=True)
    expectedness: Expectedness | None = choice(Expectedness, optional=True)
    assessed_by: str | None = identifier(optional=True)
    assessed_at: datetime | None = moment(optional=True)
    onset_at: datetime = moment()
    aware_at: datetime = moment()
    reported_by: str = identifier()
    reported_at: datetime = moment()
    note: str | None = personal(NOTE_LENGTH, optional=True)
    outcome: EventOutcome | None = choice(EventOutcome, optional=True)
    closed_by: str | None = identifier(optional=True)
    closed_at: datetime | None = moment(optional=True)
    phase: EventPhase = choice(EventPhase, index=True)


class ReportClock(Record, table=True):
    """A report that has to be made in time. One clock of each kind an event."""

    __tablename__ = "followup_report_clock"
    __table_args__ = (
        chosen("phase", ClockPhase),
        chosen("kind", ClockKind),
        UniqueConstraint("event", "kind"),
        CheckConstraint("starts_at < due_at", name="due_after_start"),
        CheckConstraint("(phase = 'submitted') = (submitted_at IS NOT NULL)", name="submitted_has_time"),
        CheckConstraint("submitted_at >= starts_at", name="submitted_after_start"),
    )

    id: int | None = key()
    event: int = number(references="followup_adverse_event.id")
    kind: ClockKind = choice(ClockKind)
    starts_at: datetime = moment()
    due_at: datetime = moment()
    submitted_at: datetime | None = moment(optional=True)
    submitted_by: str | None = identifier(optional=True)
    phase: ClockPhase = choice(ClockPhase, index=True)


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
