"""The body of an entry, its hash, and its place at the end of the chain."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.kernel import canonical
from cellchain.kernel.canonical import Json
from cellchain.kernel.values import dataclass
from cellchain.ledger.models import Entry, Head
from cellchain.platform.db import Link
from cellchain.platform.shared import News
from cellchain.platform.write import WriteTx

GENESIS = "0" * 64
HEAD_ID = 1


@dataclass(frozen=True)
class Position:
    """The end of the chain: the last entry's number, time and hash."""

    seq: int
    at: datetime | None
    hash: str


@dataclass(frozen=True)
class Draft:
    """An entry before it has its place in the chain."""

    event: str
    version: int
    actor: str
    on_behalf: str | None
    device: str | None
    subject: str | None
    reason: str | None
    request_id: str
    happened_at: datetime
    facts: dict[str, Json]
    signature: dict[str, Json] | None
    changes: Sequence[Json]


LAST = select(Entry.seq, Entry.at, Entry.hash).order_by(col(Entry.seq).desc())
# Read between two transactions, so a few entries. More than that, or a very long one, and all is asked anew.
NEWS_MAX, NEWS_BYTES_MAX = 200, 65_536
_NEWS = """
    SELECT head.seq, entry.seq, CASE WHEN octet_length(entry.body) <= %(longest)s THEN entry.body END
      FROM ledger_head AS head
      LEFT JOIN (SELECT seq, body FROM ledger_entry WHERE seq > %(seq)s ORDER BY seq LIMIT %(most)s) AS entry ON true
     WHERE head.id = %(head)s
"""
HELD_HEAD = select(Head).where(Head.id == bindparam("id_")).with_for_update()


def last_position(tx: Any) -> Position:
    """The end of the chain as the table has it; for SQLite, where one connection writes."""
    row = tx.many(LAST, limit=1)
    return Position(*row[0]) if row else Position(0, None, GENESIS)


def held_position(tx: WriteTx) -> Position:
    """The end of the chain, held until commit; for PostgreSQL, where several processes write."""
    head = tx.lock(Head, HEAD_ID)
    tx.hold_end()
    return Position(head.seq, head.at, head.hash)


def append(tx: WriteTx, before: Position, draft: Draft, now: datetime) -> Position:
    """Write `draft` as the entry after `before`. Times never run backwards along the chain."""
    seq = before.seq + 1
    at = now if before.at is None else max(now, before.at)
    reason = None if draft.reason is None else tx.seal_text(draft.reason)
    body = canonical.dumps(
        {
            "seq": seq,
            "at": canonical.moment(at),
            "happened_at": canonical.moment(draft.happened_at),
            "event": draft.event,
            "version": draft.version,
            "actor": draft.actor,
            "on_behalf": draft.on_behalf,
            "device": draft.device,
            "subject": draft.subject,
            "reason": None if reason is None else reason.commitment,
            "signature": draft.signature,
            "request_id": draft.request_id,
            "facts": draft.facts,
            "changes": draft.changes,
            "prev_hash": before.hash,
        }
    )
    digest = sha256(body.encode()).hexdigest()
    tx.add_outside(
        Entry,
        {
            "seq": seq,
            "at": at,
            "event": draft.event,
            "actor": draft.actor,
            "subject": draft.subject,
            "request_id": draft.request_id,
            "reason": reason,
            "body": body,
            "hash": digest,
        },
    )
    return Position(seq, at, digest)


def store_head(tx: WriteTx, position: Position) -> None:
    """Write the end of the chain down."""
    tx.set_outside(Head, HEAD_ID, seq=position.seq, at=position.at, hash=position.hash)


def news_after(link: Link, seq: int) -> News:
    """What was appended after entry `seq`, in one question and so in one snapshot."""
    rows = link.execute(_NEWS, {"seq": seq, "most": NEWS_MAX, "longest": NEWS_BYTES_MAX, "head": HEAD_ID}).fetchall()
    upto = rows[0][0] if rows else 0
    found = [(number, body) for _, number, body in rows if number is not None]
    if upto < seq or len(found) != upto - seq or any(body is None for _, body in found):
        return News(upto, None)
    return News(upto, tuple((number, _tables_of(body)) for number, body in found))


def _tables_of(body: str) -> frozenset[str]:
    return frozenset(change["table"] for change in orjson.loads(body)["changes"])
