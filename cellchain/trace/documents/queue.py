"""The line of documents: asking for one, and every step that the worker takes with it.

The steps lie outside the ledger, one small transaction each; what they move is said by `rules.JOB`.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, or_
from sqlmodel import col, select

from cellchain.platform.db import ReadTx
from cellchain.platform.write import WriteTx
from cellchain.trace.documents import rules
from cellchain.trace.documents.rules import JOB, OPEN, Form, JobPhase, Reader
from cellchain.trace.models import DocumentJob

BATCH_MAX = 100
SHOWN_MAX = 20

IS_OPEN = or_(*(col(DocumentJob.phase) == phase for phase in OPEN))
OPEN_ONE = select(DocumentJob).where(
    DocumentJob.lot == bindparam("lot"),
    DocumentJob.form == bindparam("form"),
    DocumentJob.language == bindparam("language"),
    IS_OPEN,
)
NEXT = select(DocumentJob).where(DocumentJob.phase == JobPhase.WAITING).order_by(col(DocumentJob.id))
CLAIM = NEXT.with_for_update(skip_locked=True)
MAKING = select(DocumentJob).where(DocumentJob.phase == JobPhase.MAKING).order_by(col(DocumentJob.id))
OF_LOT = select(DocumentJob).where(DocumentJob.lot == bindparam("lot")).order_by(col(DocumentJob.id).desc())


@dataclass(frozen=True)
class Made:
    """A finished document."""

    digest: str
    size_bytes: int
    entries_count: int
    root: str


def ask(tx: WriteTx, lot: str, form: Form, language: Reader, person: str) -> DocumentJob:
    """Put a document into line, or give the one that is in it already."""
    found = tx.one(OPEN_ONE, lot=lot, form=form, language=language)
    if found is not None:
        return found
    return tx.add(
        DocumentJob(
            lot=lot,
            form=form,
            language=language,
            phase=JobPhase.WAITING,
            requested_by=person,
            requested_at=tx.now,
            attempts_count=0,
        )
    )


def jobs_of(tx: ReadTx, lot: str) -> list[DocumentJob]:
    """The documents of a lot that were asked for last, the newest first."""
    return tx.many(OF_LOT, limit=SHOWN_MAX, lot=lot)


def is_waiting(tx: ReadTx) -> bool:
    """Whether somebody waits for a document."""
    return bool(tx.many(NEXT, limit=1))


# -- the worker's steps ----------------------------------------------------------------------------------------------


def begin(tx: WriteTx) -> DocumentJob | None:
    """Take the next document up; None where nobody waits, or another process was quicker."""
    for job in tx.many(CLAIM, limit=1):
        held = tx.lock(DocumentJob, job.id)
        if held.phase is JobPhase.WAITING:
            return _move(tx, held, "begin", attempts_count=held.attempts_count + 1, started_at=tx.now)
    return None


def finish(tx: WriteTx, job: DocumentJob, made: Made) -> None:
    """The document lies in the data folder."""
    _end(
        tx,
        job,
        "finish",
        digest=made.digest,
        size_bytes=made.size_bytes,
        entries_count=made.entries_count,
        root=made.root,
        problem=None,
    )


def fail(tx: WriteTx, job: DocumentJob, problem: str) -> None:
    """The making broke off: it is tried again, or given up."""
    _end(tx, job, rules.after_fault(job.attempts_count), problem=problem[:60])


def recover(tx: WriteTx, older_than: timedelta) -> int:
    """Documents whose process is gone go back into line; gives their number."""
    lost = [
        job
        for job in tx.many(MAKING, limit=BATCH_MAX)
        if job.started_at is None or job.started_at + older_than <= tx.now
    ]
    for job in lost:
        fail(tx, job, "process_ended")
    return len(lost)


def _end(tx: WriteTx, job: DocumentJob, verb: str, **values: Any) -> None:
    """Write how an attempt ended, unless another one has begun meanwhile."""
    held = tx.lock(DocumentJob, job.id)
    if held.attempts_count == job.attempts_count and held.phase in JOB.moves[verb].sources:
        _move(tx, held, verb, ended_at=tx.now, **values)


def _move(tx: WriteTx, held: DocumentJob, verb: str, **values: Any) -> DocumentJob:
    return tx.change(held, phase=JOB.move(verb, held.phase), **values)
