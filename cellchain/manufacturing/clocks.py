"""The clocks that run on a batch: marrow to separate, cells that lie open, medium, culture, and bags that expire.

How long each runs stands in the master record, the donation or the bag; nothing is kept here.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from cellchain.donors import queries as donors
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.manufacturing import batch_record, queries
from cellchain.manufacturing.facts import ContainerFacts
from cellchain.manufacturing.record_views import Progress
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


def clocks_of_lot(tx: ReadTx, lot: str) -> tuple[Clock, ...]:
    """`clocks_of` for who has nothing but the lot's code. Raises NotFound."""
    return clocks_of(tx, batch_record.progress(tx, lot), queries.containers_of(tx, lot))


def clocks_of(tx: ReadTx, page: Progress, containers: Sequence[ContainerFacts]) -> tuple[Clock, ...]:
    """Every clock that runs on an open lot with these `containers`, what ends first at the top; none once the lot is
    completed."""
    if page.lot.phase != LotPhase.OPEN:
        return ()
    found = [*_marrow(tx, page), *_open_cells(page), *_culture(tx, page, containers), *_bags(containers)]
    return tuple(sorted(found, key=lambda clock: (clock.until, clock.key)))


def _marrow(tx: ReadTx, page: Progress) -> Iterator[Clock]:
    """Marrow ages from its harvest; one clock, for the oldest, until it is separated."""
    if any(step.act == Act.SEPARATE and step.key in page.started for step in page.definition.steps):
        return
    given = [donors.donation_facts(tx, code) for code in page.lot.sources if code.startswith("DO")]
    oldest = min(given, key=lambda facts: facts.process_by, default=None)
    if oldest is not None:
        ask = T("Separate the marrow of batch {lot}.", lot=grouped(page.lot.code))
        yield Clock("marrow", T("separate the marrow by"), oldest.ended_at, oldest.process_by, ask)


def _open_cells(page: Progress) -> Iterator[Clock]:
    """While a step runs in which cells lie open, they lie open until it is completed."""
    running = page.running
    if running is not None and running.step.open_minutes is not None:
        until = running.started_at + timedelta(minutes=running.step.open_minutes)
        yield Clock("open", T("cells lie open, complete the step by"), running.started_at, until)


def _culture(tx: ReadTx, page: Progress, containers: Sequence[ContainerFacts]) -> Iterator[Clock]:
    """Cells in culture are fed and harvested in time."""
    vessels = [row for row in containers if _is(row, ContainerKind.VESSEL, ContainerPhase.IN_USE)]
    if not vessels:
        return
    feeding = [step.key for step in page.definition.steps if step.act == Act.CHANGE_MEDIUM]
    fed = [batch_record.last_completed(tx, page.lot.code, key) for key in feeding]
    last_fed = max([*(at for at in fed if at is not None), *(row.made_at for row in vessels)])
    medium = timedelta(hours=page.definition.medium_hours)
    ask = T("Change the medium of batch {lot}.", lot=grouped(page.lot.code))
    yield Clock("medium", T("change the medium by"), last_fed, last_fed + medium, ask)
    oldest = min(vessels, key=lambda row: row.made_at)
    hours = page.definition.culture_hours if oldest.passage else page.definition.primary_hours
    until = oldest.made_at + timedelta(hours=hours)
    ask = T("Harvest the culture of batch {lot}.", lot=grouped(page.lot.code))
    yield Clock("culture", T("harvest the culture by"), oldest.made_at, until, ask)


def _bags(containers: Sequence[ContainerFacts]) -> Iterator[Clock]:
    """A bag's time runs from its suspension to its expiry."""
    bags = [row for row in containers if _is(row, ContainerKind.INFUSION_BAG, ContainerPhase.FILLED)]
    times = [(row.expires_at, row.made_at) for row in bags if row.expires_at is not None]
    if times:
        expires_at, made_at = min(times)
        yield Clock("bag", T("first bag expires"), made_at, expires_at)


def _is(row: ContainerFacts, kind: ContainerKind, phase: ContainerPhase) -> bool:
    return row.kind == kind and row.phase == phase
