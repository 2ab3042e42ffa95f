"""The end of a container: discarded here, or used up and destroyed by the packages above."""

from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import NoResult, Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing.commands.common import ContainerField, Reason, draw, held
from cellchain.manufacturing.models import Container
from cellchain.manufacturing.rules import cells
from cellchain.manufacturing.rules.lifecycles import CONTAINER, ContainerKind


class Discard(Order):
    """A container that is given up, and why."""

    container: ContainerField
    reason: Reason


@command(event="manufacturing:container:discarded", subject="container")
def discard(tx: CommandTx, by: Actor, order: Discard) -> NoResult:
    """Discard what is left in a container. Raises Refused `container.phase`."""
    mark_discarded(tx, order.container, order.reason)
    return NoResult()


# ---- for the packages above: what happens to a container outside manufacturing


def mark_discarded(tx: CommandTx, container: str, reason: str) -> None:
    """A container was destroyed or given up. Raises NotFound, Refused `container.phase`."""
    row = tx.lock(Container, container)
    tx.change(row, phase=CONTAINER.move("discard", row.phase), discard_reason=reason)


def mark_spent(tx: CommandTx, container: str) -> None:
    """Everything in a container was used: an infusion ended. Raises NotFound, Refused `container.phase`."""
    row = tx.lock(Container, container)
    cells_left = None if row.cells_count is None else 0
    tx.change(row, phase=CONTAINER.move("spend", row.phase), cells_count=cells_left, volume_ul=0)


def draw_sample(tx: CommandTx, container: str, volume_ul: int) -> None:
    """Take a sample's volume out of a container. Raises NotFound, Refused `container.gone`, `.overdrawn_volume`."""
    row = tx.lock(Container, container)
    cells.must_hold(held(row), list(ContainerKind))
    draw(tx, row, cells.draw_volume(held(row), volume_ul))
