"""Reading follow-up: what is due, measured and owed. What an assessor reads holds nothing that tells an arm."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from cellchain.bedside.infusions import queries as bedside
from cellchain.followup import charts, rules
from cellchain.followup import statements as find
from cellchain.followup.lifecycles import ClockKind, ClockPhase, ClockState, EventPhase, VisitPhase
from cellchain.followup.models import AdverseEvent, Measurement, Query, ReportClock, Visit
from cellchain.kernel.errors import NotFound
from cellchain.ledger.actor import Actor
from cellchain.platform.db import ReadTx
from cellchain.trial import queries as trial
from cellchain.trial.definition import StudyDefinition, Words

READ = "followup.read"
SEE_RELATEDNESS = "followup.see_relatedness"
ROWS_MAX = 1_000
OPEN_MAX = 2_000


# -- asked by commands and by packages above ---------------------------------------------------------------------------


def visits_of(tx: ReadTx, recipient: str) -> list[Visit]:
    """A recipient's visits in the order they are due."""
    return tx.many(find.VISITS_OF, limit=ROWS_MAX, recipient=recipient)


def measurements_of(tx: ReadTx, recipient: str) -> list[Measurement]:
    """What stands of a recipient's measurements; a corrected value is not among them."""
    return tx.many(find.MEASUREMENTS_OF, limit=ROWS_MAX, recipient=recipient)


def events_of(tx: ReadTx, recipient: str) -> list[AdverseEvent]:
    """A recipient's adverse events, latest onset first. Whole rows: not for who reads blind."""
    return tx.many(find.EVENTS_OF, limit=ROWS_MAX, recipient=recipient)


def clocks_of(tx: ReadTx, event: int) -> list[ReportClock]:
    """The reporting clocks of an event, the first due first."""
    return tx.many(find.CLOCKS_OF, limit=ROWS_MAX, event=event)


def sponsor_aware_at(tx: ReadTx, event: AdverseEvent) -> datetime:
    """When the sponsor knew of a serious event: when the investigator's report went out, or else when he knew it.

    Counting from the investigator where his report is still owed makes the deadline earlier, never later.
    """
    known = event.serious_since or event.aware_at
    submitted = [row.submitted_at for row in clocks_of(tx, event.id or 0) if row.kind == ClockKind.INVESTIGATOR]
    return next((at for at in submitted if at is not None), known)


@dataclass(frozen=True)
class ReactionFacts:
    """A reaction as the bedside recorded it."""

    term: str
    grade: int
    began_at: datetime
    reported_at: datetime
    reported_by: str
    note: str | None


def reaction_of(tx: ReadTx, infusion: int, reaction: int) -> ReactionFacts:
    """A reaction of the bedside. Raises NotFound."""
    for row in tx.many(bedside.REACTIONS, limit=ROWS_MAX, infusion=infusion):
        if row.id == reaction:
            return ReactionFacts(row.term, row.grade, row.began_at, row.reported_at, row.reported_by, row.note)
    raise NotFound(key=str(reaction))


def is_locked(tx: ReadTx, study: str) -> bool:
    """Whether a study's data are locked."""
    return tx.one(find.STANDING_LOCK, study=study) is not None


@dataclass(frozen=True)
class ClockView:
    """A reporting clock at one moment. `used_percent` goes past 100 for a late one."""

    id: int
    event: int
    recipient: str
    term: str
    kind: ClockKind
    starts_at: datetime
    due_at: datetime
    submitted_at: datetime | None
    state: ClockState | None
    used_percent: int

    @property
    def bar_percent(self) -> int:
        """How much of the bar is filled."""
        return min(self.used_percent, rules.PERCENT)

    @property
    def in_time(self) -> bool:
        """Whether a submitted report met its deadline."""
        return self.submitted_at is not None and self.submitted_at <= self.due_at


def clocks_running(tx: ReadTx, now: datetime) -> list[ClockView]:
    """Every clock that runs, the one due first at the top, with how far it is at `now`."""
    rows = tx.many(find.CLOCKS_RUNNING, limit=ROWS_MAX)
    return [_clock(clock, event.recipient, event.term, now) for clock, event in rows]


def _clock(row: ReportClock, recipient: str, term: str, now: datetime) -> ClockView:
    until = row.submitted_at or now
    running = row.phase == ClockPhase.RUNNING
    return ClockView(
        id=row.id or 0,
        event=row.event,
        recipient=recipient,
        term=term,
        kind=row.kind,
        starts_at=row.starts_at,
        due_at=row.due_at,
        submitted_at=row.submitted_at,
        state=rules.clock_state(row.starts_at, row.due_at, now) if running else None,
        used_percent=rules.used_percent(row.starts_at, row.due_at, until),
    )


# -- pages -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class VisitView:
    """A visit on the visit line. `state`: done, incomplete, open, overdue, ahead, missed, or not_due of who left."""

    id: int
    recipient: str
    code: str
    title: Words
    week: int
    due_on: date
    window_from: date
    window_until: date
    visited_on: date | None
    missing_reason: str | None
    state: str
    lacks: tuple[str, ...]
    unrecorded: tuple[str, ...]
    units: dict[str, str]


@dataclass(frozen=True)
class EventView:
    """An adverse event as one person may see it. What they may not see is None or empty, not hidden by a page."""

    id: int
    term: str
    grade: int
    serious: bool
    seriousness: str | None
    onset_at: datetime
    outcome: str | None
    phase: str
    closed_at: datetime | None
    infusion: int | None = None
    relatedness: str | None = None
    expectedness: str | None = None
    clocks: tuple[ClockView, ...] = ()

    @property
    def may_close(self) -> bool:
        """Whether it is assessed, as far as the reader may know, and owes no report."""
        assessed = self.phase == EventPhase.OPEN and self.relatedness is not None
        return assessed and all(clock.submitted_at is not None for clock in self.clocks)


@dataclass(frozen=True)
class Followup:
    """A recipient's follow-up as one person may see it. The arm is in none: nobody judges outcomes by it here."""

    recipient: str
    phase: str
    study: str
    week: int | None
    visits: tuple[VisitView, ...]
    baseline_on: date | None
    figures: tuple[charts.Figure, ...]
    events: tuple[EventView, ...]
    queries: tuple[Query, ...]
    sees_reports: bool
    sees_relatedness: bool
    locked: bool
    consent_given: bool

    @property
    def turn(self) -> VisitView | None:
        """The first visit that is open or overdue."""
        return next((one for one in self.visits if one.state in ("open", "overdue")), None)

    @property
    def ahead(self) -> VisitView | None:
        """The next visit whose window has not opened."""
        return next((one for one in self.visits if one.state == "ahead"), None)


def recipient_followup(tx: ReadTx, code: str, actor: Actor) -> Followup:
    """A recipient's follow-up for `actor`. Raises NotFound.

    Who reads blind gets no relatedness, no expectedness, no report and no tie to an infusion; lots, bags and the arm
    are in nobody's. Who may read but not see relatedness gets the investigator's clock alone: the others would tell it.
    """
    facts = trial.recipient_facts(tx, code)
    study = trial.study_of(tx, code)
    today = tx.today
    visits, measured = visits_of(tx, code), measurements_of(tx, code)
    consent_given = trial.consent_given(tx, code)
    awaited = rules.is_expected(facts.phase, consent_given=consent_given)
    anchor = _anchor(study, visits)
    baseline = trial.baseline_of(tx, code)
    infused = [tx.day_of(row.started_at) for row in bedside.infusions_of(tx, code)]
    return Followup(
        recipient=code,
        phase=facts.phase,
        study=study.code,
        week=None if anchor is None else max(0, (today - anchor).days // rules.DAYS_PER_WEEK),
        visits=tuple(_visit(study, row, measured, today, awaited=awaited) for row in visits),
        baseline_on=None if baseline is None else baseline.measured_on,
        figures=charts.figures(study, anchor, baseline, visits, measured, infused, today),
        events=tuple(_event(tx, row, actor) for row in events_of(tx, code)),
        queries=tuple(tx.many(find.QUERIES_OF, limit=ROWS_MAX, subject=code)),
        sees_reports=actor.may(READ),
        sees_relatedness=actor.may(READ) and actor.may(SEE_RELATEDNESS),
        locked=is_locked(tx, study.code),
        consent_given=consent_given,
    )


def _anchor(study: StudyDefinition, visits: list[Visit]) -> date | None:
    """The day that weeks are counted from, as the visits were planned."""
    if not visits:
        return None
    first = visits[0]
    return date.fromordinal(first.due_on.toordinal() - study.visit(first.code).week * rules.DAYS_PER_WEEK)


def _visit(
    study: StudyDefinition, row: Visit, measured: list[Measurement], today: date, *, awaited: bool = True
) -> VisitView:
    known = study.visit(row.code)
    taken = known.measures if row.phase == VisitPhase.DONE else ()
    recorded = {one.outcome: one.value for one in measured if one.visit == row.id}
    lacks = tuple(one for one in taken if recorded.get(one) is None)
    return VisitView(
        id=row.id or 0,
        recipient=row.recipient,
        code=row.code,
        title=known.title,
        week=known.week,
        due_on=row.due_on,
        window_from=row.window_from,
        window_until=row.window_until,
        visited_on=row.visited_on,
        missing_reason=row.missing_reason,
        state=_state(row, lacks, today, awaited=awaited),
        lacks=lacks,
        unrecorded=tuple(one for one in taken if one not in recorded),
        units={one.code: one.unit for one in study.outcomes},
    )


def _state(row: Visit, lacks: tuple[str, ...], today: date, *, awaited: bool) -> str:
    if row.phase == VisitPhase.DONE:
        return "incomplete" if lacks else "done"
    if row.phase == VisitPhase.MISSED:
        return "missed"
    if not awaited:
        return "not_due"
    if today < row.window_from:
        return "ahead"
    return "open" if today <= row.window_until else "overdue"


def _event(tx: ReadTx, row: AdverseEvent, actor: Actor) -> EventView:
    reads, relates = actor.may(READ), actor.may(READ) and actor.may(SEE_RELATEDNESS)
    clocks = [_clock(one, row.recipient, row.term, tx.now) for one in clocks_of(tx, row.id or 0)] if reads else []
    return EventView(
        id=row.id or 0,
        term=row.term,
        grade=row.grade,
        serious=row.serious,
        seriousness=row.seriousness,
        onset_at=row.onset_at,
        outcome=row.outcome,
        phase=row.phase,
        closed_at=row.closed_at,
        infusion=row.infusion if reads else None,
        relatedness=row.relatedness if relates else None,
        expectedness=row.expectedness if relates else None,
        clocks=tuple(one for one in clocks if relates or one.kind == ClockKind.INVESTIGATOR),
    )


@dataclass(frozen=True)
class Worklist:
    """What follow-up waits for: visits whose window is open or over, clocks that run, questions."""

    due: tuple[VisitView, ...]
    overdue: tuple[VisitView, ...]
    clocks: tuple[ClockView, ...]
    questions: tuple[Query, ...]
    recipients: tuple[tuple[str, int, int], ...]
    sees_reports: bool


def worklist(tx: ReadTx, actor: Actor) -> Worklist:
    """What `actor` has to see to today. Who reads blind gets no clocks: a report tells what was suspected."""
    today = tx.today
    views = [_visit(study, row, [], today) for study, row in _awaited(tx, today)]
    reads, relates = actor.may(READ), actor.may(READ) and actor.may(SEE_RELATEDNESS)
    clocks = clocks_running(tx, tx.now) if reads else []
    return Worklist(
        due=tuple(one for one in views if one.state == "open"),
        overdue=tuple(one for one in views if one.state == "overdue"),
        clocks=tuple(one for one in clocks if relates or one.kind == ClockKind.INVESTIGATOR),
        questions=tuple(tx.many(find.QUERIES_OPEN, limit=ROWS_MAX)),
        recipients=_progress(tx),
        sees_reports=reads,
    )


def _awaited(tx: ReadTx, today: date) -> Iterator[tuple[StudyDefinition, Visit]]:
    """Visits whose window has opened, of recipients who are still expected: nobody waits for the dead or withdrawn."""
    expected: dict[str, StudyDefinition | None] = {}
    for row in tx.many(find.VISITS_OPEN, limit=OPEN_MAX, day=today):
        if row.recipient not in expected:
            phase, consent = trial.recipient_facts(tx, row.recipient).phase, trial.consent_given(tx, row.recipient)
            stays = rules.is_expected(phase, consent_given=consent)
            expected[row.recipient] = trial.study_of(tx, row.recipient) if stays else None
        study = expected[row.recipient]
        if study is not None:
            yield study, row


def _progress(tx: ReadTx) -> tuple[tuple[str, int, int], ...]:
    """Each recipient with planned visits: how many are settled, of how many."""
    settled: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for recipient, phase in tx.many(find.PROGRESS, limit=OPEN_MAX * 10):
        settled[recipient][0] += phase != VisitPhase.PLANNED
        settled[recipient][1] += 1
    return tuple((recipient, done, total) for recipient, (done, total) in settled.items())
