"""What is always true of print jobs."""

from sqlmodel import col, select

from cellchain.labels.printing.models import PrintJob
from cellchain.labels.printing.rules import Delivery
from cellchain.ledger.invariants import Invariant
from cellchain.platform.db import ReadTx

UNHASHED = select(PrintJob.id, PrintJob.label).where(
    PrintJob.delivery == Delivery.SENT, col(PrintJob.bytes_hash).is_(None)
)


def sent_jobs_know_their_bytes(tx: ReadTx) -> list[str]:
    """What went to a printer, or was handed out, left the hash of its bytes."""
    return [f"print job {job} of {label} was sent without a hash" for job, label in tx.every(UNHASHED)]


INVARIANTS = (Invariant("labels.print_hash", "What was printed is known by its hash.", sent_jobs_know_their_bytes),)
