"""Cells from the harvest bag through culture: received, separated, seeded, fed, passaged, harvested, pooled."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from cellchain.donors import queries as donors
from cellchain.donors.commands import mark_received, mark_rejected
from cellchain.identity.codes import ContainerCode, DonationCode, Kind
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries
from cellchain.manufacturing.balances.book import compare, doubt_growth, doubt_viability
from cellchain.manufacturing.balances.queries import last_viability
from cellchain.manufacturing.commands.common import (
    Cells,
    CellsCounted,
    Confluence,
    ContainerResult,
    ContainersResult,
    LotField,
    Reason,
    Running,
    Vessels,
    ViabilityCounted,
    Volume,
    counted,
    draw,
    enter_known,
    held,
    is_counted,
    link,
    make,
    may_process,
    millilitres,
    one_donation,
    percent,
    running_step,
    take,
    take_vessels,
)
from cellchain.manufacturing.commands.containers import mark_discarded
from cellchain.manufacturing.models import CellGrowth, Container
from cellchain.manufacturing.rules import batch, cells
from cellchain.manufacturing.rules.balance import Quantity
from cellchain.manufacturing.rules.counting import Numbers
from cellchain.manufacturing.rules.definition import Act
from cellchain.manufacturing.rules.lifecycles import ContainerKind, ContainerPhase, Content, SourceKind

DonationField = Annotated[DonationCode, Field(title="Donation")]


class DonationResult(CommandResult):
    """A donation, and where it stands."""

    donation: str
    container: str
    phase: str


class HarvestedResult(CommandResult):
    """A tube of harvested cells; doublings in thousandths, absent for P0. New vessels where the cells were passaged."""

    lot: str
    container: str
    passage: int
    doublings_milli: int | None
    cumulative_milli: int | None
    doubling_minutes: int | None
    vessels: list[str] = Field([])
    warnings: list[str] = Field([])


class TakeInHarvestBag(Order):
    """The donation whose bag becomes a container."""

    donation: DonationField


@command(event="manufacturing:harvest_bag:taken_in", internal=True)
def take_in_harvest_bag(tx: CommandTx, by: Actor, order: TakeInHarvestBag) -> ContainerResult:
    """Make the harvest bag a container, as soon as its donation was recorded."""
    donation = donors.donation_facts(tx, order.donation)
    row = tx.add(
        Container(
            code=donation.container,
            donation=donation.code,
            kind=ContainerKind.HARVEST_BAG,
            content=Content.MARROW,
            phase=ContainerPhase.IN_USE,
            cells_grown_count=0,
            volume_ul=donation.volume_ul,
            volume_made_ul=donation.volume_ul,
            made_at=donation.ended_at,
            made_by=donation.operator,
            expires_at=donation.process_by,
        )
    )
    tx.about(row.code)
    return ContainerResult(lot=None, container=row.code)


class ReceiveDonation(Order):
    """A harvest bag that arrived in the laboratory and was looked at."""

    donation: DonationField
    container: Annotated[ContainerCode, Field(title="Harvest bag")]
    intact: Annotated[bool, Field(title="The bag is intact")]
    legible: Annotated[bool, Field(title="The label is legible")]


@command(event="manufacturing:donation:received", subject="donation")
def receive_donation(tx: CommandTx, by: Actor, order: ReceiveDonation) -> DonationResult:
    """Receive a donation in its time limit. Raises Refused `donation.wrong_bag`, `.too_late`, `.inspection`."""
    facts = donors.donation_facts(tx, order.donation)
    batch.may_receive(
        bag=facts.container,
        scanned=order.container,
        intact=order.intact,
        legible=order.legible,
        process_by=facts.process_by,
        now=tx.happened_at,
    )
    received = mark_received(tx, order.donation)
    return DonationResult(donation=received.code, container=received.container, phase=received.phase)


class RejectDonation(Order):
    """A harvest bag that is turned away, and why."""

    donation: DonationField
    reason: Reason


@command(event="manufacturing:donation:rejected", subject="donation", permission="manufacturing.receive_donation")
def reject_donation(tx: CommandTx, by: Actor, order: RejectDonation) -> DonationResult:
    """Turn a harvest bag away: it is discarded. Raises Refused `donation.phase`."""
    rejected = mark_rejected(tx, order.donation, order.reason)
    mark_discarded(tx, rejected.container, order.reason)
    tx.note(donation=rejected.code, donor=rejected.donor)
    return DonationResult(donation=rejected.code, container=rejected.container, phase=rejected.phase)


class Separate(Order):
    """Marrow over a density gradient, into a tube of nucleated cells."""

    lot: LotField
    container: Annotated[ContainerCode, Field(title="Harvest bag")]
    marrow_ul: Annotated[Volume | None, Field(title="Marrow used", description="Leave empty for all of it.")] = None
    nucleated_count: Annotated[CellsCounted, Field(title="Nucleated cells")] = None
    viability_permille: ViabilityCounted = None
    volume_ul: Annotated[Volume, Field(title="Volume of the suspension")]


@command(event="manufacturing:cells:separated", subject="lot")
def separate(tx: CommandTx, by: Actor, order: Separate) -> ContainerResult:
    """Separate nucleated cells. Raises Refused `container.*`, `count.*`, `donation.too_late`, `donor.not_eligible`,
    `step.*`.
    """
    running = running_step(tx, order.lot, Act.SEPARATE)
    seen, _ = counted(tx, running, order.volume_ul, order.nucleated_count, order.viability_permille)
    bag = tx.lock(Container, order.container)
    cells.may_separate(held(bag), order.lot, is_source=bag.donation in queries.sources_of(tx, order.lot))
    may_process(tx, bag.donation or "")
    drawn = cells.draw_volume(held(bag), order.marrow_ul or bag.volume_ul)
    draw(tx, tx.change(bag, lot=order.lot), drawn)
    tube = make(
        tx,
        running,
        Kind.CONTAINER,
        ContainerKind.TUBE,
        content=Content.CELLS,
        volume_ul=order.volume_ul,
        cells_count=seen.cells_count,
        viability_permille=seen.viability_permille,
        donation=bag.donation,
    )
    link(tx, tube, bag, SourceKind.SEPARATED, drawn)
    values = {
        "nucleated_count": Decimal(seen.cells_count),
        "viability": percent(seen.viability_permille),
        "volume": millilitres(order.volume_ul),
    }
    enter_known(tx, running, values)
    tx.note(container=tube.code)
    return ContainerResult(lot=order.lot, container=tube.code)


class Seed(Order):
    """Cells from a tube into vessels, the same number into each."""

    lot: LotField
    container: Annotated[ContainerCode, Field(title="Tube")]
    vessels_count: Annotated[int, Field(ge=1, le=60, title="Vessels")]
    cells_per_vessel_count: Annotated[Cells, Field(title="Cells in a vessel")]
    area_cm2: Annotated[int, Field(ge=1, le=100_000, title="Area of a vessel")]
    medium_ul: Annotated[Volume, Field(title="Medium in a vessel")]


@command(event="manufacturing:cells:seeded", subject="lot")
def seed(tx: CommandTx, by: Actor, order: Seed) -> ContainersResult:
    """Seed vessels: nucleated cells begin P0, cultured cells the next passage.

    Raises Refused `container.overdrawn`, `container.*`, `passage.limit`, `step.*`.
    """
    running = running_step(tx, order.lot, Act.SEED)
    tube = take(tx, order.container, order.lot, ContainerKind.TUBE)
    return _seed(tx, running, tube, order.vessels_count, order.cells_per_vessel_count, order.area_cm2, order.medium_ul)


def _seed(
    tx: CommandTx, running: Running, tube: Container, vessels_count: int, each_count: int, area_cm2: int, medium_ul: int
) -> ContainersResult:
    passage = cells.passage_seeded(held(tube), running.definition)
    made = []
    for _ in range(vessels_count):
        drawn = cells.draw_cells(held(tube), each_count)
        tube = draw(tx, tube, drawn)
        vessel = make(
            tx,
            running,
            Kind.CONTAINER,
            ContainerKind.VESSEL,
            content=Content.MSC,
            volume_ul=medium_ul,
            cells_count=each_count,
            passage=passage,
            area_cm2=area_cm2,
            doublings_milli=tube.doublings_milli,
            donation=tube.donation,
        )
        link(tx, vessel, tube, SourceKind.SEEDED, drawn)
        made.append(vessel.code)
    enter_known(tx, running, {"density": Decimal(each_count) / area_cm2, "vessels": Decimal(vessels_count)})
    warnings = []
    if passage >= running.definition.passage_alert:
        warnings.append("passage.late")
        tx.record("manufacturing:passage:late", running.lot.code, lot=running.lot.code, passage=passage)
    tx.note(passage=passage, containers=list[str](made))
    return ContainersResult(lot=running.lot.code, containers=made, passage=passage, warnings=warnings)


class ChangeMedium(Order):
    """Vessels that got new medium."""

    lot: LotField
    vessels: Vessels = ()


@command(event="manufacturing:medium:changed", subject="lot")
def change_medium(tx: CommandTx, by: Actor, order: ChangeMedium) -> ContainersResult:
    """Change the medium. Raises Refused `culture.no_vessels`, `container.*`, `step.*`."""
    running = running_step(tx, order.lot, Act.CHANGE_MEDIUM)
    vessels = take_vessels(tx, order.lot, order.vessels)
    enter_known(tx, running, {"vessels": Decimal(len(vessels))})
    tx.note(containers=[vessel.code for vessel in vessels])
    return ContainersResult(lot=order.lot, containers=[vessel.code for vessel in vessels])


class Harvest(Order):
    """Vessels of one passage, detached into one tube and counted."""

    lot: LotField
    vessels: Vessels = ()
    harvested_count: Annotated[CellsCounted, Field(title="Viable cells harvested")] = None
    viability_permille: ViabilityCounted = None
    confluence_permille: Confluence
    volume_ul: Annotated[Volume, Field(title="Volume of the suspension")]


class Passage(Harvest):
    """A harvest that goes straight into new vessels. What is left over stays in the tube."""

    vessels_count: Annotated[int, Field(ge=1, le=60, title="New vessels")]
    cells_per_vessel_count: Annotated[Cells, Field(title="Cells in a vessel")]
    area_cm2: Annotated[int, Field(ge=1, le=100_000, title="Area of a vessel")]
    medium_ul: Annotated[Volume, Field(title="Medium in a vessel")]


@command(event="manufacturing:cells:harvested", subject="lot")
def harvest(tx: CommandTx, by: Actor, order: Harvest) -> HarvestedResult:
    """Harvest vessels into one tube; computes doublings and doubling time.

    Growth that cannot be is recorded as `manufacturing:mixup:suspected` too. Raises Refused `passage.mixed`,
    `culture.no_vessels`, `container.*`, `count.*`, `step.*`.
    """
    running = running_step(tx, order.lot, Act.HARVEST)
    return _harvest(tx, running, order)[1]


@command(event="manufacturing:cells:passaged", subject="lot")
def passage(tx: CommandTx, by: Actor, order: Passage) -> HarvestedResult:
    """Harvest vessels and seed the next passage; P4 warns, P6 is refused.

    Growth that cannot be is recorded as `manufacturing:mixup:suspected` too. Raises Refused `passage.limit`,
    `passage.mixed`, `container.overdrawn`, `culture.no_vessels`, `count.*`, `step.*`.
    """
    running = running_step(tx, order.lot, Act.PASSAGE)
    tube, result = _harvest(tx, running, order)
    seeded = _seed(
        tx, running, tube, order.vessels_count, order.cells_per_vessel_count, order.area_cm2, order.medium_ul
    )
    return result.model_copy(update={"vessels": seeded.containers, "warnings": [*result.warnings, *seeded.warnings]})


def _harvest(tx: CommandTx, running: Running, order: Harvest) -> tuple[Container, HarvestedResult]:
    vessels = take_vessels(tx, order.lot, order.vessels)
    passage = cells.may_harvest_together([held(vessel) for vessel in vessels])
    seen, _ = counted(tx, running, order.volume_ul, order.harvested_count, order.viability_permille)
    grown = _growth(tx, vessels, passage, seen.cells_count)
    before = last_viability(tx, order.lot)
    tube = make(
        tx,
        running,
        Kind.CONTAINER,
        ContainerKind.TUBE,
        content=Content.MSC,
        volume_ul=order.volume_ul,
        cells_count=seen.cells_count,
        passage=passage,
        viability_permille=seen.viability_permille,
        doublings_milli=grown.cumulative_milli,
        donation=one_donation(vessels),
    )
    _empty(tx, vessels, tube, seen.cells_count)
    _write_growth(tx, tube, seen, grown, order.confluence_permille)
    values = {
        "harvested_count": Decimal(seen.cells_count),
        "viability": percent(seen.viability_permille),
        "confluence": percent(order.confluence_permille),
    }
    # Nucleated cells were seeded for P0: what grew from a few of them says nothing of doublings or yield.
    seeded = {"seeded_count": Decimal(grown.seeded_count)} if grown.doublings_milli is not None else {}
    enter_known(tx, running, {**seeded, **values})
    tx.note(container=tube.code, passage=passage, doublings_milli=grown.doublings_milli)
    warnings = ["growth.negative"] if (grown.doublings_milli or 0) < 0 else []
    if doubt_growth(tx, order.lot, running.definition, grown, seen.viability_permille, before):
        warnings.append("growth.implausible")
    return tube, HarvestedResult(
        lot=order.lot,
        container=tube.code,
        passage=passage,
        doublings_milli=grown.doublings_milli,
        cumulative_milli=grown.cumulative_milli,
        doubling_minutes=grown.doubling_minutes,
        warnings=warnings,
    )


def _write_growth(tx: CommandTx, tube: Container, seen: Numbers, grown: cells.Growth, confluence_permille: int) -> None:
    tx.add(
        CellGrowth(
            lot=tube.lot or "",
            container=tube.code,
            passage=tube.passage or 0,
            seeded_count=grown.seeded_count,
            harvested_count=seen.cells_count,
            viability_permille=seen.viability_permille,
            confluence_permille=confluence_permille,
            doublings_milli=grown.doublings_milli,
            cumulative_milli=grown.cumulative_milli,
            doubling_minutes=grown.doubling_minutes,
            minutes=grown.minutes,
            at=tx.happened_at,
        )
    )


def _growth(tx: CommandTx, vessels: list[Container], passage: int, harvested_count: int) -> cells.Growth:
    began = min(vessel.made_at for vessel in vessels)
    return cells.growth(
        passage,
        sum(vessel.cells_count or 0 for vessel in vessels),
        harvested_count,
        max(1, int((tx.happened_at - began).total_seconds()) // 60),
        max((vessel.doublings_milli for vessel in vessels if vessel.doublings_milli is not None), default=None),
    )


def _empty(tx: CommandTx, vessels: list[Container], tube: Container, harvested_count: int) -> None:
    """Every vessel gives the share of the harvest that it was seeded with; what it gained or lost is written down."""
    parts = cells.shares(harvested_count, [vessel.cells_count or 0 for vessel in vessels])
    for vessel, part in zip(vessels, parts, strict=True):
        grown = tx.change(vessel, cells_grown_count=part - (vessel.cells_count or 0), cells_count=part)
        drawn = cells.draw_all(held(grown))
        draw(tx, grown, drawn)
        link(tx, tube, vessel, SourceKind.PASSAGED, drawn)


class Pool(Order):
    """Tubes of one passage, put together."""

    lot: LotField
    containers: Annotated[tuple[ContainerCode, ...], Field(min_length=2, max_length=20, title="Tubes")]
    volume_ul: Annotated[
        Volume | None, Field(title="Volume of the pool", description="Leave empty where it was not measured.")
    ] = None
    viability_permille: ViabilityCounted = None


@command(event="manufacturing:cells:pooled", subject="lot")
def pool(tx: CommandTx, by: Actor, order: Pool) -> ContainerResult:
    """Pool tubes of one passage into a new one. What was measured or counted is held against what the tubes held.

    Raises Refused `passage.mixed`, `count.*`, `container.*`, `step.*`.
    """
    running = running_step(tx, order.lot, Act.POOL)
    tubes = [take(tx, code, order.lot, ContainerKind.TUBE) for code in dict.fromkeys(order.containers)]
    passage = cells.may_harvest_together([held(tube) for tube in tubes])
    drawn = [cells.draw_all(held(tube)) for tube in tubes]
    there_ul, there_count = sum(part.volume_ul for part in drawn), sum(part.cells_count or 0 for part in drawn)
    volume_ul = order.volume_ul or there_ul
    said = None if is_counted(tx, running) else there_count
    seen, was_counted = counted(tx, running, volume_ul, said, order.viability_permille)
    before = last_viability(tx, order.lot)
    child = make(
        tx,
        running,
        Kind.CONTAINER,
        ContainerKind.TUBE,
        content=Content.MSC,
        volume_ul=volume_ul,
        cells_count=seen.cells_count,
        passage=passage,
        viability_permille=seen.viability_permille,
        doublings_milli=max((tube.doublings_milli or 0 for tube in tubes), default=0),
        donation=one_donation(tubes),
    )
    for tube, part in zip(tubes, drawn, strict=True):
        draw(tx, tube, part)
        link(tx, child, tube, SourceKind.POOLED, part)
    if order.volume_ul is not None:
        compare(tx, child, Quantity.VOLUME, there_ul, order.volume_ul)
    if was_counted:
        compare(tx, child, Quantity.CELLS, there_count, seen.cells_count)
    doubt_viability(tx, order.lot, running.definition, seen.viability_permille, before)
    enter_known(tx, running, {"viability": percent(seen.viability_permille)})
    tx.note(container=child.code)
    return ContainerResult(lot=order.lot, container=child.code)
