"""The clocks that run on a batch: marrow to separate, cells that lie open, medium, culture, and bags that expire.

How long each runs stands in the master record, the donation or the bag; nothing is kept here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cellchain.donors import queries as donors
from cellchain.kernel.text import T
from cellchain.manufacturing.batch_record import LotPage
from cellchain.manufacturing.facts import ContainerFacts
from cellchain.manufacturing.rules.definition import Act
from cellchain.manufacturing.rules.lifecycles import ContainerKind, ContainerPhase, LotPhase
from cellchain.platform.db import ReadTx
from cellchain.web.format import grouped

# The last quarter of its time is "soon": our own assumption.
SOON_PARTS = 4


@dataclass(frozen=True)
class Clock:
    """One time limit: what has to happen, what a person does about it, from when it runs, and until when.

    `ask` is the sentence of a worklist; None where another line of the worklist says it already.
    """

    key: str
    what: T
    since: datetime
    until: datetime
    ask: T | None = None

    def stands(self, now: datetime) -> tuple[str, T]:
        """Shape and word: overdue, soon, or running."""
        if now > self.until:
            return "stop", T("Overdue")
        is_soon = (self.until - now) * SOON_PARTS < self.until - self.since
        return ("warn", T("Soon")) if is_soon else ("now", T("Running"))


def clocks_of(tx: ReadTx, page: LotPage) -> tuple[Clock, ...]:
    """Every clock that runs on an open lot, what ends first at the top; none once the lot is completed."""
    if page.lot.phase != LotPhase.OPEN:
        return ()
    found = [*_marrow(tx, page), *_open_cells(page), *_culture(page), *_bags(page)]
    return tuple(sorted(found, key=lambda clock: (clock.until, clock.key)))


def _marrow(tx: ReadTx, page: LotPage) -> Iterator[Clock]:
    """Marrow ages from its harvest; one clock, for the oldest, until it is separated."""
    if any(view.step.act == Act.SEPARATE for view in page.steps):
        return
    given = [donors.donation_facts(tx, code) for code in page.lot.sources if code.startswith("DO")]
    oldest = min(given, key=lambda facts: facts.process_by, default=None)
    if oldest is not None:
        ask = T("Separate the marrow of batch {lot}.", lot=grouped(page.lot.code))
        yield Clock("marrow", T("separate the marrow by"), oldest.ended_at, oldest.process_by, ask)


def _open_cells(page: LotPage) -> Iterator[Clock]:
    """While a step runs in which cells lie open, they lie open until it is completed."""
    running = page.running
    if running is not None and running.step.open_minutes is not None:
        until = running.started_at + timedelta(minutes=running.step.open_minutes)
        yield Clock("open", T("cells lie open, complete the step by"), running.started_at, until)


def _culture(page: LotPage) -> Iterator[Clock]:
    """Cells in culture are fed and harvested in time."""
    vessels = [row for row in page.containers if _is(row, ContainerKind.VESSEL, ContainerPhase.IN_USE)]
    if not vessels:
        return
    fed = [view.completed_at for view in page.steps if view.step.act == Act.CHANGE_MEDIUM and view.completed_at]
    last_fed = max([*fed, *(row.made_at for row in vessels)])
    medium = timedelta(hours=page.definition.medium_hours)
    ask = T("Change the medium of batch {lot}.", lot=grouped(page.lot.code))
    yield Clock("medium", T("change the medium by"), last_fed, last_fed + medium, ask)
    oldest = min(vessels, key=lambda row: row.made_at)
    hours = page.definition.culture_hours if oldest.passage else page.definition.primary_hours
    until = oldest.made_at + timedelta(hours=hours)
    ask = T("Harvest the culture of batch {lot}.", lot=grouped(page.lot.code))
    yield Clock("culture", T("harvest the culture by"), oldest.made_at, until, ask)


def _bags(page: LotPage) -> Iterator[Clock]:
    """A bag's time runs from its suspension to its expiry."""
    bags = [row for row in page.containers if _is(row, ContainerKind.INFUSION_BAG, ContainerPhase.FILLED)]
    times = [(row.expires_at, row.made_at) for row in bags if row.expires_at is not None]
    if times:
        expires_at, made_at = min(times)
        yield Clock("bag", T("first bag expires"), made_at, expires_at)


def _is(row: ContainerFacts, kind: ContainerKind, phase: ContainerPhase) -> bool:
    return row.kind == kind and row.phase == phase
