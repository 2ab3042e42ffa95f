"""Reading the ledger: entries, their hashes, and whether a signature still stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import bindparam
from sqlmodel import select

from cellchain.kernel import canonical
from cellchain.kernel.canonical import Json
from cellchain.kernel.ensure import ensure
from cellchain.ledger import merkle
from cellchain.ledger.models import Entry, Signature
from cellchain.platform.db import ReadTx

PAGE_ROWS_MAX = 1_000
HASHES_AT_ONCE = 10_000

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
_LAST_AT = (
    select(_columns.at)
    .where(_columns.subject == bindparam("subject"), _columns.event == bindparam("event"))
    .order_by(_columns.seq.desc())
)
_SIGNATURES = select(Signature).where(_signatures.subject == bindparam("subject")).order_by(_signatures.id)


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


def last_at(tx: ReadTx, subject: str, event: str) -> datetime | None:
    """When something was last recorded about a subject."""
    return cast(datetime | None, tx.one(_LAST_AT, subject=subject, event=event))


def hashes(tx: ReadTx, after: int = 0, upto: int | None = None) -> list[bytes]:
    """As `each_hash`, all of them at once."""
    return list(each_hash(tx, after, upto))


def each_hash(tx: ReadTx, after: int = 0, upto: int | None = None) -> Iterator[bytes]:
    """The hashes of the entries after number `after`, up to number `upto`, 32 bytes each, read in parts.

    Raises InvariantBroken where an entry is missing or its hash is none: nothing is proven over a broken chain.
    """
    seq, last = after, upto
    while last is None or seq < last:
        limit = HASHES_AT_ONCE if last is None else min(HASHES_AT_ONCE, last - seq)
        rows = tx.many(_HASHES, limit=limit, after=seq)
        for number, digest in rows:
            if last is not None and number > last:
                return
            ensure(number == seq + 1, f"entry {number} follows the one before it; run cellchain verify")
            yield _bytes(number, digest)
            seq = number
        if len(rows) < limit:
            return


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
