"""Tables of quality. Nothing is deleted: a corrected result, a closed deviation and a lifted hold stay readable."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint

from cellchain.platform.columns import (
    Record,
    choice,
    chosen,
    day,
    document,
    key,
    moment,
    number,
    only_while,
    personal,
    reference,
    text,
)
from cellchain.platform.columns import code as identifier
from cellchain.quality.actions.models import Action as Action  # tables of the rooms inside this one
from cellchain.quality.actions.models import Extension as Extension
from cellchain.quality.certificates.models import Certificate as Certificate
from cellchain.quality.changes.models import Change as Change
from cellchain.quality.changes.models import Implementation as Implementation
from cellchain.quality.deviations.models import Assessment as Assessment
from cellchain.quality.deviations.models import Complaint as Complaint
from cellchain.quality.deviations.models import ReachedRecipient as ReachedRecipient
from cellchain.quality.deviations.models import Reopening as Reopening
from cellchain.quality.deviations.models import RootCause as RootCause
from cellchain.quality.doubts.models import DoubtDecision as DoubtDecision
from cellchain.quality.imports.models import ResultFile as ResultFile
from cellchain.quality.investigations.models import ExceptionalUse as ExceptionalUse
from cellchain.quality.investigations.models import Investigation as Investigation
from cellchain.quality.laboratories.models import LaboratoryRow as LaboratoryRow
from cellchain.quality.laboratories.models import Transfer as Transfer
from cellchain.quality.letters.models import RecallLetter as RecallLetter
from cellchain.quality.methods.models import TestMethod as TestMethod
from cellchain.quality.recalls.models import Alert as Alert
from cellchain.quality.recalls.models import LatePositive as LatePositive
from cellchain.quality.recalls.models import Recall as Recall
from cellchain.quality.recalls.models import RecallFind as RecallFind
from cellchain.quality.recalls.models import RecallItem as RecallItem
from cellchain.quality.redactions.models import Redaction as Redaction
from cellchain.quality.rules.lifecycles import (
    DeviationKind,
    DeviationPhase,
    DeviationSource,
    DispositionPhase,
    HoldCause,
    HoldPhase,
    LotKind,
    Outcome,
    Purpose,
    ResultPhase,
    SamplePhase,
    SampleVessel,
    Severity,
    SpecificationPhase,
    Stage,
    TagKind,
    TagPhase,
)
from cellchain.quality.stability.models import StabilityPoint as StabilityPoint
from cellchain.quality.stability.models import StabilityStudy as StabilityStudy

FREE_TEXT_LENGTH = 2000
REASON_LENGTH = 500
TEST_LENGTH = 40
VALUE_LENGTH = 80
REPORT_LENGTH = 40
POSITION_LENGTH = 20


class Specification(Record, table=True):
    """One version of the limits of one stage for one kind of lot. A decision keeps the version that it rested on.

    `programme` is when a bank is tested, and on what, at the stage of stability alone.
    """

    __tablename__ = "quality_specification"
    __table_args__ = (
        chosen("kind", LotKind),
        chosen("stage", Stage),
        chosen("phase", SpecificationPhase),
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("approved_by <> drafted_by", name="approved_by_another"),
        CheckConstraint("(stage = 'stability') = (programme IS NOT NULL)", name="stability_has_programme"),
        UniqueConstraint("kind", "stage", "version"),
        Index("uq_quality_specification_effective", "kind", "stage", unique=True, **only_while("phase = 'effective'")),
    )

    id: int | None = key()
    name: str = text(80)
    kind: LotKind = choice(LotKind)
    stage: Stage = choice(Stage)
    version: int = number()
    limits: list[dict[str, Any]] = document()
    limits_hash: str = text(64)
    programme: dict[str, Any] | None = document(optional=True)
    change: int | None = number(references="quality_change.id", optional=True)
    phase: SpecificationPhase = choice(SpecificationPhase)
    drafted_by: str = identifier()
    drafted_at: datetime = moment()
    approved_by: str | None = identifier(optional=True)
    approved_at: datetime | None = moment(optional=True)
    effective_at: datetime | None = moment(optional=True)
    retired_at: datetime | None = moment(optional=True)


class Sample(Record, table=True):
    """Something taken from a container of a lot, to be tested or kept. `keep_until` is a retained sample's last day.

    `place` and `position` are where it is stored, as far as somebody put it away.
    """

    __tablename__ = "quality_sample"
    __table_args__ = (
        chosen("purpose", Purpose),
        chosen("phase", SamplePhase),
        chosen("vessel", SampleVessel),
        CheckConstraint("(purpose = 'retention') = (keep_until IS NOT NULL)", name="retained_until"),
        CheckConstraint("(place IS NULL) = (stored_at IS NULL)", name="stored_has_time"),
        CheckConstraint("volume_ul > 0", name="volume_positive"),
        Index("ix_quality_sample_phase", "phase", "code"),
        Index("ix_quality_sample_taken", "taken_at", "code"),
    )

    code: str = identifier(primary_key=True)
    lot: str = reference("manufacturing_lot.code")
    container: str = reference("manufacturing_container.code")
    purpose: Purpose = choice(Purpose)
    vessel: SampleVessel = choice(SampleVessel)
    volume_ul: int = number()
    taken_at: datetime = moment()
    taken_by: str = identifier()
    keep_until: date | None = day(optional=True)
    place: str | None = reference("materials_location.code", optional=True)
    position: str | None = text(POSITION_LENGTH, optional=True)
    stored_by: str | None = identifier(optional=True)
    stored_at: datetime | None = moment(optional=True)
    phase: SamplePhase = choice(SamplePhase)
    discard_reason: str | None = personal(REASON_LENGTH, optional=True)


class Panel(Record, table=True):
    """Several tests of one sample out of one measurement, entered together."""

    __tablename__ = "quality_panel"
    __table_args__ = (chosen("stage", Stage),)

    id: int | None = key()
    sample: str = reference("quality_sample.code")
    stage: Stage = choice(Stage)
    method: int = number(references="quality_method.id")
    entered_by: str = identifier()
    entered_at: datetime = moment()
    measured_at: datetime = moment()


class Result(Record, table=True):
    """One test of one sample against one version of a limit. A correction is a new row that names the one before.

    `method` and `instrument` are how it was read here, `laboratory` and `report` where somebody else read it. `giving`
    is how its lot's bags are given at their worst, where the limit is computed from it. `retest` is 0 for the first
    test, then counts those that an investigation permitted.
    """

    __tablename__ = "quality_result"
    __table_args__ = (
        chosen("stage", Stage),
        chosen("outcome", Outcome),
        chosen("phase", ResultPhase),
        CheckConstraint("(outcome = 'pending') = (value IS NULL)", name="pending_has_no_value"),
        CheckConstraint("(outcome = 'pending') = (phase = 'pending')", name="pending_phase"),
        CheckConstraint("outcome <> 'pending' OR due_on IS NOT NULL", name="pending_has_due_day"),
        CheckConstraint("phase <> 'verified' OR verified_by IS NOT NULL", name="verified_by_somebody"),
        CheckConstraint("verified_by <> entered_by", name="verified_by_another"),
        CheckConstraint("laboratory IS NULL OR instrument IS NULL", name="read_here_or_there"),
        UniqueConstraint("replaces"),
        Index(
            "uq_quality_result_current",
            "sample",
            "test",
            "stage",
            "retest",
            unique=True,
            **only_while("phase <> 'corrected' AND phase <> 'invalidated'"),
        ),
        # Two analysts at two samples do not both do the same retest of a lot.
        Index(
            "uq_quality_result_retest",
            "lot",
            "test",
            "stage",
            "retest",
            unique=True,
            **only_while("retest > 0 AND stage <> 'in_process' AND phase <> 'corrected'"),
        ),
    )

    id: int | None = key()
    sample: str = reference("quality_sample.code")
    lot: str = reference("manufacturing_lot.code")
    test: str = text(TEST_LENGTH)
    stage: Stage = choice(Stage)
    specification: int = number(references="quality_specification.id")
    method: int = number(references="quality_method.id")
    instrument: str | None = reference("materials_equipment.code", optional=True)
    laboratory: int | None = number(references="quality_laboratory.id", optional=True)
    report: str | None = text(REPORT_LENGTH, optional=True)
    retest: int = number()
    panel: int | None = number(references="quality_panel.id", optional=True)
    file: int | None = number(references="quality_result_file.id", optional=True)
    value: str | None = text(VALUE_LENGTH, optional=True)
    unit: str = text(20)
    giving: dict[str, Any] | None = document(optional=True)
    outcome: Outcome = choice(Outcome, index=True)
    due_on: date | None = day(optional=True)
    started_by: str = identifier()
    started_at: datetime = moment()
    entered_by: str | None = identifier(optional=True)
    entered_at: datetime | None = moment(optional=True)
    measured_at: datetime | None = moment(optional=True)
    verified_by: str | None = identifier(optional=True)
    verified_at: datetime | None = moment(optional=True)
    phase: ResultPhase = choice(ResultPhase)
    replaces: int | None = number(references="quality_result.id", optional=True)
    reason: str | None = personal(REASON_LENGTH, optional=True)


class Deviation(Record, table=True):
    """Something was not as it should be. `subject` is what it happened to; `lot` the lot whose release waits for it."""

    __tablename__ = "quality_deviation"
    __table_args__ = (
        chosen("kind", DeviationKind),
        chosen("severity", Severity),
        chosen("source", DeviationSource),
        chosen("phase", DeviationPhase),
        CheckConstraint("phase = 'open' OR (severity IS NOT NULL AND assessed_by IS NOT NULL)", name="assessed"),
        CheckConstraint("phase <> 'closed' OR closed_by IS NOT NULL", name="closed_by_somebody"),
        CheckConstraint("closed_by <> assessed_by", name="closed_by_another"),
        Index("ix_quality_deviation_phase", "phase", "id"),
        Index("ix_quality_deviation_kind", "phase", "kind", "id"),
        Index("ix_quality_deviation_under_way", "id", **only_while("phase <> 'closed'")),
    )

    id: int | None = key()
    kind: DeviationKind = choice(DeviationKind)
    subject: str = text(40, index=True)
    lot: str | None = reference("manufacturing_lot.code", optional=True)
    title: str = personal(160)
    description: str = personal(FREE_TEXT_LENGTH)
    severity: Severity | None = choice(Severity, optional=True)
    source: DeviationSource = choice(DeviationSource)
    rule: str | None = text(80, optional=True)
    facts: dict[str, Any] | None = document(optional=True)
    phase: DeviationPhase = choice(DeviationPhase)
    opened_by: str = identifier()
    opened_at: datetime = moment()
    happened_at: datetime = moment()
    assessed_by: str | None = identifier(optional=True)
    assessed_at: datetime | None = moment(optional=True)
    assessment: str | None = personal(FREE_TEXT_LENGTH, optional=True)
    closed_by: str | None = identifier(optional=True)
    closed_at: datetime | None = moment(optional=True)
    conclusion: str | None = personal(FREE_TEXT_LENGTH, optional=True)


class Disposition(Record, table=True):
    """What may be done with a lot now. One row a lot, opened with the lot itself.

    `obligations` are the tests that a conditional release left open, as [{test, due_on}].
    """

    __tablename__ = "quality_disposition"
    __table_args__ = (
        chosen("phase", DispositionPhase),
        CheckConstraint("phase = 'quarantined' OR decided_by IS NOT NULL", name="decided_by_somebody"),
        Index("ix_quality_disposition_phase", "phase", "lot"),
    )

    lot: str = reference("manufacturing_lot.code", primary_key=True)
    phase: DispositionPhase = choice(DispositionPhase)
    opened_at: datetime = moment()
    decided_by: str | None = identifier(optional=True)
    decided_at: datetime | None = moment(optional=True)
    obligations: list[dict[str, Any]] | None = document(optional=True)
    specification: int | None = number(references="quality_specification.id", optional=True)


class Decision(Record, table=True):
    """One decision on a lot, never changed: what the disposition became, and the record that the signature binds.

    `results` are the numbers of the results it rested on; their values are read again when a signature is checked, so a
    result that was altered later shows.
    """

    __tablename__ = "quality_decision"
    __table_args__ = (chosen("phase", DispositionPhase),)

    id: int | None = key()
    lot: str = reference("manufacturing_lot.code")
    phase: DispositionPhase = choice(DispositionPhase)
    decided_by: str = identifier(index=True)
    decided_at: datetime = moment()
    review: int | None = number(references="quality_review.id", optional=True)
    results: list[int] = document()
    obligations: list[dict[str, Any]] = document()
    reason: str | None = personal(REASON_LENGTH, optional=True)


class Review(Record, table=True):
    """Somebody independent read the batch record and its audit trail by exception, and signed what they saw.

    `entries_seen` is the number of the last ledger entry at that moment.
    """

    __tablename__ = "quality_review"

    id: int | None = key()
    lot: str = reference("manufacturing_lot.code")
    reviewer: str = identifier(index=True)
    reviewed_at: datetime = moment()
    exceptions: list[dict[str, Any]] = document()
    exceptions_hash: str = text(64)
    entries_seen: int = number()


class AcceptedException(Record, table=True):
    """One exception that somebody of QA looked at and accepted. `exception` is its key, such as `value:41`."""

    __tablename__ = "quality_accepted_exception"
    __table_args__ = (UniqueConstraint("lot", "exception"),)

    id: int | None = key()
    lot: str = reference("manufacturing_lot.code")
    exception: str = text(60)
    accepted_by: str = identifier()
    accepted_at: datetime = moment()
    note: str | None = personal(REASON_LENGTH, optional=True)


class Hold(Record, table=True):
    """Nothing is done with `subject` (bag, lot, donation, donor, bank) until the hold is lifted.

    `deviation` is the one whose containment placed it: each of them holds a thing on its own account.
    """

    __tablename__ = "quality_hold"
    __table_args__ = (
        chosen("cause", HoldCause),
        chosen("phase", HoldPhase),
        CheckConstraint("(phase = 'lifted') = (lifted_at IS NOT NULL)", name="lifted_has_time"),
        Index(
            "uq_quality_hold_placed",
            "subject",
            "cause",
            unique=True,
            **only_while("phase = 'placed' AND deviation IS NULL"),
        ),
        Index("uq_quality_hold_contained", "subject", "deviation", unique=True, **only_while("phase = 'placed'")),
        Index("ix_quality_hold_phase", "phase", "id"),
    )

    id: int | None = key()
    subject: str = identifier(index=True)
    cause: HoldCause = choice(HoldCause)
    deviation: int | None = number(references="quality_deviation.id", optional=True)
    reason: str = personal(REASON_LENGTH)
    phase: HoldPhase = choice(HoldPhase)
    placed_by: str = identifier()
    placed_at: datetime = moment()
    lifted_by: str | None = identifier(optional=True)
    lifted_at: datetime | None = moment(optional=True)
    lift_reason: str | None = personal(REASON_LENGTH, optional=True)


class IssueTag(Record, table=True):
    """The tag that says that a bag is released. `label` is its printed serial; a bag wears one tag at a time."""

    __tablename__ = "quality_issue_tag"
    __table_args__ = (
        chosen("kind", TagKind),
        chosen("phase", TagPhase),
        CheckConstraint("phase <> 'attached' OR scanned_at IS NOT NULL", name="attached_was_scanned"),
        UniqueConstraint("label"),
        Index("uq_quality_issue_tag_attached", "bag", unique=True, **only_while("phase = 'attached'")),
    )

    id: int | None = key()
    bag: str = reference("manufacturing_container.code")
    label: str = reference("labels_label.code")
    kind: TagKind = choice(TagKind)
    phase: TagPhase = choice(TagPhase)
    printed_at: datetime = moment()
    scanned_at: datetime | None = moment(optional=True)
    scanned_by: str | None = identifier(optional=True)
