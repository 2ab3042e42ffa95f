"""Boxes with their cells, where the vials of a bank lie, and the list by which they are fetched."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.accounts.queries import display_name
from cellchain.custody import queries
from cellchain.custody.models import Box, Reservation, StoredAt
from cellchain.custody.rules import positions
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.manufacturing import describe
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.facts import ContainerFacts, LotFacts
from cellchain.manufacturing.rules.lifecycles import ContainerKind, ContainerPhase
from cellchain.materials import queries as materials
from cellchain.materials.queries import LocationFacts
from cellchain.platform.db import ReadTx
from cellchain.quality.stability import queries as stability

ROWS_MAX = 1_000
_OPEN = col(Reservation.ended_at).is_(None)
_RESERVED = select(Reservation).where(col(Reservation.vial) == bindparam("vial"), _OPEN)
_RESERVED_NOW = select(Reservation).where(_OPEN).order_by(col(Reservation.lot), col(Reservation.id))
_BOXES = select(Box).order_by(col(Box.equipment), col(Box.shelf), col(Box.rack), col(Box.location))
_WITH_PLACE: Any = (
    select(Reservation, StoredAt)
    .join(StoredAt, col(StoredAt.subject) == col(Reservation.vial))
    .where(_OPEN, col(StoredAt.removed_at).is_(None))
    .order_by(col(Reservation.lot), col(StoredAt.location), col(StoredAt.position))
)
LIVE = frozenset({ContainerPhase.IN_USE, ContainerPhase.STORED, ContainerPhase.FILLED})
# Shape and word of a cell, as its map draws it.
CELL_STATES: Mapping[str, tuple[str, T]] = {
    "free": ("off", T("Free")),
    "occupied": ("ok", T("Occupied")),
    "held": ("hold", T("Reserved")),
    "gone": ("warn", T("Empty container")),
}


def reservation_of(tx: ReadTx, vial: str) -> Reservation | None:
    """For which lot a vial is kept, or None."""
    return tx.one(_RESERVED, vial=vial)


@dataclass(frozen=True)
class Cell:
    """One cell: free, occupied, held for a lot, or taken by a container in which nothing is left."""

    name: str
    state: str
    subject: str | None = None
    title: T | None = None
    lot: str | None = None
    since: datetime | None = None

    @property
    def shape(self) -> str:
        """How it is drawn."""
        return CELL_STATES[self.state][0]

    @property
    def word(self) -> T:
        """What it is called."""
        return CELL_STATES[self.state][1]


@dataclass(frozen=True)
class BoxLine:
    """A box in the list: where it is, and how full."""

    place: LocationFacts
    equipment: str | None
    equipment_name: str | None
    shelf: str | None
    rack: str | None
    cells_count: int
    taken_count: int
    held_count: int

    @property
    def free_count(self) -> int:
        """How many things could still be put into it."""
        return self.cells_count - self.taken_count


@dataclass(frozen=True)
class BoxMap:
    """A box with every cell, row by row, and the first one that is free."""

    line: BoxLine
    columns: tuple[int, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    next_free: str | None


@dataclass(frozen=True)
class PlainPlace:
    """A place without cells, and what stands there."""

    place: LocationFacts
    things: tuple[Cell, ...]


def box_lines(tx: ReadTx) -> list[BoxLine]:
    """Every box, by freezer, shelf and rack."""
    return [_line(tx, row, _cells_of(tx, row)) for row in tx.many(_BOXES, limit=ROWS_MAX)]


def box_map(tx: ReadTx, location: str) -> BoxMap | PlainPlace:
    """The map of a box, or what stands at a place without cells. Raises NotFound."""
    box = tx.find(Box, location)
    if box is None:
        place = materials.location_facts(tx, location)
        things = [_cell(tx, row.position or "", row) for row in queries.stored_in(tx, location)]
        return PlainPlace(place, tuple(things))
    found = _cells_of(tx, box)
    wide = box.columns_count
    rows = [(found[at].name[0], tuple(found[at : at + wide])) for at in range(0, len(found), wide)]
    free = next((cell.name for cell in found if cell.state == "free"), None)
    return BoxMap(_line(tx, box, found), tuple(range(1, wide + 1)), tuple(rows), free)


def _cells_of(tx: ReadTx, box: Box) -> list[Cell]:
    there = {row.position: row for row in queries.stored_in(tx, box.location)}
    names = positions.cells(box.rows_count, box.columns_count)
    return [_cell(tx, name, there[name]) if name in there else Cell(name, "free") for name in names]


def _cell(tx: ReadTx, name: str, row: StoredAt) -> Cell:
    facts, kept = manufacturing.find_container(tx, row.subject), reservation_of(tx, row.subject)
    title = None if facts is None else describe.title_of(facts)
    taken = "occupied" if kept is None else "held"
    state = taken if facts is not None and facts.phase in LIVE else "gone"
    return Cell(name, state, row.subject, title, None if kept is None else kept.lot, row.stored_at)


def _line(tx: ReadTx, box: Box, found: list[Cell]) -> BoxLine:
    return BoxLine(
        place=materials.location_facts(tx, box.location),
        equipment=box.equipment,
        equipment_name=None if box.equipment is None else materials.equipment_facts(tx, box.equipment).name,
        shelf=box.shelf,
        rack=box.rack,
        cells_count=len(found),
        taken_count=sum(cell.state != "free" for cell in found),
        held_count=sum(cell.state == "held" for cell in found),
    )


# ---- vials of a bank -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Vial:
    """A vial of a bank: where it lies, for which lot it is kept, which lot it was thawed for, or as which sample it was
    tested for stability."""

    facts: ContainerFacts
    location: str | None
    location_name: str | None
    position: str | None
    reserved_for: str | None
    thawed_for: str | None
    tested_as: str | None

    @property
    def stands(self) -> tuple[str, T]:
        """Shape and words for what became of it."""
        if self.tested_as is not None:
            return "off", T("Used for stability")
        if self.facts.phase is ContainerPhase.SPENT:
            return "off", T("Thawed")
        if self.facts.phase is ContainerPhase.DISCARDED:
            return "off", T("Discarded")
        if self.reserved_for is not None:
            return "hold", T("Reserved")
        return ("ok", T("Stored")) if self.location is not None else ("warn", T("Not stored yet"))


@dataclass(frozen=True)
class BankInventory:
    """Every vial of a bank lot. `waiting` are open lots from this bank, for which a vial may be kept."""

    lot: LotFacts
    vials: tuple[Vial, ...]
    waiting: tuple[str, ...]

    def count(self, word: str) -> int:
        """How many vials stand so, by the English word of their state: `Stored`, `Reserved`, `Thawed`."""
        return sum(vial.stands[1].template == word for vial in self.vials)


def bank_inventory(tx: ReadTx, lot: str) -> BankInventory:
    """The vials of a bank lot, in the order they were made. Raises NotFound."""
    facts = manufacturing.lot_facts(tx, lot)
    vials = [row for row in manufacturing.containers_of(tx, lot) if row.kind is ContainerKind.CRYOVIAL]
    waiting = [one.code for one in manufacturing.open_lots(tx) if lot in one.sources]
    return BankInventory(facts, tuple(_vial(tx, row) for row in vials), tuple(waiting))


def _vial(tx: ReadTx, facts: ContainerFacts) -> Vial:
    here, kept = queries.whereabouts(tx, facts.code), reservation_of(tx, facts.code)
    into = [edge.target for edge in manufacturing.edges_from(tx, [facts.code]) if edge.kind == "thawed"]
    child = manufacturing.find_container(tx, into[0]) if into else None
    pulled = stability.pull_of_vial(tx, facts.code)
    return Vial(
        facts=facts,
        location=here.location,
        location_name=here.location_name,
        position=here.position,
        reserved_for=None if kept is None else kept.lot,
        thawed_for=None if child is None else child.lot,
        tested_as=None if pulled is None else pulled.sample,
    )


@dataclass(frozen=True)
class Pick:
    """One vial to fetch: for which lot, from where, and who kept it."""

    vial: str
    lot: str
    location: str
    location_name: str
    position: str | None
    equipment_name: str | None
    shelf: str | None
    rack: str | None
    person: str
    reserved_at: datetime


def picks(tx: ReadTx) -> list[Pick]:
    """Every vial that is kept for a lot, by lot and then on the way through the store."""
    found = []
    for kept, stored in tx.many(_WITH_PLACE, limit=ROWS_MAX):
        box = tx.find(Box, stored.location)
        machine = None if box is None or box.equipment is None else materials.equipment_facts(tx, box.equipment)
        found.append(
            Pick(
                vial=kept.vial,
                lot=kept.lot,
                location=stored.location,
                location_name=materials.location_facts(tx, stored.location).name,
                position=stored.position,
                equipment_name=None if machine is None else machine.name,
                shelf=None if box is None else box.shelf,
                rack=None if box is None else box.rack,
                person=display_name(tx, kept.reserved_by),
                reserved_at=kept.reserved_at,
            )
        )
    return found


def reserved_by_lot(tx: ReadTx) -> dict[str, int]:
    """How many vials are kept for each lot."""
    counts: dict[str, int] = {}
    for row in tx.many(_RESERVED_NOW, limit=ROWS_MAX):
        counts[row.lot] = counts.get(row.lot, 0) + 1
    return counts
