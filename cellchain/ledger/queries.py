"""Reading the ledger: entries, proofs about them, and whether a signature still stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import select

from cellchain.kernel import canonical
from cellchain.kernel.canonical import Json
from cellchain.kernel.ensure import ensure
from cellchain.kernel.errors import NotFound
from cellchain.ledger import merkle
from cellchain.ledger.models import Entry, Signature
from cellchain.platform.db import ReadTx

PAGE_ROWS_MAX = 1_000
HASHES_AT_ONCE = 50_000

_columns: Any = Entry
_AFTER = select(Entry).where(_columns.seq > bindparam("after")).order_by(_columns.seq)
_UPTO = select(Entry).where(_columns.seq <= bindparam("upto")).order_by(_columns.seq.desc())
_ABOUT = select(Entry).where(_columns.subject == bindparam("subject")).order_by(_columns.seq.desc())
_HASHES: Any = select(Entry.seq, Entry.hash).where(_columns.seq > bindparam("after")).order_by(_columns.seq)

_signatures: Any = Signature
_SIGNATURE = (
    select(Signature)
    .where(_signatures.subject == bindparam("subject"), _signatures.event == bindparam("event"))
    .order_by(_signatures.id.desc())
)
_SIGNATURES = select(Signature).where(_signatures.subject == bindparam("subject")).order_by(_signatures.id)


@dataclass(frozen=True)
class Proof:
    """That `entry` stands in the chain of `size` entries: its hash, the path from its leaf, and the root (hex)."""

    entry: int
    size: int
    hash: str
    path: tuple[str, ...]
    root: str


@dataclass(frozen=True)
class Standing:
    """A signature over a record, and whether the record is still what was signed."""

    signer: str
    meaning: str
    method: str
    signed_at: datetime
    holds: bool


def entries_after(tx: ReadTx, after: int, limit: int) -> list[Entry]:
    """Up to `limit` (at most 1,000) entries after number `after`, the oldest first."""
    return tx.many(_AFTER, limit=min(limit, PAGE_ROWS_MAX), after=after)


def latest_entries(tx: ReadTx, upto: int, limit: int) -> list[Entry]:
    """Up to `limit` entries with numbers up to `upto`, the newest first."""
    return tx.many(_UPTO, limit=min(limit, PAGE_ROWS_MAX), upto=upto)


def entry(tx: ReadTx, seq: int) -> Entry:
    """One entry. Raises NotFound."""
    return tx.get(Entry, seq)


def entries_about(tx: ReadTx, subject: str, limit: int) -> list[Entry]:
    """Up to `limit` (at most 1,000) entries about `subject`, the newest first."""
    return tx.many(_ABOUT, limit=min(limit, PAGE_ROWS_MAX), subject=subject)


def hashes(tx: ReadTx, after: int = 0, upto: int | None = None) -> list[bytes]:
    """The hashes of the entries after number `after`, up to number `upto`, 32 bytes each.

    Raises InvariantBroken where an entry is missing or its hash is none: nothing is proven over a broken chain.
    """
    found: list[bytes] = []
    while True:
        rows = tx.many(_HASHES, limit=HASHES_AT_ONCE, after=after + len(found))
        for seq, digest in rows:
            if upto is not None and seq > upto:
                return found
            ensure(seq == after + len(found) + 1, f"entry {seq} follows the one before it; run cellchain verify")
            found.append(_bytes(seq, digest))
        if len(rows) < HASHES_AT_ONCE:
            return found


def proof(tx: ReadTx, entry: int, size: int) -> Proof:
    """Proof that number `entry` stands in the chain of the first `size` entries. Raises NotFound outside the chain."""
    leaves = hashes(tx, upto=size) if 0 < entry <= size else []
    if not leaves or len(leaves) != size:
        raise NotFound("ledger.no_such_entry", "There is no entry {key} among the first {size}.", key=entry, size=size)
    path = tuple(node.hex() for node in merkle.inclusion_proof(leaves, entry - 1))
    return Proof(entry, size, leaves[entry - 1].hex(), path, merkle.root(leaves).hex())


def signature_standing(tx: ReadTx, subject: str, event: str, record: Json) -> Standing | None:
    """The last signature under `event` on `subject`, or None.

    `record` is what the command's `signs` gives for the facts of now; the signature holds while its hash is the same.
    """
    row = tx.one(_SIGNATURE, subject=subject, event=event)
    if row is None:
        return None
    return Standing(row.signer, row.meaning, row.method, row.signed_at, row.record_hash == canonical.digest(record))


def signatures_on(tx: ReadTx, subject: str, event: str) -> list[Signature]:
    """Every signature on `subject` under an event that begins with `event`, the oldest first."""
    return [row for row in tx.every(_SIGNATURES, subject=subject) if row.event.startswith(event)]


def _bytes(seq: int, digest: str) -> bytes:
    try:
        value = bytes.fromhex(digest)
    except ValueError:
        value = b""
    ensure(len(value) == merkle.HASH_BYTES, f"entry {seq} has a hash; run cellchain verify")
    return value
