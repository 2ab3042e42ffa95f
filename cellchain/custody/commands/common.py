"""What the verbs of custody share: their fields, and putting something at a place."""

from typing import Annotated

from pydantic import Field

from cellchain.custody import queries, rules
from cellchain.custody.models import (
    COLDEST_MC,
    REASON_LENGTH,
    WARMEST_MC,
    Box,
    StoredAt,
)
from cellchain.custody.rules import positions
from cellchain.identity import scan
from cellchain.identity.codes import ContainerCode, Kind
from cellchain.kernel.errors import Refused, Stale
from cellchain.labels import queries as labels
from cellchain.labels.elements import ATTACHED_DESIGN
from cellchain.ledger.registry import AS_TEXT, CommandResult, Symbol, Text, scanned
from cellchain.ledger.tx import CommandTx
from cellchain.materials import queries as materials
from cellchain.quality import queries as quality

SYMBOL_LENGTH = 256
LabelScan = Annotated[
    Symbol | None,
    Field(
        min_length=1,
        max_length=SYMBOL_LENGTH,
        title="Label",
        description="Scan the label on the container itself.",
        json_schema_extra=scanned(Kind.LABEL, as_printed=True),
    ),
]
MaybeSubject = Annotated[
    ContainerCode | None, Field(title="Container", description="Left empty, what the label names.")
]
SubjectField = Annotated[ContainerCode, Field(title="Container")]
Position = Annotated[Text, Field(min_length=1, max_length=40, title="Position", description="Shelf, box, place.")]
Temperature = Annotated[int, Field(ge=COLDEST_MC, le=WARMEST_MC, title="Temperature")]
Seal = Annotated[Text, Field(min_length=1, max_length=40, title="Seal number", json_schema_extra=scanned(part=AS_TEXT))]
Reason = Annotated[Text, Field(min_length=3, max_length=REASON_LENGTH, title="Reason")]


class Placed(CommandResult):
    """Where something is now."""

    subject: str
    location: str
    position: str | None = None


def put(tx: CommandTx, subject: str, location: str, position: str | None, *, taken_over: bool = False) -> Placed:
    """Put something at an open place; in a box, into a free cell of it. `taken_over`: in the hands of who works there.

    Raises Refused `location.closed`, `custody.cell_needed`, `.no_such_cell`, `.position_taken`.
    """
    place = materials.open_location(tx, location)
    position = cell_at(tx, location, position)
    holder = None if position is None else queries.subject_at(tx, location, position)
    if holder is not None:
        raise Refused("custody.position_taken", "{holder} stands at this position. Choose another one.", holder=holder)
    tx.add(
        StoredAt(
            subject=subject,
            location=location,
            position=position,
            is_controlled=place.kind.is_controlled,
            is_taken_over=taken_over,
            stored_at=tx.happened_at,
            stored_by=tx.by.person,
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


def in_hand(tx: CommandTx, subject: str | None, symbol: str | None) -> tuple[str, str | None]:
    """What is in somebody's hands, by the label that they scanned on it; and that label.

    Raises Refused `hand_over.nothing_scanned`, `.scan_needed`, `.not_a_label`, `.other_thing`, and as
    `labels.queries.thing_of` does.
    """
    if symbol is None:
        if subject is None:
            raise Refused("hand_over.nothing_scanned", "Scan the label on the container. Nothing was said about it.")
        rules.must_be_scanned(subject, None)
        return subject, None
    label, worn_by = read_label(tx, symbol)
    return rules.same_thing(subject, worn_by), label


def read_label(tx: CommandTx, symbol: str) -> tuple[str, str]:
    """A label that is stuck on a container, and the container. Raises Refused `hand_over.not_a_label`, `label.*`."""
    read = scan.read(symbol)
    standing = None
    if read.code is not None and read.code.kind is Kind.LABEL and not read.case_changed:
        worn_by = labels.thing_of(tx, read.code.text)
        standing = labels.standing_of(tx, read.code.text)
        if standing is not None and standing.design != ATTACHED_DESIGN:
            return read.code.text, worn_by
    raise Refused(
        "hand_over.not_a_label", "This is not the label on a container. Scan the symbol on the container itself."
    )


def may_leave(tx: CommandTx, subject: str, lot: str | None) -> None:
    """Nothing changes hands without a label that was scanned back, nor a bag while labels of its lot are missing.

    Raises Refused `container.unlabelled`, `label.stopped`, `custody.labels_unreconciled`.
    """
    labels.must_wear(tx, subject)
    labels.must_not_wait(tx, subject)
    tagged = quality.attached_tag(tx, subject) is not None
    rules.labels_are_counted(tagged, lot is None or labels.is_reconciled(tx, lot))
