"""The ledger's own tables. The chain proves the entries; signatures are audited like any other row."""

from datetime import datetime

from sqlalchemy import Index

from cellchain.ledger.filekinds import FileKind
from cellchain.platform.columns import (
    CODE_LENGTH,
    Record,
    choice,
    chosen,
    document,
    flag,
    key,
    moment,
    number,
    number_key,
    outside_ledger,
    personal,
    text,
)

EVENT_LENGTH = 80
REQUEST_LENGTH = 36
REASON_LENGTH = 500


class Entry(Record, table=True):
    """One link of the chain: `hash` is SHA-256 over `body`, which names the link before it.

    No index stands over `hash` and `request_id`, which nobody looks for: both are random, so at ten million entries
    each append would touch a page of either that lies in no memory. That a hash comes once, the chain itself shows.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (
        Index("ix_ledger_entry_subject", "subject", "seq"),
        outside_ledger("is the ledger itself; the hash chain and the checkpoints prove it"),
    )

    seq: int = number_key()
    at: datetime = moment(index=True)
    event: str = text(EVENT_LENGTH, index=True)
    actor: str = text(CODE_LENGTH, index=True)
    subject: str | None = text(40, optional=True)
    request_id: str = text(REQUEST_LENGTH)
    reason: str | None = personal(REASON_LENGTH, optional=True)
    body: str = text(4_000_000)
    hash: str = text(64)


class Head(Record, table=True):
    """The end of the chain, one row: locked last by whoever appends."""

    __tablename__ = "ledger_head"
    __table_args__ = outside_ledger("repeats the last entry; verify compares them")

    id: int = number_key()
    seq: int = number()
    at: datetime | None = moment(optional=True)
    hash: str = text(64)


class Request(Record, table=True):
    """An answered request, so that a repeated one gets its answer again and does nothing. Kept for 30 days."""

    __tablename__ = "ledger_request"
    __table_args__ = outside_ledger("answers kept for 30 days; the entry itself carries the request id")

    request_id: str = text(REQUEST_LENGTH, primary_key=True)
    person: str = text(CODE_LENGTH)
    fingerprint: str = text(64)
    at: datetime = moment(index=True)
    done: bool = flag()
    answer: str = text(1_000_000)


class Signature(Record, table=True):
    """A person's decision over a record: who, when, in which meaning, and the hash of what was signed."""

    __tablename__ = "ledger_signature"

    id: int | None = key()
    subject: str = text(40, index=True)
    event: str = text(EVENT_LENGTH)
    signer: str = text(CODE_LENGTH, index=True)
    meaning: str = text(200)
    method: str = text(20)
    signed_at: datetime = moment()
    record_hash: str = text(64)


class ReceivedFile(Record, table=True):
    """A file that lies in the data folder, by its SHA-256. What kind it is, its content said when it came."""

    __tablename__ = "ledger_received_file"
    __table_args__ = (
        chosen("kind", FileKind),
        Index("ix_ledger_received_file_by", "received_by", "received_at"),
        outside_ledger("files as they came; each one that an order named has its entry with its hash"),
    )

    digest: str = text(64, primary_key=True)
    kind: FileKind = choice(FileKind)
    size_bytes: int = number()
    received_at: datetime = moment()
    received_by: str = text(CODE_LENGTH)


class Installation(Record, table=True):
    """What this database is, one row, written by its first entry."""

    __tablename__ = "ledger_installation"

    id: int | None = key()
    demonstration: bool = flag()
    site_number: int = number()
    created_at: datetime = moment()


class Migration(Record, table=True):
    """A schema revision that this database went through."""

    __tablename__ = "ledger_migration"

    revision: str = text(40, primary_key=True)
    applied_at: datetime = moment()
    detail: dict[str, str] | None = document(optional=True)
