"""What may happen in follow-up. Facts in, a named refusal out; nothing here knows a database or reads a clock.

Two calendars are used, and which one is said at each function. A visit is due on a calendar day at the site, as the
recipient's own appointments are. A reporting clock counts in UTC, so that the site's summer time moves no deadline; a
leap day is a day in both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from cellchain.followup.lifecycles import (
    ClockKind,
    ClockState,
    EventOutcome,
    Expectedness,
    MissingReason,
    Relatedness,
    Seriousness,
)
from cellchain.kernel.errors import Refused
from cellchain.trial.definition import Outcome, Reporting, StudyDefinition, Visit
from cellchain.trial.lifecycles import RecipientPhase

DAYS_PER_WEEK = 7
FIRST_INFUSION_DAYS = 14  # after randomisation, where no infusion has been given
DEATH_GRADE = 5
LIFE_THREATENING_GRADE = 4
HALF_PERCENT = 50
WARN_PERCENT = 80
PERCENT = 100

# Whoever left the study has no later visit, and only these phases say so. A death may follow the other two.
_GONE = {
    MissingReason.DIED: (RecipientPhase.DIED,),
    MissingReason.WITHDREW: (RecipientPhase.WITHDRAWN, RecipientPhase.DIED),
    MissingReason.LOST: (RecipientPhase.LOST, RecipientPhase.DIED),
}
# Nobody is asked for a visit of these any more; the plan keeps what was due, until it is marked as missing.
LEFT_STUDY = frozenset({RecipientPhase.WITHDRAWN, RecipientPhase.LOST, RecipientPhase.DIED})
_FATAL = (Seriousness.DEATH, Seriousness.LIFE_THREATENING)
_SUSPECTED = (Relatedness.POSSIBLE, Relatedness.PROBABLE, Relatedness.DEFINITE)


@dataclass(frozen=True)
class VisitDates:
    """One visit of a plan before it is stored. Calendar days at the site."""

    code: str
    due_on: date
    window_from: date
    window_until: date


@dataclass(frozen=True)
class Clock:
    """A report that is owed: from when it counts and until when it has to be made, UTC."""

    kind: ClockKind
    starts_at: datetime
    due_at: datetime


# -- visits ------------------------------------------------------------------------------------------------------------


def anchor_day(first_infused_on: date | None, randomised_on: date) -> date:
    """The day that weeks count from: the first infusion's, or else two weeks after randomisation (at the site)."""
    return first_infused_on or randomised_on + timedelta(days=FIRST_INFUSION_DAYS)


def planned_visits(visits: Sequence[Visit], anchor: date) -> list[VisitDates]:
    """When each visit after baseline is due: whole weeks after `anchor`, with its window (days at the site)."""
    plan = []
    for visit in visits:
        if visit.week == 0:
            continue
        due_on = anchor + timedelta(days=visit.week * DAYS_PER_WEEK)
        either_side = timedelta(days=visit.window_weeks * DAYS_PER_WEEK)
        plan.append(VisitDates(visit.code, due_on, due_on - either_side, due_on + either_side))
    return plan


def is_expected(phase: RecipientPhase, *, consent_given: bool) -> bool:
    """Whether a recipient is still awaited at visits: on the study, and with a consent that stands."""
    return consent_given and phase not in LEFT_STUDY


def may_plan(randomised_at: datetime | None) -> datetime:
    """When the recipient was randomised. Raises Refused before that: visits follow treatment."""
    if randomised_at is None:
        raise Refused("visit.not_randomised", "This recipient is not randomised. Visits are planned after that.")
    return randomised_at


def may_plan_more(phase: RecipientPhase) -> None:
    """Raises Refused for who left the study: no visit of theirs is due any more."""
    if phase in LEFT_STUDY:
        raise Refused(
            "visit.left_study", "This recipient is not on the study any more. Mark the visits still planned as missing."
        )


def may_collect(*, consent_given: bool) -> None:
    """Raises Refused where no consent stands: then nothing new is collected, however old it is."""
    if not consent_given:
        raise Refused(
            "visit.no_consent",
            "This recipient's consent does not stand. Nothing new is recorded; mark what is planned as missing.",
        )


def may_change(*, locked: bool) -> None:
    """Raises Refused while the study's data are locked."""
    if locked:
        raise Refused("data.locked", "The data of this study are locked. Ask the statistician to unlock them first.")


def may_visit(visited_on: date, today: date, randomised_on: date) -> None:
    """Raises Refused for a visit that is still to come, or that lies before randomisation (days at the site)."""
    if visited_on > today:
        raise Refused("visit.in_future", "That day is still to come. Record a visit on its day or later.")
    if visited_on < randomised_on:
        raise Refused(
            "visit.before_randomisation",
            "That day lies before randomisation. What was measured then belongs to the baseline.",
        )


def may_miss(
    reason: MissingReason, phase: RecipientPhase, window_from: date, today: date, *, whole_visit: bool = True
) -> None:
    """Raises Refused where `reason` is not what the record says, or the window has not opened (day at the site)."""
    if reason in _GONE:
        if phase not in _GONE[reason]:
            raise Refused(
                "visit.reason_not_so",
                "This recipient's record does not say so. Record it there first, or give another reason.",
            )
        return
    if whole_visit and today < window_from:
        raise Refused("visit.not_yet", "This visit's window has not opened. It can still take place.")


# -- measurements ------------------------------------------------------------------------------------------------------


def outcome_of(study: StudyDefinition, visit: str, outcome: str) -> Outcome:
    """The outcome as the study defines it. Raises Refused where this visit does not measure it."""
    found = {one.code: one for one in study.outcomes}.get(outcome)
    if found is None or outcome not in study.visit(visit).measures:
        raise Refused(
            "measurement.not_of_visit",
            "This visit does not measure “{outcome}”. It measures: {measures}.",
            outcome=outcome,
            measures=", ".join(study.visit(visit).measures),
        )
    return found


def stored_value(value: Decimal, unit: str, outcome: Outcome) -> int:
    """`value` as a whole number of the outcome's last decimal: 2.41 L is 241.

    Raises Refused where the unit is another, or the value finer than the study keeps.
    """
    if unit != outcome.unit:
        raise Refused(
            "measurement.unit",
            "The unit is “{given}”, and this study measures in {unit}. Convert the value and record it again.",
            given=unit,
            unit=outcome.unit,
        )
    scaled = value.scaleb(outcome.decimals)
    if scaled != scaled.to_integral_value():
        raise Refused(
            "measurement.too_fine",
            "This value has more than {decimals} decimals. Round it as the protocol says.",
            decimals=outcome.decimals,
        )
    return int(scaled)


def may_replace(*, exists: bool, why: str | None) -> None:
    """Raises Refused where a value stands and no reason to correct it is given, or a reason but nothing to correct."""
    if exists and why is None:
        raise Refused("measurement.exists", "This is already recorded. To correct it, say why the value changes.")
    if why is not None and not exists:
        raise Refused("measurement.nothing_to_correct", "There is no earlier value to correct. Leave out the reason.")


# -- adverse events ----------------------------------------------------------------------------------------------------


def may_report(onset_at: datetime, aware_at: datetime, now: datetime, enrolled_at: datetime) -> None:
    """Raises Refused where the times cannot be: onset, then awareness, then now, all within the study."""
    if aware_at > now:
        raise Refused("event.in_future", "Nobody can be aware of it yet. Correct the time of awareness.")
    if onset_at > aware_at:
        raise Refused("event.aware_before_onset", "It was known before it began. Correct one of the two times.")
    if onset_at < enrolled_at:
        raise Refused("event.before_enrolment", "It began before enrolment. It belongs to the medical history.")


def may_grade(grade: int, seriousness: Seriousness | None) -> None:
    """Raises Refused where grade 5 and death do not come together (CTCAE 5.0)."""
    if (grade == DEATH_GRADE) != (seriousness is Seriousness.DEATH):
        raise Refused("event.death_is_grade_5", "Grade 5 means death, and death is grade 5. Correct one of the two.")


def seriousness_of_reaction(grade: int) -> Seriousness | None:
    """What a reaction's grade says by itself: 5 is death, 4 threatened life. A physician may find more in others."""
    if grade == DEATH_GRADE:
        return Seriousness.DEATH
    return Seriousness.LIFE_THREATENING if grade == LIFE_THREATENING_GRADE else None


def may_become(known: Seriousness | None, stated: Seriousness | None) -> None:
    """Raises Refused where an assessment would make an event less serious than it was reported."""
    if known is not None and _rank(stated) < _rank(known):
        raise Refused(
            "event.seriousness_lowered",
            "It was reported as more serious. A report once owed is made; state at least what was reported.",
        )


def _rank(seriousness: Seriousness | None) -> int:
    if seriousness is None:
        return 0
    return {Seriousness.DEATH: 3, Seriousness.LIFE_THREATENING: 2}.get(seriousness, 1)


def suspected_unexpected(relatedness: Relatedness, expectedness: Expectedness) -> bool:
    """Whether a serious event is a SUSAR: a causal relationship is at least possible, and it is not a known one."""
    return relatedness in _SUSPECTED and expectedness is Expectedness.UNEXPECTED


def investigator_clock(serious_since: datetime, reporting: Reporting) -> Clock:
    """The report from investigator to sponsor: hours after it was known to be serious, UTC."""
    return Clock(
        ClockKind.INVESTIGATOR,
        serious_since,
        serious_since + timedelta(hours=reporting.investigator_to_sponsor_hours),
    )


def expedited_clocks(seriousness: Seriousness, sponsor_aware_at: datetime, reporting: Reporting) -> list[Clock]:
    """The reports that a SUSAR owes to the authority (ICH E2A, domain 6.3): calendar days in UTC, not business days.

    Day 0 is the day of the sponsor's awareness, and a report is due on day n at the same UTC time of day, which is
    never later than the end of that day. Fatal or life-threatening: day 7, and the full report 8 days after it. Any
    other: day 15. The site's summer time shifts no deadline, and 29 February counts as a day.
    """
    if seriousness not in _FATAL:
        other = sponsor_aware_at + timedelta(days=reporting.other_days)
        return [Clock(ClockKind.OTHER, sponsor_aware_at, other)]
    first = sponsor_aware_at + timedelta(days=reporting.fatal_days)
    full = first + timedelta(days=reporting.fatal_full_report_days)
    return [Clock(ClockKind.FATAL, sponsor_aware_at, first), Clock(ClockKind.FULL, sponsor_aware_at, full)]


def used_percent(starts_at: datetime, due_at: datetime, now: datetime) -> int:
    """How much of a clock has run, in whole percent rounded down; it goes on past 100."""
    return max(0, (now - starts_at) * PERCENT // (due_at - starts_at))


def clock_state(starts_at: datetime, due_at: datetime, now: datetime) -> ClockState:
    """How far a running clock is: half from 50 %, a warning from 80 %, late after the deadline itself."""
    if now > due_at:
        return ClockState.LATE
    used = used_percent(starts_at, due_at, now)
    if used >= WARN_PERCENT:
        return ClockState.WARN
    return ClockState.HALF if used >= HALF_PERCENT else ClockState.ON_TIME


def may_submit(starts_at: datetime, at: datetime) -> None:
    """Raises Refused for a report made before there was anything to report."""
    if at < starts_at:
        raise Refused("clock.before_start", "That is before the clock began. Correct the time of the report.")


def may_close(
    seriousness: Seriousness | None,
    outcome: EventOutcome,
    *,
    assessed: bool,
    clock_runs: bool,
    at: datetime,
    onset_at: datetime,
) -> None:
    """Raises Refused while something about an event is still owed."""
    if not assessed:
        raise Refused("event.not_assessed", "No physician has assessed this event. It is closed after that.")
    if clock_runs:
        raise Refused("event.clock_running", "A report of this event is still owed. Submit it first.")
    if (outcome is EventOutcome.FATAL) != (seriousness is Seriousness.DEATH):
        raise Refused("event.fatal_is_death", "A fatal outcome and death come together. Assess the event again first.")
    if at < onset_at:
        raise Refused("event.ended_before_onset", "It ended before it began. Correct the time.")


# -- the lock ----------------------------------------------------------------------------------------------------------


def may_lock(*, locked: bool, open_visits: int, open_queries: int) -> None:
    """Raises Refused while data are locked already, or something is still open in them."""
    if locked:
        raise Refused("data.already_locked", "The data of this study are locked already. Nothing was changed.")
    if open_visits:
        raise Refused(
            "data.visits_open",
            "Visits neither recorded nor marked as missing: {count}. Do that first.",
            count=open_visits,
        )
    if open_queries:
        raise Refused("data.queries_open", "Questions not answered: {count}. Answer them first.", count=open_queries)
