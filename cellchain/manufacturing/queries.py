"""What others may know about lots, containers and where their cells came from. Every list is bounded."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from cellchain.donors import queries as donors
from cellchain.kernel.errors import NotFound
from cellchain.ledger.edges import Edge
from cellchain.manufacturing import label_fields
from cellchain.manufacturing.facts import (
    BagFacts,
    ContainerFacts,
    ContainerSketch,
    GrowthFacts,
    LotFacts,
    LotSketch,
    Stage,
)
from cellchain.manufacturing.models import (
    Container,
    Environment,
    LineClearance,
    Lot,
    MasterRecord,
    StepAttachment,
    StepRecord,
)
from cellchain.manufacturing.rules.batch import Clearance
from cellchain.manufacturing.rules.definition import Definition, load
from cellchain.manufacturing.rules.lifecycles import (
    ContainerKind,
    Content,
)
from cellchain.manufacturing.statements import (
    BAG_WITH_LOT,
    CLEARANCE_OF,
    CLEARANCE_READY,
    CLEARANCES_OPEN,
    CONTAINER_SKETCH,
    CONTAINERS_OF_LOT,
    DRAWN_FROM,
    DRAWN_INTO,
    ENVIRONMENT_OF,
    EQUIPMENT_USES,
    GROWTH,
    HANDS,
    HARVEST_BAG_OF,
    IN_USE_IN_LOT,
    INSIDE,
    LIVE_BY_STAGE,
    LOT_SKETCH,
    LOTS_FROM,
    LOTS_INTO,
    LOTS_OPEN,
    LOTS_WITH_EQUIPMENT,
    MADE_IN,
    NEWEST_LOTS,
    OPEN_LOT_AT,
    RECORDS,
    SOURCES,
    STEPS,
    STEPS_BY,
)
from cellchain.materials import queries as materials
from cellchain.platform.db import ReadTx

NODES_MAX = 10_000
SOURCES_MAX = 100
LOTS_MAX = 500
DONATION, LOT, EQUIPMENT, PERSON = "DO", "LT", "EQ", "PS"
CONTAINERS = frozenset({"BG", "CT", "CV"})
# The tables that an UNDO at the bench is about, as the ledger names them.
VALUE_TABLE, MATERIAL_TABLE, EQUIPMENT_TABLE = (
    "manufacturing_step_value",
    "materials_use",
    "manufacturing_equipment_use",
)


def lot_facts(tx: ReadTx, lot: str) -> LotFacts:
    """The lot. Raises NotFound."""
    row = tx.get(Lot, lot)
    return _lot_facts(tx, row, tx.get(MasterRecord, row.master_record))


def find_lot(tx: ReadTx, lot: str) -> LotFacts | None:
    """The lot, or None."""
    row = tx.find(Lot, lot)
    return None if row is None else _lot_facts(tx, row, tx.get(MasterRecord, row.master_record))


def _lot_facts(tx: ReadTx, lot: Lot, record: MasterRecord) -> LotFacts:
    return LotFacts(
        code=lot.code,
        kind=lot.kind,
        phase=lot.phase,
        location=lot.location,
        product_code=lot.product_code,
        study=lot.study,
        opened_by=lot.opened_by,
        opened_at=lot.opened_at,
        completed_by=lot.completed_by,
        completed_at=lot.completed_at,
        master_record=lot.master_record,
        record_name=record.name,
        record_version=record.version,
        sources=sources_of(tx, lot.code),
    )


def lots(tx: ReadTx, limit: int = LOTS_MAX) -> list[LotFacts]:
    """The newest lots first."""
    return [_lot_facts(tx, lot, record) for lot, record in tx.many(NEWEST_LOTS, limit=limit)]


def lot_lines(tx: ReadTx, rows: Sequence[tuple[Lot, MasterRecord]]) -> list[LotFacts]:
    """Rows of the list of lots as facts."""
    tx.ask_ahead(SOURCES, "code", [lot.code for lot, _ in rows], limit=SOURCES_MAX)
    return [_lot_facts(tx, lot, record) for lot, record in rows]


def open_lots(tx: ReadTx) -> list[LotFacts]:
    """Lots that are being worked on, the oldest first."""
    return [_lot_facts(tx, lot, record) for lot, record in tx.many(LOTS_OPEN, limit=LOTS_MAX)]


def open_lot_at(tx: ReadTx, location: str) -> str | None:
    """The lot that is open at a location, or None."""
    return tx.one(OPEN_LOT_AT, location=location)


def definition_of(tx: ReadTx, lot: str) -> Definition:
    """The master record that a lot follows, in the version it was opened with."""
    return load(tx.get(MasterRecord, tx.get(Lot, lot).master_record).steps)


def ready_clearance(tx: ReadTx, location: str) -> tuple[int, Clearance] | None:
    """The newest verified clearance of a location that no lot has used, with its number."""
    row = tx.one(CLEARANCE_READY, location=location)
    return None if row is None or row.verified_at is None else (row.id or 0, Clearance(row.verified_at))


def open_clearances(tx: ReadTx) -> list[LineClearance]:
    """Clearances that wait for their verifier or for a lot."""
    return tx.many(CLEARANCES_OPEN, limit=LOTS_MAX)


def master_records(tx: ReadTx) -> list[MasterRecord]:
    """All versions of all master records, by name, the newest version first."""
    return tx.many(RECORDS, limit=LOTS_MAX)


def master_record(tx: ReadTx, record: int) -> MasterRecord:
    """One version of a master record. Raises NotFound."""
    return tx.get(MasterRecord, record)


def find_container(tx: ReadTx, code: str) -> ContainerFacts | None:
    """The container, or None."""
    row = tx.find(Container, code)
    return None if row is None else _container_facts(row)


def container_facts(tx: ReadTx, code: str) -> ContainerFacts:
    """The container. Raises NotFound."""
    return _container_facts(tx.get(Container, code))


def _container_facts(row: Container) -> ContainerFacts:
    return ContainerFacts(**{name: getattr(row, name) for name in ContainerFacts.__dataclass_fields__})


def containers_of(tx: ReadTx, lot: str) -> list[ContainerFacts]:
    """Every container of a lot, in the order they were made."""
    return [_container_facts(row) for row in tx.many(CONTAINERS_OF_LOT, limit=NODES_MAX, code=lot)]


def in_use(tx: ReadTx, lot: str, kind: ContainerKind, most: int) -> list[str]:
    """Up to `most` containers of a kind that are worked on in a lot, the oldest first."""
    return tx.many(IN_USE_IN_LOT, limit=most, lot=lot, kind=kind)


def clearance_of(tx: ReadTx, lot: str) -> LineClearance | None:
    """The line clearance that a lot was opened on; None where its kind of lot needs none."""
    return tx.one(CLEARANCE_OF, code=lot)


def attachment(tx: ReadTx, number: int) -> StepAttachment:
    """A file that belongs to a step. Raises NotFound."""
    return tx.get(StepAttachment, number)


def environment_of(tx: ReadTx, lot: LotFacts) -> list[Environment]:
    """What speaks about the room of a lot between its opening and its completion, and whatever was read for it."""
    end = lot.completed_at or tx.now
    return tx.every(ENVIRONMENT_OF, code=lot.code, location=lot.location, begin=lot.opened_at, end=end)


def harvest_bag_of(tx: ReadTx, donation: str) -> ContainerFacts | None:
    """The bag that a donation was harvested into, or None."""
    row = tx.one(HARVEST_BAG_OF, code=donation)
    return None if row is None else _container_facts(row)


def bag_facts(tx: ReadTx, bag: str) -> BagFacts | None:
    """The infusion bag, or None for anything else. One select: a bedside waits for it."""
    found = tx.one(BAG_WITH_LOT, code=bag)
    if found is None:
        return None
    row, lot = found
    return BagFacts(
        code=row.code,
        lot=lot.code,
        lot_kind=lot.kind,
        phase=row.phase,
        content=row.content,
        cells_count=row.cells_count,
        volume_ul=row.volume_ul,
        viability_permille=row.viability_permille,
        made_at=row.made_at,
        expires_at=row.expires_at,
        donation=row.donation,
        product_code=row.product_code,
        division=row.division,
        passage=row.passage,
    )


def bag_label_fields(tx: ReadTx, bag: str) -> dict[str, str]:
    """Manufacturing's half of an infusion bag's label: the trial adds recipient, chain of identity and infusion.

    Raises NotFound.
    """
    facts = bag_facts(tx, bag)
    if facts is None:
        raise NotFound(key=bag)
    lot = tx.get(Lot, facts.lot)
    return label_fields.infusion_bag(facts, tx.house.zone, tx.house.site_name, lot.study)


def place_among_siblings(tx: ReadTx, facts: ContainerFacts) -> tuple[int, int]:
    """Which of how many containers of its kind this one is, among those that were made in one step."""
    siblings = [row for row in containers_of(tx, facts.lot or "") if row.kind == facts.kind]
    codes = [row.code for row in siblings if row.made_at == facts.made_at]
    return (codes.index(facts.code) + 1, len(codes)) if facts.code in codes else (1, 1)


def growth_of(tx: ReadTx, lot: str) -> list[GrowthFacts]:
    """What each passage of a lot brought, in order."""
    names = GrowthFacts.__dataclass_fields__
    return [GrowthFacts(**{name: getattr(row, name) for name in names}) for row in tx.many(GROWTH, limit=100, code=lot)]


def people_who_made(tx: ReadTx, lot: str) -> frozenset[str]:
    """Everybody with a hand in a lot: who opened it, cleared its line, performed or verified a step, or recorded."""
    found = tx.find(Lot, lot)
    people: set[str | None] = set() if found is None else {found.opened_by, found.completed_by}
    clearance = tx.one(CLEARANCE_OF, code=lot)
    if clearance is not None:
        people |= {clearance.cleared_by, clearance.verified_by}
    for hands in HANDS:
        people.update(tx.every(hands, code=lot))
    people |= materials.users_for(tx, lot)
    return frozenset(person for person in people if person is not None)


# ---- where cells came from -------------------------------------------------------------------------------------------


def sources_of(tx: ReadTx, lot: str) -> tuple[str, ...]:
    """The donations or the bank lot that a lot was opened from."""
    return tuple(tx.many(SOURCES, limit=SOURCES_MAX, code=lot))


def bank_of(tx: ReadTx, lot: str) -> str | None:
    """The bank lot behind a product lot, or None where it comes from donations or holds no cells."""
    return next((source for source in sources_of(tx, lot) if source.startswith(LOT)), None)


def donations_of(tx: ReadTx, lot: str) -> tuple[str, ...]:
    """Every donation behind a lot, through its bank where it has one."""
    found: list[str] = []
    for source in sources_of(tx, lot):
        found += donations_of(tx, source) if source.startswith(LOT) else [source]
    return tuple(dict.fromkeys(found))


def donors_of(tx: ReadTx, lot: str) -> tuple[str, ...]:
    """Every donor behind a lot."""
    return tuple(dict.fromkeys(donors.donor_of(tx, donation) for donation in donations_of(tx, lot)))


def descendants(tx: ReadTx, code: str) -> frozenset[str]:
    """Every lot and container that cells of `code` (donation, lot or container) went into."""

    def following(codes: Sequence[str]) -> Iterable[str]:
        bags = (harvest_bag_of(tx, donation) for donation in _of(codes, DONATION))
        return [
            *(bag.code for bag in bags if bag is not None),
            *(edge.target for edge in edges_from(tx, codes) if _is_material(edge.target)),
        ]

    return _reached(code, following)


def ancestors(tx: ReadTx, code: str) -> frozenset[str]:
    """Every donation, lot and container that cells of `code` came from."""

    def following(codes: Sequence[str]) -> Iterable[str]:
        containers = tx.find_each(Container, _of(codes, *CONTAINERS)).values()
        return [
            *(row.donation for row in containers if row.donation is not None),
            *(edge.source for edge in edges_to(tx, codes) if _is_material(edge.source)),
        ]

    return _reached(code, following)


def _is_material(code: str) -> bool:
    return code[:2] in CONTAINERS or code[:2] in (DONATION, LOT)


def _reached(start: str, following: Callable[[Sequence[str]], Iterable[str]]) -> frozenset[str]:
    seen, generation = {start}, [start]
    while generation and len(seen) < NODES_MAX:
        generation = [code for code in dict.fromkeys(following(generation)) if code not in seen]
        seen.update(generation)
    return frozenset(seen - {start})


def edges_from(tx: ReadTx, codes: Sequence[str]) -> list[Edge]:
    """What `codes` went into, one step on the way of the cells. A donation's own harvest bag is the donors' to tell."""
    origins, lots = _of(codes, DONATION, LOT), _of(codes, LOT)
    found = [
        *(Edge(lot, code, "lot", at) for code, at, lot in tx.rows(INSIDE, "code", lots)),
        *(Edge(source, lot, "source", at) for lot, at, source in tx.rows(LOTS_FROM, "code", origins)),
        *_drawn(tx.rows(DRAWN_FROM, "code", _of(codes, *CONTAINERS))),
    ]
    for code in _of(codes, EQUIPMENT):
        uses = tx.many(LOTS_WITH_EQUIPMENT, limit=NODES_MAX, code=code)
        found += _first_each(Edge(code, use.lot, "equipment", use.used_at) for use in uses)
    for code in _of(codes, PERSON):
        steps = tx.many(STEPS_BY, limit=NODES_MAX, code=code)
        found += _first_each(Edge(code, step.lot, "person", step.started_at) for step in steps)
    return found


def edges_to(tx: ReadTx, codes: Sequence[str]) -> list[Edge]:
    """What went into `codes`, one step back on the way of the cells."""
    lots, containers = _of(codes, LOT), _of(codes, *CONTAINERS)
    uses = (use for use, _ in tx.rows(EQUIPMENT_USES, "code", lots))
    steps = (step for step, _ in tx.rows(STEPS, "code", lots))
    return [
        *(Edge(source, lot, "source", at) for source, at, lot in tx.rows(LOTS_INTO, "code", lots)),
        *_first_each(Edge(use.equipment, use.lot, "equipment", use.used_at) for use in uses),
        *_first_each(edge for step in steps for edge in _hands(step)),
        *_drawn(tx.rows(DRAWN_INTO, "code", containers)),
        *(Edge(lot, code, "lot", at) for lot, at, code in tx.rows(MADE_IN, "code", containers)),
    ]


def sources_of_each(tx: ReadTx, lots: Sequence[str]) -> dict[str, list[str]]:
    """The donations or the bank lot that each of many lots was opened from."""
    return tx.each(SOURCES, "code", lots)


def container_sketches(tx: ReadTx, codes: Sequence[str]) -> dict[str, ContainerSketch]:
    """What each of many containers is, in a few words."""
    return {row[-1]: ContainerSketch(*row[:-1]) for row in tx.rows(CONTAINER_SKETCH, "code", codes)}


def lot_sketches(tx: ReadTx, lots: Sequence[str]) -> dict[str, LotSketch]:
    """What each of many lots is, in a few words."""
    return {lot: LotSketch(*row) for lot, [row] in tx.each(LOT_SKETCH, "code", lots).items()}


def _of(codes: Iterable[str], *kinds: str) -> list[str]:
    return [code for code in codes if code[:2] in kinds]


def _drawn(rows: Sequence[tuple[Any, ...]]) -> Iterator[Edge]:
    """Draws with their share of all the cells that ever were in the parent, those it grew included."""
    for parent, child, kind, at, cells_count, made_count, grown_count, _ in rows:
        held = (made_count or 0) + grown_count
        is_share = held and cells_count is not None
        yield Edge(parent, child, kind, at, cells_count if held else None, held if is_share else None)


def _hands(step: StepRecord) -> Iterator[Edge]:
    yield Edge(step.performer, step.lot, "person", step.started_at)
    if step.verifier is not None and step.verified_at is not None:
        yield Edge(step.verifier, step.lot, "person", step.verified_at)


def _first_each(edges: Iterable[Edge]) -> list[Edge]:
    """One edge for each pair, the earliest: a person who performed nine steps is one line in a graph."""
    found: dict[tuple[str, str], Edge] = {}
    for edge in edges:
        found.setdefault((edge.source, edge.target), edge)
    return list(found.values())


# ---- counts for Today ------------------------------------------------------------------------------------------------


def stages(tx: ReadTx) -> list[Stage]:
    """Where the cells are now, in the order of the chain: marrow, separation, P0 and on, harvest, bank, bags."""
    found = [
        Stage(_stage_key(kind, content), passage if kind == ContainerKind.VESSEL else None, containers, in_lots)
        for kind, content, passage, containers, in_lots in tx.many(LIVE_BY_STAGE, limit=LOTS_MAX)
    ]
    order = ["marrow", "separation", "culture", "harvest", "bank", "bags"]
    merged: dict[tuple[str, int | None], Stage] = {}
    for stage in found:
        before = merged.get((stage.key, stage.passage), Stage(stage.key, stage.passage, 0, 0))
        merged[stage.key, stage.passage] = Stage(
            stage.key,
            stage.passage,
            before.containers_count + stage.containers_count,
            before.lots_count + stage.lots_count,
        )
    return sorted(merged.values(), key=lambda stage: (order.index(stage.key), stage.passage or 0))


def _stage_key(kind: ContainerKind, content: Content) -> str:
    if kind == ContainerKind.TUBE:
        return "separation" if content == Content.CELLS else "harvest"
    return {
        ContainerKind.HARVEST_BAG: "marrow",
        ContainerKind.VESSEL: "culture",
        ContainerKind.CRYOVIAL: "bank",
        ContainerKind.INFUSION_BAG: "bags",
    }[kind]
