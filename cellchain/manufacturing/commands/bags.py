"""The bank and the bag: cells frozen, thawed, suspended in saline; and the control's saline bag without cells."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from cellchain.identity.codes import ContainerCode, Identifier, Kind
from cellchain.kernel.canonical import moment
from cellchain.kernel.ensure import ensure
from cellchain.kernel.units import percent_permille
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries
from cellchain.manufacturing.balances.book import doubt_viability
from cellchain.manufacturing.commands.common import (
    BagVolume,
    CellsCounted,
    ContainerResult,
    ContainersResult,
    LotField,
    Running,
    Saline,
    ViabilityCounted,
    Volume,
    counted,
    draw,
    enter_known,
    held,
    link,
    make,
    millilitres,
    percent,
    running_step,
    source_of,
    take,
)
from cellchain.manufacturing.models import Container
from cellchain.manufacturing.rules import cells
from cellchain.manufacturing.rules.definition import Act
from cellchain.manufacturing.rules.lifecycles import ContainerKind, ContainerPhase, Content, SourceKind
from cellchain.materials.commands import book_use
from cellchain.materials.rules import MaterialKind, Unit
from cellchain.materials.rules.stock import Amount

BAG_UL = 400_000


class CryovialCode(Identifier):
    """A cryovial (CV)."""

    kinds = (Kind.CRYOVIAL,)


class BagResult(CommandResult):
    """A filled infusion bag, and when its shelf life ends."""

    lot: str
    bag: str
    expires_at: datetime
    outside: list[str] = Field([])


class Freeze(Order):
    """Cells from a tube into cryovials, the same number into each."""

    lot: LotField
    container: Annotated[ContainerCode, Field(title="Tube")]
    vials_count: Annotated[int, Field(ge=1, le=200, title="Cryovials")]
    cells_per_vial_count: Annotated[CellsCounted, Field(title="Viable cells in a vial")] = None
    volume_ul: Annotated[int, Field(ge=100, le=50_000, title="Volume of a vial")]
    viability_permille: ViabilityCounted = None


@command(event="manufacturing:cells:frozen", subject="lot")
def freeze(tx: CommandTx, by: Actor, order: Freeze) -> ContainersResult:
    """Freeze cells into cryovials. Raises Refused `container.overdrawn`, `container.*`, `count.*`, `step.*`."""
    running = running_step(tx, order.lot, Act.FREEZE)
    tube = take(tx, order.container, order.lot, ContainerKind.TUBE)
    seen, _ = counted(tx, running, order.volume_ul, order.cells_per_vial_count, order.viability_permille)
    doubt_viability(tx, order.lot, running.definition, seen.viability_permille, tube.viability_permille)
    made = []
    for _ in range(order.vials_count):
        drawn = cells.draw_cells(held(tube), seen.cells_count)
        tube = draw(tx, tube, drawn)
        vial = make(
            tx,
            running,
            Kind.CRYOVIAL,
            ContainerKind.CRYOVIAL,
            content=tube.content,
            phase=ContainerPhase.STORED,
            volume_ul=order.volume_ul,
            cells_count=seen.cells_count,
            passage=tube.passage,
            viability_permille=seen.viability_permille,
            doublings_milli=tube.doublings_milli,
            donation=tube.donation,
            is_product=True,
        )
        link(tx, vial, tube, SourceKind.FROZEN, drawn)
        made.append(vial.code)
    values = {
        "vials": Decimal(order.vials_count),
        "cells_per_vial": Decimal(seen.cells_count),
        "viability": percent(seen.viability_permille),
    }
    enter_known(tx, running, values)
    tx.note(containers=list[str](made))
    return ContainersResult(lot=order.lot, containers=made, passage=tube.passage)


class Thaw(Order):
    """A cryovial of the lot's bank, thawed and counted."""

    lot: LotField
    vial: Annotated[CryovialCode, Field(title="Cryovial")]
    recovered_count: Annotated[CellsCounted, Field(title="Viable cells recovered")] = None
    viability_permille: ViabilityCounted = None
    volume_ul: Annotated[Volume, Field(title="Volume of the suspension")]


@command(event="manufacturing:cells:thawed", subject="lot")
def thaw(tx: CommandTx, by: Actor, order: Thaw) -> ContainerResult:
    """Thaw a vial into a tube of this lot. That its bank is released for further use is quality's to say, by reaction.

    Raises Refused `thaw.not_a_source`, `container.gone`, `container.overdrawn`, `count.*`, `step.*`.
    """
    running = running_step(tx, order.lot, Act.THAW)
    vial = tx.lock(Container, order.vial)
    sources = {code: source_of(tx, code) for code in queries.sources_of(tx, order.lot)}
    cells.may_thaw(vial.lot, sources, vial.code)
    cells.must_hold(held(vial), [ContainerKind.CRYOVIAL])
    seen, _ = counted(tx, running, order.volume_ul, order.recovered_count, order.viability_permille)
    cells.draw_cells(held(vial), seen.cells_count)  # no more comes out than was frozen
    drawn = cells.draw_all(held(vial))
    recovery = percent_permille(seen.cells_count, vial.cells_count or 1)
    draw(tx, vial, drawn)
    tube = make(
        tx,
        running,
        Kind.CONTAINER,
        ContainerKind.TUBE,
        content=vial.content,
        volume_ul=order.volume_ul,
        cells_count=seen.cells_count,
        passage=vial.passage,
        viability_permille=seen.viability_permille,
        doublings_milli=vial.doublings_milli,
        donation=vial.donation,
    )
    link(tx, tube, vial, SourceKind.THAWED, drawn)
    values = {
        "recovered_count": Decimal(seen.cells_count),
        "recovery": percent(recovery),
        "viability": percent(seen.viability_permille),
    }
    enter_known(tx, running, values)
    tx.note(container=tube.code, recovery_permille=recovery)
    tx.record("manufacturing:vial:thawed", vial.code, vial=vial.code, lot=order.lot, bank_lot=vial.lot)
    return ContainerResult(lot=order.lot, container=tube.code)


class Suspend(Order):
    """One dose, counted, in saline. The clock of the bag starts when it happened."""

    lot: LotField
    container: Annotated[ContainerCode, Field(title="Tube")]
    dose_count: Annotated[CellsCounted, Field(title="Viable cells in the bag")] = None
    viability_permille: ViabilityCounted = None
    saline: Saline
    volume_ul: BagVolume = BAG_UL


@command(event="manufacturing:cells:suspended", subject="lot")
def suspend(tx: CommandTx, by: Actor, order: Suspend) -> BagResult:
    """Suspend a dose: makes the infusion bag, which ends its shelf life to the minute.

    A dose outside its limits is recorded as `manufacturing:limit:breached`. Raises Refused `container.overdrawn`,
    `container.*`, `count.*`, `step.*`, and what materials refuse about the saline.
    """
    running = running_step(tx, order.lot, Act.SUSPEND)
    tube = take(tx, order.container, order.lot, ContainerKind.TUBE)
    cells.must_be_cultured(held(tube))
    seen, _ = counted(tx, running, order.volume_ul, order.dose_count, order.viability_permille)
    doubt_viability(tx, order.lot, running.definition, seen.viability_permille, tube.viability_permille)
    drawn = cells.draw_cells(held(tube), seen.cells_count)
    draw(tx, tube, drawn)
    bag = _fill(tx, running, Content.MSC, order.volume_ul, seen.cells_count, seen.viability_permille, tube)
    link(tx, bag, tube, SourceKind.SUSPENDED, drawn)
    _book_saline(tx, running, order.saline, bag)
    values = {
        "dose": Decimal(seen.cells_count),
        "viability": percent(seen.viability_permille),
        "volume": millilitres(order.volume_ul),
    }
    return _filled(tx, running, bag, enter_known(tx, running, values))


class PrepareControl(Order):
    """A bag of saline from the control's own master record."""

    lot: LotField
    saline: Saline
    volume_ul: BagVolume = BAG_UL


@command(event="manufacturing:control:prepared", subject="lot")
def prepare_control(tx: CommandTx, by: Actor, order: PrepareControl) -> BagResult:
    """Prepare a control bag: saline, no cells, the same shelf life. Raises as `suspend` does about step and saline."""
    running = running_step(tx, order.lot, Act.PREPARE_CONTROL)
    bag = _fill(tx, running, Content.SALINE, order.volume_ul)
    _book_saline(tx, running, order.saline, bag)
    return _filled(tx, running, bag, enter_known(tx, running, {"volume": millilitres(order.volume_ul)}))


def _fill(
    tx: CommandTx,
    running: Running,
    content: Content,
    volume_ul: int,
    dose_count: int | None = None,
    viability_permille: int | None = None,
    tube: Container | None = None,
) -> Container:
    shelf_life_minutes = running.definition.shelf_life_minutes
    ensure(shelf_life_minutes is not None, "what is infused has a shelf life")
    return make(
        tx,
        running,
        Kind.BAG,
        ContainerKind.INFUSION_BAG,
        content=content,
        phase=ContainerPhase.FILLED,
        volume_ul=volume_ul,
        cells_count=dose_count,
        passage=None if tube is None else tube.passage,
        viability_permille=viability_permille,
        doublings_milli=None if tube is None else tube.doublings_milli,
        donation=None if tube is None else tube.donation,
        expires_at=cells.shelf_life_ends(tx.happened_at, shelf_life_minutes or 0),
        is_product=True,
    )


def _book_saline(tx: CommandTx, running: Running, saline: str, bag: Container) -> None:
    filled = Amount(bag.volume_ul, Unit.ML)  # a microlitre is a thousandth of a millilitre
    book_use(tx, saline, bag.code, running.words, filled, MaterialKind.SALINE)


def _filled(tx: CommandTx, running: Running, bag: Container, outside: list[str]) -> BagResult:
    ensure(bag.expires_at is not None, "a bag has a shelf life")
    expires_at = bag.expires_at or tx.now
    tx.note(bag=bag.code, expires_at=moment(expires_at))
    return BagResult(lot=running.lot.code, bag=bag.code, expires_at=expires_at, outside=outside)
