"""Dates counted backwards from an infusion. Facts in, days and sentences out; nothing here knows a database.

Nothing here knows an arm either: both arms are prepared on the same days, so that no date tells one.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.trial.definition import Preparation, PreparationStep, Schedule, Weekday
from cellchain.trial.lifecycles import WAITING, InfusionPhase
from cellchain.trial.rules import InfusionFacts

WEEKDAYS = tuple(Weekday)
ORDER = "order"
DAY_SEARCH = 366


@dataclass(frozen=True)
class Step:
    """One step of a preparation with its day at the site."""

    step: PreparationStep
    on: date

    @property
    def code(self) -> str:
        """What the study calls it."""
        return self.step.code


class ClashKind(StrEnum):
    """Why a date cannot stand as it is."""

    CLOSED = "closed"
    CROWDED = "crowded"
    TOO_LATE = "too_late"
    TOO_NEAR = "too_near"
    WINDOW_CLOSED = "window_closed"


@dataclass(frozen=True)
class Clash:
    """A date that cannot stand, and why. `step` is the study's code of what falls on it, None for the infusion."""

    kind: ClashKind
    infusion: InfusionFacts
    on: date
    step: PreparationStep | None = None
    count: int = 0


class CostKind(StrEnum):
    """What moving or cancelling an infusion costs. Stored with the entry, so that it was known when it was done."""

    WORK_BEGUN = "work_begun"
    ORDER_GOES = "order_goes"
    VISITS_MOVE = "visits_move"
    DISTANCE = "distance"
    NO_TIME = "no_time"
    CLOSED = "closed"
    CROWDED = "crowded"


@dataclass(frozen=True)
class Cost:
    """One consequence, as a sentence."""

    kind: CostKind
    text: T
    step: PreparationStep | None = None


def steps(preparation: Preparation, due_on: date) -> list[Step]:
    """Each step of the preparation with its day, the earliest first."""
    return [Step(one, due_on - timedelta(days=one.days_before)) for one in preparation.steps]


def order_by(preparation: Preparation, due_on: date) -> date | None:
    """The day by which the physician's order is needed; None where the study says nothing of it."""
    return next((one.on for one in steps(preparation, due_on) if one.code == ORDER), None)


def is_closed(preparation: Preparation, day: date) -> bool:
    """Whether nobody works on this day."""
    return WEEKDAYS[day.weekday()] in preparation.closed_weekdays or day in preparation.closed_days


def fits(preparation: Preparation, due_on: date, today: date) -> bool:
    """Whether every step of an infusion on this day is still to come, on a day that is worked."""
    return all(one.on >= today and not is_closed(preparation, one.on) for one in steps(preparation, due_on))


def earliest(preparation: Preparation, from_day: date, today: date) -> date | None:
    """The first day from `from_day` on for which there is time for everything; None within a year."""
    days = (from_day + timedelta(days=ahead) for ahead in range(DAY_SEARCH))
    return next((day for day in days if fits(preparation, day, today)), None)


# -- clashes -----------------------------------------------------------------------------------------------------------


def clashes(
    preparation: Preparation, schedule: Schedule, infusions: Sequence[InfusionFacts], today: date
) -> list[Clash]:
    """Every date of these waiting infusions that cannot stand, the earliest first.

    `infusions` are all that wait in the study, of whichever recipient: a day is crowded by what others need too.
    """
    waiting = [one for one in infusions if one.phase in WAITING]
    load = Counter((step.code, step.on) for one in waiting for step in steps(preparation, one.due_on))
    found = [clash for one in waiting for clash in _of_infusion(preparation, one, load, today)]
    found += _too_near(schedule, waiting)
    return sorted(found, key=lambda clash: (clash.on, clash.infusion.recipient, clash.infusion.number))


def _of_infusion(
    preparation: Preparation, infusion: InfusionFacts, load: Counter[tuple[str, date]], today: date
) -> Iterable[Clash]:
    if infusion.is_overdue(today):
        yield Clash(ClashKind.WINDOW_CLOSED, infusion, infusion.window_until)
        return
    for one in steps(preparation, infusion.due_on):
        most = one.step.a_day_most
        if one.on < today:
            # What is ordered is under way; what is not ordered has lost this day.
            if infusion.phase == InfusionPhase.PLANNED:
                yield Clash(ClashKind.TOO_LATE, infusion, one.on, one.step)
            continue
        if is_closed(preparation, one.on):
            yield Clash(ClashKind.CLOSED, infusion, one.on, one.step)
        if most is not None and load[one.code, one.on] > most:
            yield Clash(ClashKind.CROWDED, infusion, one.on, one.step, load[one.code, one.on])


def _too_near(schedule: Schedule, waiting: Sequence[InfusionFacts]) -> Iterable[Clash]:
    """Neighbours in a plan whose days lie nearer than their windows allow by the schedule."""
    ordered = sorted(waiting, key=lambda one: (one.recipient, one.number))
    for before, after in pairwise(ordered):
        if before.recipient != after.recipient:
            continue
        least = _distance(schedule, before, after) - schedule.window_before_days - schedule.window_after_days
        if (after.due_on - before.due_on).days < max(least, 1):
            yield Clash(ClashKind.TOO_NEAR, after, after.due_on)


def _distance(schedule: Schedule, first: InfusionFacts, second: InfusionFacts) -> int:
    """How many days the study puts between two infusions."""
    return (second.course - first.course) * schedule.days_between_courses + (
        second.dose_in_course - first.dose_in_course
    ) * schedule.days_between_doses


# -- what it costs -----------------------------------------------------------------------------------------------------


def begun(preparation: Preparation, infusion: InfusionFacts, today: date) -> list[Step]:
    """The steps after the order whose day has come, of an infusion that is ordered: work that was done for it."""
    if infusion.phase not in (InfusionPhase.ORDERED, InfusionPhase.ASSIGNED):
        return []
    return [one for one in steps(preparation, infusion.due_on) if one.code != ORDER and one.on < today]


def cost_of_cancelling(preparation: Preparation, infusion: InfusionFacts, today: date) -> list[Cost]:
    """What is lost when this infusion's order is taken back, or the infusion is given up."""
    found = []
    done = begun(preparation, infusion, today)
    if infusion.phase == InfusionPhase.ORDERED:
        text = T("The order goes. A new one is needed before a bag can be assigned.")
        found.append(Cost(CostKind.ORDER_GOES, text))
    if done:
        text = T(
            "Work for it began on {day}. What was prepared is free for another recipient whom it fits, or discarded.",
            day=done[0].on,
        )
        found.append(Cost(CostKind.WORK_BEGUN, text, done[0].step))
    return found


def cost_of_moving(
    preparation: Preparation,
    schedule: Schedule,
    infusions: Sequence[InfusionFacts],
    infusion: InfusionFacts,
    due_on: date,
    today: date,
) -> list[Cost]:
    """What follows when an infusion is moved to `due_on`. `infusions` are all that wait in the study."""
    found = cost_of_cancelling(preparation, infusion, today)
    found += _visits_move(infusion, due_on)
    found += _distances(schedule, infusions, infusion, due_on)
    others = Counter(
        (one.code, one.on)
        for other in infusions
        if other.id != infusion.id and other.phase in WAITING
        for one in steps(preparation, other.due_on)
    )
    for one in steps(preparation, due_on):
        found += _on_day(preparation, one, others[one.code, one.on], today)
    return found


def _visits_move(infusion: InfusionFacts, due_on: date) -> list[Cost]:
    days = abs((due_on - infusion.due_on).days)
    if infusion.number != 1 or not days:
        return []
    text = T("Follow-up is counted from the first infusion: every visit moves with it, by {days} days.", days=days)
    return [Cost(CostKind.VISITS_MOVE, text)]


def _distances(
    schedule: Schedule, infusions: Sequence[InfusionFacts], infusion: InfusionFacts, due_on: date
) -> list[Cost]:
    """A neighbour that keeps its day stands nearer or farther than the study says."""
    found = []
    for other in infusions:
        if other.recipient != infusion.recipient or abs(other.number - infusion.number) != 1:
            continue
        if other.phase == InfusionPhase.CANCELLED:
            continue
        days, planned = abs((other.due_on - due_on).days), abs(_distance(schedule, infusion, other))
        if days != planned:
            text = T(
                "Infusion {number} on {day} is then {days} days away. The study plans {planned}.",
                number=other.number,
                day=other.due_on,
                days=days,
                planned=planned,
            )
            found.append(Cost(CostKind.DISTANCE, text))
    return found


def _on_day(preparation: Preparation, one: Step, others: int, today: date) -> list[Cost]:
    if one.on < today:
        text = T("It is too late for this step: it would have been due on {day}.", day=one.on)
        return [Cost(CostKind.NO_TIME, text, one.step)]
    found = []
    if is_closed(preparation, one.on):
        text = T("Nobody works on {day}, when this step would be due.", day=one.on)
        found.append(Cost(CostKind.CLOSED, text, one.step))
    if one.step.a_day_most is not None and others >= one.step.a_day_most:
        text = T(
            "{count} others have this step on {day}, and {most} a day are possible.",
            count=others,
            day=one.on,
            most=one.step.a_day_most,
        )
        found.append(Cost(CostKind.CROWDED, text, one.step))
    return found
