"""What leaves a container for good: wasted or discarded here, sampled, used up and destroyed by the packages above."""

from typing import Annotated

from pydantic import Field

from cellchain.labels import queries as labels
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries
from cellchain.manufacturing.balances.book import compare, lose
from cellchain.manufacturing.commands.common import ContainerField, Reason, Volume, draw, held, lock_with_lot
from cellchain.manufacturing.models import Container
from cellchain.manufacturing.rules import balance, cells
from cellchain.manufacturing.rules.balance import LossKind, Quantity
from cellchain.manufacturing.rules.lifecycles import CONTAINER, ContainerKind
from cellchain.manufacturing.rules.remarks import must_be_whole

# Cells in a vessel hold to its ground, so what is poured off there is no share of them.
WASTED_FROM = (ContainerKind.TUBE, ContainerKind.HARVEST_BAG)


class DiscardResult(CommandResult):
    """A container that is gone. `is_off` says that what was found in it is not what the record says."""

    container: str
    is_off: bool = False


class Discard(Order):
    """A container that is given up, and why."""

    container: ContainerField
    found_ul: Annotated[
        int | None,
        Field(ge=0, le=2_000_000, title="Volume found", description="Leave empty where it was not measured."),
    ] = None
    reason: Reason


@command(event="manufacturing:container:discarded", subject="container")
def discard(tx: CommandTx, by: Actor, order: Discard) -> DiscardResult:
    """Discard what is left in a container; a measured volume is held against the record.

    Beyond the measuring error it is recorded as `manufacturing:balance:off` too. Raises Refused `container.phase`,
    `remark.altered`.
    """
    lot = lock_with_lot(tx, order.container).lot
    if lot is not None:
        must_be_whole(queries.definition_of(tx, lot).discards, order.reason)
    row = mark_discarded(tx, order.container, order.reason)
    if order.found_ul is None:
        return DiscardResult(container=row.code)
    return DiscardResult(container=row.code, is_off=compare(tx, row, Quantity.VOLUME, row.volume_ul, order.found_ul))


class WasteResult(CommandResult):
    """What is left in a container after a part of it was wasted."""

    container: str
    cells_count: int | None
    volume_ul: int


class Waste(Order):
    """A part of what is in a tube or a harvest bag, which is given up, and why."""

    container: ContainerField
    volume_ul: Annotated[Volume, Field(title="Volume wasted")]
    reason: Reason


@command(event="manufacturing:volume:wasted", subject="container")
def waste(tx: CommandTx, by: Actor, order: Waste) -> WasteResult:
    """Waste a part of a suspension: its share of the cells goes with it.

    Raises Refused `waste.everything`, `container.gone`, `.wrong_kind`, `.overdrawn_volume`.
    """
    row = lock_with_lot(tx, order.container)
    cells.must_hold(held(row), WASTED_FROM)
    drawn = cells.draw_volume(held(row), order.volume_ul)
    balance.only_a_part(order.volume_ul, row.volume_ul, row.code)
    row = draw(tx, row, drawn)
    lose(tx, row, LossKind.WASTED, drawn, order.reason)
    return WasteResult(container=row.code, cells_count=row.cells_count, volume_ul=row.volume_ul)


# ---- for the packages above: what happens to a container outside manufacturing


def mark_discarded(tx: CommandTx, container: str, reason: str) -> Container:
    """A container was destroyed or given up. Raises NotFound, Refused `container.phase`."""
    row = tx.lock(Container, container)
    return tx.change(row, phase=CONTAINER.move("discard", row.phase), discard_reason=reason)


def mark_spent(tx: CommandTx, container: str) -> None:
    """Everything in a container was used: an infusion ended. Raises NotFound, Refused `container.phase`."""
    row = tx.lock(Container, container)
    drawn = cells.draw_all(held(row))
    phase = CONTAINER.move("spend", row.phase)
    row = tx.change(row, phase=phase, cells_count=drawn.cells_left_count, volume_ul=drawn.volume_left_ul)
    lose(tx, row, LossKind.GIVEN, drawn)


def use_up_vial(tx: CommandTx, vial: str) -> None:
    """Everything in a stored vial is taken to be tested. Raises NotFound, Refused `container.*`, `label.*`."""
    row = lock_with_lot(tx, vial)
    cells.must_hold(held(row), [ContainerKind.CRYOVIAL])
    labels.must_not_wait(tx, vial)
    drawn = cells.draw_all(held(row))
    lose(tx, draw(tx, row, drawn), LossKind.SAMPLED, drawn)


def draw_sample(tx: CommandTx, container: str, volume_ul: int) -> None:
    """Take a sample's volume out of a container. Raises NotFound, Refused `container.gone`, `.overdrawn_volume`."""
    row = lock_with_lot(tx, container)
    cells.must_hold(held(row), list(ContainerKind))
    drawn = cells.draw_volume(held(row), volume_ul)
    lose(tx, draw(tx, row, drawn), LossKind.SAMPLED, drawn)
