"""What the pages of preparation say: the days ahead with their work, and one infusion with its way and its price."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import groupby

from cellchain.kernel.errors import Refused
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor
from cellchain.platform.db import ReadTx
from cellchain.trial import queries as trial
from cellchain.trial import rules as trial_rules
from cellchain.trial.definition import PreparationStep, StudyDefinition
from cellchain.trial.lifecycles import WAITING, InfusionPhase
from cellchain.trial.preparation import queries, rules
from cellchain.trial.preparation.rules import Clash, ClashKind, Cost, Step
from cellchain.trial.rules import InfusionFacts

WEEKS = (4, 8, 16)
DAYS_A_WEEK = 7

_CLASHES = {
    ClashKind.CLOSED: T("Nobody works on this day."),
    ClashKind.CROWDED: T("{count} fall on this day, and {most} are possible."),
    ClashKind.TOO_LATE: T("This day is over, and the infusion is not ordered."),
    ClashKind.TOO_NEAR: T("It is nearer to the infusion before it than the windows of the study allow."),
    ClashKind.WINDOW_CLOSED: T("Its window closed, and it was neither given nor given up."),
}


@dataclass(frozen=True)
class Group:
    """What cannot stand on one day for one reason, however many infusions it concerns."""

    clash: Clash
    infusions: Sequence[InfusionFacts]


@dataclass(frozen=True)
class Work:
    """One step on its day, for whom, and why it cannot stand, if so."""

    step: PreparationStep
    infusions: Sequence[InfusionFacts]
    clashes: Sequence[Clash]


@dataclass(frozen=True)
class Day:
    """A day ahead with what is to be done on it."""

    on: date
    closed: bool
    work: Sequence[Work]


@dataclass(frozen=True)
class Calendar:
    """The weeks ahead of a study."""

    study: StudyDefinition
    today: date
    weeks: int
    days: Sequence[Day]
    groups: Sequence[Group]
    waiting_count: int


@dataclass(frozen=True)
class Stage:
    """One step of an infusion's way with how it stands today."""

    step: Step
    status: str
    word: T
    clashes: Sequence[Clash]


@dataclass(frozen=True)
class Proposal:
    """A day asked for: what moving there costs, or why it cannot be."""

    due_on: date
    costs: Sequence[Cost]
    refusal: Refused | None
    window: tuple[date, date]


@dataclass(frozen=True)
class InfusionView:
    """One infusion of a plan: its way backwards from its day, what clashes, and what a change would cost."""

    study: StudyDefinition
    infusion: InfusionFacts
    today: date
    stages: Sequence[Stage]
    clashes: Sequence[Clash]
    cancelling: Sequence[Cost]
    proposal: Proposal | None
    earliest: date | None
    may_order: bool
    may_move: bool
    may_cancel: bool
    may_miss: bool

    @property
    def movable(self) -> bool:
        """Whether another day can be chosen now: an order is taken back first."""
        return self.infusion.phase in (InfusionPhase.PLANNED, InfusionPhase.MISSED)


def clash_words(clash: Clash) -> T:
    """A clash as a sentence."""
    most = 0 if clash.step is None else clash.step.a_day_most or 0
    said = _CLASHES[clash.kind]
    return T(said.template, count=clash.count, most=most) if clash.kind is ClashKind.CROWDED else said


def calendar(tx: ReadTx, study: str, weeks: int) -> Calendar:
    """The steps of every infusion that waits, by their days. Raises NotFound. Two selects, however many wait."""
    known, today = trial.study_definition(tx, study), tx.today
    waiting = queries.waiting(tx, known)
    clashes = rules.clashes(known.preparation, known.schedule, waiting, today)
    until = today + timedelta(days=weeks * DAYS_A_WEEK)
    groups = _grouped(clash for clash in clashes if clash.on <= until)
    work = sorted(
        (
            (step.on, at, infusion)
            for infusion in waiting
            for at, step in enumerate(rules.steps(known.preparation, infusion.due_on))
            if today <= step.on <= until and not _is_done(step, infusion)
        ),
        key=lambda found: (found[0], found[1], found[2].recipient),
    )
    days = [
        Day(on, rules.is_closed(known.preparation, on), _work_of(known, list(found), groups))
        for on, found in groupby(work, key=lambda found: found[0])
    ]
    return Calendar(known, today, weeks, days, groups, len(waiting))


def _grouped(clashes: Iterable[Clash]) -> list[Group]:
    """Nine infusions on one day are one clash. Of a plan whose windows closed, the first counts: its turn it is."""
    found: dict[tuple[date, ClashKind, str], list[Clash]] = {}
    late: set[str] = set()
    for one in clashes:
        if one.kind is ClashKind.WINDOW_CLOSED:
            if one.infusion.recipient in late:
                continue
            late.add(one.infusion.recipient)
        found.setdefault((one.on, one.kind, "" if one.step is None else one.step.code), []).append(one)
    return [Group(group[0], [one.infusion for one in group]) for group in found.values()]


def _work_of(
    study: StudyDefinition, found: Sequence[tuple[date, int, InfusionFacts]], groups: Sequence[Group]
) -> list[Work]:
    made = []
    for at, some in groupby(found, key=lambda one: one[1]):
        step = study.preparation.steps[at]
        infusions = [infusion for _, _, infusion in some]
        clashes = [group.clash for group in groups if group.clash.step == step and group.clash.on == found[0][0]]
        made.append(Work(step, infusions, clashes))
    return made


def _is_done(step: Step, infusion: InfusionFacts) -> bool:
    """An order that was given needs nothing on its day."""
    return step.code == rules.ORDER and infusion.phase != InfusionPhase.PLANNED


def infusion_view(tx: ReadTx, planned_infusion: int, actor: Actor, wish: date | None) -> InfusionView:
    """One infusion, with the price of moving it to `wish` where a day is asked for. Raises NotFound."""
    infusion = trial.infusion_facts(tx, planned_infusion)
    facts, study = trial.recipient_facts(tx, infusion.recipient), trial.study_of(tx, infusion.recipient)
    known = queries.around(tx, study, infusion)
    clashes = [
        one
        for one in rules.clashes(study.preparation, study.schedule, known, tx.today)
        if one.infusion.id == infusion.id and facts.on_treatment
    ]
    waits = infusion.phase in WAITING
    open_, moves = facts.on_treatment, actor.may("trial.reschedule")
    return InfusionView(
        study=study,
        infusion=infusion,
        today=tx.today,
        stages=[_stage(step, infusion, clashes, tx.today) for step in rules.steps(study.preparation, infusion.due_on)],
        clashes=clashes,
        cancelling=rules.cost_of_cancelling(study.preparation, infusion, tx.today),
        proposal=None if wish is None else _proposal(tx, study, infusion, wish),
        earliest=rules.earliest(study.preparation, tx.today, tx.today) if waits else None,
        may_order=open_ and infusion.phase == InfusionPhase.PLANNED and actor.may("trial.order_infusion"),
        may_move=open_ and infusion.phase in (InfusionPhase.PLANNED, InfusionPhase.MISSED) and moves,
        may_cancel=open_ and infusion.phase == InfusionPhase.ORDERED and actor.may("trial.cancel_order"),
        may_miss=open_ and infusion.phase in (InfusionPhase.PLANNED, InfusionPhase.ORDERED) and moves,
    )


def _proposal(tx: ReadTx, study: StudyDefinition, infusion: InfusionFacts, wish: date) -> Proposal:
    refusal = None
    try:
        trial_rules.may_reschedule(infusion, trial.plan_of(tx, infusion.recipient), wish, tx.today)
    except Refused as refused:
        refusal = refused
    return Proposal(wish, queries.cost_of_moving(tx, infusion, wish), refusal, trial_rules.window(study.schedule, wish))


def _stage(step: Step, infusion: InfusionFacts, clashes: Sequence[Clash], today: date) -> Stage:
    mine = [one for one in clashes if one.step == step.step]
    status, word = _standing(step, infusion, mine, today)
    return Stage(step, status, word, mine)


def _standing(step: Step, infusion: InfusionFacts, clashes: Sequence[Clash], today: date) -> tuple[str, T]:
    """The shape and the word of a step. That its day is over says nothing of what was done on it."""
    if infusion.phase in (InfusionPhase.CANCELLED, InfusionPhase.MISSED):
        return "off", T("Not needed")
    if infusion.phase == InfusionPhase.INFUSED:
        return "ok", T("Over")
    if step.code == rules.ORDER and infusion.phase != InfusionPhase.PLANNED:
        return "ok", T("Ordered")
    if clashes:
        return "warn", T("Clash")
    if step.on == today:
        return "now", T("Today")
    return ("pend", T("Ahead")) if step.on > today else ("off", T("Day is over"))
