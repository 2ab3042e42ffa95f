"""Tables of the trial: a study, its sealed list, its recipients, what is planned for them and which bag is whose."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint

from cellchain.ledger import filekinds
from cellchain.platform.columns import (
    Record,
    choice,
    chosen,
    day,
    document,
    flag,
    key,
    moment,
    only_while,
    outside_ledger,
    personal,
    reference,
    secret,
    text,
)
from cellchain.platform.columns import code as identifier
from cellchain.platform.columns import number as whole
from cellchain.trial.lifecycles import (
    AssignmentPhase,
    ConsentPhase,
    InfusionPhase,
    ListPhase,
    RecipientPhase,
    RowPhase,
    ScreeningReason,
    Sex,
    SiteDuty,
    StudyPhase,
    VersionPhase,
    WristbandPhase,
)
from cellchain.trial.pauses.models import StudyPause as StudyPause  # a table of the room inside this one

NAME_LENGTH = 120
FREE_TEXT_LENGTH = 1000
VERSION_LENGTH = 40
SEALED_LENGTH = 400
KEY_COPY_LENGTH = 400
ARM_LENGTH = 20
JUDGED_LENGTH = 600


class Study(Record, table=True):
    """A study, and the version of its definition that is in force."""

    __tablename__ = "trial_study"
    __table_args__ = (chosen("phase", StudyPhase),)

    code: str = identifier(primary_key=True)
    title: str = text(200)
    version: int = whole()
    definition_hash: str = text(64)
    opened_at: datetime = moment()
    opened_by: str = identifier()
    phase: StudyPhase = choice(StudyPhase)


class StudyVersion(Record, table=True):
    """One version of a study's definition, stored whole with the hash of its canonical form. It never changes.

    Version 1 opened the study; every further one is an amendment, imported first and made effective by a signature.
    `file` is the SHA-256 of the file that it came as, where it came as one.
    """

    __tablename__ = "trial_study_version"
    __table_args__ = (
        chosen("phase", VersionPhase),
        UniqueConstraint("study", "number"),
        UniqueConstraint("study", "definition_hash"),
        CheckConstraint("(phase IN ('imported', 'withdrawn')) = (effective_at IS NULL)", name="effective_has_time"),
        CheckConstraint("(file IS NULL) = (file_name IS NULL)", name="file_has_name"),
        Index("uq_trial_study_version_effective", "study", unique=True, **only_while("phase = 'effective'")),
        Index("uq_trial_study_version_imported", "study", unique=True, **only_while("phase = 'imported'")),
    )

    id: int | None = key()
    study: str = reference("trial_study.code")
    number: int = whole()
    definition: dict[str, Any] = document()
    definition_hash: str = text(64)
    file: str | None = text(64, optional=True)
    file_name: str | None = text(filekinds.NAME_MAX, optional=True)
    imported_at: datetime = moment()
    imported_by: str = identifier()
    effective_at: datetime | None = moment(optional=True)
    effective_by: str | None = identifier(optional=True)
    reconsent: bool = flag(default=False)
    phase: VersionPhase = choice(VersionPhase)


class SiteRole(Record, table=True):
    """Who does which part of the trial's work at which site, and until when."""

    __tablename__ = "trial_site_role"
    __table_args__ = (
        chosen("role", SiteDuty),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by_somebody"),
        Index(
            "uq_trial_site_role_standing",
            "study",
            "site",
            "person",
            "role",
            unique=True,
            **only_while("ended_at IS NULL"),
        ),
    )

    id: int | None = key()
    study: str = reference("trial_study.code")
    site: str = text(20)
    person: str = identifier()
    role: SiteDuty = choice(SiteDuty)
    given_at: datetime = moment()
    given_by: str = identifier()
    ended_at: datetime | None = moment(optional=True)
    ended_by: str | None = identifier(optional=True)


class Screening(Record, table=True):
    """Somebody who was looked at for the study and did not come in, and why. No name; the words are personal.

    `recipient` names who was enrolled before it turned out; for everybody else there is no code at all.
    """

    __tablename__ = "trial_screening"
    __table_args__ = (
        chosen("sex", Sex),
        chosen("reason", ScreeningReason),
        UniqueConstraint("recipient"),
        CheckConstraint("age_years >= 0 AND age_years <= 120", name="age"),
    )

    id: int | None = key()
    study: str = reference("trial_study.code")
    site: str = text(20)
    screened_on: date = day()
    sex: Sex = choice(Sex)
    age_years: int = whole()
    reason: ScreeningReason = choice(ScreeningReason)
    criterion: str | None = text(40, optional=True)
    note: str | None = personal(FREE_TEXT_LENGTH, optional=True)
    recipient: str | None = reference("trial_recipient.code", optional=True)
    recorded_by: str = identifier()
    recorded_at: datetime = moment()


class AllocationList(Record, table=True):
    """The randomisation list of a study: its length, and the Merkle root over its salted rows.

    `key_copy` is the list's key under the passphrase of who committed it.
    """

    __tablename__ = "trial_allocation_list"
    __table_args__ = (
        chosen("phase", ListPhase),
        UniqueConstraint("study"),
        CheckConstraint("length > 0", name="length"),
    )

    id: int | None = key()
    study: str = reference("trial_study.code")
    length: int = whole()
    root: str = text(64)
    committed_by: str = identifier()
    committed_at: datetime = moment()
    imported: bool = flag(default=False)
    key_copy: str = secret(KEY_COPY_LENGTH)
    phase: ListPhase = choice(ListPhase)


class Recipient(Record, table=True):
    """Somebody in the study. Name, date of birth and arm are encrypted; the ledger holds commitments to them."""

    __tablename__ = "trial_recipient"
    __table_args__ = (
        chosen("phase", RecipientPhase),
        chosen("sex", Sex),
        CheckConstraint("weight_g > 0 AND height_mm > 0", name="measured"),
        CheckConstraint("(chain_of_identity IS NULL) = (randomised_at IS NULL)", name="chain_at_randomisation"),
        CheckConstraint("(arm IS NULL) = (randomised_at IS NULL)", name="arm_at_randomisation"),
        CheckConstraint(
            "phase NOT IN ('randomised', 'discontinued') OR randomised_at IS NOT NULL", name="treated_when_randomised"
        ),
        Index("ix_trial_recipient_list", "study", "code"),
        Index("ix_trial_recipient_phase", "phase", "code"),
    )

    code: str = identifier(primary_key=True)
    study: str = reference("trial_study.code", index=False)
    site: str = text(20)
    physician: str = identifier()
    name: str = personal(NAME_LENGTH, encrypted=True)
    born: str = personal(10, encrypted=True)
    sex: Sex = choice(Sex)
    weight_g: int = whole()
    height_mm: int = whole()
    enrolled_at: datetime = moment()
    enrolled_by: str = identifier()
    study_version: int = whole()
    chain_of_identity: str | None = identifier(optional=True, unique=True)
    arm: str | None = secret(ARM_LENGTH, optional=True, encrypted=True)
    randomised_at: datetime | None = moment(optional=True)
    phase: RecipientPhase = choice(RecipientPhase)


class AllocationRow(Record, table=True):
    """One row of a list. `sealed` is encrypted under the list key before it is written; `leaf` commits to it."""

    __tablename__ = "trial_allocation_row"
    __table_args__ = (
        chosen("phase", RowPhase),
        UniqueConstraint("allocation_list", "number"),
        UniqueConstraint("recipient"),
        CheckConstraint("(phase = 'revealed') = (recipient IS NOT NULL)", name="revealed_to_somebody"),
    )

    id: int | None = key()
    allocation_list: int = whole(references="trial_allocation_list.id")
    number: int = whole()
    level: str = text(10, default="")
    sealed: str = secret(SEALED_LENGTH)
    leaf: str = text(64)
    recipient: str | None = reference("trial_recipient.code", optional=True)
    revealed_at: datetime | None = moment(optional=True)
    phase: RowPhase = choice(RowPhase)


class Consent(Record, table=True):
    """A recipient's consent to one version of the information sheet."""

    __tablename__ = "trial_consent"
    __table_args__ = (
        chosen("phase", ConsentPhase),
        CheckConstraint("(phase = 'given') = (ended_at IS NULL)", name="ended_has_time"),
        Index("uq_trial_consent_given", "recipient", unique=True, **only_while("phase = 'given'")),
    )

    id: int | None = key()
    recipient: str = reference("trial_recipient.code")
    version: str = text(VERSION_LENGTH)
    study_version: int = whole()
    given_at: datetime = moment()
    recorded_by: str = identifier()
    ended_at: datetime | None = moment(optional=True)
    phase: ConsentPhase = choice(ConsentPhase)


class Baseline(Record, table=True):
    """Lung function before treatment, and what it was about a year earlier; declines are computed, never typed.

    equations  by outcome, the reference equation that the raw value was held against, as of a later measurement
    judged     what came out, by outcome; personal, because with the day it tells when somebody was born
    """

    __tablename__ = "trial_baseline"
    __table_args__ = (
        CheckConstraint("fvc_ml > 0 AND fev1_ml > 0 AND dlco_umol_min_kpa > 0", name="measured"),
        CheckConstraint("fvc_before_ml > 0 AND dlco_before_umol_min_kpa > 0", name="measured_before"),
        CheckConstraint("before_on < measured_on", name="before_comes_first"),
    )

    id: int | None = key()
    recipient: str = reference("trial_recipient.code")
    measured_on: date = day()
    fvc_ml: int = whole()
    fvc_percent_permille: int = whole()
    fev1_ml: int = whole()
    dlco_umol_min_kpa: int = whole()
    dlco_percent_permille: int = whole()
    walk_m: int = whole()
    before_on: date = day()
    fvc_before_ml: int = whole()
    dlco_before_umol_min_kpa: int = whole()
    height_mm: int = whole()
    equations: str | None = text(JUDGED_LENGTH, optional=True)
    judged: str | None = personal(JUDGED_LENGTH, optional=True)
    recorded_by: str = identifier()
    recorded_at: datetime = moment()


class EligibilityDecision(Record, table=True):
    """A physician's signed decision: the answers given, the figures they rest on, and which definition asked."""

    __tablename__ = "trial_eligibility_decision"
    __table_args__ = (UniqueConstraint("recipient"),)

    id: int | None = key()
    recipient: str = reference("trial_recipient.code")
    baseline: int = whole(references="trial_baseline.id")
    answers: dict[str, bool] = document()
    definition_hash: str = text(64)
    decided_by: str = identifier()
    decided_at: datetime = moment()


class Wristband(Record, table=True):
    """What a recipient wears. One live band a recipient; an old one is void from the moment it is replaced."""

    __tablename__ = "trial_wristband"
    __table_args__ = (
        chosen("phase", WristbandPhase),
        CheckConstraint("(phase = 'void') = (voided_at IS NOT NULL)", name="void_has_time"),
        Index("uq_trial_wristband_live", "recipient", unique=True, **only_while("phase = 'live'")),
    )

    code: str = identifier(primary_key=True)
    recipient: str = reference("trial_recipient.code")
    issued_at: datetime = moment()
    issued_by: str = identifier()
    witness: str | None = identifier(optional=True)
    voided_at: datetime | None = moment(optional=True)
    phase: WristbandPhase = choice(WristbandPhase)


class PlannedInfusion(Record, table=True):
    """One infusion of the plan: number 1 to courses × doses, when it is due, and its order."""

    __tablename__ = "trial_planned_infusion"
    __table_args__ = (
        chosen("phase", InfusionPhase),
        UniqueConstraint("recipient", "number"),
        CheckConstraint("number > 0 AND course > 0 AND dose_in_course > 0", name="counted_from_one"),
        CheckConstraint("window_from <= due_on AND due_on <= window_until", name="due_in_window"),
        CheckConstraint(
            "phase NOT IN ('ordered', 'assigned', 'infused') OR ordered_by IS NOT NULL", name="ordered_by_somebody"
        ),
    )

    id: int | None = key()
    recipient: str = reference("trial_recipient.code")
    number: int = whole()
    course: int = whole()
    dose_in_course: int = whole()
    due_on: date = day()
    window_from: date = day()
    window_until: date = day()
    ordered_at: datetime | None = moment(optional=True)
    ordered_by: str | None = identifier(optional=True)
    dose_cells_count: int | None = whole(optional=True)
    weight_g: int | None = whole(optional=True)
    phase: InfusionPhase = choice(InfusionPhase, index=True)


class Assignment(Record, table=True):
    """A bag tied to a chain of identity and an infusion. One live assignment a bag, and one an infusion."""

    __tablename__ = "trial_assignment"
    __table_args__ = (
        chosen("phase", AssignmentPhase),
        CheckConstraint("(phase = 'live') = (ended_at IS NULL)", name="ended_has_time"),
        Index("uq_trial_assignment_live_bag", "bag", unique=True, **only_while("phase = 'live'")),
        Index("uq_trial_assignment_live_infusion", "planned_infusion", unique=True, **only_while("phase = 'live'")),
    )

    id: int | None = key()
    bag: str = reference("manufacturing_container.code")
    recipient: str = reference("trial_recipient.code")
    chain_of_identity: str = identifier(index=True)
    planned_infusion: int = whole(references="trial_planned_infusion.id")
    assigned_at: datetime = moment()
    assigned_by: str = identifier()
    release_signed_by: str | None = identifier(optional=True)
    ended_at: datetime | None = moment(optional=True)
    phase: AssignmentPhase = choice(AssignmentPhase)


class Departure(Record, table=True):
    """How and when a recipient left treatment or the study. The words are personal."""

    __tablename__ = "trial_departure"
    __table_args__ = (chosen("kind", RecipientPhase),)

    id: int | None = key()
    recipient: str = reference("trial_recipient.code")
    happened_at: datetime = moment()
    recorded_by: str = identifier()
    account: str = personal(FREE_TEXT_LENGTH)
    kind: RecipientPhase = choice(RecipientPhase)


class Unblinding(Record, table=True):
    """An outcome assessor learned an arm: who, when, and how it came about. The arm itself is not written."""

    __tablename__ = "trial_unblinding"

    id: int | None = key()
    recipient: str = reference("trial_recipient.code")
    person: str = identifier()
    learned_at: datetime = moment()
    reported_by: str = identifier()
    account: str = personal(FREE_TEXT_LENGTH)


class NameReading(Record, table=True):
    """A recipient's name was shown to somebody on a screen."""

    __tablename__ = "trial_name_reading"
    __table_args__ = outside_ledger("who read a name, and when; a reading changes nothing")

    id: int | None = key()
    recipient: str = identifier(index=True)
    person: str = identifier(index=True)
    device: str | None = text(40, optional=True)
    place: str = text(40)
    read_at: datetime = moment(index=True)
