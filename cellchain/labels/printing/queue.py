"""The line before each printer: how jobs get into it, and every step that the worker takes with one.

The steps lie outside the ledger, one small transaction each; what they move is said by `rules.JOB`. Labels and people's
decisions have their entries.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.kernel.values import dataclass
from cellchain.labels.models import Design, Label
from cellchain.labels.printing.models import EVERY_DESIGN, Printer, PrinterAssignment, PrintJob
from cellchain.labels.printing.rules import JOB, Delivery, LabelLanguage, PrinterPhase, Transport, wait_after
from cellchain.labels.printing.transports import NotSent, Uncertain
from cellchain.labels.rules import LabelPhase
from cellchain.ledger.tx import CommandTx
from cellchain.platform.db import ReadTx
from cellchain.platform.statements import one_of
from cellchain.platform.write import WriteTx

ASKS_MAX = 12
BATCH_MAX = 100
PRINTERS_MAX = 200

PLACE = select(PrinterAssignment).where(
    PrinterAssignment.station == bindparam("station"), PrinterAssignment.design == bindparam("design")
)
# Strictly one after the other: while the first one waits for a printer that is away, so do all behind it.
HEAD = (
    select(PrintJob)
    .where(PrintJob.printer == bindparam("printer"), PrintJob.delivery == Delivery.QUEUED)
    .order_by(col(PrintJob.id))
)
SENDING = select(PrintJob).where(PrintJob.delivery == Delivery.SENDING).order_by(col(PrintJob.id))
CLAIMED = (
    select(PrintJob)
    .where(PrintJob.id == bindparam("id_"), PrintJob.delivery == Delivery.QUEUED)
    .with_for_update(skip_locked=True)
)
SOURCE = select(Design.source).where(Design.name == bindparam("name"), Design.version == bindparam("version"))
PRINTERS = select(Printer).order_by(col(Printer.name))
TO_ASK = (
    select(PrintJob, Printer)
    .join(Printer, col(Printer.name) == col(PrintJob.printer))
    .where(
        PrintJob.printer == bindparam("printer"),
        PrintJob.delivery == Delivery.UNKNOWN,
        one_of(Printer.transport, [way for way in Transport if way.asks]),
        col(PrintJob.next_at) <= bindparam("now"),
        col(PrintJob.asked_count) < ASKS_MAX,
    )
    .order_by(col(PrintJob.id))
)


@dataclass(frozen=True)
class Turn:
    """The job whose turn it is at a printer, with everything that its paper is made of.

    `source` is the text of the design as it was approved in the version that the label was issued with.
    """

    job: PrintJob
    printer: Printer
    label: Label | None
    source: str | None

    @property
    def is_void(self) -> bool:
        """Whether the label needs no paper any more: out of use, or already scanned back."""
        return self.label is not None and self.label.phase != LabelPhase.PRINTED


# -- into the line ---------------------------------------------------------------------------------------------------


def printer_at(tx: ReadTx, station: str | None, design: str) -> Printer | None:
    """The printer of a design at a station, or None where its labels are downloaded."""
    if station is None:
        return None
    place = tx.one(PLACE, station=station, design=design) or tx.one(PLACE, station=station, design=EVERY_DESIGN)
    printer = None if place is None or place.printer is None else tx.find(Printer, place.printer)
    return printer if printer is not None and printer.phase == PrinterPhase.IN_USE else None


def language_at(tx: CommandTx, design: str) -> LabelLanguage:
    """The language of a label where nobody chose one: that of the printer at the person's station, else Russian."""
    printer = printer_at(tx, tx.by.device, design)
    return LabelLanguage.RU if printer is None else printer.language


def queue(tx: CommandTx, label: Label) -> PrintJob:
    """Put a label that was just issued into line at its station's printer, in the transaction that issues it."""
    return enter(tx, printer_at(tx, tx.by.device, label.design), label.design, label.design_version, label.code)


def enter(tx: CommandTx, printer: Printer | None, design: str, version: int, label: str | None) -> PrintJob:
    """Make a job. A printer that is none, or means a PDF, leaves it to be downloaded."""
    offered = printer is None or printer.transport is Transport.DOWNLOAD
    return tx.add(
        PrintJob(
            label=label,
            design=design,
            design_version=version,
            printer=None if printer is None or offered else printer.name,
            station=tx.by.device,
            queued_by=tx.by.person,
            queued_at=tx.now,
            delivery=Delivery.OFFERED if offered else Delivery.QUEUED,
            attempts_count=0,
            asked_count=0,
            next_at=tx.now,
        )
    )


# -- the worker's steps ----------------------------------------------------------------------------------------------


def printers_due(tx: ReadTx) -> list[str]:
    """The printers whose first job is due now, or that can be asked about one that broke off."""
    return [row.name for row in tx.many(PRINTERS, limit=PRINTERS_MAX) if _is_due(tx, row.name)]


def _is_due(tx: ReadTx, printer: str) -> bool:
    heads = tx.many(HEAD, limit=1, printer=printer)
    return bool(heads and heads[0].next_at <= tx.now) or bool(tx.many(TO_ASK, limit=1, printer=printer, now=tx.now))


def turn_of(tx: ReadTx, printer: str) -> Turn | None:
    """Whose turn it is at a printer, or None while there is nobody or the first one waits."""
    heads = tx.many(HEAD, limit=1, printer=printer)
    if not heads or heads[0].next_at > tx.now:
        return None
    job = heads[0]
    label = None if job.label is None else tx.get(Label, job.label)
    return Turn(job, tx.get(Printer, printer), label, tx.one(SOURCE, name=job.design, version=job.design_version))


def begin(tx: WriteTx, job: PrintJob, bytes_hash: str) -> bool:
    """Record an attempt, and only once this is committed may the first byte leave. False: somebody was quicker."""
    if not tx.many(CLAIMED, limit=1, id_=job.id):
        return False
    held = tx.lock(PrintJob, job.id)
    label = None if held.label is None else tx.lock(Label, held.label)
    if label is not None and label.phase != LabelPhase.PRINTED:
        return False
    _move(
        tx,
        held,
        "begin",
        attempts_count=held.attempts_count + 1,
        asked_count=0,
        started_at=tx.now,
        ended_at=None,
        bytes_hash=bytes_hash,
        problem=None,
        detail=None,
    )
    return True


def finish(tx: WriteTx, job: PrintJob, attempt: int) -> None:
    """The printer has taken all of it."""
    _end(tx, job, attempt, "finish", problem=None, detail=None)


def lose_sight(tx: WriteTx, job: PrintJob, attempt: int, fault: Uncertain) -> None:
    """Something left and nobody knows how it ended: a person has to look, or the printer to be asked."""
    _end(tx, job, attempt, "lose_sight", problem=fault.problem, detail=fault.detail or None, next_at=tx.now)


def put_back(tx: WriteTx, job: PrintJob, attempt: int, fault: NotSent) -> None:
    """Nothing left: the job keeps its place and waits, or is set aside if the printer will never take it."""
    why = {"problem": fault.problem, "detail": fault.detail or None}
    if fault.again:
        _end(tx, job, attempt, "put_back", **why, next_at=tx.now + wait_after(attempt))
    else:
        _end(tx, job, attempt, "block", **why)


def set_aside(tx: WriteTx, job: PrintJob, fault: NotSent) -> None:
    """A job that cannot become paper: nothing was tried, and a person has to decide."""
    _end(tx, job, job.attempts_count, "block", problem=fault.problem, detail=fault.detail or None)


def cancel(tx: WriteTx, job: PrintJob) -> None:
    """A job whose label needs no paper any more."""
    _end(tx, job, job.attempts_count, "cancel", problem=None, detail=None)


def remember_asking(tx: WriteTx, job: PrintJob) -> None:
    """The printer was asked about an attempt and knew nothing of it, or could not be asked."""
    held = tx.lock(PrintJob, job.id)
    if held.delivery is Delivery.UNKNOWN:
        tx.change(held, asked_count=held.asked_count + 1, next_at=tx.now + wait_after(held.asked_count + 1))


def lost(tx: ReadTx, older_than: timedelta) -> list[PrintJob]:
    """Attempts whose process is gone: they are unknown from now on, and nothing is ever sent again by that."""
    return [
        job
        for job in tx.many(SENDING, limit=BATCH_MAX)
        if job.started_at is None or job.started_at + older_than <= tx.now
    ]


def hand_out(tx: WriteTx, job: PrintJob, bytes_hash: str) -> PrintJob:
    """A label that no printer has was opened as a file, and goes to none any more. Gives the job as it stands then."""
    held = tx.lock(PrintJob, job.id)
    told = {"printer": None, "problem": None, "detail": None}
    return _move(tx, held, "hand_out", bytes_hash=bytes_hash, ended_at=tx.now, **told)


def _end(tx: WriteTx, job: PrintJob, attempt: int, verb: str, **values: Any) -> None:
    """Write how an attempt ended, unless it is no longer the job's last one or a person decided meanwhile."""
    held = tx.lock(PrintJob, job.id)
    if held.attempts_count == attempt and held.delivery in JOB.moves[verb].sources:
        _move(tx, held, verb, ended_at=tx.now, **values)


def _move(tx: WriteTx, held: PrintJob, verb: str, **values: Any) -> PrintJob:
    return tx.change(held, delivery=JOB.move(verb, held.delivery), **values)
