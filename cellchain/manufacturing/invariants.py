"""What is always true of lots and containers (architecture.md 5, numbers 3 and 4). Each check names what breaks it."""

from typing import Any

from sqlmodel import col, func, select

from cellchain.ledger.invariants import Invariant
from cellchain.manufacturing import queries
from cellchain.manufacturing.models import (
    Container,
    ContainerLoss,
    ContainerSource,
    LineClearance,
    Lot,
    StepRecord,
)
from cellchain.manufacturing.rules.lifecycles import ContainerKind, LotPhase
from cellchain.platform.db import ReadTx

LINKS: Any = select(ContainerSource.child, ContainerSource.parent)
DRAWN: Any = (
    select(
        ContainerSource.parent,
        func.sum(func.coalesce(col(ContainerSource.cells_count), 0)),
        func.sum(col(ContainerSource.volume_ul)),
    )
    .group_by(col(ContainerSource.parent))
    .order_by(col(ContainerSource.parent))
)
LOST: Any = (
    select(
        ContainerLoss.container,
        func.sum(func.coalesce(col(ContainerLoss.cells_count), 0)),
        func.sum(col(ContainerLoss.volume_ul)),
    )
    .group_by(col(ContainerLoss.container))
    .order_by(col(ContainerLoss.container))
)
CONTAINERS = select(Container).order_by(col(Container.code))
VESSELS: Any = (
    select(Container.code, Container.lot, Container.passage)
    .where(col(Container.kind) == ContainerKind.VESSEL)
    .order_by(col(Container.code))
)
DIVISIONS = select(Container).where(col(Container.division).is_not(None)).order_by(col(Container.code))
OWN_VERIFIER = select(StepRecord.id).where(col(StepRecord.verifier) == col(StepRecord.performer))
OWN_CLEARANCE = select(LineClearance.id).where(col(LineClearance.verified_by) == col(LineClearance.cleared_by))
OPEN_LOCATIONS: Any = select(Lot.location, Lot.code).where(col(Lot.phase) == LotPhase.OPEN).order_by(col(Lot.code))
ORPHANS = (
    select(Container.code)
    .outerjoin(ContainerSource, col(ContainerSource.child) == col(Container.code))
    .where(
        col(ContainerSource.id).is_(None),
        col(Container.cells_made_count).is_not(None),
        col(Container.kind) != ContainerKind.HARVEST_BAG,
    )
)


def _no_container_is_its_own_source(tx: ReadTx) -> list[str]:
    """The way of the cells has no cycle."""
    children: dict[str, list[str]] = {}
    waiting: dict[str, int] = {}
    for child, parent in tx.every(LINKS):
        children.setdefault(parent, []).append(child)
        waiting[child] = waiting.get(child, 0) + 1
        waiting.setdefault(parent, 0)
    free = [code for code, count in waiting.items() if count == 0]
    while free:
        for child in children.get(free.pop(), ()):
            waiting[child] -= 1
            if waiting[child] == 0:
                free.append(child)
    return [f"container {code} is its own source" for code, count in sorted(waiting.items()) if count > 0]


def _no_container_is_overdrawn(tx: ReadTx) -> list[str]:
    """Cells and volume that left a container never exceed what was in it."""
    found = []
    for code, cells_count, volume_ul in tx.every(DRAWN):
        row = tx.get(Container, code)
        there = (row.cells_made_count or 0) + row.cells_grown_count
        if row.cells_made_count is not None and cells_count > there:
            found.append(f"container {code} held {there} cells and gave {cells_count}")
        if volume_ul > row.volume_made_ul:
            found.append(f"container {code} held {row.volume_made_ul} uL and gave {volume_ul}")
    return found


def _every_book_adds_up(tx: ReadTx) -> list[str]:
    """What was made and grew is what was drawn, sampled, wasted and given, and what is left."""
    gone: dict[str, tuple[int, int]] = {}
    for statement in (DRAWN, LOST):
        for code, cells_count, volume_ul in tx.every(statement):
            before = gone.get(code, (0, 0))
            gone[code] = (before[0] + int(cells_count), before[1] + int(volume_ul))
    found = []
    for row in tx.every(CONTAINERS):
        cells_gone, volume_gone = gone.get(row.code, (0, 0))
        if row.volume_made_ul - volume_gone != row.volume_ul:
            found.append(f"container {row.code} held {row.volume_made_ul} uL, gave {volume_gone}, has {row.volume_ul}")
        if row.cells_made_count is None or row.cells_count is None:
            continue
        there = row.cells_made_count + row.cells_grown_count
        if there - cells_gone != row.cells_count:
            found.append(f"container {row.code} held {there} cells, gave {cells_gone}, has {row.cells_count}")
    return found


def _no_passage_beyond_its_limit(tx: ReadTx) -> list[str]:
    """No vessel was seeded in a passage that its master record refuses."""
    limits: dict[str, int] = {}
    found = []
    for code, lot, passage in tx.every(VESSELS):
        if lot not in limits:
            limits[lot] = queries.definition_of(tx, lot).passage_limit
        if passage >= limits[lot]:
            found.append(f"vessel {code} is in P{passage}, and its process ends before P{limits[lot]}")
    return found


def _every_container_of_cells_has_its_sources(tx: ReadTx) -> list[str]:
    """Every container of counted cells names the containers they came from."""
    return [f"container {code} holds cells from nowhere" for code in tx.every(ORPHANS)]


def _every_division_is_unique(tx: ReadTx) -> list[str]:
    """Donation, product and division name one container; without a single donation the lot stands in its place."""
    seen: dict[tuple[object, ...], str] = {}
    found = []
    for row in tx.every(DIVISIONS):
        triple = (row.donation or row.lot, row.product_code, row.division)
        if triple in seen:
            found.append(f"containers {seen[triple]} and {row.code} are both division {row.division}")
        seen[triple] = row.code
    return found


def _nobody_verifies_their_own_work(tx: ReadTx) -> list[str]:
    """A step's verifier is not its performer, and a line is not verified by who cleared it."""
    steps = [f"step record {row} was verified by its performer" for row in tx.every(OWN_VERIFIER)]
    return steps + [f"clearance {row} was verified by who cleared the line" for row in tx.every(OWN_CLEARANCE)]


def _one_location_holds_one_open_lot(tx: ReadTx) -> list[str]:
    """Two open lots at one place could be mixed."""
    seen: dict[str, str] = {}
    found = []
    for location, lot in tx.every(OPEN_LOCATIONS):
        if location in seen:
            found.append(f"lots {seen[location]} and {lot} are both open at {location}")
        seen[location] = lot
    return found


INVARIANTS = (
    Invariant("manufacturing.no_cycle", "The way of the cells has no cycle.", _no_container_is_its_own_source),
    Invariant("manufacturing.not_overdrawn", "No more leaves a container than was in it.", _no_container_is_overdrawn),
    Invariant("manufacturing.book", "What went in is what went out and what is left.", _every_book_adds_up),
    Invariant("manufacturing.passages", "No passage lies beyond its limit.", _no_passage_beyond_its_limit),
    Invariant("manufacturing.sources", "Cells come from somewhere.", _every_container_of_cells_has_its_sources),
    Invariant("manufacturing.divisions", "A product's division names one container.", _every_division_is_unique),
    Invariant("manufacturing.second_person", "Nobody verifies their own work.", _nobody_verifies_their_own_work),
    Invariant("manufacturing.one_lot", "One place holds one open lot.", _one_location_holds_one_open_lot),
)
