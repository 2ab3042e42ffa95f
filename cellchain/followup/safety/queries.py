"""Reading safety: events, what was judged of them, the reports they owe and those that went out.

Whoever reads blind gets no infusion, no judgement of cause and no report: each of them would tell an arm.
"""

from datetime import datetime

from cellchain.bedside.given import infusion as given_as
from cellchain.bedside.infusions import queries as bedside
from cellchain.followup.safety import rules
from cellchain.followup.safety import statements as find
from cellchain.followup.safety.lifecycles import ClockKind, ClockPhase, ClockState, EventPhase
from cellchain.followup.safety.models import AdverseEvent, EventAssessment, ReportClock, SafetyReport
from cellchain.followup.safety.stopping import Counted
from cellchain.kernel.errors import NotFound
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor
from cellchain.ledger.filekinds import FileKind
from cellchain.platform.db import ReadTx
from cellchain.trial import queries as trial

READ = "followup.read"
SEE_RELATEDNESS = "followup.see_relatedness"
ROWS_MAX = 1_000
EVENTS_MAX = 100_000


def events_of(tx: ReadTx, recipient: str) -> list[AdverseEvent]:
    """A recipient's adverse events, latest onset first. Whole rows: not for who reads blind."""
    return tx.many(find.EVENTS_OF, limit=ROWS_MAX, recipient=recipient)


def unassessed(tx: ReadTx) -> list[AdverseEvent]:
    """Open events whose cause the investigator has not judged, what is known longest first."""
    return tx.many(find.UNASSESSED, limit=ROWS_MAX)


def unjudged(tx: ReadTx) -> list[AdverseEvent]:
    """Serious events that the sponsor has not judged, what is known longest first."""
    return tx.many(find.UNJUDGED, limit=ROWS_MAX)


def clocks_of(tx: ReadTx, event: int) -> list[ReportClock]:
    """The reporting clocks of an event, the first due first."""
    return tx.many(find.CLOCKS_OF, limit=ROWS_MAX, event=event)


def sponsor_aware_at(tx: ReadTx, event: AdverseEvent) -> datetime:
    """When the sponsor knew of a serious event: when the investigator's report went out, or else when he knew it.

    Counting from the investigator where his report is still owed makes the deadline earlier, never later.
    """
    known = event.serious_since or event.aware_at
    submitted = [row.submitted_at for row in clocks_of(tx, event.id or 0) if row.kind is ClockKind.INVESTIGATOR]
    return next((at for at in submitted if at is not None), known)


@dataclass(frozen=True)
class ReactionFacts:
    """A reaction as the bedside recorded it."""

    term: str
    grade: int
    action: str
    began_at: datetime
    reported_at: datetime
    reported_by: str
    note: str | None


def reaction_of(tx: ReadTx, infusion: int, reaction: int) -> ReactionFacts:
    """A reaction of the bedside. Raises NotFound."""
    for row in tx.many(bedside.REACTIONS, limit=ROWS_MAX, infusion=infusion):
        if row.id == reaction:
            return ReactionFacts(
                row.term, row.grade, row.action, row.began_at, row.reported_at, row.reported_by, row.note
            )
    raise NotFound(key=str(reaction))


def assessments_of(tx: ReadTx, event: int) -> list[EventAssessment]:
    """Every judgement of an event, in the order they were signed."""
    return tx.many(find.ASSESSMENTS_OF, limit=ROWS_MAX, event=event)


def reports_of(tx: ReadTx, event: int) -> list[SafetyReport]:
    """Every report on an event that went out, the first first."""
    return tx.many(find.REPORTS_OF, limit=ROWS_MAX, event=event)


def proof_of(tx: ReadTx, event: int, version: int) -> tuple[str, FileKind, str]:
    """Name, kind and SHA-256 of the paper that shows who has a report. Raises NotFound."""
    row = next((one for one in reports_of(tx, event) if one.version == version), None)
    if row is None or row.proof_file is None or row.proof_kind is None or row.proof_name is None:
        raise NotFound("report.no_proof_file", "This report has no proof as a file. Its proof stands beside it.")
    return row.proof_name, row.proof_kind, row.proof_file


def is_susar(event: AdverseEvent) -> bool:
    """Whether an event is serious, suspected and unexpected, as the two who judge it have said together."""
    relatedness = (event.relatedness, event.sponsor_relatedness)
    expectedness = (event.expectedness, event.sponsor_expectedness)
    return event.serious and rules.suspected_unexpected(relatedness, expectedness)


def counted(tx: ReadTx, study: str) -> list[Counted]:
    """Every event of a study as the stopping rules look at it."""
    infused: dict[int, datetime] = {}
    return [
        counted_of(tx, event, infused)
        for event in tx.every(find.ALL_EVENTS)
        if trial.recipient_facts(tx, event.recipient).study == study
    ]


def counted_of(tx: ReadTx, event: AdverseEvent, infused: dict[int, datetime] | None = None) -> Counted:
    """One event as the stopping rules look at it."""
    known = {} if infused is None else infused
    if event.infusion is not None and event.infusion not in known:
        known[event.infusion] = given_as(tx, event.infusion).started_at
    return Counted(
        id=event.id or 0,
        recipient=event.recipient,
        grade=event.grade,
        serious=event.serious,
        relatedness=(event.relatedness, event.sponsor_relatedness),
        onset_at=event.onset_at,
        infused_at=None if event.infusion is None else known[event.infusion],
    )


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
    running = row.phase is ClockPhase.RUNNING
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
    ended_at: datetime | None = None
    during: bool = False
    coded: str | None = None
    infusion: int | None = None
    relatedness: str | None = None
    expectedness: str | None = None
    sponsor_relatedness: str | None = None
    sponsor_expectedness: str | None = None
    clocks: tuple[ClockView, ...] = ()

    @property
    def may_close(self) -> bool:
        """Whether it is assessed, as far as the reader may know, and owes no report."""
        assessed = self.phase == EventPhase.OPEN and self.relatedness is not None
        return assessed and all(clock.submitted_at is not None for clock in self.clocks)


def event_view(tx: ReadTx, row: AdverseEvent, actor: Actor) -> EventView:
    """An adverse event as `actor` may see it."""
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
        ended_at=row.ended_at,
        coded=row.coded,
        during=reads and _began_during(tx, row),
        infusion=row.infusion if reads else None,
        relatedness=row.relatedness if relates else None,
        expectedness=row.expectedness if relates else None,
        sponsor_relatedness=row.sponsor_relatedness if relates else None,
        sponsor_expectedness=row.sponsor_expectedness if relates else None,
        clocks=tuple(one for one in clocks if relates or one.kind is ClockKind.INVESTIGATOR),
    )


def _began_during(tx: ReadTx, row: AdverseEvent) -> bool:
    """Whether it began while the infusion before it still ran."""
    if row.infusion is None:
        return False
    ended = given_as(tx, row.infusion).ended_at
    return ended is None or row.onset_at <= ended
