"""Quality's own lines in the graph of the chain."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.ledger.describe import Edge
from cellchain.manufacturing import queries as manufacturing
from cellchain.platform.db import ReadTx
from cellchain.quality.models import Decision, Result, Sample
from cellchain.quality.queries.testing import SAMPLES_OF_CONTAINER

NODES_MAX = 10_000

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


def _tested_with(tx: ReadTx, instrument: str) -> list[tuple[str, str, datetime]]:
    """Sample, lot and time of every test that an instrument read."""
    return [tuple(row) for row in tx.many(TESTED_WITH, limit=NODES_MAX, instrument=instrument)]


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


def ahead_from(tx: ReadTx, codes: Sequence[str]) -> None:
    """Ask at once what `edges_from` will ask about each of `codes`, a generation of a graph."""
    containers = [code for code in codes if code[:2] in manufacturing.CONTAINERS]
    tx.ask_ahead(SAMPLES_OF_CONTAINER, "container", containers, limit=NODES_MAX)


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
