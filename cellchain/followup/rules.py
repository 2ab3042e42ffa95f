"""What may happen in follow-up. Facts in, a named refusal out; nothing here knows a database or reads a clock.

A visit is due on a calendar day at the site, as the recipient's own appointments are. Reporting clocks: `safety/rules`.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from cellchain.followup.lifecycles import MissingReason
from cellchain.kernel.errors import Refused
from cellchain.kernel.values import dataclass
from cellchain.trial.definition import Outcome, StudyDefinition, Visit, Words
from cellchain.trial.lifecycles import RecipientPhase

DAYS_PER_WEEK = 7
UNSCHEDULED = "unscheduled"  # the code of a visit that stands for none of the plan
# Lung function, whose report grades how good it was (ATS/ERS 2017, 2019).
GRADED = frozenset({"fvc", "fev1", "dlco"})
FIRST_INFUSION_DAYS = 14  # after randomisation, where no infusion has been given

# Whoever left the study has no later visit, and only these phases say so. A death may follow the other two.
_GONE = {
    MissingReason.DIED: (RecipientPhase.DIED,),
    MissingReason.WITHDREW: (RecipientPhase.WITHDRAWN, RecipientPhase.DIED),
    MissingReason.LOST: (RecipientPhase.LOST, RecipientPhase.DIED),
}
# Nobody is asked for a visit of these any more; the plan keeps what was due, until it is marked as missing.
LEFT_STUDY = frozenset({RecipientPhase.WITHDRAWN, RecipientPhase.LOST, RecipientPhase.DIED})


@dataclass(frozen=True)
class VisitDates:
    """One visit of a plan before it is stored. Calendar days at the site."""

    code: str
    due_on: date
    window_from: date
    window_until: date


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


def visit_of(study: StudyDefinition, code: str) -> Visit:
    """A visit as the study defines it; an unscheduled one may measure whatever any visit of the study measures."""
    if code != UNSCHEDULED:
        return study.visit(code)
    measures = tuple(dict.fromkeys(one for visit in study.visits for one in visit.measures))
    title = Words(en="Unscheduled visit", ru="Внеплановый визит")
    return Visit(code=UNSCHEDULED, title=title, month=0, week=0, window_weeks=0, measures=measures)


def days_outside(visited_on: date, window_from: date, window_until: date) -> int:
    """How many days a visit lay outside its window: negative for one too early, 0 for one within."""
    return min(0, (visited_on - window_from).days) + max(0, (visited_on - window_until).days)


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


def may_be_unscheduled(visited_on: date, taken: Sequence[date]) -> None:
    """Raises Refused where a visit of that day stands: what was measured then is recorded at it."""
    if visited_on in taken:
        raise Refused("visit.day_taken", "A visit of that day is recorded. Enter at it what was measured.")


def may_miss(
    reason: MissingReason, phase: RecipientPhase, window_from: date, today: date, *, whole_visit: bool = True
) -> None:
    """Raises Refused where `reason` is not what the record says, or the window has not opened (day at the site)."""
    if reason is MissingReason.NOT_DUE:
        if not whole_visit or today >= window_from:
            raise Refused("visit.is_due", "This was due: its window has opened. Give another reason.")
        return
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
    measures = visit_of(study, visit).measures
    if found is None or outcome not in measures:
        raise Refused(
            "measurement.not_of_visit",
            "This visit does not measure “{outcome}”. It measures: {measures}.",
            outcome=outcome,
            measures=", ".join(measures),
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


def has_grade(outcome: str, *, graded: bool) -> None:
    """Raises Refused for lung function of which nobody says how good it was: it may have been a bad try."""
    if outcome in GRADED and not graded:
        raise Refused(
            "measurement.no_grade",
            "Lung function counts with its quality grade. Enter the grade of the report, A to F, or U.",
        )


def may_replace(*, exists: bool, why: str | None) -> None:
    """Raises Refused where a value stands and no reason to correct it is given, or a reason but nothing to correct."""
    if exists and why is None:
        raise Refused("measurement.exists", "This is already recorded. To correct it, say why the value changes.")
    if why is not None and not exists:
        raise Refused("measurement.nothing_to_correct", "There is no earlier value to correct. Leave out the reason.")


def may_verify(*, counts: bool, verified: bool, entered_by: str, person: str) -> None:
    """Raises Refused unless somebody else's standing value is compared with its source, once."""
    if not counts:
        raise Refused("measurement.replaced", "This value was corrected. Compare the one that stands now.")
    if verified:
        raise Refused("measurement.verified", "This value was compared with its source already. Nothing was changed.")
    if entered_by == person:
        raise Refused("measurement.own_value", "You entered this value. Somebody else compares it with its source.")


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
        raise Refused(
            "data.queries_open", "Questions not closed: {count}. Answer and close them first.", count=open_queries
        )
