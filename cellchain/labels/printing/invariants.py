"""What is always true of print jobs."""

from sqlmodel import col, select

from cellchain.labels.printing.models import Copy, PrintJob
from cellchain.labels.printing.rules import Delivery
from cellchain.ledger.invariants import Invariant
from cellchain.platform.db import ReadTx

UNHASHED = select(PrintJob.id, PrintJob.label).where(
    PrintJob.delivery == Delivery.SENT, col(PrintJob.bytes_hash).is_(None)
)


UNRECORDED = select(PrintJob.id, PrintJob.label).where(
    PrintJob.delivery == Delivery.SENT,
    col(PrintJob.label).is_not(None),
    ~select(Copy.id).where(Copy.job == PrintJob.id, Copy.bytes_hash == PrintJob.bytes_hash).exists(),
)


def sent_jobs_know_their_bytes(tx: ReadTx) -> list[str]:
    """What went to a printer, or was handed out, left the hash of its bytes."""
    return [f"print job {job} of {label} was sent without a hash" for job, label in tx.every(UNHASHED)]


def sent_jobs_have_their_copy(tx: ReadTx) -> list[str]:
    """A label that was sent or handed out has a copy in the ledger, of the same bytes."""
    return [
        f"print job {job} of {label} was sent, and no copy of these bytes is recorded"
        for job, label in tx.every(UNRECORDED)
    ]


INVARIANTS = (
    Invariant("labels.print_hash", "What was printed is known by its hash.", sent_jobs_know_their_bytes),
    Invariant("labels.copies", "Every copy of a label that left is recorded.", sent_jobs_have_their_copy),
)
