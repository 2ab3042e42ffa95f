"""Truths about the whole database, by name: the simulation holds them after every step, and `cellchain verify` too."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import func
from sqlmodel import select

from cellchain.kernel.values import dataclass
from cellchain.ledger.append import HEAD_ID, last_position
from cellchain.ledger.models import Entry, Head, Installation, Signature
from cellchain.platform.db import ReadTx

SHOWN_MAX = 20


@dataclass(frozen=True)
class Invariant:
    """One truth. `check` reads, repairs nothing, and gives a sentence for each thing that breaks it."""

    name: str
    statement: str
    check: Callable[[ReadTx], list[str]]


def _head_is_the_last_entry(tx: ReadTx) -> list[str]:
    head, last = tx.find(Head, HEAD_ID), last_position(tx)
    if head is not None and (head.seq, head.at, head.hash) == (last.seq, last.at, last.hash):
        return []
    return [f"the chain ends with entry {last.seq}, its head says {None if head is None else head.seq}"]


_INSTALLATIONS = select(func.count()).select_from(Installation)


def _one_installation(tx: ReadTx) -> list[str]:
    count = tx.one(_INSTALLATIONS)
    return [] if count in (0, 1) else [f"there are {count} installations"]


_entries: Any = Entry
_signatures: Any = Signature
_UNSIGNED: Any = (
    select(Signature.id, Signature.event)
    .where(~select(_entries.seq).where(_entries.event == _signatures.event).exists())
    .order_by(_signatures.id)
)


def _a_signature_has_its_event(tx: ReadTx) -> list[str]:
    rows = tx.many(_UNSIGNED, limit=SHOWN_MAX)
    return [f"signature {key} is for {event}, which never happened" for key, event in rows]


INVARIANTS = (
    Invariant("ledger.head", "The head of the chain is its last entry.", _head_is_the_last_entry),
    Invariant("ledger.one_installation", "A database is one installation.", _one_installation),
    Invariant("ledger.signatures", "Every signature belongs to something that happened.", _a_signature_has_its_event),
)
