"""Reading infusions: which run, what one was given so far, what has to be done next, and what turned against it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy import select as columns
from sqlmodel import col, select

from cellchain.bedside import queries as bedside
from cellchain.bedside.infusions import rules
from cellchain.bedside.infusions.models import Decision, Infusion, Observation, Pause, RateStep, Reaction, TakeOver
from cellchain.bedside.infusions.rules import Choice, Halt, NextRate, Rate, Step
from cellchain.bedside.rules import Reason
from cellchain.identity.codes import Kind
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.edges import Edge
from cellchain.platform.db import ReadTx
from cellchain.platform.statements import one_of
from cellchain.quality import queries as quality
from cellchain.trial import queries as trial
from cellchain.trial.definition import Running, StudyDefinition, Vitals
from cellchain.trial.pauses import queries as pauses
from cellchain.trial.pauses.rules import WHILE_RUNNING

ROWS_MAX = 200
REPEATS_MAX = 20

INFUSION_OF_BAG = select(Infusion).where(Infusion.bag == bindparam("bag"))
# Nothing of a bag that went back had flowed: it is no infusion that somebody got.
INFUSIONS_OF = (
    select(Infusion)
    .where(Infusion.recipient == bindparam("recipient"), col(Infusion.returned_at).is_(None))
    .order_by(col(Infusion.started_at))
)
_FLOWED: Any = (
    columns(col(Infusion.bag), col(Infusion.recipient), col(Infusion.started_at))
    .where(col(Infusion.returned_at).is_(None))
    .order_by(col(Infusion.started_at))
)
_FLOWED_FROM = _FLOWED.where(Infusion.bag == bindparam("bag"))
_FLOWED_INTO = _FLOWED.where(Infusion.recipient == bindparam("recipient"))
RUNNING = select(Infusion).where(one_of(Infusion.phase, bedside.IN_HAND)).order_by(col(Infusion.started_at))
OBSERVATIONS = select(Observation).where(Observation.bag == bindparam("bag")).order_by(col(Observation.observed_at))
REACTIONS = select(Reaction).where(Reaction.infusion == bindparam("infusion")).order_by(col(Reaction.id))
OPEN_PAUSE = select(Pause).where(Pause.infusion == bindparam("infusion"), col(Pause.resumed_at).is_(None))
PAUSES = select(Pause).where(Pause.infusion == bindparam("infusion")).order_by(col(Pause.id))
RATES = (
    select(RateStep).where(RateStep.infusion == bindparam("infusion")).order_by(col(RateStep.set_at), col(RateStep.id))
)
DECISIONS = select(Decision).where(Decision.infusion == bindparam("infusion")).order_by(col(Decision.id))
TAKE_OVERS = select(TakeOver).where(TakeOver.infusion == bindparam("infusion")).order_by(col(TakeOver.id))


@dataclass(frozen=True)
class VitalsPoint:
    """One point of the vitals schedule of an infusion, and whether it was met. `extra` ones stand on no schedule."""

    code: str
    title: object
    from_at: datetime
    until_at: datetime
    state: str
    observation: Observation | None
    late: bool = False


@dataclass(frozen=True)
class Flow:
    """What ran, by the rates that were set. Volumes in microlitres; `left_minutes` is None where nothing runs on."""

    rate_ml_h: int
    drops: int
    ran_minutes: int
    given_ul: int
    left_minutes: int
    next_rate: NextRate | None


@dataclass(frozen=True)
class Volumes:
    """What was stated at the end, beside what the rates gave. `differs` where they lie too far apart."""

    computed_ul: int
    given_ul: int | None
    left_ul: int | None
    flush_ul: int | None
    differs: bool


@dataclass(frozen=True)
class InfusionView:
    """An infusion as its screen shows it. Volumes in microlitres.

    `alarms` is what speaks against the bag and waits for a physician; `decided` is the decision that covers what does.
    `marks` names what stands against it, for the physician to have seen. `gaps` counts vitals that were not recorded.
    """

    id: int
    bag: str
    recipient: str
    number: int
    total: int
    phase: str
    station: str | None
    started_at: datetime
    planned_end_at: datetime
    ended_at: datetime | None
    volume_ul: int
    given_ul: int
    expires_at: datetime
    ran_minutes: int
    left_minutes: int
    conditional: bool
    alarms: tuple[Reason, ...]
    marks: tuple[str, ...]
    decided: Decision | None
    points: tuple[VitalsPoint, ...]
    reactions: tuple[Reaction, ...]
    checkers: tuple[str, str]
    starter: str
    flow: Flow
    volumes: Volumes
    running: Running
    highest_ml_h: int

    @property
    def is_in_hand(self) -> bool:
        """Whether it runs, or is paused."""
        return self.ended_at is None

    @property
    def gaps(self) -> int:
        """How many vitals of the schedule were not recorded in their time."""
        return sum(point.state == "late" for point in self.points)

    @property
    def due(self) -> VitalsPoint | None:
        """The vitals that are due now, else the next ones."""
        return next((point for point in self.points if point.state in ("now", "ahead")), None)


def infusion_of_bag(tx: ReadTx, bag: str) -> Infusion | None:
    """The infusion that this bag started, if any."""
    return tx.one(INFUSION_OF_BAG, bag=bag)


def infusions_of(tx: ReadTx, recipient: str) -> list[Infusion]:
    """A recipient's infusions, oldest first; none of which nothing had flowed."""
    return tx.many(INFUSIONS_OF, limit=100, recipient=recipient)


def running(tx: ReadTx) -> list[Infusion]:
    """Infusions that run or are paused now."""
    return tx.many(RUNNING, limit=ROWS_MAX)


def steps_of(study: StudyDefinition) -> tuple[Step, ...]:
    """The rates that a study prescribes."""
    return tuple(Step(step.from_minutes, step.rate_ml_h) for step in study.running.rate_steps)


def rates(tx: ReadTx, infusion: int | None) -> list[Rate]:
    """What the drip was set to, and when."""
    return [Rate(row.set_at, row.rate_ml_h, row.cause) for row in tx.many(RATES, limit=ROWS_MAX, infusion=infusion)]


def halts(tx: ReadTx, infusion: int | None) -> list[Halt]:
    """When nothing ran."""
    return [Halt(row.paused_at, row.resumed_at) for row in tx.many(PAUSES, limit=ROWS_MAX, infusion=infusion)]


def computed_ul(tx: ReadTx, row: Infusion, until: datetime) -> int:
    """What ran by the rates that were set, until a moment, in microlitres."""
    return rules.given_ul(rates(tx, row.id), halts(tx, row.id), until, row.volume_ul)


def flow_of(tx: ReadTx, row: Infusion, study: StudyDefinition) -> Flow:
    """Rate, volume and time of an infusion, now or at its end."""
    set_to, stood, steps, until = rates(tx, row.id), halts(tx, row.id), steps_of(study), row.ended_at or tx.now
    ran = rules.ran_seconds(row.started_at, until, stood) // 60
    given = rules.given_ul(set_to, stood, until, row.volume_ul)
    rate = set_to[-1].ml_h if set_to else rules.first_rate(steps, row.volume_ul, row.planned_minutes)
    ahead = None if row.ended_at is not None else rules.next_rate(steps, set_to, ran)
    left = rules.minutes_left(row.volume_ul - given, rate, steps, ran, follows=ahead is not None)
    drops = rules.drops_per_minute(rate, study.running.drops_per_ml)
    return Flow(rate, drops, ran, given, left if row.ended_at is None else 0, ahead)


# -- what turned against it ------------------------------------------------------------------------------------------


def has_expired(tx: ReadTx, row: Infusion) -> bool:
    """Whether the bag's time is over."""
    state = bedside.bag_state(tx, row.bag)
    return state is not None and tx.now >= state.expires_at


@dataclass(frozen=True)
class Against:
    """What speaks against a bag that runs: the reasons, and marks that tell a new hold from one already decided on."""

    reasons: tuple[Reason, ...]
    marks: frozenset[str]


def against(tx: ReadTx, row: Infusion) -> Against:
    """Everything that speaks against going on now: quality's reasons, the bag's expiry, a pause of the study."""
    standing = quality.standing(tx, row.bag, tx.now)
    found = [Reason(code, text) for code, text in standing.reasons]
    if has_expired(tx, row):
        found.append(
            Reason(
                "infusion.expired_while_running", T("The bag expired while it runs. Call the physician: go on or stop.")
            )
        )
    marks = {reason.code for reason in found}
    if found:
        things = (row.bag, *quality.origins_of(tx, standing.lot)) if standing.lot else (row.bag,)
        marks |= {f"hold:{one.id}" for code in things for one in quality.holds_on(tx, code) if one.phase == "placed"}
    pause = pauses.standing(tx, trial.study_of(tx, row.recipient).code)
    if pause is not None:
        found.append(Reason("infusion.study_paused", WHILE_RUNNING))
        marks |= {"infusion.study_paused", f"pause:{pause.id}"}
    return Against(tuple(found), frozenset(marks))


def decision_on(tx: ReadTx, infusion: int | None, marks: frozenset[str]) -> Decision | None:
    """The latest decision, where it was about everything that stands against the bag now."""
    made = tx.many(DECISIONS, limit=ROWS_MAX, infusion=infusion)
    return made[-1] if made and marks <= set(made[-1].marks) else None


def may_go_on(tx: ReadTx, row: Infusion, found: Against) -> bool:
    """Whether a physician said that it goes on, about everything that stands against it now."""
    decided = decision_on(tx, row.id, found.marks)
    return decided is not None and decided.choice == Choice.GO_ON


# -- the whole of it -------------------------------------------------------------------------------------------------


def infusion_view(tx: ReadTx, infusion: int) -> InfusionView:
    """One infusion with its clock, its vitals schedule and whatever turned against it. Raises NotFound."""
    row = tx.get(Infusion, infusion)
    study = trial.study_of(tx, row.recipient)
    planned = trial.infusion_facts(tx, row.planned_infusion)
    state = bedside.bag_state(tx, row.bag)
    flow = flow_of(tx, row, study)
    found = against(tx, row) if row.ended_at is None else Against((), frozenset())
    decided = decision_on(tx, row.id, found.marks) if found.marks else None
    ends = row.ended_at or tx.now + timedelta(minutes=flow.left_minutes)
    return InfusionView(
        id=row.id or 0,
        bag=row.bag,
        recipient=row.recipient,
        number=planned.number,
        total=planned.total,
        phase=row.phase,
        station=row.station,
        started_at=row.started_at,
        planned_end_at=ends,
        ended_at=row.ended_at,
        volume_ul=row.volume_ul,
        given_ul=flow.given_ul if row.volume_given_ul is None else row.volume_given_ul,
        expires_at=state.expires_at if state is not None else row.started_at,
        ran_minutes=flow.ran_minutes,
        left_minutes=flow.left_minutes,
        conditional=quality.standing(tx, row.bag, tx.now).conditional,
        alarms=() if decided is not None else found.reasons,
        marks=tuple(sorted(found.marks)),
        decided=decided,
        points=tuple(_points(tx, row, study, ends)),
        reactions=tuple(tx.many(REACTIONS, limit=100, infusion=row.id)),
        checkers=(row.first_checker, row.second_checker),
        starter=row.started_by,
        flow=flow,
        volumes=_volumes(row, flow.given_ul, study.running),
        running=study.running,
        highest_ml_h=study.bedside.rate_highest_ml_h,
    )


def _volumes(row: Infusion, given_ul: int, running: Running) -> Volumes:
    computed, stated = given_ul if row.computed_ul is None else row.computed_ul, row.volume_given_ul
    far = stated is not None and rules.differs(stated, computed, row.volume_ul, running.volume_tolerance_percent)
    return Volumes(computed, stated, row.volume_left_ul, row.flush_ul, far)


def latest_act(tx: ReadTx, row: Infusion) -> datetime:
    """When something last happened to the flow of an infusion: its start, a pause or the end of one."""
    pauses = tx.many(PAUSES, limit=ROWS_MAX, infusion=row.id)
    return max([row.started_at, *(at for one in pauses for at in (one.paused_at, one.resumed_at) if at is not None)])


def _points(tx: ReadTx, row: Infusion, study: StudyDefinition, ends: datetime) -> list[VitalsPoint]:
    """The schedule with what was seen, and after it what was seen besides."""
    seen = tx.many(OBSERVATIONS, limit=ROWS_MAX, bag=row.bag)
    points = vitals_points(study.vitals, row.started_at, ends, seen, tx.now, study.running.late_after_minutes)
    met = {point.observation.id for point in points if point.observation is not None}
    extra = [
        VitalsPoint(
            one.point,
            None,
            one.observed_at,
            one.observed_at,
            "extra",
            one,
            rules.is_late(one.observed_at, one.entered_at, study.running.late_after_minutes),
        )
        for one in seen
        if one.id not in met
    ]
    return sorted([*points, *extra], key=lambda one: one.from_at)


def vitals_points(
    schedule: Sequence[Vitals],
    started: datetime,
    ends: datetime,
    seen: Sequence[Observation],
    now: datetime,
    late_after_minutes: int = 15,
) -> list[VitalsPoint]:
    """The study's vitals schedule laid over one infusion: ok, now, late (a gap) or ahead.

    `ends` is when it ended or will end by its present rate, so that a pause moves what is counted from the end.
    """
    points = []
    for point in schedule:
        anchor = started if point.anchor == "start" else ends
        first, last = anchor + timedelta(minutes=point.from_minutes), anchor + timedelta(minutes=point.until_minutes)
        repeats = (
            0
            if point.repeat_minutes is None
            else max(0, int((ends - last).total_seconds() // 60) // point.repeat_minutes)
        )
        for again in range(min(repeats, REPEATS_MAX) + 1):
            shift = timedelta(minutes=again * (point.repeat_minutes or 0))
            if point.anchor == "start" and first + shift > ends:
                continue  # it ended before
            points.append(_point(point, first + shift, last + shift, seen, now, late_after_minutes))
    return sorted(points, key=lambda one: one.from_at)


def _point(
    point: Vitals, first: datetime, last: datetime, seen: Sequence[Observation], now: datetime, late_after: int
) -> VitalsPoint:
    met = next((one for one in seen if first <= one.observed_at <= last), None)
    state = "ok" if met is not None else "now" if first <= now <= last else "late" if now > last else "ahead"
    late = met is not None and rules.is_late(met.observed_at, met.entered_at, late_after)
    return VitalsPoint(point.code, point.title, first, last, state, met, late)


# -- where bags went -------------------------------------------------------------------------------------------------


def edges_from(tx: ReadTx, codes: Sequence[str]) -> list[Edge]:
    """From bags into the recipients they were infused into."""
    bags = [code for code in codes if code[:2] == Kind.BAG]
    return _infused(tx.rows(_FLOWED_FROM, "bag", bags))


def edges_to(tx: ReadTx, codes: Sequence[str]) -> list[Edge]:
    """Into recipients: every bag that was infused."""
    recipients = [code for code in codes if code[:2] == Kind.RECIPIENT]
    return _infused(tx.rows(_FLOWED_INTO, "recipient", recipients))


def _infused(rows: Sequence[tuple[Any, ...]]) -> list[Edge]:
    return [Edge(bag, recipient, "infused", at) for bag, recipient, at, _ in rows]
