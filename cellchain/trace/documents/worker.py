"""The worker: makes the documents that people asked for, one after the other, while the application serves.

A record is read in one snapshot by a thread of its own. Setting it takes a processor for as long as the record is
thick, so that is done by another process, at a lower priority: no scan waits for it (docs/decisions/0013).
"""

import threading
import uuid
from datetime import timedelta
from functools import partial
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

import structlog

from cellchain.kernel.errors import Refused
from cellchain.kernel.later import later
from cellchain.ledger import checkpoints
from cellchain.ledger import queries as ledger
from cellchain.ledger.actor import SYSTEM_ACTOR
from cellchain.ledger.merkle import Accumulator
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call, Runner
from cellchain.platform.db import Database, ReadTx
from cellchain.platform.files import DataDir
from cellchain.quality.certificates.commands import IssueCertificate, issue_certificate
from cellchain.quality.certificates.queries import issued
from cellchain.trace.certificates import record as certificates
from cellchain.trace.certificates import rules as certificate_rules
from cellchain.trace.documents import beside, queue, record
from cellchain.trace.documents.queue import Made
from cellchain.trace.documents.rules import CERTIFICATES, LEASE, Form
from cellchain.trace.models import DocumentJob
from cellchain.web.i18n import Voice

if TYPE_CHECKING:
    from cellchain.trace.certificates import seal
else:
    seal = later("cellchain.trace.certificates.seal")

POLL_S = 2.0
STOP_S = 10.0
# Faults are logged by their kind, without a trace: its values may be what a person wrote.
log = structlog.get_logger()


class DocumentWorker:
    """Empties the line. `start` and `stop` belong to the application; `work_through` is one round of it."""

    def __init__(
        self,
        database: Database,
        runner: Runner,
        folder: DataDir,
        *,
        demonstration: bool,
        asked: threading.Event | None = None,
        address: str = "",
        timestamp_url: str | None = None,
    ) -> None:
        self.database = database
        self.runner = runner
        self.folder = folder
        self.demonstration = demonstration
        self.address = address  # under which people reach this house; a code on paper leads there
        self.timestamp_url = timestamp_url
        self._tree = Accumulator()
        self._wake = asked or threading.Event()  # set by whoever asks for a document
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="documents", daemon=True)
        self._child: BaseProcess | None = None

    # -- while serving -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Put back what the last process left undone, then work until `stop`."""
        self.recover()
        self._thread.start()

    def stop(self) -> None:
        """Take up nothing more. What is being made is broken off, and made anew after the next start."""
        self._stopping.set()
        self._wake.set()
        child = self._child
        if child is not None:
            child.terminate()
        self._thread.join(STOP_S)

    def recover(self) -> None:
        """What was being made goes back into line. One process serves SQLite, so there nobody is making anything."""
        age = timedelta(0) if self.database.is_sqlite else LEASE
        self.runner.outside(partial(queue.recover, older_than=age))

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                self.work_through()
            except Exception as error:  # a database that is away now is back later
                log.warning("documents.round_failed", fault=type(error).__name__)
            self._wake.wait(POLL_S)

    def work_through(self) -> None:
        """Everything that is in line, in this thread."""
        with self.database.read() as tx:
            waits = queue.is_waiting(tx)
        while waits and not self._stopping.is_set():
            job: DocumentJob | None = self.runner.outside(queue.begin)
            waits = job is not None
            if job is not None:
                self._work_on(job)

    # -- one document --------------------------------------------------------------------------------------------------

    def _work_on(self, job: DocumentJob) -> None:
        try:
            made = self._made(job)
        except Exception as error:
            if not self._stopping.is_set():  # else it is put back at the next start, without counting as a fault
                fault = _name_of(error)
                log.warning("documents.making_failed", job=job.id, fault=fault)
                self.runner.outside(partial(queue.fail, job=job, problem=fault))
            return
        self.runner.outside(partial(queue.finish, job=job, made=made))

    def _made(self, job: DocumentJob) -> Made:
        return self._certificate(job) if job.form in CERTIFICATES else self._record(job)

    def _record(self, job: DocumentJob) -> Made:
        """A batch record, for people or for a program."""
        voice = Voice(job.language.value, self.database.house.zone)
        with self.database.read() as tx:
            told = record.told(tx, job.lot, voice, demonstration=self.demonstration)
            entries_count, root = self._root(tx)
        told["ledger"] = {"entries": entries_count, "root": root}
        content = record.as_json(told) if job.form is Form.JSON else beside.call(beside.record, told, watch=self._watch)
        return Made(self.folder.keep(content), len(content), entries_count, root)

    def _certificate(self, job: DocumentJob) -> Made:
        """A certificate: read in one snapshot, set and signed by another process while nothing is locked.

        One that was issued before its process ended is not made again: a number is one file.
        """
        voice = Voice(job.language.value, self.database.house.zone)
        own = seal.held(self.folder)
        with self.database.read() as tx:
            known = issued(tx, job.id or 0)
            if known is not None and known.names == (job.lot, job.form.value, job.language.value):
                return Made(known.digest, known.size_bytes, known.entries_count, known.root, known.facts_hash)
            facts = certificates.facts(tx, job.lot, own)
            certificate_rules.may_ask(job.form, facts, tx.now)
            facts_hash = certificates.fingerprint(tx, job.lot, job.form)
            told = certificates.told(tx, job, voice, demonstration=self.demonstration, address=self.address)
            entries_count, root = self._root(tx)
            now = tx.now
        note = checkpoints.sign(entries_count, bytes.fromhex(root), now, self.folder.keys().signing)
        checkpoints.write(self.folder.checkpoints, note)
        told["ledger"] = {"entries": entries_count, "root": root, "checkpoint": note}
        how = certificates.signing(told, own, now, self.timestamp_url)
        content = beside.call(beside.certificate, told, how, watch=self._watch)
        made = Made(self.folder.keep(content), len(content), entries_count, root, facts_hash)
        self._issue(job, made, told["seal"]["sha256"])
        return made

    def _issue(self, job: DocumentJob, made: Made, sealed_with: str) -> None:
        """Write the number and the hash of a certificate into the ledger, before anybody can take the file."""
        told = {
            "number": job.id,
            "lot": job.lot,
            "form": job.form.value,
            "language": job.language.value,
            "digest": made.digest,
            "size_bytes": made.size_bytes,
            "facts_hash": made.facts_hash,
            "entries_count": made.entries_count,
            "root": made.root,
            "seal": sealed_with,
            "asked_by": job.requested_by,
        }
        order = IssueCertificate.model_validate(told)
        call = Call(command_of(issue_certificate), order, SYSTEM_ACTOR, str(uuid.uuid4()), by_house=True)
        self.runner.run(call).result()

    def _root(self, tx: ReadTx) -> tuple[int, str]:
        """The Merkle root over every entry that the snapshot knows, and their number."""
        for digest in ledger.hashes(tx, after=self._tree.size):
            self._tree.add(digest)
        return self._tree.size, self._tree.root().hex()

    def _watch(self, child: BaseProcess | None) -> None:
        """Remember the process at work, so that `stop` can end it."""
        self._child = child


def _name_of(error: Exception) -> str:
    """A fault by its name alone: what it says may be what a person wrote."""
    match error:
        case Refused(code=code):
            return code
        case beside.BrokeOff(kind=kind):
            return kind
        case _:
            return type(error).__name__
