"""What may be done with a donor and a donation, and when not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from cellchain.kernel.errors import Refused
from cellchain.kernel.lifecycle import Lifecycle, Phase
from cellchain.kernel.text import T

# Marrow may be tested up to 30 days before it is collected (21 CFR 1271.80, domain.md 2.4). The seven days after
# collection that the same rule allows are not used here: nobody is harvested on results that are still to come.
SCREENING_VALID = timedelta(days=30)
# Our own assumption, to be set by the harvesting hospital: marrow recovers before it is taken again.
HARVEST_INTERVAL = timedelta(days=30)
# Heparinised marrow reaches the laboratory within 24 hours (domain.md 3.2).
PROCESS_WITHIN = timedelta(hours=24)
# Our own assumption: a donor consents for themselves. The year of birth alone is known, so the birthday counts as past.
DONOR_AGE_YEARS_MIN = 18
# domain.md 3.2: outside the hard bounds nothing is recorded; outside the usual ones a limit is breached.
VOLUME_UL_MIN, VOLUME_UL_MAX = 5_000, 200_000
VOLUME_UL_USUAL = (30_000, 100_000)
SITES_COUNT_MAX = 10
HEPARIN_UNITS_MAX = 100_000
HEPARIN_UNITS_PER_ML_USUAL = (10, 100)


class Sex(StrEnum):
    """As the karyotype is expected to show it."""

    FEMALE = "female"
    MALE = "male"


class BloodGroup(StrEnum):
    """ABO and RhD."""

    O_NEGATIVE = "O-"
    O_POSITIVE = "O+"
    A_NEGATIVE = "A-"
    A_POSITIVE = "A+"
    B_NEGATIVE = "B-"
    B_POSITIVE = "B+"
    AB_NEGATIVE = "AB-"
    AB_POSITIVE = "AB+"

    @property
    def label(self) -> str:
        """As it is printed, with a true minus sign."""
        return self.value.replace("-", "\u2212")


class ConsentScope(StrEnum):
    """What a donor consents to. Only `donation` permits a harvest."""

    DONATION = "donation"
    FURTHER_RESEARCH = "further_research"


class Marker(StrEnum):
    """The six infections that every donor is tested for (domain.md 2.4)."""

    HIV = "hiv"
    HBV = "hbv"
    HCV = "hcv"
    SYPHILIS = "syphilis"
    HTLV = "htlv"
    CMV = "cmv"

    @property
    def label(self) -> T:
        """As a laboratory writes it."""
        return _MARKER_NAMES[self]


class MarkerResult(StrEnum):
    """What the laboratory says about one marker."""

    NEGATIVE = "negative"
    POSITIVE = "positive"
    PENDING = "pending"


class Outcome(StrEnum):
    """What a physician determines."""

    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"


class DonorPhase(Phase):
    """Where a donor stands. `eligible` alone does not permit a harvest: `may_record_harvest` asks for more."""

    REGISTERED = "registered"
    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"
    DEFERRED = "deferred"


class ConsentPhase(Phase):
    """A consent is given until it is withdrawn, or replaced by a newer version of the form."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"


class ScreeningPhase(Phase):
    """A result stands until the final result of the same sample, or a correction, replaces it."""

    STANDING = "standing"
    REPLACED = "replaced"


class DonationPhase(Phase):
    """A harvest on its way: the laboratory receives it or rejects it."""

    HARVESTED = "harvested"
    RECEIVED = "received"
    REJECTED = "rejected"


DONOR = Lifecycle(
    "donor",
    first=DonorPhase.REGISTERED,
    moves={
        "find_eligible": (DonorPhase, DonorPhase.ELIGIBLE),
        "find_ineligible": (DonorPhase, DonorPhase.INELIGIBLE),
        "defer": ({DonorPhase.REGISTERED, DonorPhase.ELIGIBLE, DonorPhase.DEFERRED}, DonorPhase.DEFERRED),
    },
)
CONSENT = Lifecycle(
    "consent",
    first=ConsentPhase.GIVEN,
    moves={
        "withdraw": ({ConsentPhase.GIVEN}, ConsentPhase.WITHDRAWN),
        "replace": ({ConsentPhase.GIVEN}, ConsentPhase.REPLACED),
    },
    final={ConsentPhase.WITHDRAWN, ConsentPhase.REPLACED},
)
SCREENING = Lifecycle(
    "screening",
    first=ScreeningPhase.STANDING,
    moves={"replace": ({ScreeningPhase.STANDING}, ScreeningPhase.REPLACED)},
    final={ScreeningPhase.REPLACED},
)
DONATION = Lifecycle(
    "donation",
    first=DonationPhase.HARVESTED,
    moves={
        "receive": ({DonationPhase.HARVESTED}, DonationPhase.RECEIVED),
        "reject": ({DonationPhase.HARVESTED}, DonationPhase.REJECTED),
    },
    final={DonationPhase.RECEIVED, DonationPhase.REJECTED},
)


@dataclass(frozen=True)
class MarkerFacts:
    """One standing result: for which sample, and who entered it."""

    marker: Marker
    result: MarkerResult
    sampled_at: datetime
    resulted_at: datetime | None
    entered_by: str


@dataclass(frozen=True)
class DonorFacts:
    """A donor as the rules see one. Never a name.

    consented_at    when the standing consent to donate was given, None without one
    results         every standing screening result
    determined_at, eligible_until   of the newest determination, where its outcome was eligible
    harvested_at    end of the newest harvest
    informed_at     when something was last entered that was learnt about the donor after a donation
    """

    code: str
    phase: DonorPhase
    deferred_until: date | None = None
    consented_at: datetime | None = None
    results: tuple[MarkerFacts, ...] = ()
    determined_at: datetime | None = None
    eligible_until: datetime | None = None
    harvested_at: datetime | None = None
    informed_at: datetime | None = None


@dataclass(frozen=True)
class Breach:
    """A value outside its usual bounds, allowed and to be explained. Whole numbers, in `unit`."""

    parameter: str
    value: int
    low: int
    high: int
    unit: str


def may_register(birth_year: int, now: datetime) -> None:
    """Raises Refused `donor.under_age` for a donor who cannot yet be 18 this year."""
    if now.year - birth_year < DONOR_AGE_YEARS_MIN:
        raise Refused(
            "donor.under_age",
            "Born in {birth_year}, this person is younger than {years}. A donor consents for themselves.",
            birth_year=birth_year,
            years=DONOR_AGE_YEARS_MIN,
        )


def may_record_consent(standing_version: str | None, version: str) -> None:
    """Raises Refused `consent.already_given` where the same version of the form already stands."""
    if standing_version == version:
        raise Refused(
            "consent.already_given",
            "Version {version} of this consent is already recorded and stands. Record a newer version, or nothing.",
            version=version,
        )


def may_record_screening(
    given: Mapping[Marker, MarkerResult], sampled_at: datetime, resulted_at: datetime | None, now: datetime
) -> None:
    """Raises Refused `screening.empty`, `.not_sampled_yet`, `.times`, `.no_result_time` or `.pending_with_time`."""
    if not given:
        raise Refused("screening.empty", "No result is given. Enter at least one marker.")
    if sampled_at > now:
        raise Refused("screening.not_sampled_yet", "The sample lies in the future. Enter when it was taken.")
    is_pending = all(result is MarkerResult.PENDING for result in given.values())
    if resulted_at is None and not is_pending:
        raise Refused("screening.no_result_time", "A final result has a time. Enter when the laboratory reported it.")
    if resulted_at is not None and is_pending:
        raise Refused(
            "screening.pending_with_time", "Pending results have no time of result. Leave it empty until they arrive."
        )
    if resulted_at is not None and not sampled_at <= resulted_at <= now:
        raise Refused("screening.times", "A result comes after its sample and not in the future. Check both times.")


def may_replace_result(standing: MarkerResult | None, correction: bool, marker: Marker, has_reason: bool) -> None:
    """What a new result may do to the one that stands for the same marker and sample.

    A pending one is replaced by the final result. Any other only by a correction, which gives a reason. Raises Refused
    `screening.already_recorded`, `.nothing_to_correct` or `.correction_needs_reason`.
    """
    if correction and not has_reason:
        raise Refused("screening.correction_needs_reason", "A corrected result needs a reason. Say what was wrong.")
    if correction and standing is None:
        raise Refused(
            "screening.nothing_to_correct",
            "{marker} has no result for a sample of this time. Record it as a new result.",
            marker=marker.label,
        )
    if not correction and standing not in (None, MarkerResult.PENDING):
        raise Refused(
            "screening.already_recorded",
            "{marker} is already recorded for this sample. Enter a correction if it is wrong.",
            marker=marker.label,
        )


def may_determine(donor: DonorFacts, outcome: Outcome, by: str, now: datetime) -> None:
    """Whether `by` may sign this outcome now.

    A donor may be found ineligible at any time. To be found eligible takes a standing consent to donate and the newest
    result of each of the six markers, from samples of the last 30 days: five of them negative, and no positive standing
    from any earlier sample. A positive CMV is common among healthy adults and no ground for refusal: it is recorded,
    shown to the physician, and allowed with a note. Raises Refused `donor.determiner_entered_screening`,
    `donor.deferred`, `donor.no_consent`, or a refusal of `screening_problems`.
    """
    if any(result.entered_by == by for result in donor.results):
        raise Refused(
            "donor.determiner_entered_screening",
            "You entered screening results of this donor. Another physician determines eligibility.",
        )
    if outcome is Outcome.INELIGIBLE:
        return
    if donor.deferred_until is not None and donor.phase is DonorPhase.DEFERRED and now.date() < donor.deferred_until:
        raise _deferred(donor.deferred_until)
    if donor.consented_at is None:
        raise _no_consent()
    for problem in screening_problems(donor, now):
        raise problem


def note_suffices(donor: DonorFacts, outcome: Outcome, *, has_note: bool) -> None:
    """Raises Refused `donor.cmv_needs_note` or `donor.ineligible_needs_note` where a determination explains nothing."""
    if has_note:
        return
    if outcome is Outcome.INELIGIBLE:
        raise Refused("donor.ineligible_needs_note", "Say in the note why this donor is ineligible.")
    cmv = newest(donor.results).get(Marker.CMV)
    if cmv is not None and cmv.result is MarkerResult.POSITIVE:
        raise Refused("donor.cmv_needs_note", "CMV is positive. Say in the note why this donor is eligible.")


def may_defer(until: date, now: datetime) -> None:
    """Raises Refused `donor.deferral_ended` unless `until` lies after today (UTC)."""
    if until <= now.date():
        raise Refused("donor.deferral_ended", "A deferral ends on a day to come. Enter a later day.")


def may_record_harvest(donor: DonorFacts, started_at: datetime, ended_at: datetime, now: datetime) -> None:
    """Whether this donor could give at these times. Raises `harvest.times`, or the first of `standing_problems`."""
    if not started_at <= ended_at <= now:
        raise Refused("harvest.times", "A harvest ends after it started and not in the future. Check both times.")
    for problem in standing_problems(donor, started_at):
        raise problem


def standing_problems(donor: DonorFacts, at: datetime) -> Iterator[Refused]:
    """Every reason why this donor cannot give at `at`, gravest first. None: a harvest may start."""
    if donor.phase is DonorPhase.DEFERRED and donor.deferred_until is not None and at.date() < donor.deferred_until:
        yield _deferred(donor.deferred_until)
    elif donor.phase is DonorPhase.INELIGIBLE:
        yield Refused("donor.ineligible", "This donor is ineligible. Do not harvest.")
    elif donor.phase is not DonorPhase.ELIGIBLE or donor.determined_at is None or donor.eligible_until is None:
        yield Refused("donor.not_determined", "No physician found this donor eligible. Have eligibility determined.")
    elif at < donor.determined_at:
        yield Refused(
            "donor.determined_later", "Eligibility was signed after this harvest began. Tell QA before anything else."
        )
    elif at > donor.eligible_until:
        yield Refused(
            "donor.eligibility_ended",
            "Eligibility ended at {at}, 30 days after the oldest sample. Test the donor again.",
            at=donor.eligible_until,
        )
    elif donor.informed_at is not None and donor.informed_at > donor.determined_at:
        yield Refused(
            "donor.information_since",
            "Something was reported about this donor after eligibility was signed. Have it determined again.",
        )
    positive = _positive(donor)
    if positive:
        yield _positive_refusal(positive)
    if donor.consented_at is None or donor.consented_at > at:
        yield _no_consent()
    if donor.harvested_at is not None and at < donor.harvested_at + HARVEST_INTERVAL:
        yield Refused(
            "donor.harvested_recently",
            "The last harvest ended at {at}. The next may start {days} days later.",
            at=donor.harvested_at,
            days=HARVEST_INTERVAL.days,
        )


def screening_problems(donor: DonorFacts, now: datetime) -> Iterator[Refused]:
    """What is wrong with a donor's screening: `donor.screening_positive`, `_missing`, `_pending`, `_too_old`."""
    current = newest(donor.results)
    positive = _positive(donor)
    if positive:
        yield _positive_refusal(positive)
    missing = [marker for marker in Marker if marker not in current]
    if missing:
        yield Refused(
            "donor.screening_missing", "Not tested: {markers}. All six markers are needed.", markers=_listed(missing)
        )
    pending = [marker for marker, result in current.items() if result.result is MarkerResult.PENDING]
    if pending:
        yield Refused(
            "donor.screening_pending", "Still pending: {markers}. Wait for the results.", markers=_listed(pending)
        )
    old = [marker for marker, result in current.items() if now - result.sampled_at > SCREENING_VALID]
    if old:
        yield Refused(
            "donor.screening_too_old",
            "The sample is older than {days} days: {markers}. Take a new one.",
            days=SCREENING_VALID.days,
            markers=_listed(old),
        )


def harvest_breaches(volume_ul: int, anticoagulant_units: int) -> list[Breach]:
    """What about a harvest lies outside the usual bounds (domain.md 3.2)."""
    found = []
    low, high = VOLUME_UL_USUAL
    if not low <= volume_ul <= high:
        found.append(Breach("volume", volume_ul, low, high, "uL"))
    low, high = HEPARIN_UNITS_PER_ML_USUAL
    if not low * volume_ul <= anticoagulant_units * 1000 <= high * volume_ul:
        found.append(Breach("heparin", anticoagulant_units * 1000 // volume_ul, low, high, "IU/mL"))
    return found


def alarming(given: Mapping[Marker, MarkerResult]) -> list[Marker]:
    """The markers whose positive result rules a donor out: all but CMV."""
    return [marker for marker in given if given[marker] is MarkerResult.POSITIVE and marker is not Marker.CMV]


def newest(results: tuple[MarkerFacts, ...]) -> dict[Marker, MarkerFacts]:
    """The standing result of the newest sample for each marker."""
    found: dict[Marker, MarkerFacts] = {}
    for result in results:
        known = found.get(result.marker)
        if known is None or result.sampled_at > known.sampled_at:
            found[result.marker] = result
    return found


def valid_until(results: tuple[MarkerFacts, ...]) -> datetime | None:
    """How long the newest results carry a determination: 30 days from the oldest of their samples."""
    oldest = min((result.sampled_at for result in newest(results).values()), default=None)
    return None if oldest is None else oldest + SCREENING_VALID


_MARKER_NAMES: Mapping[Marker, T] = {
    Marker.HIV: T("HIV-1/2"),
    Marker.HBV: T("Hepatitis B"),
    Marker.HCV: T("Hepatitis C"),
    Marker.SYPHILIS: T("Syphilis"),
    Marker.HTLV: T("HTLV-I/II"),
    Marker.CMV: T("CMV"),
}


def _positive(donor: DonorFacts) -> list[Marker]:
    """Markers with a standing positive from any sample, newest or not: a later negative does not undo it."""
    found = {result.marker for result in donor.results if result.result is MarkerResult.POSITIVE}
    return [marker for marker in Marker if marker in found and marker is not Marker.CMV]


def _positive_refusal(markers: list[Marker]) -> Refused:
    return Refused(
        "donor.screening_positive",
        "Positive: {markers}. This donor cannot be eligible unless the result is corrected.",
        markers=_listed(markers),
    )


def _no_consent() -> Refused:
    return Refused("donor.no_consent", "No consent to donate stands. Ask the donor and record the form first.")


def _deferred(until: date) -> Refused:
    return Refused("donor.deferred", "This donor is deferred until {until}. Come back on that day.", until=until)


def _listed(markers: list[Marker]) -> T:
    """Markers in one sentence, each still translatable."""
    listed = markers[0].label
    for marker in markers[1:]:
        listed = T("{these}, {another}", these=listed, another=marker.label)
    return listed
