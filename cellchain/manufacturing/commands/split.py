"""A suspension shared out into several tubes."""

from typing import Annotated

from pydantic import Field

from cellchain.identity.codes import ContainerCode, Kind
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing.commands.common import (
    ContainersResult,
    LotField,
    Volume,
    draw,
    held,
    link,
    make,
    running_step,
    take,
)
from cellchain.manufacturing.rules import cells
from cellchain.manufacturing.rules.definition import Act
from cellchain.manufacturing.rules.lifecycles import ContainerKind, SourceKind

TUBES_MAX = 20


class Split(Order):
    """A tube whose suspension goes into new tubes, the same volume into each."""

    lot: LotField
    container: Annotated[ContainerCode, Field(title="Tube")]
    tubes_count: Annotated[int, Field(ge=1, le=TUBES_MAX, title="New tubes")]
    volume_ul: Annotated[Volume, Field(title="Volume in each new tube")]


@command(event="manufacturing:cells:split", subject="lot")
def split(tx: CommandTx, by: Actor, order: Split) -> ContainersResult:
    """Split a suspension into new tubes; of its cells each gets the share of its volume, and the rest stays behind.

    Content, passage, viability and doublings are those of the tube. Raises Refused `container.overdrawn_volume`,
    `container.*`, `label.*`, `step.*`, `training.*`.
    """
    running = running_step(tx, order.lot, Act.SPLIT)
    tube = take(tx, order.container, order.lot, ContainerKind.TUBE)
    made = []
    for _ in range(order.tubes_count):
        cells.must_hold(held(tube), [ContainerKind.TUBE])
        drawn = cells.draw_volume(held(tube), order.volume_ul)
        tube = draw(tx, tube, drawn)
        part = make(
            tx,
            running,
            Kind.CONTAINER,
            ContainerKind.TUBE,
            content=tube.content,
            volume_ul=drawn.volume_ul,
            cells_count=drawn.cells_count,
            passage=tube.passage,
            viability_permille=tube.viability_permille,
            doublings_milli=tube.doublings_milli,
            donation=tube.donation,
        )
        link(tx, part, tube, SourceKind.SPLIT, drawn)
        made.append(part.code)
    tx.note(containers=list[str](made))
    return ContainersResult(lot=order.lot, containers=made, passage=tube.passage)
