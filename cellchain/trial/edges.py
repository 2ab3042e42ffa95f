"""The trial's own lines in the graph of the chain: from a bag to its recipient."""

from collections.abc import Sequence

from cellchain.identity.codes import Kind
from cellchain.ledger.describe import Edge
from cellchain.platform.db import ReadTx
from cellchain.trial import statements as find
from cellchain.trial.lifecycles import AssignmentPhase
from cellchain.trial.models import Assignment
from cellchain.trial.queries import PLAN_MAX


def ahead_of_bags(tx: ReadTx, bags: Sequence[str]) -> None:
    """Ask at once what `edges_from` and `last_assignment_of` will ask about each of many bags."""
    tx.ask_ahead(find.ASSIGNMENTS_OF_BAG, "bag", bags, limit=PLAN_MAX)
    tx.ask_ahead(find.ASSIGNMENTS_OF_BAG, "bag", bags)


def edges_from(tx: ReadTx, code: str) -> list[Edge]:
    """Bag to recipient: assigned, infused or returned. A released assignment is no way the cells took."""
    if not code.startswith(Kind.BAG):
        return []
    return [
        _edge(row)
        for row, *_ in tx.many(find.ASSIGNMENTS_OF_BAG, limit=PLAN_MAX, bag=code)
        if row.phase != AssignmentPhase.RELEASED
    ]


def edges_to(tx: ReadTx, code: str) -> list[Edge]:
    """The bags that went, or are meant to go, into a recipient."""
    if not code.startswith(Kind.RECIPIENT):
        return []
    return [
        _edge(row)
        for row, *_ in tx.many(find.ASSIGNMENTS_OF, limit=PLAN_MAX, recipient=code)
        if row.phase != AssignmentPhase.RELEASED
    ]


_EDGE_KINDS = {AssignmentPhase.LIVE: "assigned", AssignmentPhase.USED: "infused", AssignmentPhase.RETURNED: "returned"}


def _edge(row: Assignment) -> Edge:
    return Edge(row.bag, row.recipient, _EDGE_KINDS[row.phase], row.ended_at or row.assigned_at)
