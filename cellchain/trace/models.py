"""The line of documents that people asked for. What is in them is read from everybody's tables."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy import text as sql

from cellchain.platform.columns import Record, choice, chosen, key, moment, number, outside_ledger, text
from cellchain.trace.documents.rules import Form, JobPhase, Reader

_OPEN = sql("phase IN ('waiting', 'making')")


class DocumentJob(Record, table=True):
    """One document about a lot, asked for by somebody. The number of the job is its place in line.

    digest         SHA-256 of the file, by which it lies in the data folder
    entries_count  how many entries the ledger had when the record was read, and `root` the Merkle root over them
    facts_hash     of a certificate, the fingerprint of the facts it was made from: whether they are still so is derived
    """

    __tablename__ = "trace_document_job"
    __table_args__ = (
        chosen("form", Form),
        chosen("language", Reader),
        chosen("phase", JobPhase),
        # Who presses twice, or asks for what is being made for somebody else, gets that one.
        Index(
            "uq_trace_document_job_open",
            "lot",
            "form",
            "language",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_trace_document_job_line", "phase", "id"),
        Index("ix_trace_document_job_digest", "digest"),
        outside_ledger("documents that were asked for; they only repeat what other tables say"),
    )

    id: int | None = key()
    lot: str = text(14, index=True)
    form: Form = choice(Form)
    language: Reader = choice(Reader)
    phase: JobPhase = choice(JobPhase)
    requested_by: str = text(14)
    requested_at: datetime = moment()
    attempts_count: int = number()
    started_at: datetime | None = moment(optional=True)
    ended_at: datetime | None = moment(optional=True)
    digest: str | None = text(64, optional=True)
    size_bytes: int | None = number(optional=True)
    entries_count: int | None = number(optional=True)
    root: str | None = text(64, optional=True)
    facts_hash: str | None = text(64, optional=True)
    problem: str | None = text(60, optional=True)
