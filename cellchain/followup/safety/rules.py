"""What may happen to an adverse event and its reports. Facts in, a named refusal out; no database, no clock.

Hours are hours that pass. Days are calendar days at the site (ICH E2A, III.B, counts calendar days from the sponsor's
awareness, which is day 0): `days_after` says how.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta, tzinfo

from cellchain.followup.safety.lifecycles import (
    ClockKind,
    ClockState,
    EventOutcome,
    Expectedness,
    Relatedness,
    ReportKind,
    Seriousness,
)
from cellchain.kernel.errors import Refused
from cellchain.kernel.values import dataclass
from cellchain.trial.definition import Reporting, Safety

DEATH_GRADE = 5
LIFE_THREATENING_GRADE = 4
HALF_PERCENT = 50
WARN_PERCENT = 80
PERCENT = 100

_FATAL = (Seriousness.DEATH, Seriousness.LIFE_THREATENING)
_SUSPECTED = (Relatedness.POSSIBLE, Relatedness.PROBABLE, Relatedness.DEFINITE)
# How an event ended says whether it did.
_ENDED = (EventOutcome.RECOVERED, EventOutcome.RECOVERED_WITH_SEQUELAE, EventOutcome.FATAL)


@dataclass(frozen=True)
class Clock:
    """A report that is owed: from when it counts and until when it has to be made, UTC."""

    kind: ClockKind
    starts_at: datetime
    due_at: datetime


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


def suspected(relatedness: Collection[Relatedness | None]) -> bool:
    """Whether anybody judges a causal relationship at least possible: one judgement is enough (ICH E2A, III.A)."""
    return any(one in _SUSPECTED for one in relatedness)


def suspected_unexpected(
    relatedness: Collection[Relatedness | None], expectedness: Collection[Expectedness | None]
) -> bool:
    """Whether a serious event is a SUSAR: somebody suspects the treatment, and somebody finds it not a known reaction.

    The sponsor may add to what the investigator judged, and take nothing from it.
    """
    return suspected(relatedness) and Expectedness.UNEXPECTED in expectedness


def may_expect(
    expectedness: Expectedness, coded: str | None, grade: int, seriousness: Seriousness | None, safety: Safety
) -> None:
    """Raises Refused where a serious event is called expected and the reference safety information does not list it.

    Only what is serious depends on it, and only where the study has such a reference. A worse grade than the listed one
    is not expected (ICH E2A, II.C).
    """
    if expectedness is not Expectedness.EXPECTED or seriousness is None or safety.reference is None:
        return
    if coded is None or grade > safety.expected_to(coded):
        raise Refused(
            "event.not_in_reference",
            "{reference} does not list this event at this grade, so it is not expected. Code its term, or say "
            "unexpected.",
            reference=safety.reference,
        )


def may_die(
    seriousness: Seriousness | None, cause: str | None, died_at: datetime | None, onset_at: datetime, now: datetime
) -> None:
    """Raises Refused where somebody died and no cause is said, or a cause is said and nobody died."""
    if seriousness is Seriousness.DEATH:
        if cause is None:
            raise Refused(
                "event.death_needs_cause", "Death is reported with its cause. Say what is known, or that it is not yet."
            )
        if died_at is not None and not onset_at <= died_at <= now:
            raise Refused("event.died_when", "Death comes after the event began, and not after now. Correct the time.")
    elif cause is not None or died_at is not None:
        raise Refused("event.cause_without_death", "A cause of death belongs to death alone. Leave it empty.")


def investigator_clock(serious_since: datetime, reporting: Reporting) -> Clock:
    """The report from investigator to sponsor (ICH E6, 4.11.1: at once): hours that pass."""
    return Clock(
        ClockKind.INVESTIGATOR,
        serious_since,
        serious_since + timedelta(hours=reporting.investigator_to_sponsor_hours),
    )


def expedited_clocks(
    seriousness: Seriousness, sponsor_aware_at: datetime, reporting: Reporting, zone: tzinfo
) -> list[Clock]:
    """The reports that a SUSAR owes to the authority (ICH E2A, III.B): calendar days at the site, not business days.

    Day 0 is the site's day of the sponsor's awareness. Fatal or life-threatening: day 7, and the full report 8 days
    after it. Any other: day 15.
    """
    if seriousness not in _FATAL:
        other = days_after(sponsor_aware_at, reporting.other_days, zone)
        return [Clock(ClockKind.OTHER, sponsor_aware_at, other)]
    first = days_after(sponsor_aware_at, reporting.fatal_days, zone)
    full = days_after(sponsor_aware_at, reporting.fatal_days + reporting.fatal_full_report_days, zone)
    return [Clock(ClockKind.FATAL, sponsor_aware_at, first), Clock(ClockKind.FULL, sponsor_aware_at, full)]


def days_after(at: datetime, days: int, zone: tzinfo) -> datetime:
    """The same time of the site's day, `days` calendar days later (UTC).

    So a deadline lies on day n at the site whether or not clocks were put forward or back between, and 29 February is a
    day. A time that clocks leap over is as long after the leap; one that comes twice is its first.
    """
    wall = at.astimezone(zone).replace(tzinfo=None, fold=0) + timedelta(days=days)
    return wall.replace(tzinfo=zone).astimezone(UTC)


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


def has_proof(said: str | None, *, is_file: bool) -> None:
    """Raises Refused for a report of which nothing shows that somebody has it."""
    if said is None and not is_file:
        raise Refused(
            "report.no_proof",
            "Nothing shows that they have it. Enter the number that they gave it, or attach their paper.",
        )


def ended_at(outcome: EventOutcome, stated: datetime | None, otherwise: datetime) -> datetime | None:
    """When an event ended: as stated, else when it is said to have; None for one that goes on or is not known."""
    if outcome not in _ENDED:
        return None
    return stated or otherwise


def may_close(
    seriousness: Seriousness | None,
    outcome: EventOutcome,
    *,
    assessed: bool,
    clock_runs: bool,
    at: datetime | None,
    onset_at: datetime,
    now: datetime,
) -> None:
    """Raises Refused while something about an event is still owed. `at`: when it ended, where it did."""
    if not assessed:
        raise Refused("event.not_assessed", "No physician has assessed this event. It is closed after that.")
    if clock_runs:
        raise Refused("event.clock_running", "A report of this event is still owed. Submit it first.")
    if (outcome is EventOutcome.FATAL) != (seriousness is Seriousness.DEATH):
        raise Refused("event.fatal_is_death", "A fatal outcome and death come together. Assess the event again first.")
    if at is not None and at < onset_at:
        raise Refused("event.ended_before_onset", "It ended before it began. Correct the time.")
    if at is not None and at > now:
        raise Refused("event.ends_in_future", "That time is still to come. Close the event when it has ended.")


def may_follow_up(kind: ReportKind, reports_count: int, *, is_final_out: bool) -> None:
    """Raises Refused for a follow-up of nothing, one after the final report, or a second initial one."""
    if kind is ReportKind.INITIAL:
        raise Refused("report.initial", "The initial report is the one that a clock owes. Submit it from its clock.")
    if not reports_count:
        raise Refused("report.none_yet", "No report on this event went out yet. Submit the one that its clock owes.")
    if is_final_out:
        raise Refused("report.final_out", "The final report on this event went out. Nothing follows it.")
