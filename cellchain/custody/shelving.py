"""What a scan at a box means: put this container into a cell, from wherever it stands."""

from collections.abc import Callable
from typing import Any

from cellchain.custody import boxes, commands, queries
from cellchain.custody.boxes import BoxMap
from cellchain.custody.commands.moves import Store
from cellchain.identity.typed import may_type
from cellchain.kernel.errors import Refused
from cellchain.labels.scanning.log import Beep
from cellchain.manufacturing import queries as manufacturing
from cellchain.platform.db import ReadTx


def meant(tx: ReadTx, location: str, beep: Beep, cell: str | None) -> tuple[Callable[..., Any], Store]:
    """The verb and its order for a container that was scanned at a place: `store`, or `move` where it stands somewhere.

    Raises Refused `shelf.not_a_container`, `custody.here_already`, `custody.box_full`, NotFound, and what a symbol that
    cannot be read refuses. One that stands in the box stays where it is unless another cell was named, so that a scan
    that is sent twice moves nothing.
    """
    may_type(beep.capture, beep.typed_because)
    read = tx.house.read(tx, beep.symbol, by_hand=beep.by_hand)
    subject = tx.house.thing_of(tx, tx.house.named_by(tx, read))
    if subject[:2] not in manufacturing.CONTAINERS:
        raise Refused("shelf.not_a_container", "This is no container. Scan the label on what goes into the cell.")
    view, here = boxes.box_map(tx, location), queries.whereabouts(tx, subject)
    if here.location == location and cell in (None, here.position):
        raise Refused(
            "custody.here_already",
            "This stands here already, at {position}. Nothing was changed.",
            position=here.position or here.location_name,
        )
    target = cell
    if isinstance(view, BoxMap) and cell is None:
        target = view.next_free
        if target is None:
            raise Refused("custody.box_full", "Every cell of this box is taken. Scan it at another box.")
    order = Store.model_validate({"subject": subject, "location": location, "position": target})
    return (commands.store if here.location is None else commands.move), order
