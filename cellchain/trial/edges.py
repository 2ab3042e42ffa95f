"""The trial's own lines in the graph of the chain: from a bag to its recipient."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy import select as columns
from sqlmodel import col

from cellchain.identity.codes import Kind
from cellchain.ledger.edges import Edge
from cellchain.platform.db import ReadTx
from cellchain.trial.lifecycles import AssignmentPhase
from cellchain.trial.models import Assignment

_TIED: Any = columns(
    col(Assignment.bag),
    col(Assignment.recipient),
    col(Assignment.phase),
    col(Assignment.assigned_at),
    col(Assignment.ended_at),
)
_FROM_BAG = _TIED.where(col(Assignment.bag) == bindparam("code")).order_by(col(Assignment.id).desc())
_TO_RECIPIENT = _TIED.where(col(Assignment.recipient) == bindparam("code")).order_by(col(Assignment.id))


def edges_from(tx: ReadTx, codes: Sequence[str]) -> list[Edge]:
    """Bags to recipients: assigned, infused or returned. A released assignment is no way the cells took."""
    return _ties(tx, _FROM_BAG, codes, Kind.BAG)


def edges_to(tx: ReadTx, codes: Sequence[str]) -> list[Edge]:
    """The bags that went, or are meant to go, into recipients."""
    return _ties(tx, _TO_RECIPIENT, codes, Kind.RECIPIENT)


def last_phases(tx: ReadTx, bags: Sequence[str]) -> dict[str, AssignmentPhase]:
    """How the newest assignment of each of many bags stands."""
    return {bag: rows[0][2] for bag, rows in tx.each(_FROM_BAG, "code", bags).items()}


_EDGE_KINDS = {AssignmentPhase.LIVE: "assigned", AssignmentPhase.USED: "infused", AssignmentPhase.RETURNED: "returned"}


def _ties(tx: ReadTx, statement: Any, codes: Sequence[str], kind: Kind) -> list[Edge]:
    asked = [code for code in codes if code[:2] == kind]
    return [
        Edge(bag, recipient, _EDGE_KINDS[phase], ended_at or assigned_at)
        for bag, recipient, phase, assigned_at, ended_at, _ in tx.rows(statement, "code", asked)
        if phase is not AssignmentPhase.RELEASED
    ]
