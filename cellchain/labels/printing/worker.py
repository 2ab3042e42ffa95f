"""The worker: takes jobs from the lines while the application serves, one at a time a printer, printers in parallel.

An attempt is recorded and committed before its first byte leaves. Whatever happens after that, the job is never sent
again by itself: it is sent, it certainly was not, or a person is asked to look.
"""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import Any
from uuid import uuid4

import psycopg
import structlog

from cellchain.labels.printing import commands, papers, queue, transports
from cellchain.labels.printing.models import Printer, PrintJob
from cellchain.labels.printing.queue import Turn
from cellchain.labels.printing.rules import CUT_OFF, ENDED, FAULT, OVERDUE, RETIRED, PrinterPhase, Transport
from cellchain.labels.printing.transports import Address, NotSent, Paper, Patience, Uncertain
from cellchain.ledger.actor import SYSTEM_ACTOR
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call, Runner
from cellchain.platform.db import Database
from cellchain.platform.write import WriteTx

POLL_S = 2.0
STOP_S = 10.0
# Longer than an attempt can take: one that is older has lost its process.
LEASE = timedelta(minutes=5)
WAKING = frozenset({"labels_label", "labels_printer", "labels_print_decision", "*"})
TAKEN = (sqlite3.IntegrityError, psycopg.errors.UniqueViolation)
# Faults are logged by their kind, without a trace: its values may be what a label says.
log = structlog.get_logger()


class PrintWorker:
    """Empties the lines. `start` and `stop` belong to the application; `work_through` is one round of it."""

    def __init__(
        self, database: Database, runner: Runner, *, demonstration: bool, patience: Patience | None = None
    ) -> None:
        self.database = database
        self.runner = runner
        self.demonstration = demonstration
        self.patience = patience or Patience()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="print-queue", daemon=True)
        self._busy: dict[str, threading.Thread] = {}

    # -- while serving -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Settle what the last process left behind, then work until `stop`."""
        self.recover()
        self.runner.listeners.append(self._heard)
        self._thread.start()

    def stop(self) -> None:
        """Take no more jobs and give those under way a moment; one that takes longer is unknown at the next start."""
        self._stopping.set()
        self._wake.set()
        self.runner.listeners.remove(self._heard)
        for thread in (self._thread, *self._busy.values()):
            thread.join(STOP_S)

    def recover(self) -> None:
        """Attempts whose process ended become unknown. One process serves SQLite, so there each of them has ended."""
        self._give_up(ENDED, timedelta(0) if self.database.is_sqlite else LEASE)

    def _give_up(self, problem: str, older_than: timedelta) -> None:
        with self.database.read() as tx:
            lost = queue.lost(tx, older_than)
        for job in lost:
            self._ended(job, job.attempts_count, Uncertain(problem))

    def _heard(self, tables: frozenset[str]) -> None:
        if tables & WAKING:
            self._wake.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                self._dispatch()
            except Exception as error:  # a database that is away now is back later
                log.warning("print_queue.round_failed", fault=type(error).__name__)
            self._wake.wait(POLL_S)

    def _dispatch(self) -> None:
        """A thread for each printer that has something to do and none at work: none waits for another."""
        for name in self._round():
            if name not in self._busy or not self._busy[name].is_alive():
                self._busy[name] = threading.Thread(target=self._serve, args=(name,), name=f"print-{name}", daemon=True)
                self._busy[name].start()

    def _serve(self, printer: str) -> None:
        try:
            self._work_off(printer)
        except Exception as error:
            log.warning("print_queue.line_failed", printer=printer, fault=type(error).__name__)

    def work_through(self) -> None:
        """Everything that is due now, printer by printer, in this thread."""
        for name in self._round():
            self._work_off(name)

    def _round(self) -> list[str]:
        """The printers with something to do, after attempts that outlived their time became unknown."""
        with self.database.read() as tx:
            overdue = any(_is_overdue(row, tx.now) for row in tx.many(queue.SENDING, limit=queue.BATCH_MAX))
            names = queue.printers_due(tx)
        if overdue:
            self._give_up(OVERDUE, LEASE)
        return names

    def _work_off(self, printer: str) -> None:
        self._ask_about_unknown(printer)
        while not self._stopping.is_set() and self.work_on(printer):
            pass

    # -- one job -------------------------------------------------------------------------------------------------------

    def work_on(self, printer: str) -> bool:
        """The next job of a printer, if one is due. False: there is nothing more to do there now."""
        with self.database.read() as tx:
            turn = queue.turn_of(tx, printer)
        if turn is None:
            return False
        if turn.is_void:
            self._write(partial(queue.cancel, job=turn.job))
            return True
        try:
            paper = self._paper(turn)
        except NotSent as fault:
            self._write(partial(queue.set_aside, job=turn.job, fault=fault))
            return True
        return self._attempt(turn, paper)

    def _paper(self, turn: Turn) -> Paper:
        """Raises NotSent, whatever went wrong: a label that cannot be drawn must not hold up those behind it."""
        if turn.printer.phase != PrinterPhase.IN_USE or turn.printer.transport is Transport.DOWNLOAD:
            raise NotSent(RETIRED, again=False)
        try:
            return papers.paper_of(turn.job, turn.label, turn.source, turn.printer, demonstration=self.demonstration)
        except NotSent:
            raise
        except Exception as error:
            log.warning("print_queue.no_paper", job=turn.job.id, fault=type(error).__name__)
            raise NotSent(FAULT, type(error).__name__, again=False) from error

    def _attempt(self, turn: Turn, paper: Paper) -> bool:
        job, attempt = turn.job, turn.job.attempts_count + 1
        digest = sha256(paper.data).hexdigest()
        try:
            if not self._write(partial(queue.begin, job=job, bytes_hash=digest)):
                return False
        except TAKEN:  # another process is sending to this printer
            return False
        try:
            transports.send(address_of(turn.printer), paper, self.patience)
        except NotSent as fault:
            self._write(partial(queue.put_back, job=job, attempt=attempt, fault=fault))
            return not fault.again
        except Uncertain as fault:
            self._ended(job, attempt, fault)
        except Exception as error:
            self._ended(job, attempt, Uncertain(CUT_OFF, type(error).__name__))
            raise
        else:
            self._ended(job, attempt)
        return True

    def _ended(self, job: PrintJob, attempt: int, fault: Uncertain | None = None) -> None:
        """Something left. A copy of a label has its entry in the ledger; a test page is no label."""
        if job.label is not None:
            self._record(job, attempt, fault)
        elif fault is None:
            self._write(partial(queue.finish, job=job, attempt=attempt))
        else:
            self._write(partial(queue.lose_sight, job=job, attempt=attempt, fault=fault))

    def _record(self, job: PrintJob, attempt: int, fault: Uncertain | None) -> None:
        told = {} if fault is None else {"problem": fault.problem, "detail": fault.detail}
        order = commands.RecordCopy.model_validate({"job": job.id, "attempt": attempt, **told})
        call = Call(command_of(commands.record_copy), order, SYSTEM_ACTOR, str(uuid4()), by_house=True)
        self.runner.run(call).result()

    # -- what broke off ------------------------------------------------------------------------------------------------

    def _ask_about_unknown(self, printer: str) -> None:
        """Ask a printer that can tell about the attempts that broke off. Only a yes settles one: printers forget."""
        with self.database.read() as tx:
            unknown = tx.many(queue.TO_ASK, limit=queue.BATCH_MAX, printer=printer, now=tx.now)
        for job, asked in unknown:
            took = False
            with suppress(NotSent):
                took = transports.took(address_of(asked), papers.name_of(job, job.attempts_count), self.patience)
            if took:
                self._ended(job, job.attempts_count)
            else:
                self._write(partial(queue.remember_asking, job=job))

    def _write(self, step: Callable[[WriteTx], Any]) -> Any:
        return self.runner.outside(step)


def address_of(printer: Printer) -> Address:
    """Where a printer is; only a printer on the network is ever asked."""
    return Address(
        printer.transport,
        printer.host or "",
        printer.port or 0,
        printer.path,
        user=printer.user,
        password=printer.password,
        certificate_hash=printer.certificate_hash,
    )


def _is_overdue(job: PrintJob, now: Any) -> bool:
    return job.started_at is None or bool(job.started_at + LEASE <= now)
