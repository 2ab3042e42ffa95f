"""The tables of donors and their donations."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy import text as sql

from cellchain.donors.rules.harvest import GRADE_MAX, GRADE_MIN, PULLS_COUNT_MAX
from cellchain.donors.rules.lifecycles import (
    Assay,
    BloodGroup,
    ComplicationAction,
    ComplicationKind,
    ComplicationPhase,
    ConsentPhase,
    ConsentScope,
    Contact,
    DonationPhase,
    DonorPhase,
    HarvestSite,
    Marker,
    MarkerResult,
    Outcome,
    QuestionnairePhase,
    ScreeningPhase,
    Sex,
    Stage,
)
from cellchain.platform.columns import Record, choice, chosen, day, key, moment, number, personal, reference, text
from cellchain.platform.columns import code as identifier

_GIVEN = sql("phase = 'given'")
_STANDING = sql("phase = 'standing'")
_ANSWERED = sql("phase <> 'replaced'")


class Donor(Record, table=True):
    """A person who gives bone marrow, known everywhere by code alone. Deferred without a day means for good."""

    __tablename__ = "donors_donor"
    __table_args__ = (
        chosen("sex", Sex),
        chosen("blood_group", BloodGroup),
        chosen("phase", DonorPhase),
        CheckConstraint("birth_year BETWEEN 1900 AND 2100", name="birth_year"),
        Index("ix_donors_donor_phase", "phase", "code"),
    )

    code: str = identifier(primary_key=True)
    phase: DonorPhase = choice(DonorPhase)
    name: str = personal(200, encrypted=True)
    identity_document: str = personal(80, encrypted=True)
    sex: Sex = choice(Sex)
    birth_year: int = number()
    blood_group: BloodGroup = choice(BloodGroup)
    deferred_until: date | None = day(optional=True)
    deferral_reason: str | None = personal(500, optional=True)
    registered_at: datetime = moment()
    registered_by: str = identifier()


class DonorConsent(Record, table=True):
    """A form that a donor signed: at most one of a scope stands at a time."""

    __tablename__ = "donors_consent"
    __table_args__ = (
        chosen("scope", ConsentScope),
        chosen("phase", ConsentPhase),
        CheckConstraint("(phase = 'given') = (ended_at IS NULL)", name="ended_at"),
        Index("uq_donors_consent_given", "donor", "scope", unique=True, sqlite_where=_GIVEN, postgresql_where=_GIVEN),
    )

    id: int | None = key()
    donor: str = reference("donors_donor.code")
    scope: ConsentScope = choice(ConsentScope)
    version: str = text(40)
    given_at: datetime = moment()
    phase: ConsentPhase = choice(ConsentPhase)
    ended_at: datetime | None = moment(optional=True)
    withdrawal_reason: str | None = personal(500, optional=True)
    recorded_by: str = identifier()


class Screening(Record, table=True):
    """One result for one marker in one test of one sample."""

    __tablename__ = "donors_screening"
    __table_args__ = (
        chosen("marker", Marker),
        chosen("assay", Assay),
        chosen("stage", Stage),
        chosen("result", MarkerResult),
        chosen("phase", ScreeningPhase),
        CheckConstraint("(result = 'pending') = (resulted_at IS NULL)", name="resulted_at"),
        CheckConstraint("resulted_at IS NULL OR resulted_at >= sampled_at", name="resulted_after_sampled"),
        Index(
            "uq_donors_screening_standing",
            "donor",
            "marker",
            "assay",
            "stage",
            "sampled_at",
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
    )

    id: int | None = key()
    donor: str = reference("donors_donor.code")
    marker: Marker = choice(Marker)
    assay: Assay = choice(Assay)
    stage: Stage = choice(Stage)
    result: MarkerResult = choice(MarkerResult)
    sampled_at: datetime = moment()
    resulted_at: datetime | None = moment(optional=True)
    method: str = text(80)
    report: str = text(60)
    phase: ScreeningPhase = choice(ScreeningPhase)
    replaces: int | None = number(optional=True, references="donors_screening.id")
    correction_reason: str | None = personal(500, optional=True)
    entered_by: str = identifier()
    entered_at: datetime = moment()


class Answers(Record, table=True):
    """What a donor said to one version of the questions: at most one of a donor stands at a time."""

    __tablename__ = "donors_answers"
    __table_args__ = (
        chosen("phase", QuestionnairePhase),
        CheckConstraint("risks_count >= 0", name="risks_count"),
        CheckConstraint("phase NOT IN ('accepted', 'declined') OR assessed_at IS NOT NULL", name="assessed_at"),
        Index("uq_donors_answers_standing", "donor", unique=True, sqlite_where=_ANSWERED, postgresql_where=_ANSWERED),
    )

    id: int | None = key()
    donor: str = reference("donors_donor.code")
    version: int = number()
    questions_hash: str = text(64)
    phase: QuestionnairePhase = choice(QuestionnairePhase)
    risks_count: int = number()
    answered_at: datetime = moment()
    asked_by: str = identifier()
    assessed_at: datetime | None = moment(optional=True)
    assessed_by: str | None = identifier(optional=True)
    assessment: str | None = personal(1000, optional=True)


class Answer(Record, table=True):
    """What a donor said to one question. Both the answer and the words beside it are about a person."""

    __tablename__ = "donors_answer"
    __table_args__ = (UniqueConstraint("answers", "question", name="uq_donors_answer_question"),)

    id: int | None = key()
    answers: int = number(references="donors_answers.id")
    question: str = text(40)
    answer: str = personal(3)
    note: str | None = personal(500, optional=True)


class Eligibility(Record, table=True):
    """A physician's signed determination. The newest one of a donor counts."""

    __tablename__ = "donors_eligibility"
    __table_args__ = (
        chosen("outcome", Outcome),
        CheckConstraint("outcome <> 'eligible' OR valid_until IS NOT NULL", name="valid_until"),
    )

    id: int | None = key()
    donor: str = reference("donors_donor.code")
    outcome: Outcome = choice(Outcome)
    valid_until: datetime | None = moment(optional=True)
    determined_by: str = identifier()
    determined_at: datetime = moment()
    note: str | None = personal(1000, optional=True)


class Donation(Record, table=True):
    """One harvest: one donation number, one harvest bag."""

    __tablename__ = "donors_donation"
    __table_args__ = (
        chosen("phase", DonationPhase),
        CheckConstraint("volume_ul BETWEEN 5000 AND 200000", name="volume_ul"),
        CheckConstraint("anticoagulant_units > 0", name="anticoagulant_units"),
        CheckConstraint("ended_at >= started_at", name="ended_after_started"),
        CheckConstraint("process_by > ended_at", name="process_by"),
        Index("ix_donors_donation_phase", "phase", "code"),
    )

    code: str = identifier(primary_key=True)
    phase: DonationPhase = choice(DonationPhase)
    donor: str = reference("donors_donor.code")
    container: str = identifier(unique=True)
    volume_ul: int = number()
    anticoagulant_lot: str = identifier(index=True)
    anticoagulant_units: int = number()
    operator: str = identifier(index=True)
    started_at: datetime = moment()
    ended_at: datetime = moment()
    process_by: datetime = moment()
    recorded_by: str = identifier()
    decided_at: datetime | None = moment(optional=True)
    rejection_reason: str | None = personal(500, optional=True)


class DrawnFrom(Record, table=True):
    """What a harvest drew from one site, all pulls of the syringe together."""

    __tablename__ = "donors_drawn_from"
    __table_args__ = (
        chosen("site", HarvestSite),
        CheckConstraint(f"pulls_count BETWEEN 1 AND {PULLS_COUNT_MAX}", name="pulls_count"),
        CheckConstraint("volume_ul > 0", name="volume_ul"),
        UniqueConstraint("donation", "site", name="uq_donors_drawn_from_site"),
    )

    id: int | None = key()
    donation: str = reference("donors_donation.code")
    site: HarvestSite = choice(HarvestSite)
    pulls_count: int = number()
    volume_ul: int = number()


class DonorVisit(Record, table=True):
    """One planned visit after one harvest, made or missed."""

    __tablename__ = "donors_visit"
    __table_args__ = (
        chosen("contact", Contact),
        CheckConstraint("contact <> 'not_reached' OR information IS NULL", name="nothing_unseen"),
        UniqueConstraint("donation", "visit", name="uq_donors_visit_visit"),
    )

    id: int | None = key()
    donation: str = reference("donors_donation.code")
    visit: str = text(40)
    contact: Contact = choice(Contact)
    made_at: datetime = moment()
    findings: str | None = personal(2000, optional=True)
    information: int | None = number(optional=True, references="donors_information.id")
    recorded_by: str = identifier()


class Complication(Record, table=True):
    """What a harvest did to the donor, seen during it, between visits or at one of them."""

    __tablename__ = "donors_complication"
    __table_args__ = (
        chosen("kind", ComplicationKind),
        chosen("action", ComplicationAction),
        chosen("phase", ComplicationPhase),
        CheckConstraint(f"grade BETWEEN {GRADE_MIN} AND {GRADE_MAX}", name="grade"),
        CheckConstraint("(phase = 'resolved') = (resolved_at IS NOT NULL)", name="resolved_at"),
        CheckConstraint("resolved_at >= noticed_at", name="resolved_after_noticed"),
    )

    id: int | None = key()
    donation: str = reference("donors_donation.code")
    visit: int | None = number(optional=True, references="donors_visit.id")
    kind: ComplicationKind = choice(ComplicationKind)
    grade: int = number()
    action: ComplicationAction = choice(ComplicationAction)
    phase: ComplicationPhase = choice(ComplicationPhase)
    noticed_at: datetime = moment()
    resolved_at: datetime | None = moment(optional=True)
    note: str | None = personal(500, optional=True)
    reported_by: str = identifier()


class Information(Record, table=True):
    """Something learnt about a donor after a donation that may bear on its safety."""

    __tablename__ = "donors_information"

    id: int | None = key()
    donor: str = reference("donors_donor.code")
    information: str = personal(2000)
    learnt_from: str = personal(200)
    reported_at: datetime = moment()
    entered_at: datetime = moment()
    reported_by: str = identifier()
