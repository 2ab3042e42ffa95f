"""What the screens of safety show: the desk, one event, and where events gather. For who may see relatedness."""

from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum

from cellchain.accounts import queries as accounts
from cellchain.bedside.given import everything_given, given_to
from cellchain.followup.safety import queries, signals, stopping
from cellchain.followup.safety import statements as find
from cellchain.followup.safety.lifecycles import EventPhase
from cellchain.followup.safety.models import AdverseEvent, EventAssessment, SafetyReport
from cellchain.followup.safety.origins import Origin, origin, traced
from cellchain.followup.safety.queries import ClockView, EventView
from cellchain.followup.safety.rules import suspected
from cellchain.followup.safety.signals import Group
from cellchain.followup.safety.stopping import Tally
from cellchain.followup.safety.terms import TERMS, Term
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor
from cellchain.platform.db import ReadTx
from cellchain.trial import queries as trial
from cellchain.trial.definition import StudyDefinition
from cellchain.trial.pauses import queries as pauses
from cellchain.trial.pauses.models import StudyPause

SHOWN_MAX = 300


class Scope(StrEnum):
    """Which events a look at signals counts."""

    ALL = "all"
    SERIOUS = "serious"
    SUSPECTED = "suspected"

    @property
    def label(self) -> T:
        """The scope in words."""
        return _SCOPES[self]


_SCOPES = {
    Scope.ALL: T("All events"),
    Scope.SERIOUS: T("Serious events"),
    Scope.SUSPECTED: T("Suspected events"),
}


@dataclass(frozen=True)
class Line:
    """An event in a list: whose it is, and what it waits for."""

    recipient: str
    event: EventView
    term: Term | None
    susar: bool
    waits: tuple[str, ...]


@dataclass(frozen=True)
class StudySafety:
    """How a study stands: its pause, its rules with what they count now, and earlier pauses."""

    definition: StudyDefinition
    pause: StudyPause | None
    earlier: tuple[StudyPause, ...]
    tallies: tuple[Tally, ...]

    def rule(self, code: str | None) -> Tally | None:
        """The rule of this name."""
        return next((one for one in self.tallies if one.rule.code == code), None)


@dataclass(frozen=True)
class Desk:
    """Everything about safety that somebody has to see to, and the newest of the events that are settled.

    `older` says that there are more of those; the listing has all of them.
    """

    studies: tuple[StudySafety, ...]
    clocks: tuple[ClockView, ...]
    waiting: tuple[Line, ...]
    settled: tuple[Line, ...]
    older: bool
    names: dict[str, str]

    @property
    def paused(self) -> tuple[StudySafety, ...]:
        """The studies in which nobody is treated now."""
        return tuple(one for one in self.studies if one.pause is not None)

    @property
    def late(self) -> int:
        """How many reports should have gone out."""
        return sum(one.state == "late" for one in self.clocks)


def desk(tx: ReadTx, actor: Actor) -> Desk:
    """How safety stands in every study."""
    settled = tx.many(find.SETTLED, limit=SHOWN_MAX + 1)
    studies = tuple(_study(tx, study.code) for study in trial.studies(tx))
    people = {
        name
        for one in studies
        for pause in (*one.earlier, *([one.pause] if one.pause else []))
        for name in _signers(pause)
    }
    return Desk(
        studies=studies,
        clocks=tuple(queries.clocks_running(tx, tx.now)),
        waiting=tuple(_line(tx, row, actor) for row in tx.every(find.WAITING)),
        settled=tuple(_line(tx, row, actor) for row in settled[:SHOWN_MAX]),
        older=len(settled) > SHOWN_MAX,
        names={person: accounts.display_name(tx, person) for person in people},
    )


def _signers(pause: StudyPause) -> list[str]:
    return [one for one in (pause.paused_by, pause.resume_signed_by, pause.lifted_by) if one is not None]


def _study(tx: ReadTx, code: str) -> StudySafety:
    definition = trial.study_definition(tx, code)
    events = queries.counted(tx, code)
    every = pauses.pauses_of(tx, code)
    standing = pauses.standing(tx, code)
    return StudySafety(
        definition=definition,
        pause=standing,
        earlier=tuple(one for one in every if standing is None or one.id != standing.id),
        tallies=tuple(stopping.tally(rule, events) for rule in definition.safety.stopping),
    )


def _line(tx: ReadTx, row: AdverseEvent, actor: Actor) -> Line:
    view = queries.event_view(tx, row, actor)
    return Line(
        recipient=row.recipient,
        event=view,
        term=TERMS.get(row.coded or ""),
        susar=queries.is_susar(row),
        waits=waits_for(row, view),
    )


def waits_for(row: AdverseEvent, view: EventView) -> tuple[str, ...]:
    """What is still to be done about an event, the next first."""
    is_open = row.phase is EventPhase.OPEN
    found = []
    if is_open and row.relatedness is None:
        found.append("assess")
    if row.serious and row.sponsor_relatedness is None:
        found.append("judge")
    if any(clock.submitted_at is None for clock in view.clocks):
        found.append("submit")
    if is_open and not found:
        found.append("close")
    return tuple(found)


@dataclass(frozen=True)
class EventPage:
    """One event with everything about it. `origin` and `arm` are None for who may not see arms."""

    row: AdverseEvent
    line: Line
    definition: StudyDefinition
    expected_to: int
    assessments: tuple[EventAssessment, ...]
    reports: tuple[SafetyReport, ...]
    origin: Origin | None
    number: int | None
    arm: str | None
    died: bool
    names: dict[str, str]

    @property
    def days_after(self) -> int | None:
        """Whole days from the beginning of the infusion to the onset."""
        return None if self.origin is None else (self.row.onset_at - self.origin.started_at).days

    @property
    def is_final_out(self) -> bool:
        """Whether nothing more is reported of it."""
        return any(one.kind == "final" for one in self.reports)


def event_page(tx: ReadTx, number: int, actor: Actor) -> EventPage:
    """One event for `actor`. Raises NotFound."""
    row = tx.get(AdverseEvent, number)
    assessments, reports = queries.assessments_of(tx, number), queries.reports_of(tx, number)
    definition = trial.study_of(tx, row.recipient)
    people = {
        row.reported_by,
        row.closed_by,
        *(one.assessed_by for one in assessments),
        *(one.submitted_by for one in reports),
    }
    theirs = [one.infusion for one in given_to(tx, row.recipient)]
    sees_arm = actor.may(trial.SEE_ARM)
    return EventPage(
        row=row,
        line=_line(tx, row, actor),
        definition=definition,
        expected_to=definition.safety.expected_to(row.coded or ""),
        assessments=tuple(assessments),
        reports=tuple(reports),
        origin=origin(tx, row.infusion) if sees_arm and row.infusion is not None else None,
        number=None if row.infusion is None else theirs.index(row.infusion) + 1,
        arm=trial.arm_of(tx, row.recipient, actor),
        died=trial.recipient_facts(tx, row.recipient).phase == "died",
        names={person: accounts.display_name(tx, person) for person in people if person is not None},
    )


@dataclass(frozen=True)
class Signals:
    """Events gathered by lot, by donor and by passage, out of so many infusions. No recipient is in it."""

    scope: Scope
    infusions: int
    tied: int
    untied: int
    lots: tuple[Group, ...]
    donors: tuple[Group, ...]
    passages: tuple[Group, ...]

    @property
    def standing_out(self) -> int:
        """How many groups somebody should look at."""
        return sum(one.stands_out for one in (*self.lots, *self.donors, *self.passages))


def gathered(tx: ReadTx, scope: Scope) -> Signals:
    """Where the events of a scope gather. Bags without cells are compared among themselves: no donor is behind them."""
    events: defaultdict[int | None, int] = defaultdict(int)
    for event in tx.every(find.ALL_EVENTS):
        if _in_scope(event, scope):
            events[event.infusion] += 1
    given = [_given(one, events[one.infusion]) for one in traced(tx, everything_given(tx))]
    tied = sum(one.events for one in given)
    lots = signals.grouped(given, "cells") + signals.grouped(given, "without")
    return Signals(
        scope=scope,
        infusions=len(given),
        tied=tied,
        untied=sum(events.values()) - tied,
        lots=tuple(sorted(lots, key=lambda one: not one.stands_out)),
        donors=tuple(signals.grouped(given, "donor")),
        passages=tuple(signals.grouped(given, "passage")),
    )


def _in_scope(event: AdverseEvent, scope: Scope) -> bool:
    if scope is Scope.SERIOUS:
        return event.serious
    return scope is Scope.ALL or suspected((event.relatedness, event.sponsor_relatedness))


def _given(one: Origin, events: int) -> signals.Given:
    lots: Sequence[str] = () if one.lot is None else (one.lot,)
    groups = {
        "cells" if one.donors else "without": lots,
        "donor": one.donors,
        "passage": () if one.passage is None or not one.donors else (f"P{one.passage}",),
    }
    return signals.Given(one.infusion, groups, events)
