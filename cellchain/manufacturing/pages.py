"""What the pages of manufacturing show beside the facts: lists with their clocks, and the way of a lot."""

from datetime import datetime

from cellchain.accounts.emergency.marks import Marks, marks_of
from cellchain.accounts.queries import display_name
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.labels.worn import Worn
from cellchain.ledger.actor import Actor
from cellchain.manufacturing import batch_record, describe, environment, label_work, queries, stations
from cellchain.manufacturing.balances.queries import Book, CheckFacts, book_of, checks_of_lot
from cellchain.manufacturing.bench import LimitRow, limit_row
from cellchain.manufacturing.clocks import Clock, clocks_of
from cellchain.manufacturing.environment import Reading
from cellchain.manufacturing.facts import ContainerFacts, GrowthFacts, LotFacts, Stage
from cellchain.manufacturing.growth import GrowthView, growth_view
from cellchain.manufacturing.label_work import LabelWork
from cellchain.manufacturing.models import LineClearance
from cellchain.manufacturing.record_views import Progress, StepView
from cellchain.manufacturing.rules.definition import Definition, Title
from cellchain.manufacturing.rules.lifecycles import ContainerKind, ContainerPhase, LotPhase, StepPhase
from cellchain.manufacturing.rules.training import TrainingStanding
from cellchain.manufacturing.stations import OpenRecord
from cellchain.materials import queries as materials
from cellchain.platform.db import ReadTx
from cellchain.web.i18n import Voice
from cellchain.web.paging import Listed

OPEN_MAX = 60
# So many steps stand on one page of a batch record: a batch of the trial fits on one.
# A leaf costs what its steps cost, so that no record makes its page cost more than twice that of one with ten steps.
LEAF_STEPS = 20
OUTSIDE_MAX = 50
STAGE_NAMES = {
    "marrow": T("Marrow"),
    "separation": T("Separation"),
    "harvest": T("Harvest"),
    "bank": T("Bank"),
    "bags": T("Bags"),
}


@dataclass(frozen=True)
class BatchLine:
    """An open lot in the list: where it is, what runs or comes next, what needs a person, and its clock."""

    lot: LotFacts
    location: str
    title: Title | None
    is_running: bool
    verify_count: int
    outside_count: int
    clocks: tuple[Clock, ...]


@dataclass(frozen=True)
class Stop:
    """A stop of the chain line, as `ui.chain` draws it."""

    href: str
    count: int
    name: T
    flag: tuple[str, T] | None = None
    mine: bool = False


@dataclass(frozen=True)
class BatchesPage:
    """All lots: the chain line, open lots by their clocks, clearances that wait, and what is done."""

    stops: tuple[Stop, ...]
    lines: tuple[BatchLine, ...]
    lots: Listed
    clearances: tuple[LineClearance, ...]
    record: OpenRecord | None
    places: dict[str, str]
    names: dict[str, str]


def batches_page(tx: ReadTx, actor: Actor, page: Listed) -> BatchesPage:
    """What is being made, a page of the list of lots, and the record that lies open where `actor` stands."""
    lines = [batch_line(tx, lot) for lot in queries.open_lots(tx)[:OPEN_MAX]]
    clearances = queries.open_clearances(tx)
    people = {row.cleared_by for row in clearances} | {row.verified_by for row in clearances if row.verified_by}
    return BatchesPage(
        stops=tuple(stop_of(stage) for stage in queries.stages(tx)),
        lines=tuple(sorted(lines, key=_by_clock)),
        lots=page.shown(queries.lot_lines(tx, page.rows)),
        clearances=tuple(clearances),
        record=stations.record_at(tx, actor.device),
        places={place.code: place.name for place in materials.locations(tx)},
        names={person: display_name(tx, person) for person in people},
    )


def stop_of(stage: Stage) -> Stop:
    """One stop of the chain line: culture by passage, everything else by its name."""
    name = T("P{passage}", passage=stage.passage) if stage.key == "culture" else STAGE_NAMES[stage.key]
    return Stop("/manufacturing", stage.containers_count, name)


def batch_line(tx: ReadTx, lot: LotFacts) -> BatchLine:
    """One open lot, with what it waits for."""
    page = batch_record.progress(tx, lot.code)
    title = page.running.step.title if page.running is not None else page.coming[0].title if page.coming else None
    return BatchLine(
        lot=lot,
        location=materials.location_facts(tx, lot.location).name,
        title=title,
        is_running=page.running is not None,
        verify_count=page.to_verify_count,
        outside_count=batch_record.tally(tx, lot.code).outside,
        clocks=clocks_of(tx, page, queries.containers_of(tx, lot.code)),
    )


def _by_clock(line: BatchLine) -> tuple[bool, float, str]:
    return not line.clocks, line.clocks[0].until.timestamp() if line.clocks else 0.0, line.lot.code


# ---- one lot ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Leaf:
    """One page of a batch record: its steps, and the first step of the pages before and after it, where there are."""

    steps: tuple[StepView, ...]
    before: int | None
    after: int | None


@dataclass(frozen=True)
class LotSheet:
    """Everything on a lot's page: how far it is, one page of its batch record, and what stands out in the whole."""

    page: Progress
    leaf: Leaf
    location: str
    vein: tuple[list[str], int]
    containers: tuple[ContainerFacts, ...]
    grown: tuple[GrowthFacts, ...]
    growth: GrowthView
    outside: tuple[LimitRow, ...]
    outside_count: int
    within_count: int
    corrected_count: int
    late_count: int
    clocks: tuple[Clock, ...]
    readings: tuple[Reading, ...]
    checks: tuple[CheckFacts, ...]
    bags: tuple[ContainerFacts, ...]
    labels: LabelWork
    names: dict[str, str]
    marks: Marks


def lot_sheet(tx: ReadTx, code: str, voice: Voice, first: int | None = None) -> LotSheet:
    """A lot's page, with its steps from number `first` on; without it, those done last. Raises NotFound."""
    page = batch_record.progress(tx, code)
    leaf = leaf_of(tx, code, page.definition, first)
    counted = batch_record.tally(tx, code)
    containers, grown = queries.containers_of(tx, code), queries.growth_of(tx, code)
    people = {page.lot.opened_by} | {person for view in leaf.steps for person in view.people}
    return LotSheet(
        page=page,
        leaf=leaf,
        location=materials.location_facts(tx, page.lot.location).name,
        vein=_vein(page, voice),
        containers=tuple(containers),
        grown=tuple(grown),
        growth=growth_view(tx, page.lot, page.definition, containers, grown),
        outside=tuple(
            limit_row(value.title, value, voice, is_recount=value.replaces is not None)
            for value in batch_record.outside_of(tx, code, page.definition, OUTSIDE_MAX)
            if value.title is not None
        ),
        outside_count=counted.outside,
        within_count=counted.within,
        corrected_count=counted.corrected,
        late_count=counted.late,
        clocks=clocks_of(tx, page, containers),
        readings=tuple(environment.readings_during(tx, page.lot, voice)),
        checks=tuple(checks_of_lot(tx, code)),
        bags=tuple(row for row in containers if row.kind == ContainerKind.INFUSION_BAG),
        labels=label_work.of_lot(tx, code, containers),
        names={person: display_name(tx, person) for person in sorted(people)},
        marks=marks_of(tx, people).among({act for view in leaf.steps for act in view.acts}),
    )


def leaf_of(tx: ReadTx, code: str, definition: Definition, first: int | None) -> Leaf:
    """One page of a lot's steps. Without `first` it is the last one, where the work is."""
    count = sum(done.count for done in batch_record.done_steps(tx, code))
    last = max(1, count - LEAF_STEPS + 1)
    start = last if first is None else min(max(1, first), max(1, count))
    end = start + LEAF_STEPS
    return Leaf(
        steps=batch_record.some_steps(tx, code, definition, start, LEAF_STEPS),
        before=max(1, start - LEAF_STEPS) if start > 1 else None,
        after=min(end, last) if end <= count else None,
    )


def _vein(page: Progress, voice: Voice) -> tuple[list[str], int]:
    keys = [step.key for step in page.definition.steps]
    titles = [step.title.words(voice.language) for step in page.definition.steps]
    if page.running is not None:
        return titles, keys.index(page.running.step.key)
    if page.coming:
        return titles, keys.index(page.coming[0].key)
    return titles, len(keys) - 1


# ---- one container ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Way:
    """One step of the cells, seen from a container: the other thing, what it is, and what happened."""

    code: str
    title: T
    kind: str
    at: datetime


@dataclass(frozen=True)
class ContainerSheet:
    """A container with what went into it and what came of it."""

    facts: ContainerFacts
    title: T
    lot: LotFacts | None
    came_from: tuple[Way, ...]
    went_into: tuple[Way, ...]
    maker: str
    donation: str | None
    label: Worn | None
    book: Book


def container_sheet(tx: ReadTx, code: str) -> ContainerSheet:
    """A container's page. Raises NotFound."""
    facts = queries.container_facts(tx, code)
    before = [(edge.source, edge.kind, edge.at) for edge in queries.edges_to(tx, [code]) if edge.kind != "lot"]
    after = [(edge.target, edge.kind, edge.at) for edge in queries.edges_from(tx, [code])]
    return ContainerSheet(
        facts=facts,
        title=describe.title_of(facts),
        lot=None if facts.lot is None else queries.lot_facts(tx, facts.lot),
        came_from=tuple(_way(tx, *step) for step in before),
        went_into=tuple(_way(tx, *step) for step in after),
        maker=display_name(tx, facts.made_by),
        donation=facts.donation,
        label=label_work.of_container(tx, facts),
        book=book_of(tx, code),
    )


def _way(tx: ReadTx, code: str, kind: str, at: datetime) -> Way:
    return Way(code, describe.title_of(queries.container_facts(tx, code)), kind, at)


# ---- how things stand, in shape and words ----------------------------------------------------------------------------


def step_status(phase: StepPhase) -> tuple[str, T]:
    """Shape and words for how far a step went."""
    return {
        StepPhase.STARTED: ("now", T("Running")),
        StepPhase.COMPLETED: ("pend", T("To be verified")),
        StepPhase.VERIFIED: ("ok", T("Verified")),
    }[phase]


def lot_status(phase: LotPhase) -> tuple[str, T]:
    """Shape and words for where a lot stands."""
    return {
        LotPhase.OPEN: ("now", T("Open")),
        LotPhase.COMPLETED: ("ok", T("Completed")),
        LotPhase.CLOSED: ("ok", T("Closed")),
        LotPhase.DISCARDED: ("off", T("Discarded")),
    }[phase]


def container_status(phase: ContainerPhase) -> tuple[str, T]:
    """Shape and words for what became of a container."""
    return {
        ContainerPhase.IN_USE: ("now", T("In use")),
        ContainerPhase.STORED: ("ok", T("Stored")),
        ContainerPhase.FILLED: ("ok", T("Filled")),
        ContainerPhase.SPENT: ("off", T("Used up")),
        ContainerPhase.DISCARDED: ("off", T("Discarded")),
    }[phase]


def training_status(standing: TrainingStanding) -> tuple[str, T]:
    """Shape and words for how somebody stands towards a master record."""
    return {
        TrainingStanding.CURRENT: ("ok", T("Trained")),
        TrainingStanding.EXPIRING: ("warn", T("Ends soon")),
        TrainingStanding.EXPIRED: ("stop", T("Ended")),
        TrainingStanding.MISSING: ("stop", T("Not trained")),
    }[standing]
