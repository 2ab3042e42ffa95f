"""What the pages of manufacturing show beside the facts: lists with their clocks, and the way of a lot."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cellchain.accounts.queries import display_name
from cellchain.donors import queries as donors
from cellchain.kernel.text import T
from cellchain.manufacturing import batch_record, charts, describe, queries
from cellchain.manufacturing.batch_record import LotPage
from cellchain.manufacturing.bench import LimitRow, limit_row
from cellchain.manufacturing.charts import GrowthChart
from cellchain.manufacturing.facts import ContainerFacts, LotFacts, Stage
from cellchain.manufacturing.models import LineClearance
from cellchain.manufacturing.rules.definition import Act, Standing, Title
from cellchain.manufacturing.rules.lifecycles import ContainerKind, ContainerPhase, LotPhase, StepPhase, ValuePhase
from cellchain.manufacturing.rules.training import TrainingStanding
from cellchain.materials import queries as materials
from cellchain.platform.db import ReadTx
from cellchain.web.i18n import Voice

OPEN_MAX = 60
# Medium lasts two to three days (domain.md 3.2); the clock shows the later end.
MEDIUM_LASTS = timedelta(hours=72)
STAGE_NAMES = {
    "marrow": T("Marrow"),
    "separation": T("Separation"),
    "harvest": T("Harvest"),
    "bank": T("Bank"),
    "bags": T("Bags"),
}


@dataclass(frozen=True)
class Clock:
    """The time that matters in a lot: until when what has to happen."""

    what: T
    until: datetime


@dataclass(frozen=True)
class BatchLine:
    """An open lot in the list: where it is, what runs or comes next, what needs a person, and its clock."""

    lot: LotFacts
    location: str
    title: Title | None
    is_running: bool
    verify_count: int
    outside_count: int
    clock: Clock | None


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
    done: tuple[LotFacts, ...]
    clearances: tuple[LineClearance, ...]
    places: dict[str, str]
    names: dict[str, str]


def batches_page(tx: ReadTx) -> BatchesPage:
    """The list of batches, bounded."""
    lines = [batch_line(tx, lot) for lot in queries.open_lots(tx)[:OPEN_MAX]]
    clearances = queries.open_clearances(tx)
    people = {row.cleared_by for row in clearances} | {row.verified_by for row in clearances if row.verified_by}
    return BatchesPage(
        stops=tuple(stop_of(stage) for stage in queries.stages(tx)),
        lines=tuple(sorted(lines, key=_by_clock)),
        done=tuple(lot for lot in queries.lots(tx, OPEN_MAX) if lot.phase != LotPhase.OPEN),
        clearances=tuple(clearances),
        places={place.code: place.name for place in materials.locations(tx)},
        names={person: display_name(tx, person) for person in people},
    )


def stop_of(stage: Stage) -> Stop:
    """One stop of the chain line: culture by passage, everything else by its name."""
    name = T("P{passage}", passage=stage.passage) if stage.key == "culture" else STAGE_NAMES[stage.key]
    return Stop("/manufacturing", stage.containers_count, name)


def batch_line(tx: ReadTx, lot: LotFacts) -> BatchLine:
    """One open lot, with what it waits for."""
    page = batch_record.lot_page(tx, lot.code)
    title = page.running.step.title if page.running is not None else page.coming[0].title if page.coming else None
    return BatchLine(
        lot=lot,
        location=materials.location_facts(tx, lot.location).name,
        title=title,
        is_running=page.running is not None,
        verify_count=len(page.to_verify),
        outside_count=len(page.outside),
        clock=clock_of(tx, page),
    )


def _by_clock(line: BatchLine) -> tuple[bool, float, str]:
    return line.clock is None, 0.0 if line.clock is None else line.clock.until.timestamp(), line.lot.code


def clock_of(tx: ReadTx, page: LotPage) -> Clock | None:
    """The next time limit in an open lot: a bag's expiry, marrow to process, medium to change."""
    bags = [row.expires_at for row in page.containers if _is_filled(row) and row.expires_at is not None]
    if bags:
        return Clock(T("first bag expires"), min(bags))
    if not any(view.step.act == Act.SEPARATE for view in page.steps):
        limits = [donors.donation_facts(tx, code).process_by for code in page.lot.sources if code.startswith("DO")]
        if limits:
            return Clock(T("separate by"), min(limits))
    vessels = [
        row for row in page.containers if row.kind == ContainerKind.VESSEL and row.phase == ContainerPhase.IN_USE
    ]
    if not vessels:
        return None
    fed = [
        view.completed_at for view in page.steps if view.step.act == Act.CHANGE_MEDIUM and view.completed_at is not None
    ]
    return Clock(T("change the medium by"), max([*fed, *(row.made_at for row in vessels)]) + MEDIUM_LASTS)


def _is_filled(row: ContainerFacts) -> bool:
    return row.kind == ContainerKind.INFUSION_BAG and row.phase == ContainerPhase.FILLED


# ---- one lot ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LotSheet:
    """Everything on a lot's page beside its batch record."""

    page: LotPage
    location: str
    vein: tuple[list[str], int]
    outside: tuple[LimitRow, ...]
    within_count: int
    corrected_count: int
    late_count: int
    clock: Clock | None
    chart: GrowthChart | None
    bags: tuple[ContainerFacts, ...]
    names: dict[str, str]


def lot_sheet(tx: ReadTx, code: str, voice: Voice) -> LotSheet:
    """A lot's page. Raises NotFound."""
    page = batch_record.lot_page(tx, code)
    values = [value for view in page.steps for value in view.values]
    current = [value for value in values if value.phase == ValuePhase.CURRENT]
    corrected = [value for value in values if value.phase == ValuePhase.CORRECTED]
    people = queries.people_who_made(tx, code) | {use.used_by for view in page.steps for use in view.undone}
    return LotSheet(
        page=page,
        location=materials.location_facts(tx, page.lot.location).name,
        vein=_vein(page, voice),
        outside=tuple(
            limit_row(value.title, value, voice, is_recount=value.replaces is not None)
            for value in page.outside
            if value.title is not None
        ),
        within_count=sum(value.standing == Standing.WITHIN for value in current),
        corrected_count=len(corrected),
        late_count=sum(value.is_late for value in current),
        clock=clock_of(tx, page) if page.lot.phase == LotPhase.OPEN else None,
        chart=_chart(page),
        bags=tuple(row for row in page.containers if row.kind == ContainerKind.INFUSION_BAG),
        names={person: display_name(tx, person) for person in sorted(people)},
    )


def _vein(page: LotPage, voice: Voice) -> tuple[list[str], int]:
    keys = [step.key for step in page.definition.steps]
    titles = [step.title.words(voice.language) for step in page.definition.steps]
    if page.running is not None:
        return titles, keys.index(page.running.step.key)
    if page.coming:
        return titles, keys.index(page.coming[0].key)
    return titles, len(keys) - 1


def _chart(page: LotPage) -> GrowthChart | None:
    seeded = [row.made_at for row in page.containers if row.kind == ContainerKind.VESSEL]
    return charts.growth_chart(page.growth, min(seeded)) if seeded else None


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


def container_sheet(tx: ReadTx, code: str) -> ContainerSheet:
    """A container's page. Raises NotFound."""
    facts = queries.container_facts(tx, code)
    before = [(edge.source, edge.kind, edge.at) for edge in queries.edges_to(tx, code) if edge.kind != "lot"]
    after = [(edge.target, edge.kind, edge.at) for edge in queries.edges_from(tx, code)]
    return ContainerSheet(
        facts=facts,
        title=describe.title_of(facts),
        lot=None if facts.lot is None else queries.lot_facts(tx, facts.lot),
        came_from=tuple(_way(tx, *step) for step in before),
        went_into=tuple(_way(tx, *step) for step in after),
        maker=display_name(tx, facts.made_by),
        donation=facts.donation,
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
