"""The line of documents: asking for one, and every step that the worker takes with it.

The steps lie outside the ledger, one small transaction each; what they move is said by `rules.JOB`.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, or_
from sqlmodel import col, select

from cellchain.kernel.errors import NotFound
from cellchain.kernel.values import dataclass
from cellchain.platform.db import ReadTx
from cellchain.platform.write import WriteTx
from cellchain.trace.documents import rules
from cellchain.trace.documents.rules import CERTIFICATES, JOB, OPEN, RECORDS, Form, JobPhase, Reader
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
READY_ONE = (
    select(DocumentJob)
    .where(
        DocumentJob.lot == bindparam("lot"),
        DocumentJob.form == bindparam("form"),
        DocumentJob.language == bindparam("language"),
        DocumentJob.facts_hash == bindparam("facts_hash"),
        col(DocumentJob.phase) == JobPhase.READY,
    )
    .order_by(col(DocumentJob.id))
)
BY_DIGEST = select(DocumentJob).where(DocumentJob.digest == bindparam("digest")).order_by(col(DocumentJob.id))


def _of_lot(forms: Sequence[Form]) -> Any:
    return (
        select(DocumentJob)
        .where(DocumentJob.lot == bindparam("lot"), or_(*(col(DocumentJob.form) == form for form in forms)))
        .order_by(col(DocumentJob.id).desc())
    )


RECORDS_OF_LOT, CERTIFICATES_OF_LOT = _of_lot(RECORDS), _of_lot(CERTIFICATES)


@dataclass(frozen=True)
class Made:
    """A finished document."""

    digest: str
    size_bytes: int
    entries_count: int
    root: str
    facts_hash: str | None = None


def ask(tx: WriteTx, lot: str, form: Form, language: Reader, person: str, facts_hash: str | None = None) -> DocumentJob:
    """Put a document into line, or give the one that is in it already.

    With `facts_hash` one that was made from the same facts is given again: a certificate is made once.
    """
    found = tx.one(OPEN_ONE, lot=lot, form=form, language=language)
    if found is None and facts_hash is not None:
        found = tx.one(READY_ONE, lot=lot, form=form, language=language, facts_hash=facts_hash)
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
    """The batch records of a lot that were asked for last, the newest first."""
    return tx.many(RECORDS_OF_LOT, limit=SHOWN_MAX, lot=lot)


def certificates_of(tx: ReadTx, lot: str) -> list[DocumentJob]:
    """The certificates of a lot that were asked for last, the newest first."""
    return tx.many(CERTIFICATES_OF_LOT, limit=SHOWN_MAX, lot=lot)


def with_digest(tx: ReadTx, digest: str) -> DocumentJob | None:
    """The document whose file has this SHA-256."""
    return tx.one(BY_DIGEST, digest=digest)


def job(tx: ReadTx, number: int, forms: Sequence[Form]) -> DocumentJob:
    """One document of these forms. Raises NotFound."""
    found = tx.get(DocumentJob, number)
    if found.form not in forms:
        raise NotFound(key=number)
    return found


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
        facts_hash=made.facts_hash,
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
