"""A label as a file: handed out where no printer serves the station, and never while a printer may be holding it."""

from hashlib import sha256

from cellchain.labels.models import Label
from cellchain.labels.printing import queries, queue, rules
from cellchain.ledger.run import Runner
from cellchain.platform.db import ReadTx


def check(tx: ReadTx, label: Label) -> None:
    """Raises Refused `label.*` where opening the label as a file could make a second one."""
    job = queries.job_of(tx, label.code)
    opened_at = None if job is None or job.printer is not None else job.ended_at
    rules.may_hand_out(queries.held_by_printer(tx, label.code), label.phase, opened_at, tx.now)


def note(runner: Runner, label: str, document: bytes) -> None:
    """Keep the hash of the file that was handed out. Equal labels give equal bytes, however often they are opened."""
    with runner.database.read() as tx:
        job = queries.job_of(tx, label)
    digest = sha256(document).hexdigest()
    if job is not None and job.bytes_hash != digest:
        runner.outside(lambda tx: queue.hand_out(tx, job, digest))
