"""Reading the ledger: entries, their hashes, and whether a signature still stands."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, cast

from sqlalchemy import bindparam
from sqlmodel import select
from sqlmodel.sql.expression import SelectOfScalar

from cellchain.kernel import canonical
from cellchain.kernel.canonical import Json
from cellchain.kernel.ensure import ensure
from cellchain.kernel.values import dataclass
from cellchain.ledger import merkle
from cellchain.ledger.models import Entry, Signature
from cellchain.platform.db import ReadTx
from cellchain.platform.listing import Listing
from cellchain.platform.statements import one_of

PAGE_ROWS_MAX = 1_000
HASHES_AT_ONCE = 10_000

_columns: Any = Entry
_AFTER = select(Entry).where(_columns.seq > bindparam("after")).order_by(_columns.seq)
_NEWEST = select(Entry).order_by(_columns.seq.desc())
ENTRIES = Listing(select(Entry), _columns.seq, day=_columns.at)
ENTRIES_ABOUT = Listing(select(Entry).where(_columns.subject == bindparam("subject")), _columns.seq)
_ABOUT = select(Entry).where(_columns.subject == bindparam("subject")).order_by(_columns.seq.desc())
_BY = (
    select(Entry)
    .where(
        _columns.actor == bindparam("actor"),
        _columns.at >= bindparam("since"),
        _columns.at <= bindparam("until"),
    )
    .order_by(_columns.seq)
)
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


def latest_entries(tx: ReadTx, limit: int) -> list[Entry]:
    """The last `limit` entries, the newest first."""
    return tx.many(_NEWEST, limit=min(limit, PAGE_ROWS_MAX))


def entries_by(tx: ReadTx, actor: str, since: datetime, until: datetime, limit: int) -> list[Entry]:
    """Up to `limit` entries of what somebody did between two moments, in order."""
    return tx.many(_BY, limit=min(limit, PAGE_ROWS_MAX), actor=actor, since=since, until=until)


def of_events(events: Iterable[str]) -> SelectOfScalar[Entry]:
    """The statement for entries about one `subject` that are of these events, the newest first. Keep it: statements are
    compiled once."""
    return (
        select(Entry)
        .where(_columns.subject == bindparam("subject"), one_of(_columns.event, events))
        .order_by(_columns.seq.desc())
    )


def of_events_since(events: Iterable[str]) -> SelectOfScalar[Entry]:
    """The statement for entries of these events from the moment `since` on, the newest first. Keep it as well."""
    return (
        select(Entry)
        .where(_columns.at >= bindparam("since"), one_of(_columns.event, events))
        .order_by(_columns.seq.desc())
    )


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
