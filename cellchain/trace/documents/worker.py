"""The worker: makes the documents that people asked for, one after the other, while the application serves.

A record is read in one snapshot by a thread of its own. Setting it takes a processor for as long as the record is
thick, so that is done by another process, at a lower priority: no scan waits for it (docs/decisions/0013).
"""

import multiprocessing
import threading
from datetime import timedelta
from functools import partial
from multiprocessing.process import BaseProcess
from typing import Any

import structlog

from cellchain.kernel.ensure import ensure
from cellchain.ledger import queries as ledger
from cellchain.ledger.merkle import Accumulator
from cellchain.ledger.run import Runner
from cellchain.platform.db import Database, ReadTx
from cellchain.platform.files import DataDir
from cellchain.trace.documents import paper, queue, record
from cellchain.trace.documents.queue import Made
from cellchain.trace.documents.rules import LEASE, Form
from cellchain.trace.models import DocumentJob
from cellchain.web.i18n import Voice

POLL_S = 2.0
STOP_S = 10.0
SPAWN = multiprocessing.get_context("spawn")
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
    ) -> None:
        self.database = database
        self.runner = runner
        self.folder = folder
        self.demonstration = demonstration
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
                log.warning("documents.making_failed", job=job.id, fault=type(error).__name__)
                self.runner.outside(partial(queue.fail, job=job, problem=type(error).__name__))
            return
        self.runner.outside(partial(queue.finish, job=job, made=made))

    def _made(self, job: DocumentJob) -> Made:
        voice = Voice(job.language.value, self.database.house.zone)
        with self.database.read() as tx:
            told = record.told(tx, job.lot, voice, demonstration=self.demonstration)
            entries_count, root = self._root(tx)
        told["ledger"] = {"entries": entries_count, "root": root}
        content = record.as_json(told) if job.form is Form.JSON else self._printed(told)
        return Made(self.folder.keep(content), len(content), entries_count, root)

    def _root(self, tx: ReadTx) -> tuple[int, str]:
        """The Merkle root over every entry that the snapshot knows, and their number."""
        for digest in ledger.hashes(tx, after=self._tree.size):
            self._tree.add(digest)
        return self._tree.size, self._tree.root().hex()

    def _printed(self, told: dict[str, Any]) -> bytes:
        """The record on paper, set by a process of its own. Raises EOFError if that ends without it."""
        here, there = SPAWN.Pipe(duplex=False)
        child = SPAWN.Process(target=paper.print_into, args=(there, told), name="document", daemon=True)
        self._child = child
        try:
            child.start()
            there.close()
            content = here.recv_bytes()
        finally:
            self._child = None
            here.close()
            child.join()
        ensure(child.exitcode == 0, "the process that sets a document ends well")
        return content
