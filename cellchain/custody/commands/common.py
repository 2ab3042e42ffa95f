"""What the verbs of custody share: their fields, and putting something at a place."""

from typing import Annotated

from pydantic import BaseModel, Field

from cellchain.custody import queries
from cellchain.custody.models import (
    COLDEST_MC,
    REASON_LENGTH,
    WARMEST_MC,
    Box,
    StoredAt,
)
from cellchain.custody.rules import positions
from cellchain.identity.codes import ContainerCode
from cellchain.kernel.errors import Refused, Stale
from cellchain.ledger.registry import Text
from cellchain.ledger.tx import CommandTx
from cellchain.materials import queries as materials

SubjectField = Annotated[ContainerCode, Field(title="Container")]
Position = Annotated[Text, Field(min_length=1, max_length=40, title="Position", description="Shelf, box, place.")]
Temperature = Annotated[int, Field(ge=COLDEST_MC, le=WARMEST_MC, title="Temperature")]
Seal = Annotated[Text, Field(min_length=1, max_length=40, title="Seal number")]
Reason = Annotated[Text, Field(min_length=3, max_length=REASON_LENGTH, title="Reason")]


class Placed(BaseModel, frozen=True):
    """Where something is now."""

    subject: str
    location: str
    position: str | None = None


def put(tx: CommandTx, subject: str, location: str, position: str | None) -> Placed:
    """Put something at an open place; in a box, into a free cell of it. Raises Refused `location.closed`,
    `custody.cell_needed`, `.no_such_cell`, `.position_taken`.
    """
    materials.open_location(tx, location)
    position = cell_at(tx, location, position)
    holder = None if position is None else queries.subject_at(tx, location, position)
    if holder is not None:
        raise Refused("custody.position_taken", "{holder} stands at this position. Choose another one.", holder=holder)
    tx.add(
        StoredAt(
            subject=subject, location=location, position=position, stored_at=tx.happened_at, stored_by=tx.by.person
        )
    )
    return Placed(subject=subject, location=location, position=position)


def cell_at(tx: CommandTx, location: str, position: str | None) -> str | None:
    """The cell of a box, as it is written; a position somewhere else is what a person says. The box is held, so that
    two who put things into it go one after the other."""
    if tx.find(Box, location) is None:
        return position
    box = tx.lock(Box, location)
    return positions.cell_of(position, box.rows_count, box.columns_count)


def not_into_a_box(tx: CommandTx, location: str) -> None:
    """Raises Refused `custody.box_takes_cells`: what changes hands goes to a room or a store, not into a cell."""
    positions.takes_hand_overs(is_box=tx.find(Box, location) is not None)


def take_away(tx: CommandTx, subject: str) -> None:
    """End its present place, where it has one."""
    stored = tx.one(queries.STORED, subject=subject)
    if stored is not None:
        row = tx.lock(StoredAt, stored.id)
        if row.removed_at is not None:
            raise Stale()  # somebody else moved it while this waited for the row
        tx.change(row, removed_at=max(tx.happened_at, row.stored_at), removed_by=tx.by.person)
