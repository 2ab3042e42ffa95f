"""Tables of safety: what happened to a recipient, who judged it and how, which reports it owed and which went out."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint

from cellchain.followup.safety.lifecycles import (
    ActionTaken,
    ClockKind,
    ClockPhase,
    EventOutcome,
    EventPhase,
    Expectedness,
    Judge,
    Relatedness,
    ReportKind,
    Seriousness,
)
from cellchain.ledger import filekinds
from cellchain.ledger.filekinds import FileKind
from cellchain.platform.columns import (
    Record,
    choice,
    chosen,
    document,
    flag,
    key,
    moment,
    number,
    personal,
    reference,
    text,
)
from cellchain.platform.columns import code as identifier

TERM_LENGTH = 80
NOTE_LENGTH = 500
SLUG_LENGTH = 40
CODE_LENGTH = 8
REFERENCE_LENGTH = 80
DIGEST_LENGTH = 64


class AdverseEvent(Record, table=True):
    """Something untoward that happened to a recipient, whatever its cause. CTCAE grade and seriousness are separate.

    infusion     the last one begun before the onset, found by the house; with it bag, lot and donor are known
    coded        the term in the house's own list; `dictionary_code` the number in one that needs a licence
    relatedness  the investigator's judgement; the sponsor's stands beside it and replaces nothing
    """

    __tablename__ = "followup_adverse_event"
    __table_args__ = (
        chosen("phase", EventPhase),
        chosen("seriousness", Seriousness),
        chosen("relatedness", Relatedness),
        chosen("expectedness", Expectedness),
        chosen("outcome", EventOutcome),
        chosen("action", ActionTaken),
        chosen("sponsor_relatedness", Relatedness),
        chosen("sponsor_expectedness", Expectedness),
        UniqueConstraint("reaction"),
        CheckConstraint("grade BETWEEN 1 AND 5", name="grade"),
        CheckConstraint("serious = (seriousness IS NOT NULL)", name="serious_because"),
        CheckConstraint("(seriousness IS NULL) = (serious_since IS NULL)", name="serious_since_when"),
        CheckConstraint("onset_at <= aware_at", name="aware_after_onset"),
        CheckConstraint("(relatedness IS NULL) = (expectedness IS NULL)", name="assessed_whole"),
        CheckConstraint("(relatedness IS NULL) = (assessed_by IS NULL)", name="assessed_by_somebody"),
        CheckConstraint("(sponsor_relatedness IS NULL) = (sponsor_expectedness IS NULL)", name="sponsor_whole"),
        CheckConstraint("died_at IS NULL OR seriousness = 'death'", name="died_of_it"),
        CheckConstraint("death_cause IS NULL OR seriousness = 'death'", name="cause_of_death"),
        CheckConstraint("ended_at IS NULL OR ended_at >= onset_at", name="ended_after_onset"),
        CheckConstraint("(phase = 'closed') = (outcome IS NOT NULL)", name="closed_has_outcome"),
        CheckConstraint("outcome IS NULL OR outcome <> 'fatal' OR seriousness = 'death'", name="fatal_is_death"),
    )

    id: int | None = key()
    recipient: str = reference("trial_recipient.code")
    infusion: int | None = number(references="bedside_infusion.id", optional=True)
    reaction: int | None = number(references="bedside_reaction.id", optional=True)
    term: str = text(TERM_LENGTH)
    coded: str | None = text(SLUG_LENGTH, optional=True)
    dictionary_code: str | None = text(CODE_LENGTH, optional=True)
    grade: int = number()
    serious: bool = flag()
    seriousness: Seriousness | None = choice(Seriousness, optional=True)
    serious_since: datetime | None = moment(optional=True)
    relatedness: Relatedness | None = choice(Relatedness, optional=True)
    expectedness: Expectedness | None = choice(Expectedness, optional=True)
    assessed_by: str | None = identifier(optional=True)
    assessed_at: datetime | None = moment(optional=True)
    sponsor_relatedness: Relatedness | None = choice(Relatedness, optional=True)
    sponsor_expectedness: Expectedness | None = choice(Expectedness, optional=True)
    action: ActionTaken | None = choice(ActionTaken, optional=True)
    died_at: datetime | None = moment(optional=True)
    death_cause: str | None = personal(NOTE_LENGTH, optional=True)
    onset_at: datetime = moment()
    aware_at: datetime = moment()
    reported_by: str = identifier()
    reported_at: datetime = moment()
    note: str | None = personal(NOTE_LENGTH, optional=True)
    outcome: EventOutcome | None = choice(EventOutcome, optional=True)
    ended_at: datetime | None = moment(optional=True)
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


class EventAssessment(Record, table=True):
    """One judgement of an event, as it was signed. A newer one stands beside it.

    reference  the version of the reference safety information that expectedness was judged by
    """

    __tablename__ = "followup_event_assessment"
    __table_args__ = (
        chosen("judge", Judge),
        chosen("relatedness", Relatedness),
        chosen("expectedness", Expectedness),
        chosen("seriousness", Seriousness),
        CheckConstraint("grade BETWEEN 1 AND 5", name="grade"),
    )

    id: int | None = key()
    event: int = number(references="followup_adverse_event.id")
    judge: Judge = choice(Judge)
    relatedness: Relatedness = choice(Relatedness)
    expectedness: Expectedness = choice(Expectedness)
    reference: str | None = text(REFERENCE_LENGTH, optional=True)
    grade: int = number()
    seriousness: Seriousness | None = choice(Seriousness, optional=True)
    note: str | None = personal(NOTE_LENGTH, optional=True)
    assessed_by: str = identifier()
    assessed_at: datetime = moment()


class SafetyReport(Record, table=True):
    """A report on an event as it went out: its words are kept, so that it is printed again as it was.

    version  1 for the first on this event
    clock    the clock that it stopped, if any
    proof    the number under which whoever got it acknowledged it; or their paper, `proof_file`, by its SHA-256
    content  what the event was known to be; no bag, lot, donor or arm is in it
    """

    __tablename__ = "followup_safety_report"
    __table_args__ = (
        chosen("kind", ReportKind),
        UniqueConstraint("event", "version"),
        UniqueConstraint("clock"),
        chosen("proof_kind", FileKind),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("proof IS NOT NULL OR proof_file IS NOT NULL", name="has_proof"),
        CheckConstraint("(proof_file IS NULL) = (proof_kind IS NULL)", name="file_has_kind"),
        CheckConstraint("(proof_file IS NULL) = (proof_name IS NULL)", name="file_has_name"),
    )

    id: int | None = key()
    event: int = number(references="followup_adverse_event.id")
    version: int = number()
    kind: ReportKind = choice(ReportKind)
    clock: int | None = number(references="followup_report_clock.id", optional=True)
    told: str = text(TERM_LENGTH)
    proof: str | None = text(TERM_LENGTH, optional=True)
    proof_file: str | None = text(DIGEST_LENGTH, optional=True)
    proof_kind: FileKind | None = choice(FileKind, optional=True)
    proof_name: str | None = text(filekinds.NAME_MAX, optional=True)
    news: str | None = personal(NOTE_LENGTH, optional=True)
    content: dict[str, Any] = document()
    account: str | None = personal(NOTE_LENGTH, optional=True)
    death_cause: str | None = personal(NOTE_LENGTH, optional=True)
    digest: str = text(DIGEST_LENGTH)
    submitted_at: datetime = moment()
    submitted_by: str = identifier()
