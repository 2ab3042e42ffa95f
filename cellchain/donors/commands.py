"""The verbs of donors."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from cellchain.accounts.queries import person_of_badge
from cellchain.donors import queries, rules
from cellchain.donors.models import Donation, Donor, DonorConsent, Eligibility, Information, Screening
from cellchain.donors.rules import (
    CONSENT,
    DONATION,
    DONOR,
    SCREENING,
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
from cellchain.identity.codes import DonorCode, Kind, MaterialLotCode, PersonCode
from cellchain.identity.numbering import issue
from cellchain.kernel import canonical
from cellchain.kernel.canonical import Json
from cellchain.kernel.ensure import ensure
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import Day, Moment, Order, Text, command
from cellchain.ledger.tx import CommandTx

DonorField = Annotated[DonorCode, Field(title="Donor")]
Reason = Annotated[Text, Field(min_length=3, max_length=500, title="Reason")]


class DonorResult(BaseModel, frozen=True):
    """The donor, and where the donor stands now."""

    donor: str
    phase: DonorPhase


class ConsentResult(BaseModel, frozen=True):
    """A recorded consent."""

    consent: int
    donor: str
    scope: ConsentScope
    version: str


class ScreeningResult(BaseModel, frozen=True):
    """The results that now stand, by their numbers."""

    donor: str
    screenings: dict[Marker, int]


class EligibilityResult(BaseModel, frozen=True):
    """A signed determination and how long it carries a harvest."""

    eligibility: int
    donor: str
    outcome: Outcome
    valid_until: datetime | None


class HarvestResult(BaseModel, frozen=True):
    """The donation number, the code of the harvest bag, and when the laboratory needs it at the latest."""

    donation: str
    container: str
    donor: str
    process_by: datetime


class InformationResult(BaseModel, frozen=True):
    """What was reported, and which donations it concerns."""

    information: int
    donor: str
    donations: list[str]


class RegisterDonor(Order):
    """The identity of a donor is established before anything else (domain.md 2.6)."""

    name: Annotated[Text, Field(min_length=2, max_length=200, title="Full name", description="Kept encrypted.")]
    identity_document: Annotated[
        Text,
        Field(min_length=4, max_length=80, title="Identity document", description="Kind and number. Kept encrypted."),
    ]
    sex: Annotated[Sex, Field(title="Sex")]
    birth_year: Annotated[int, Field(ge=1900, le=2100, title="Year of birth")]
    blood_group: Annotated[BloodGroup, Field(title="Blood group")]


@command(event="donors:donor:registered")
def register_donor(tx: CommandTx, by: Actor, order: RegisterDonor) -> DonorResult:
    """Register a donor, who is known by code from here on. Raises Refused `donor.under_age`."""
    rules.may_register(order.birth_year, tx.now)
    donor = tx.add(
        Donor(
            code=issue(tx, Kind.DONOR),
            phase=DonorPhase.REGISTERED,
            name=order.name,
            identity_document=order.identity_document,
            sex=order.sex,
            birth_year=order.birth_year,
            blood_group=order.blood_group,
            registered_at=tx.now,
            registered_by=by.person,
        )
    )
    tx.about(donor.code)
    return DonorResult(donor=donor.code, phase=donor.phase)


class RecordConsent(Order):
    """A signed form. When it was signed is the event's time."""

    donor: DonorField
    scope: Annotated[ConsentScope, Field(title="Consents to")] = ConsentScope.DONATION
    version: Annotated[Text, Field(min_length=1, max_length=40, title="Version of the form")]


@command(event="donors:consent:recorded", subject="donor")
def record_consent(tx: CommandTx, by: Actor, order: RecordConsent) -> ConsentResult:
    """Record that a donor signed a form; it replaces an older version. Raises Refused `consent.already_given`."""
    donor = tx.lock(Donor, order.donor)
    standing = queries.standing_consent(tx, donor.code, order.scope)
    rules.may_record_consent(None if standing is None else standing.version, order.version)
    if standing is not None:
        _end_consent(tx, standing, "replace")
    consent = tx.add(
        DonorConsent(
            donor=donor.code,
            scope=order.scope,
            version=order.version,
            given_at=tx.happened_at,
            phase=ConsentPhase.GIVEN,
            recorded_by=by.person,
        )
    )
    tx.note(scope=str(order.scope), version=order.version)
    return ConsentResult(consent=_id(consent.id), donor=donor.code, scope=consent.scope, version=consent.version)


class WithdrawConsent(Order):
    """A donor may withdraw at any time and owes nobody a reason."""

    donor: DonorField
    scope: Annotated[ConsentScope, Field(title="No longer consents to")] = ConsentScope.DONATION
    reason: Annotated[
        Text | None, Field(max_length=500, title="What the donor said", description="A donor owes no reason.")
    ] = None


@command(event="donors:consent:withdrawn", subject="donor")
def withdraw_consent(tx: CommandTx, by: Actor, order: WithdrawConsent) -> ConsentResult:
    """End a consent. Quality answers by holding what came from this donor. Raises Refused `consent.none`."""
    donor = tx.lock(Donor, order.donor)
    standing = queries.standing_consent(tx, donor.code, order.scope)
    if standing is None:
        raise Refused("consent.none", "No such consent stands for this donor. There is nothing to withdraw.")
    _end_consent(tx, standing, "withdraw", order.reason)
    donations: list[Json] = [donation.code for donation in queries.donations_of(tx, donor.code)]
    tx.note(donor=donor.code, scope=str(order.scope), donations=donations)
    return ConsentResult(consent=_id(standing.id), donor=donor.code, scope=standing.scope, version=standing.version)


class RecordScreening(Order):
    """One laboratory report on one sample. A marker that is left empty was not tested."""

    donor: DonorField
    sampled_at: Annotated[Moment, Field(title="Sample taken")]
    resulted_at: Annotated[Moment | None, Field(title="Reported by the laboratory")] = None
    method: Annotated[Text, Field(min_length=2, max_length=80, title="Method")]
    report: Annotated[Text, Field(min_length=1, max_length=60, title="Laboratory report number")]
    hiv: Annotated[MarkerResult | None, Field(title="HIV-1/2")] = None
    hbv: Annotated[MarkerResult | None, Field(title="Hepatitis B")] = None
    hcv: Annotated[MarkerResult | None, Field(title="Hepatitis C")] = None
    syphilis: Annotated[MarkerResult | None, Field(title="Syphilis")] = None
    htlv: Annotated[MarkerResult | None, Field(title="HTLV-I/II")] = None
    cmv: Annotated[MarkerResult | None, Field(title="CMV")] = None
    correction: Annotated[
        bool,
        Field(title="Corrects what was entered for this sample", description="The earlier entry stays readable."),
    ] = False
    reason: Annotated[Text | None, Field(max_length=500, title="Reason of the correction")] = None

    def given(self) -> dict[Marker, MarkerResult]:
        """The markers that were tested."""
        results = {marker: getattr(self, marker.value) for marker in Marker}
        return {marker: result for marker, result in results.items() if result is not None}


@command(event="donors:screening:recorded", subject="donor")
def record_screening(tx: CommandTx, by: Actor, order: RecordScreening) -> ScreeningResult:
    """Record a laboratory report.

    A final result replaces the pending one of the same sample; a correction replaces a final one and needs a reason.
    Positive for anything but CMV, it records `donors:screening:positive` for quality to answer. Raises Refused
    `screening.empty`, `.not_sampled_yet`, `.times`, `.no_result_time`, `.pending_with_time`, `.already_recorded`,
    `.nothing_to_correct`, `.correction_needs_reason`.
    """
    donor = tx.lock(Donor, order.donor)
    given = order.given()
    rules.may_record_screening(given, order.sampled_at, order.resulted_at, tx.now)
    numbers = {marker: _record_marker(tx, by, order, marker, result) for marker, result in given.items()}
    positive: list[Json] = [str(marker) for marker in rules.alarming(given)]
    if positive:
        donations: list[Json] = [donation.code for donation in queries.donations_of(tx, donor.code)]
        tx.record("donors:screening:positive", donor.code, donor=donor.code, donations=donations)
    return ScreeningResult(donor=donor.code, screenings=numbers)


def _record_marker(tx: CommandTx, by: Actor, order: RecordScreening, marker: Marker, result: MarkerResult) -> int:
    standing = queries.standing_result(tx, order.donor, marker, order.sampled_at)
    known = None if standing is None else standing.result
    rules.may_replace_result(known, order.correction, marker, has_reason=bool(order.reason))
    if standing is not None:
        locked = tx.lock(Screening, standing.id)
        tx.change(locked, phase=SCREENING.move("replace", locked.phase))
    row = tx.add(
        Screening(
            donor=order.donor,
            marker=marker,
            result=result,
            sampled_at=order.sampled_at,
            resulted_at=None if result is MarkerResult.PENDING else order.resulted_at,
            method=order.method,
            report=order.report,
            phase=ScreeningPhase.STANDING,
            replaces=None if standing is None else standing.id,
            correction_reason=order.reason if order.correction else None,
            entered_by=by.person,
            entered_at=tx.now,
        )
    )
    return _id(row.id)


class DetermineEligibility(Order):
    """A physician's decision over what stands in the donor's file at this moment."""

    donor: DonorField
    outcome: Annotated[Outcome, Field(title="Outcome")]
    note: Annotated[
        Text | None,
        Field(max_length=1000, title="Note", description="Needed where CMV is positive, or the donor is ineligible."),
    ] = None


def _eligibility_facts(tx: CommandTx, order: DetermineEligibility) -> Json:
    """What the physician's signature binds: the outcome and every standing result that it rests on."""
    facts = queries.donor_facts(tx, order.donor)
    results: list[Json] = [
        [str(result.marker), str(result.result), canonical.moment(result.sampled_at)] for result in facts.results
    ]
    consented = None if facts.consented_at is None else canonical.moment(facts.consented_at)
    return {"donor": facts.code, "outcome": str(order.outcome), "consented_at": consented, "results": results}


@command(
    event="donors:eligibility:determined",
    subject="donor",
    signature="I determine this donor's eligibility from history, consent and screening",
    signs=_eligibility_facts,
)
def determine_eligibility(tx: CommandTx, by: Actor, order: DetermineEligibility) -> EligibilityResult:
    """Find a donor eligible or ineligible (`rules.may_determine`).

    Eligible until 30 days after the oldest sample that it rests on. A positive CMV is recorded and allowed with a note:
    most adults carry the virus, and recipients' physicians see the result. Raises Refused
    `donor.determiner_entered_screening`, `donor.deferred`, `donor.no_consent`, `donor.screening_missing`, `_pending`,
    `_positive`, `_too_old`, `donor.cmv_needs_note`, `donor.ineligible_needs_note`.
    """
    donor = tx.lock(Donor, order.donor)
    facts = queries.donor_facts(tx, donor.code)
    rules.may_determine(facts, order.outcome, by.person, tx.now)
    rules.note_suffices(facts, order.outcome, has_note=bool(order.note))
    is_eligible = order.outcome is Outcome.ELIGIBLE
    valid_until = rules.valid_until(facts.results) if is_eligible else None
    tx.change(donor, phase=DONOR.move("find_eligible" if is_eligible else "find_ineligible", donor.phase))
    row = tx.add(
        Eligibility(
            donor=donor.code,
            outcome=order.outcome,
            valid_until=valid_until,
            determined_by=by.person,
            determined_at=tx.now,
            note=order.note,
        )
    )
    tx.note(outcome=str(order.outcome))
    return EligibilityResult(eligibility=_id(row.id), donor=donor.code, outcome=order.outcome, valid_until=valid_until)


class DeferDonor(Order):
    """A donor who may not give before a day: travel, illness, a recent harvest elsewhere."""

    donor: DonorField
    until: Annotated[Day, Field(title="Until", description="From this day on eligibility may be determined again.")]
    reason: Reason


@command(event="donors:donor:deferred", subject="donor")
def defer_donor(tx: CommandTx, by: Actor, order: DeferDonor) -> DonorResult:
    """Put a donor off until a day to come; eligibility is then determined anew.

    Raises Refused `donor.deferral_ended`, and `donor.phase` for an ineligible donor, who is off already.
    """
    donor = tx.lock(Donor, order.donor)
    phase = DONOR.move("defer", donor.phase)
    rules.may_defer(order.until, tx.now)
    donor = tx.change(donor, phase=phase, deferred_until=order.until, deferral_reason=order.reason)
    return DonorResult(donor=donor.code, phase=donor.phase)


class RecordHarvest(Order):
    """One bone-marrow harvest (domain.md 3.2)."""

    donor: DonorField
    sites_count: Annotated[int, Field(ge=1, le=rules.SITES_COUNT_MAX, title="Puncture sites")]
    site_text: Annotated[
        Text,
        Field(min_length=3, max_length=120, title="Where", description="For example: posterior iliac crest, left."),
    ]
    volume_ul: Annotated[int, Field(ge=rules.VOLUME_UL_MIN, le=rules.VOLUME_UL_MAX, title="Volume")]
    anticoagulant_lot: Annotated[MaterialLotCode, Field(title="Anticoagulant lot")]
    anticoagulant_units: Annotated[
        int, Field(gt=0, le=rules.HEPARIN_UNITS_MAX, title="Heparin, IU", description="Units in the whole bag.")
    ]
    operator: Annotated[PersonCode, Field(title="Operator", description="Badge or code of who harvested.")]
    started_at: Annotated[Moment, Field(title="Started")]
    ended_at: Annotated[Moment, Field(title="Ended")]


@command(event="donors:donation:harvested")
def record_harvest(tx: CommandTx, by: Actor, order: RecordHarvest) -> HarvestResult:
    """Record a harvest: issues the donation number and the code of the harvest bag.

    By reaction the bag becomes a container and the anticoagulant lot is booked; a lot that may not be used refuses the
    whole. A volume or heparin dose outside the usual bounds is recorded as `donors:limit:breached`. Raises Refused
    `harvest.times` and the refusals of `rules.standing_problems`, all asked for the time when the harvest began.
    """
    donor = tx.lock(Donor, order.donor)
    rules.may_record_harvest(queries.donor_facts(tx, donor.code), order.started_at, order.ended_at, tx.now)
    donation = tx.add(
        Donation(
            code=issue(tx, Kind.DONATION),
            phase=DonationPhase.HARVESTED,
            donor=donor.code,
            container=issue(tx, Kind.CONTAINER),
            sites_count=order.sites_count,
            site_text=order.site_text,
            volume_ul=order.volume_ul,
            anticoagulant_lot=order.anticoagulant_lot,
            anticoagulant_units=order.anticoagulant_units,
            operator=person_of_badge(tx, order.operator) or order.operator,
            started_at=order.started_at,
            ended_at=order.ended_at,
            process_by=order.ended_at + rules.PROCESS_WITHIN,
            recorded_by=by.person,
        )
    )
    tx.about(donation.code)
    tx.note(
        donation=donation.code,
        donor=donor.code,
        container=donation.container,
        volume_ul=donation.volume_ul,
        anticoagulant_lot=donation.anticoagulant_lot,
        anticoagulant_units=donation.anticoagulant_units,
        ended_at=canonical.moment(donation.ended_at),
    )
    for breach in rules.harvest_breaches(order.volume_ul, order.anticoagulant_units):
        tx.record(
            "donors:limit:breached",
            donation.code,
            donation=donation.code,
            donor=donor.code,
            parameter=breach.parameter,
            value=breach.value,
            low=breach.low,
            high=breach.high,
            unit=breach.unit,
        )
    return HarvestResult(
        donation=donation.code, container=donation.container, donor=donor.code, process_by=donation.process_by
    )


class ReportPostDonationInformation(Order):
    """Something that came to light after a donation: an illness, a travel, a result from elsewhere."""

    donor: DonorField
    information: Annotated[Text, Field(min_length=3, max_length=2000, title="What was learnt")]
    learnt_from: Annotated[Text, Field(min_length=2, max_length=200, title="From whom")]


@command(event="donors:information:reported", subject="donor")
def report_post_donation_information(
    tx: CommandTx, by: Actor, order: ReportPostDonationInformation
) -> InformationResult:
    """Report information about a donor's safety. Quality answers with a hold at once, and decides later."""
    donor = tx.lock(Donor, order.donor)
    row = tx.add(
        Information(
            donor=donor.code,
            information=order.information,
            learnt_from=order.learnt_from,
            reported_at=tx.happened_at,
            entered_at=tx.now,
            reported_by=by.person,
        )
    )
    donations = [donation.code for donation in queries.donations_of(tx, donor.code)]
    tx.note(donor=donor.code, information=_id(row.id), donations=list[Json](donations))
    return InformationResult(information=_id(row.id), donor=donor.code, donations=donations)


# ---- for manufacturing, which receives what was harvested ------------------------------------------------------------


def mark_received(tx: CommandTx, donation: str) -> queries.DonationFacts:
    """The laboratory has the harvest bag. The time limit `process_by` is manufacturing's to judge.

    Raises NotFound, or Refused `donation.phase` where it was received or rejected already.
    """
    row = tx.lock(Donation, donation)
    tx.change(row, phase=DONATION.move("receive", row.phase), decided_at=tx.happened_at)
    return queries.donation_facts(tx, donation)


def mark_rejected(tx: CommandTx, donation: str, reason: str) -> queries.DonationFacts:
    """The laboratory turned the harvest bag away. Raises NotFound, or Refused `donation.phase`."""
    row = tx.lock(Donation, donation)
    phase = DONATION.move("reject", row.phase)
    tx.change(row, phase=phase, decided_at=tx.happened_at, rejection_reason=reason)
    return queries.donation_facts(tx, donation)


def _end_consent(tx: CommandTx, consent: DonorConsent, verb: str, reason: str | None = None) -> None:
    row = tx.lock(DonorConsent, consent.id)
    tx.change(row, phase=CONSENT.move(verb, row.phase), ended_at=tx.happened_at, withdrawal_reason=reason)


def _id(number: int | None) -> int:
    ensure(number is not None, "a stored row has its number")
    return number or 0
