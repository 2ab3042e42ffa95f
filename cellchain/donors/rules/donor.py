"""When somebody is registered, consents, is found eligible or deferred, and may give marrow. Pure.

Eligibility carries one donation: before the next, the donor is asked, tested and determined again.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo

from cellchain.donors.rules import questionnaire, screening
from cellchain.donors.rules.lifecycles import Assay, DonorPhase, Marker, Outcome
from cellchain.donors.rules.questionnaire import AnswersFacts, Questionnaire
from cellchain.donors.rules.screening import MarkerFacts, Panel
from cellchain.kernel.errors import Refused
from cellchain.kernel.values import dataclass

# Our own assumption, to be set by the harvesting hospital: marrow recovers before it is taken again.
HARVEST_INTERVAL = timedelta(days=30)
# Our own assumption: a donor consents for themselves. The year of birth alone is known, so the birthday counts as past.
DONOR_AGE_YEARS_MIN = 18


@dataclass(frozen=True)
class Criteria:
    """What a determination rests on: the questions in force and the panel of tests."""

    questions: Questionnaire
    panel: Panel


@dataclass(frozen=True)
class DonorFacts:
    """A donor as the rules see one. Never a name.

    deferred_until  the day a deferral ends; None while deferred means for good
    consented_at    when the standing consent to donate was given, None without one
    answers         what the donor last said about their health
    results         every standing screening result
    determined_at, eligible_until   of the newest determination, where its outcome was eligible
    harvested_at    end of the newest harvest
    informed_at     when something was last entered that was learnt about the donor after a donation
    """

    code: str
    phase: DonorPhase
    deferred_until: date | None = None
    consented_at: datetime | None = None
    answers: AnswersFacts | None = None
    results: tuple[MarkerFacts, ...] = ()
    determined_at: datetime | None = None
    eligible_until: datetime | None = None
    harvested_at: datetime | None = None
    informed_at: datetime | None = None
    zone: tzinfo = UTC  # the site's, in which a deferral ends

    def is_deferred(self, at: datetime) -> bool:
        """Whether a deferral still runs at `at`."""
        return self.phase is DonorPhase.DEFERRED and (
            self.deferred_until is None or at.astimezone(self.zone).date() < self.deferred_until
        )


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


def may_determine(donor: DonorFacts, outcome: Outcome, criteria: Criteria, by: str, now: datetime) -> None:
    """Whether `by` may sign this outcome now.

    A donor may be found ineligible at any time. To be found eligible takes a standing consent to donate, answers to the
    questions in force with no risk left unjudged, and the whole panel clear in samples that still count: all of it of
    this donation, none of it carried over from an earlier one. Raises Refused `donor.determiner_entered_screening`,
    `donor.deferred`, `.deferred_for_good`, `donor.no_consent`, or the first of `open_problems`.
    """
    if any(result.entered_by == by for result in donor.results):
        raise Refused(
            "donor.determiner_entered_screening",
            "You entered screening results of this donor. Another physician determines eligibility.",
        )
    if outcome is Outcome.INELIGIBLE:
        return
    if donor.is_deferred(now):
        raise _deferred(donor.deferred_until)
    if donor.consented_at is None:
        raise _no_consent()
    for problem in open_problems(donor, criteria, now):
        raise problem


def open_problems(donor: DonorFacts, criteria: Criteria, now: datetime) -> Iterator[Refused]:
    """What of the questions and the tests keeps a physician from finding this donor eligible."""
    yield from questionnaire.problems(donor.answers, criteria.questions, donor.harvested_at, now)
    yield from screening.problems(donor.results, criteria.panel, donor.harvested_at, now)


def note_suffices(donor: DonorFacts, outcome: Outcome, *, has_note: bool) -> None:
    """Raises Refused `donor.ineligible_needs_note`, `.cmv_needs_note` or `.reactive_needs_note` where a determination
    explains nothing."""
    if has_note:
        return
    if outcome is Outcome.INELIGIBLE:
        raise Refused("donor.ineligible_needs_note", "Say in the note why this donor is ineligible.")
    current = screening.newest(donor.results)
    cmv = current.get((Marker.CMV, Assay.SEROLOGY))
    if cmv is not None and cmv.conclusion in screening.SUSPECT:
        raise Refused("donor.cmv_needs_note", "CMV is positive. Say in the note why this donor is eligible.")
    if any(one.was_reactive for one in current.values()):
        raise Refused(
            "donor.reactive_needs_note",
            "A first test was reactive and was not confirmed. Say in the note why this donor is eligible.",
        )


def valid_until(donor: DonorFacts, criteria: Criteria) -> datetime | None:
    """How long answers and samples carry a determination, whichever ends first."""
    ends = [screening.valid_until(donor.results, criteria.panel)]
    if donor.answers is not None:
        ends.append(donor.answers.answered_at + criteria.questions.window)
    return min((end for end in ends if end is not None), default=None)


def may_defer(until: date | None, today: date) -> None:
    """Raises Refused `donor.deferral_ended` unless `until` lies after today; without a day it is for good."""
    if until is not None and until <= today:
        raise Refused("donor.deferral_ended", "A deferral ends on a day to come. Enter a later day.")


def standing_problems(donor: DonorFacts, at: datetime) -> Iterator[Refused]:
    """Every reason why this donor cannot give at `at`, gravest first. None: a harvest may start."""
    if donor.is_deferred(at):
        yield _deferred(donor.deferred_until)
    else:
        yield from _undetermined(donor, at)
    yield from screening.suspicions(donor.results)
    yield from questionnaire.judged(donor.answers)
    if donor.consented_at is None or donor.consented_at > at:
        yield _no_consent()
    if donor.harvested_at is not None and at < donor.harvested_at + HARVEST_INTERVAL:
        yield Refused(
            "donor.harvested_recently",
            "The last harvest ended at {at}. The next may start {days} days later.",
            at=donor.harvested_at,
            days=HARVEST_INTERVAL.days,
        )


def _undetermined(donor: DonorFacts, at: datetime) -> Iterator[Refused]:
    """Why what a physician signed carries no harvest at `at`; right after a harvest its recovery says it all."""
    if donor.phase is DonorPhase.INELIGIBLE:
        yield Refused("donor.ineligible", "This donor is ineligible. Do not harvest.")
    elif donor.phase is not DonorPhase.ELIGIBLE or donor.determined_at is None or donor.eligible_until is None:
        yield Refused("donor.not_determined", "No physician found this donor eligible. Have eligibility determined.")
    elif donor.harvested_at is not None and donor.determined_at <= donor.harvested_at:
        if at >= donor.harvested_at + HARVEST_INTERVAL:
            yield Refused(
                "donor.eligibility_used",
                "Eligibility carries one donation, and this donor gave at {at}. Ask, test and determine again.",
                at=donor.harvested_at,
            )
    elif at < donor.determined_at:
        yield Refused(
            "donor.determined_later", "Eligibility was signed after this harvest began. Tell QA before anything else."
        )
    elif at > donor.eligible_until:
        yield Refused(
            "donor.eligibility_ended",
            "Eligibility ended at {at}, when the first answer or sample was too old. Ask and test the donor again.",
            at=donor.eligible_until,
        )
    elif donor.informed_at is not None and donor.informed_at > donor.determined_at:
        yield Refused(
            "donor.information_since",
            "Something was reported about this donor after eligibility was signed. Have it determined again.",
        )


def _no_consent() -> Refused:
    return Refused("donor.no_consent", "No consent to donate stands. Ask the donor and record the form first.")


def _deferred(until: date | None) -> Refused:
    if until is None:
        return Refused(
            "donor.deferred_for_good", "This donor is deferred for good. A later deferral may name a day instead."
        )
    return Refused("donor.deferred", "This donor is deferred until {until}. Come back on that day.", until=until)
