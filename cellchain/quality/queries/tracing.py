"""Quality's own lines in the graph of the chain."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy import select as columns
from sqlmodel import col, select

from cellchain.ledger.edges import Edge
from cellchain.manufacturing import queries as manufacturing
from cellchain.platform.db import ReadTx
from cellchain.quality.models import Decision, Result, Sample

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
_SAMPLED: Any = (
    columns(col(Sample.container), col(Sample.code), col(Sample.taken_at))
    .where(col(Sample.container) == bindparam("container"))
    .order_by(col(Sample.taken_at))
)


def _tested_with(tx: ReadTx, instrument: str) -> list[tuple[str, str, datetime]]:
    """Sample, lot and time of every test that an instrument read."""
    return [tuple(row) for row in tx.many(TESTED_WITH, limit=NODES_MAX, instrument=instrument)]


def edges_from(tx: ReadTx, codes: Sequence[str]) -> list[Edge]:
    """Containers into their samples; instruments into those they read; people into what they did with one or a lot."""
    found: list[Edge] = []
    for code in (one for one in codes if one.startswith("EQ")):
        found += [Edge(code, sample, "tested_with", at) for sample, _, at in _tested_with(tx, code)]
    containers = [code for code in codes if code[:2] in manufacturing.CONTAINERS]
    found += [_sampled(*row[:-1]) for row in tx.rows(_SAMPLED, "container", containers)]
    for code in (one for one in codes if one.startswith("PS")):
        taken = tx.many(SAMPLES_BY, limit=NODES_MAX, person=code)
        found += [Edge(code, row.code, "sampled_by", row.taken_at) for row in taken]
        tested = tx.many(TESTED_BY, limit=NODES_MAX, person=code)
        found += [Edge(code, sample, "tested_by", at) for sample, at in tested]
        decided = tx.many(DECIDED_BY, limit=NODES_MAX, person=code)
        found += [Edge(code, row.lot, "decided_by", row.decided_at) for row in decided]
    return _once(found)


def edges_to(tx: ReadTx, codes: Sequence[str]) -> list[Edge]:
    """Samples from their containers and their people; lots from who decided about them."""
    samples = tx.find_each(Sample, [code for code in codes if code.startswith("SM")]).values()
    tested = tx.rows(TESTERS_OF_SAMPLE, "sample", [row.code for row in samples])
    decided = tx.rows(DECISIONS_ON, "lot", [code for code in codes if code.startswith("LT")])
    return _once(
        [
            *(_sampled(row.container, row.code, row.taken_at) for row in samples),
            *(Edge(row.taken_by, row.code, "sampled_by", row.taken_at) for row in samples),
            *(edge for row, _ in tested for edge in _testers(row)),
            *(Edge(row.decided_by, row.lot, "decided_by", row.decided_at) for row, _ in decided),
        ]
    )


def _sampled(container: str, sample: str, at: datetime) -> Edge:
    return Edge(container, sample, "sampled", at)


def _testers(row: Result) -> Iterator[Edge]:
    if row.instrument is not None:
        yield Edge(row.instrument, row.sample, "tested_with", row.started_at)
    for person, at in ((row.entered_by, row.entered_at), (row.verified_by, row.verified_at)):
        if person is not None and at is not None:
            yield Edge(person, row.sample, "tested_by", at)


def _once(edges: Iterable[Edge]) -> list[Edge]:
    """One edge for each pair and kind, the earliest."""
    found: dict[tuple[str, str, str], Edge] = {}
    for edge in edges:
        found.setdefault((edge.source, edge.target, edge.kind), edge)
    return list(found.values())
