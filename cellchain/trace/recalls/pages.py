"""What the pages of recalls, exercises and late positives show: a hundred things a page. An export holds all."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from cellchain.accounts.queries import display_name
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.describe import sees_content
from cellchain.manufacturing.facts import LotFacts
from cellchain.manufacturing.lineage import Item
from cellchain.platform.db import ReadTx
from cellchain.quality import queries as quality
from cellchain.quality.recalls import queries
from cellchain.quality.recalls.queries import AlertFacts, LateFacts, RecallFacts, Scope
from cellchain.quality.recalls.rules import Audience, Criteria, RecallKind, RecallPhase, Tally
from cellchain.quality.rules.lifecycles import DispositionPhase
from cellchain.trace.recalls.fates import (
    Affected,
    Fate,
    counted,
    fates,
    recipients,
    sees_all,
    sees_recipients,
    visible,
)
from cellchain.trace.recalls.rules import GONE, State
from cellchain.trace.recalls.sent import Sent, sent

ROWS = 100
LOTS_SHOWN = 50
SOURCES_SHOWN = 40
SECONDS_UP_TO = 120
PHASES = {
    RecallPhase.STARTED: ("now", T("Started")),
    RecallPhase.LISTED: ("now", T("Listed")),
    RecallPhase.SIGNED: ("stop", T("Stopped")),
    RecallPhase.CLOSED: ("ok", T("Closed")),
}
KINDS = {RecallKind.RECALL: T("Recall"), RecallKind.EXERCISE: T("Exercise")}
AUDIENCES = {Audience.QA: T("QA"), Audience.PHYSICIAN: T("Physician"), Audience.SPONSOR: T("Sponsor")}


@dataclass(frozen=True)
class Lap:
    """One time of the stopwatch: what had been reached, when, by whom, and how long after the start."""

    name: T
    at: datetime | None
    person: str | None
    took: T | None


@dataclass(frozen=True)
class Origin:
    """What everything that was found came from, each kind by code; `more` were left out."""

    donors: Sequence[str]
    donations: Sequence[str]
    reagents: Sequence[str]
    more: int


@dataclass(frozen=True)
class Reached:
    """What a recall reaches, as far as the reader may know it. `stopped_count` containers were recalled before."""

    scope: Scope
    lots: Sequence[tuple[LotFacts, DispositionPhase | None]]
    lots_count: int
    origin: Origin
    found: Sequence[Fate]
    rows: Sequence[Fate]
    counts: dict[State, int]
    state: State | None
    page: int
    pages: int
    recipients: Sequence[Affected]
    recipients_count: int
    sees_things: bool
    sees_recipients: bool
    sees_all: bool
    stopped_count: int

    @property
    def left(self) -> int:
        """How many things may still be somewhere."""
        return sum(count for state, count in self.counts.items() if state not in GONE)

    @property
    def tally(self) -> Tally:
        """Found against accounted for, as the record says it now."""
        gone = sum(count for state, count in self.counts.items() if state in GONE)
        apart = self.counts.get(State.SET_APART, 0)
        return Tally(gone=gone, set_apart=apart, sought=sum(self.counts.values()) - gone - apart)


@dataclass(frozen=True)
class RecallPage:
    """One recall or exercise: its stopwatch, what it reaches, who was told."""

    recall: RecallFacts
    reached: Reached
    laps: Sequence[Lap]
    alerts: Sequence[AlertFacts]
    names: dict[str, str]
    is_late: frozenset[int]
    is_listed: bool
    set_apart_count: int
    sent: Sequence[Sent]

    @property
    def may_write(self) -> bool:
        """Whether its list is final, so that letters may go out."""
        kept = self.recall.placed_at if not self.recall.is_exercise else self.recall.listed_at
        return kept is not None

    @property
    def tally(self) -> Tally:
        """Found against accounted for: as it was counted at the end, or as the record says now while it goes on."""
        now, accounted = self.reached.tally, self.recall.accounted_count
        if accounted is None:
            return now
        apart = min(self.set_apart_count, accounted)
        return Tally(gone=accounted - apart, set_apart=apart, sought=max(0, now.found - accounted))


@dataclass(frozen=True)
class LatePage:
    """One late positive: what grew in what, everybody and everything that shares its origin, and who was told."""

    late: LateFacts
    deviation: str
    test: T
    reached: Reached
    exposed: Sequence[Affected]
    held_count: int
    held_lots_count: int
    passages: Sequence[int]
    alerts: Sequence[AlertFacts]
    names: dict[str, str]
    is_late: frozenset[int]


@dataclass(frozen=True)
class History:
    """Every recall, exercise and late positive, the newest first, and how long ago somebody practised."""

    recalls: Sequence[RecallFacts]
    lates: Sequence[LateFacts]
    last_exercise_at: datetime | None
    names: dict[str, str]


def history(tx: ReadTx) -> History:
    """Everything that was recalled or practised."""
    rows, lates = queries.recalls(tx), queries.late_positives(tx)
    people = [*(row.started_by for row in rows), *(row.placed_by for row in rows), *(row.reported_by for row in lates)]
    return History(rows, lates, queries.last_exercise_at(tx), names_of(tx, people))


def preview(tx: ReadTx, criteria: Criteria, actor: Actor, state: State | None = None, page: int = 1) -> Reached:
    """What a recall would reach now. Raises what `queries.find` does."""
    return reached(tx, queries.find(tx, criteria), actor, {}, state, page)


def recall_page(tx: ReadTx, number: int, actor: Actor, state: State | None = None, page: int = 1) -> RecallPage:
    """One recall or exercise. Raises NotFound."""
    recall = queries.recall_facts(tx, number)
    scope = scope_of(tx, recall)
    put_aside = queries.finds_of(tx, number)
    alerts = queries.alerts_of(tx, recall=number)
    people = [recall.started_by, recall.placed_by, recall.closed_by, *_told(alerts)]
    return RecallPage(
        recall=recall,
        reached=reached(tx, scope, actor, put_aside, state, page),
        laps=laps(recall, alerts),
        alerts=shown_alerts(alerts, actor),
        names=names_of(tx, people),
        is_late=_overdue(alerts, tx.now),
        is_listed=bool(recall.items),
        set_apart_count=len(put_aside),
        sent=sent(tx, number),
    )


def scope_of(tx: ReadTx, recall: RecallFacts) -> Scope:
    """What a recall holds on its list; before there is one, what it would hold now."""
    if not recall.items:
        return queries.find(tx, recall.criteria)
    lots = tuple(code for code in recall.items if code.startswith("LT"))
    return Scope(recall.root, lots, queries.containers_among(tx, recall.items))


def late_page(tx: ReadTx, number: int, actor: Actor, state: State | None = None, page: int = 1) -> LatePage:
    """One late positive. Raises NotFound."""
    row = queries.late_positive(tx, number)
    scope = queries.siblings_of(tx, row.lot)
    alerts = queries.alerts_of(tx, late_positive=number)
    found = reached(tx, scope, actor, {}, state, page)
    exposed = set(row.exposed)
    return LatePage(
        late=row,
        deviation=quality.deviation_facts(tx, row.deviation).number,
        test=quality.result_facts(tx, row.result).limit.name,
        reached=found,
        exposed=[one for one in found.recipients if exposed.intersection(one.got)],
        held_count=sum(not code.startswith("LT") for code in row.held),
        held_lots_count=sum(code.startswith("LT") for code in row.held),
        passages=sorted({item.passage for item in scope.containers if item.passage is not None}),
        alerts=shown_alerts(alerts, actor),
        names=names_of(tx, [row.reported_by, *_told(alerts)]),
        is_late=_overdue(alerts, tx.now),
    )


def reached(
    tx: ReadTx, scope: Scope, actor: Actor, put_aside: dict[str, str], state: State | None, page: int
) -> Reached:
    """Everything of a scope with its fate; `page` of those in one state, or of all."""
    everything = fates(tx, scope.containers, put_aside)
    found = visible(everything, actor)
    things = sees_content(actor)
    rows = [fate for fate in found if state is None or fate.state is state] if things else []
    pages = max(1, -(-len(rows) // ROWS))
    page = min(max(1, page), pages)
    affected = recipients(found)
    return Reached(
        scope=scope,
        lots=_lots(tx, scope.lots) if sees_all(actor) else [],
        lots_count=len(scope.lots),
        origin=_origin(tx, scope) if sees_all(actor) else Origin((), (), (), 0),
        found=found,
        rows=rows[(page - 1) * ROWS : page * ROWS],
        counts=counted(found),
        state=state,
        page=page,
        pages=pages,
        recipients=affected if sees_recipients(actor) else [],
        recipients_count=len(affected),
        sees_things=things,
        sees_recipients=sees_recipients(actor),
        sees_all=sees_all(actor),
        stopped_count=len(queries.recalled_among(tx, [item.code for item in scope.containers])),
    )


def _lots(tx: ReadTx, codes: Sequence[str]) -> list[tuple[LotFacts, DispositionPhase | None]]:
    shown = codes[:LOTS_SHOWN]
    phases = queries.dispositions_among(tx, shown)
    return [(manufacturing.lot_facts(tx, code), phases.get(code)) for code in shown]


def _origin(tx: ReadTx, scope: Scope) -> Origin:
    behind = queries.came_from(tx, scope.lots or [item.code for item in scope.containers])
    donors = sorted(code for code in behind if code.startswith("DN"))
    donations = sorted(code for code in behind if code.startswith("DO"))
    reagents = queries.reagents_of(tx, scope.lots)
    parts = (donors, donations, reagents)
    more = sum(max(0, len(part) - SOURCES_SHOWN) for part in parts)
    return Origin(donors[:SOURCES_SHOWN], donations[:SOURCES_SHOWN], reagents[:SOURCES_SHOWN], more)


# ---- the stopwatch ---------------------------------------------------------------------------------------------------


def laps(recall: RecallFacts, alerts: Sequence[AlertFacts]) -> list[Lap]:
    """The stopwatch: every time stands in the ledger, and what is not reached yet has none."""
    read = [row.acknowledged_at for row in alerts]
    last = max(alerts, key=lambda row: row.acknowledged_at or row.raised_at, default=None)
    all_read = last is not None and None not in read
    found = [
        Lap(T("Started"), recall.started_at, recall.started_by, None),
        _lap(T("List complete"), recall, recall.listed_at, None),
    ]
    if not recall.is_exercise:
        found.append(_lap(T("Signed: everything stopped"), recall, recall.placed_at, recall.placed_by))
    read_at = last.acknowledged_at if all_read and last is not None else None
    found.append(_lap(T("Everybody has acknowledged"), recall, read_at, None))
    found.append(_lap(T("Closed"), recall, recall.closed_at, recall.closed_by))
    return found


def _lap(name: T, recall: RecallFacts, at: datetime | None, person: str | None) -> Lap:
    return Lap(name, at, person, None if at is None else took(at - recall.started_at))


def took(span: timedelta) -> T:
    """How long something took: in seconds as long as these are what one wants to know."""
    seconds = span.total_seconds()
    if seconds < 10:
        return T("{count} s", count=Decimal(f"{seconds:.1f}"))
    return T("{count} s", count=round(seconds)) if seconds < SECONDS_UP_TO else T("{span}", span=span)


# ---- who was told ----------------------------------------------------------------------------------------------------


def shown_alerts(alerts: Iterable[AlertFacts], actor: Actor) -> list[AlertFacts]:
    """What of it this person may see: who treats whom is nobody's business who may not see recipients."""
    names_physicians = sees_recipients(actor)
    return [row for row in alerts if row.audience is not Audience.PHYSICIAN or names_physicians]


def may_acknowledge(row: AlertFacts, actor: Actor) -> bool:
    """Whether this alert waits for this person."""
    is_theirs = row.audience in queries.audiences(actor.roles) and row.raised_by != actor.person
    return row.acknowledged_at is None and is_theirs and actor.may("quality.acknowledge_alert")


def _overdue(alerts: Iterable[AlertFacts], now: datetime) -> frozenset[int]:
    return frozenset(row.id for row in alerts if (row.acknowledged_at or now) > row.due_at)


def _told(alerts: Iterable[AlertFacts]) -> list[str | None]:
    return [person for row in alerts for person in (row.person, row.acknowledged_by)]


def names_of(tx: ReadTx, people: Iterable[str | None]) -> dict[str, str]:
    """Names of staff, by code."""
    return {person: display_name(tx, person) for person in sorted({one for one in people if one is not None})}


def grouped_by_place(found: Sequence[Fate]) -> dict[str, list[Item]]:
    """What is still somewhere, by the name of the place; under "" what has none."""
    by_place: dict[str, list[Item]] = {}
    for fate in found:
        if fate.state not in GONE and fate.state is not State.SET_APART:
            by_place.setdefault(fate.place.location_name if fate.place is not None else "", []).append(fate.item)
    return by_place
