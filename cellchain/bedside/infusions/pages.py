"""What the pages of an infusion show: its view, and everything that happened to it, oldest first."""

from collections.abc import Iterator
from datetime import datetime

from cellchain.accounts import queries as people
from cellchain.accounts.emergency.marks import Marks, marks_of
from cellchain.accounts.emergency.queries import EmergencyView
from cellchain.bedside.infusions import queries, rules, words
from cellchain.bedside.infusions.models import Infusion, Pause, RateStep, Reaction
from cellchain.bedside.infusions.queries import InfusionView
from cellchain.bedside.infusions.rules import Choice
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor
from cellchain.platform.db import ReadTx


@dataclass(frozen=True)
class Event:
    """One thing that happened. `entered_at` is given where it was entered later than the study tolerates, `emergency`
    is the number of the emergency access under which it was done."""

    at: datetime
    status: str
    text: T
    name: str
    entered_at: datetime | None = None
    note: str | None = None
    emergency: int | None = None


@dataclass(frozen=True)
class RunPage:
    """The screen of an infusion. `elsewhere` names the tablet that has it in care, where that is another one."""

    view: InfusionView
    course: tuple[Event, ...]
    elsewhere: str | None
    decider: str | None
    gone: bool
    emergencies: tuple[EmergencyView, ...] = ()

    @property
    def late(self) -> int:
        """How much was entered later than the study tolerates."""
        return sum(event.entered_at is not None for event in self.course) + sum(
            point.late for point in self.view.points
        )


def run_page(tx: ReadTx, infusion: int, actor: Actor) -> RunPage:
    """One infusion as its screen shows it. Raises NotFound."""
    view = queries.infusion_view(tx, infusion)
    row = tx.get(Infusion, infusion)
    happened = [*_flow(tx, row), *_seen(tx, row)]
    acts = _acts(happened) | {
        (point.observation.observed_by, point.observation.entered_at) for point in view.points if point.observation
    }
    marks = marks_of(tx, {person for person, _ in acts}).among(acts)
    is_elsewhere = view.is_in_hand and None not in (row.station, actor.device) and row.station != actor.device
    return RunPage(
        view=view,
        course=tuple(_course(tx, happened, marks, view.running.late_after_minutes)),
        elsewhere=row.station if is_elsewhere else None,
        decider=None if view.decided is None else people.display_name(tx, view.decided.decided_by),
        gone=row.disposed_at is not None or row.returned_at is not None,
        emergencies=marks.views,
    )


def _acts(happened: list[Event]) -> set[tuple[str, datetime]]:
    return {(event.name, at) for event in happened for at in (event.at, event.entered_at) if at is not None}


def _course(tx: ReadTx, found: list[Event], marks: Marks, tolerance: int) -> list[Event]:
    """Everything that happened to the flow, and what was decided and seen, oldest first."""
    names = {person: people.display_name(tx, person) for person in {event.name for event in found}}
    told = [
        Event(
            event.at,
            event.status,
            event.text,
            names[event.name],
            event.entered_at
            if event.entered_at is not None and rules.is_late(event.at, event.entered_at, tolerance)
            else None,
            event.note,
            marks.of(event.name, event.at, event.entered_at),
        )
        for event in found
    ]
    return sorted(told, key=lambda event: event.at)


def _flow(tx: ReadTx, row: Infusion) -> Iterator[Event]:
    yield Event(row.started_at, "now", T("Started"), row.started_by)
    for step in tx.many(queries.RATES, limit=queries.ROWS_MAX, infusion=row.id):
        yield _rate(step)
    for pause in tx.many(queries.PAUSES, limit=queries.ROWS_MAX, infusion=row.id):
        yield from _pause(pause)
    for taken in tx.many(queries.TAKE_OVERS, limit=queries.ROWS_MAX, infusion=row.id):
        text = T("Taken over at {station}", station=taken.to_station or T("a device without a station"))
        yield Event(taken.taken_at, "now", text, taken.taken_by)
    if row.ended_at is not None:
        is_whole = row.phase == rules.InfusionPhase.COMPLETED
        text = T("Ended, the whole bag given") if is_whole else T("Stopped before its end")
        status = "ok" if is_whole else "warn"
        yield Event(row.ended_at, status, text, row.ended_by or "", row.end_entered_at, row.stop_reason)
    if row.returned_at is not None:
        yield Event(row.returned_at, "ok", T("The bag went back unused"), row.returned_by or "")
    if row.disposed_at is not None:
        yield Event(row.disposed_at, "ok", T("The bag was disposed of"), row.disposed_by or "")


def _rate(step: RateStep) -> Event:
    text = T("Drip set to {rate} mL/h, {cause}", rate=step.rate_ml_h, cause=words.CAUSES[step.cause])
    return Event(step.set_at, "now", text, step.set_by, step.entered_at)


def _pause(pause: Pause) -> Iterator[Event]:
    text = T("Paused: {kind}", kind=words.PAUSES[pause.kind])
    yield Event(pause.paused_at, "hold", text, pause.paused_by, pause.pause_entered_at, pause.reason)
    if pause.resumed_at is not None:
        text = T("Resumed after a scan of wristband and bag")
        yield Event(pause.resumed_at, "now", text, pause.resumed_by or "", pause.resume_entered_at)


def _seen(tx: ReadTx, row: Infusion) -> Iterator[Event]:
    for reaction in tx.many(queries.REACTIONS, limit=queries.ROWS_MAX, infusion=row.id):
        yield _reaction(reaction)
    for made in tx.many(queries.DECISIONS, limit=queries.ROWS_MAX, infusion=row.id):
        status = "ok" if made.choice == Choice.GO_ON else "stop"
        yield Event(made.decided_at, status, words.CHOICES[made.choice], made.decided_by, made.entered_at, made.why)


def _reaction(reaction: Reaction) -> Event:
    text = T(
        "Reaction: {term}, grade {grade}. {action}",
        term=reaction.term,
        grade=reaction.grade,
        action=words.ACTIONS[reaction.action][0],
    )
    return Event(reaction.began_at, "warn", text, reaction.reported_by, reaction.reported_at, reaction.note)
