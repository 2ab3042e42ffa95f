"""The tables of donors and their donations."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy import text as sql

from cellchain.donors.rules import (
    BloodGroup,
    ConsentPhase,
    ConsentScope,
    DonationPhase,
    DonorPhase,
    Marker,
    MarkerResult,
    Outcome,
    ScreeningPhase,
    Sex,
)
from cellchain.platform.columns import Record, choice, chosen, day, key, moment, number, personal, reference, text
from cellchain.platform.columns import code as identifier

_GIVEN = sql("phase = 'given'")
_STANDING = sql("phase = 'standing'")


class Donor(Record, table=True):
    """A person who gives bone marrow, known everywhere by code alone."""

    __tablename__ = "donors_donor"
    __table_args__ = (
        chosen("sex", Sex),
        chosen("blood_group", BloodGroup),
        chosen("phase", DonorPhase),
        CheckConstraint("birth_year BETWEEN 1900 AND 2100", name="birth_year"),
        CheckConstraint("phase <> 'deferred' OR deferred_until IS NOT NULL", name="deferred_until"),
    )

    code: str = identifier(primary_key=True)
    phase: DonorPhase = choice(DonorPhase, index=True)
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
    """One result for one marker of one sample."""

    __tablename__ = "donors_screening"
    __table_args__ = (
        chosen("marker", Marker),
        chosen("result", MarkerResult),
        chosen("phase", ScreeningPhase),
        CheckConstraint("(result = 'pending') = (resulted_at IS NULL)", name="resulted_at"),
        CheckConstraint("resulted_at IS NULL OR resulted_at >= sampled_at", name="resulted_after_sampled"),
        Index(
            "uq_donors_screening_standing",
            "donor",
            "marker",
            "sampled_at",
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
    )

    id: int | None = key()
    donor: str = reference("donors_donor.code")
    marker: Marker = choice(Marker)
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
        CheckConstraint("sites_count BETWEEN 1 AND 10", name="sites_count"),
        CheckConstraint("anticoagulant_units > 0", name="anticoagulant_units"),
        CheckConstraint("ended_at >= started_at", name="ended_after_started"),
        CheckConstraint("process_by > ended_at", name="process_by"),
    )

    code: str = identifier(primary_key=True)
    phase: DonationPhase = choice(DonationPhase, index=True)
    donor: str = reference("donors_donor.code")
    container: str = identifier(unique=True)
    sites_count: int = number()
    site_text: str = personal(120)
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
