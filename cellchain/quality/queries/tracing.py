"""What came out of something, for a recall; and quality's own lines in the graph of the chain."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.donors import queries as donors
from cellchain.ledger.describe import Edge
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.rules.lifecycles import ContainerKind, ContainerPhase
from cellchain.materials import queries as materials
from cellchain.platform.db import ReadTx
from cellchain.quality.models import Decision, Result, Sample
from cellchain.quality.queries.testing import SAMPLES_OF_CONTAINER

NODES_MAX = 10_000
PRODUCT = frozenset({ContainerKind.INFUSION_BAG, ContainerKind.CRYOVIAL})

SAMPLES_BY = select(Sample).where(col(Sample.taken_by) == bindparam("person")).order_by(col(Sample.taken_at))
TESTED_BY: Any = (
    select(Result.sample, Result.started_at)
    .where((col(Result.entered_by) == bindparam("person")) | (col(Result.verified_by) == bindparam("person")))
    .order_by(col(Result.id))
)
TESTED_WITH: Any = (
    select(Result.sample, Result.lot, Result.started_at)
    .where(col(Result.instrument) == bindparam("instrument"))
    .order_by(col(Result.id))
)
DECIDED_BY = select(Decision).where(col(Decision.decided_by) == bindparam("person")).order_by(col(Decision.id))
DECISIONS_ON = select(Decision).where(col(Decision.lot) == bindparam("lot")).order_by(col(Decision.id))
TESTERS_OF_SAMPLE = select(Result).where(col(Result.sample) == bindparam("sample")).order_by(col(Result.id))


@dataclass(frozen=True)
class Scope:
    """Everything that came out of `root`: lots, infusion bags, cryovials. `unused` are the bags still filled."""

    root: str
    lots: tuple[str, ...]
    bags: tuple[str, ...]
    vials: tuple[str, ...]
    unused: tuple[str, ...]

    @property
    def items(self) -> tuple[str, ...]:
        """What a recall calls back."""
        return (*self.lots, *self.bags, *self.vials)


def scope_of(tx: ReadTx, root: str) -> Scope:
    """What came out of a thing of any kind: donor, donation, material lot, equipment, person, lot or container.

    The thing itself counts where it is a lot, a bag or a vial.
    """
    reached = [root, *_reached(tx, root)]
    containers = [facts for facts in (manufacturing.find_container(tx, code) for code in reached) if facts is not None]
    bags = [facts for facts in containers if facts.kind is ContainerKind.INFUSION_BAG]
    return Scope(
        root=root,
        lots=tuple(sorted(code for code in reached if code.startswith("LT"))),
        bags=tuple(sorted(facts.code for facts in bags)),
        vials=tuple(sorted(facts.code for facts in containers if facts.kind is ContainerKind.CRYOVIAL)),
        unused=tuple(sorted(facts.code for facts in bags if facts.phase is ContainerPhase.FILLED)),
    )


def lots_from(tx: ReadTx, root: str) -> tuple[str, ...]:
    """The lots that something went into, directly or through other lots."""
    return scope_of(tx, root).lots


def siblings_of(tx: ReadTx, lot: str) -> Scope:
    """Everything that shares its origin with a lot: the same bank, or the same donations."""
    sources = [*manufacturing.sources_of(tx, lot), lot]
    scopes = [scope_of(tx, source) for source in sources]
    return Scope(
        root=lot,
        lots=_union(scope.lots for scope in scopes),
        bags=_union(scope.bags for scope in scopes),
        vials=_union(scope.vials for scope in scopes),
        unused=_union(scope.unused for scope in scopes),
    )


def _union(parts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({code for part in parts for code in part}))


def _reached(tx: ReadTx, root: str) -> tuple[str, ...]:
    seen: set[str] = {root}
    frontier = [root]
    while frontier and len(seen) < NODES_MAX:
        for code in _following(tx, frontier.pop()):
            if code not in seen:
                seen.add(code)
                frontier.append(code)
    return tuple(sorted(seen - {root}))


def _following(tx: ReadTx, code: str) -> list[str]:
    edges = [*donors.edges_from(tx, code), *materials.edges_from(tx, code), *manufacturing.edges_from(tx, code)]
    # What an instrument told of a lot is in doubt with the instrument: the lot follows it like what it made.
    told = [lot for _, lot, _ in _tested_with(tx, code)] if code.startswith("EQ") else []
    return [*(edge.target for edge in edges), *told]


def _tested_with(tx: ReadTx, instrument: str) -> list[tuple[str, str, datetime]]:
    """Sample, lot and time of every test that an instrument read."""
    return [tuple(row) for row in tx.many(TESTED_WITH, limit=NODES_MAX, instrument=instrument)]


# ---- quality's own lines in the graph --------------------------------------------------------------------------------


def edges_from(tx: ReadTx, code: str) -> list[Edge]:
    """A container into its samples; an instrument into those it read; a person into what they did with one or a lot."""
    if code.startswith("EQ"):
        return _once([Edge(code, sample, "tested_with", at) for sample, _, at in _tested_with(tx, code)])
    if code[:2] in manufacturing.CONTAINERS:
        rows = tx.many(SAMPLES_OF_CONTAINER, limit=NODES_MAX, container=code)
        return [Edge(code, row.code, "sampled", row.taken_at) for row in rows]
    if code.startswith("PS"):
        taken = [
            Edge(code, row.code, "sampled_by", row.taken_at)
            for row in tx.many(SAMPLES_BY, limit=NODES_MAX, person=code)
        ]
        tested = [
            Edge(code, sample, "tested_by", at) for sample, at in tx.many(TESTED_BY, limit=NODES_MAX, person=code)
        ]
        decided = [
            Edge(code, row.lot, "decided_by", row.decided_at)
            for row in tx.many(DECIDED_BY, limit=NODES_MAX, person=code)
        ]
        return _once([*taken, *tested, *decided])
    return []


def edges_to(tx: ReadTx, code: str) -> list[Edge]:
    """A sample from its container and its people; a lot from who decided about it."""
    if code.startswith("SM"):
        row = tx.find(Sample, code)
        if row is None:
            return []
        source = Edge(row.container, code, "sampled", row.taken_at)
        hands = [Edge(row.taken_by, code, "sampled_by", row.taken_at), *_testers(tx, code)]
        return [source, *_once(hands)]
    if code.startswith("LT"):
        rows = tx.many(DECISIONS_ON, limit=100, lot=code)
        return _once([Edge(row.decided_by, code, "decided_by", row.decided_at) for row in rows])
    return []


def _testers(tx: ReadTx, sample: str) -> list[Edge]:
    found = []
    for row in tx.many(TESTERS_OF_SAMPLE, limit=500, sample=sample):
        if row.instrument is not None:
            found.append(Edge(row.instrument, sample, "tested_with", row.started_at))
        for person, at in ((row.entered_by, row.entered_at), (row.verified_by, row.verified_at)):
            if person is not None and at is not None:
                found.append(Edge(person, sample, "tested_by", at))
    return found


def _once(edges: Iterable[Edge]) -> list[Edge]:
    """One edge for each pair and kind, the earliest."""
    found: dict[tuple[str, str, str], Edge] = {}
    for edge in edges:
        found.setdefault((edge.source, edge.target, edge.kind), edge)
    return list(found.values())
