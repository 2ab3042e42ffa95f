"""Reading printers and the queue: what waits for a person, what is under way, and what was done."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, func, select

from cellchain.accounts import queries as people
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.labels.models import Label
from cellchain.labels.printing import rules
from cellchain.labels.printing.models import Copy, Printer, PrinterAssignment, PrintJob
from cellchain.labels.printing.queue import PRINTERS, PRINTERS_MAX
from cellchain.labels.printing.rules import AT_PRINTER, JOB, PROBLEMS, STUCK, Delivery, PrinterPhase, Transport
from cellchain.labels.rules import LabelPhase
from cellchain.platform.db import ReadTx
from cellchain.platform.statements import one_of

JOBS_SHOWN = 200
DONE_SHOWN = 30
DONE = (Delivery.SENT, Delivery.CANCELLED)

_WITH_LABEL = select(PrintJob, Label.target).join(Label, col(Label.code) == col(PrintJob.label))
# A label that was scanned back came out, and one that is out of use needs no paper: neither waits for anybody.
STUCK_JOBS = _WITH_LABEL.where(one_of(PrintJob.delivery, STUCK), Label.phase == LabelPhase.PRINTED).order_by(
    col(PrintJob.id)
)
STUCK_COUNT = (
    select(func.count())
    .select_from(PrintJob)
    .join(Label, col(Label.code) == col(PrintJob.label))
    .where(one_of(PrintJob.delivery, STUCK), Label.phase == LabelPhase.PRINTED)
)
MOVING_COUNT = (
    select(func.count()).select_from(PrintJob).where(one_of(PrintJob.delivery, (Delivery.QUEUED, Delivery.SENDING)))
)
MOVING_JOBS = _WITH_LABEL.where(one_of(PrintJob.delivery, (Delivery.QUEUED, Delivery.SENDING))).order_by(
    col(PrintJob.id)
)
OFFERED_JOBS = _WITH_LABEL.where(PrintJob.delivery == Delivery.OFFERED, Label.phase == LabelPhase.PRINTED).order_by(
    col(PrintJob.id).desc()
)
DONE_JOBS = _WITH_LABEL.where(one_of(PrintJob.delivery, DONE)).order_by(col(PrintJob.id).desc())
LEFT_AT = (
    select(Label.code)
    .join(PrintJob, col(PrintJob.label) == col(Label.code))
    .where(
        PrintJob.station == bindparam("station"),
        Label.phase == LabelPhase.PRINTED,
        col(Label.lot).is_not(None),
        col(Label.lot) != bindparam("but"),
    )
    .order_by(col(Label.code))
)
OF_LABEL = select(PrintJob).where(PrintJob.label == bindparam("label"))
COPY_OF_ATTEMPT = select(Copy).where(
    Copy.job == bindparam("job"), Copy.attempt == bindparam("attempt"), col(Copy.printer).is_not(None)
)
COPIES_OF = select(Copy).where(Copy.label == bindparam("label")).order_by(col(Copy.id))
COUNTS = select(PrintJob.printer, PrintJob.delivery, func.count()).group_by(
    col(PrintJob.printer), col(PrintJob.delivery)
)
LAST_TEST = (
    select(PrintJob)
    .where(PrintJob.printer == bindparam("printer"), col(PrintJob.label).is_(None))
    .order_by(col(PrintJob.id).desc())
)
TESTED = {
    Delivery.QUEUED: T("it waits in line"),
    Delivery.SENDING: T("it is being sent"),
    Delivery.SENT: T("the printer took it"),
}
HEAD_PROBLEM = (
    select(PrintJob.problem, PrintJob.detail)
    .where(
        PrintJob.printer == bindparam("printer"),
        PrintJob.delivery == Delivery.QUEUED,
        col(PrintJob.problem).is_not(None),
    )
    .order_by(col(PrintJob.id))
)
PLACES = select(PrinterAssignment).order_by(col(PrinterAssignment.station), col(PrinterAssignment.design))


@dataclass(frozen=True)
class JobLine:
    """One job as the queue shows it. `settles` and `retries` say what a person may do with it now."""

    number: int
    label: str | None
    target: str
    design: str
    printer: str | None
    station: str | None
    delivery: Delivery
    problem: T | None
    queued_at: datetime
    next_at: datetime
    ended_at: datetime | None
    attempts_count: int

    @property
    def settles(self) -> bool:
        return self.delivery is Delivery.UNKNOWN

    @property
    def retries(self) -> bool:
        return self.delivery in JOB.moves["retry"].sources


@dataclass(frozen=True)
class QueueView:
    """The queue: what waits for a person first."""

    stuck: list[JobLine]
    moving: list[JobLine]
    offered: list[JobLine]
    done: list[JobLine]


@dataclass(frozen=True)
class PrinterLine:
    """A printer with what lies before it.

    `problem` is why its first job waits, `detail` what the system called that; `test` how the last test page went.
    """

    printer: Printer
    waiting_count: int
    unknown_count: int
    problem: T | None
    detail: str | None
    test: T | None

    @property
    def in_use(self) -> bool:
        return self.printer.phase is PrinterPhase.IN_USE

    @property
    def networked(self) -> bool:
        return self.printer.transport is not Transport.DOWNLOAD


def queue_view(tx: ReadTx) -> QueueView:
    """Everything on the page of the queue."""
    return QueueView(
        stuck=sorted(_lines(tx, STUCK_JOBS, JOBS_SHOWN), key=lambda line: (STUCK.index(line.delivery), line.number)),
        moving=_lines(tx, MOVING_JOBS, JOBS_SHOWN),
        offered=_lines(tx, OFFERED_JOBS, DONE_SHOWN),
        done=_lines(tx, DONE_JOBS, DONE_SHOWN),
    )


def moving_count(tx: ReadTx) -> int:
    """How many labels are in line or being sent."""
    return int(tx.one(MOVING_COUNT) or 0)


def stuck_count(tx: ReadTx) -> int:
    """How many labels wait for a person who looks at a printer or decides."""
    return int(tx.one(STUCK_COUNT) or 0)


def stuck_since(tx: ReadTx) -> datetime | None:
    """Since when the first of them waits, counted from its printing; None while none does."""
    first = tx.many(STUCK_JOBS, limit=1)
    return first[0][0].queued_at if first else None


def printer_lines(tx: ReadTx) -> list[PrinterLine]:
    """Every printer, and how it gets on."""
    counts = {(name, delivery): count for name, delivery, count in tx.every(COUNTS)}
    lines = []
    for printer in tx.many(PRINTERS, limit=PRINTERS_MAX):
        problem, detail = tx.one(HEAD_PROBLEM, printer=printer.name) or (None, None)
        lines.append(
            PrinterLine(
                printer,
                sum(counts.get((printer.name, delivery), 0) for delivery in (Delivery.QUEUED, Delivery.SENDING)),
                counts.get((printer.name, Delivery.UNKNOWN), 0),
                None if problem is None else PROBLEMS[problem],
                detail,
                _test_of(tx, printer.name),
            )
        )
    return lines


def _test_of(tx: ReadTx, printer: str) -> T | None:
    tests = tx.many(LAST_TEST, limit=1, printer=printer)
    if not tests:
        return None
    return PROBLEMS[tests[0].problem] if tests[0].problem else TESTED.get(tests[0].delivery)


def places(tx: ReadTx) -> list[PrinterAssignment]:
    """Which station uses which printer for what."""
    return [row for row in tx.many(PLACES, limit=1_000) if row.printer is not None]


def stations(tx: ReadTx) -> frozenset[str]:
    """The names of the stations in use."""
    return frozenset(row.name for row in tx.many(people.STATIONS, limit=1_000) if row.in_use)


def left_at(tx: ReadTx, station: str, *, but: str) -> list[str]:
    """Labels of lots other than `but` that were printed at a station and wait to be scanned back: they lie there."""
    return tx.many(LEFT_AT, limit=JOBS_SHOWN, station=station, but=but)


def job_of(tx: ReadTx, label: str) -> PrintJob | None:
    """The job of a label; none for one from before there was a queue."""
    return tx.one(OF_LABEL, label=label)


def copies_of(tx: ReadTx, label: str) -> list[tuple[Copy, str]]:
    """Every copy of a label that left or may have, oldest first, with the name of who asked for it."""
    return [(row, people.display_name(tx, row.left_by)) for row in tx.many(COPIES_OF, limit=JOBS_SHOWN, label=label)]


def may_hand_out(label: Label, job: PrintJob | None, now: datetime) -> None:
    """Whether a label may be opened as a file, as it and its job stand. Raises Refused `label.*`."""
    at_printer = job.printer if job is not None and job.delivery in AT_PRINTER else None
    opened_at = job.ended_at if job is not None and job.printer is None else None
    rules.may_hand_out(at_printer, label.phase, opened_at, now)


def _lines(tx: ReadTx, statement: Any, limit: int) -> list[JobLine]:
    return [_line(job, target) for job, target in tx.many(statement, limit=limit)]


def _line(job: PrintJob, target: str) -> JobLine:
    return JobLine(
        number=job.id or 0,
        label=job.label,
        target=target,
        design=job.design,
        printer=job.printer,
        station=job.station,
        delivery=job.delivery,
        problem=None if job.problem is None else PROBLEMS[job.problem],
        queued_at=job.queued_at,
        next_at=job.next_at,
        ended_at=job.ended_at,
        attempts_count=job.attempts_count,
    )
