"""The verbs of printing: set printers up, try them, and decide about jobs that wait for a person.

A printer is a machine of the house and no clinical matter, so that its verbs have permissions of their own: the
administrator who sets it up sees no label.
"""

from enum import IntEnum
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import bindparam
from sqlmodel import select

from cellchain.identity.codes import LabelCode
from cellchain.kernel.errors import NotFound, Refused
from cellchain.labels import design as designs
from cellchain.labels import queries as labels
from cellchain.labels.models import Label
from cellchain.labels.printing import queries, queue, rules
from cellchain.labels.printing.models import EVERY_DESIGN, Copy, PrintDecision, Printer, PrinterAssignment, PrintJob
from cellchain.labels.printing.rules import (
    COPY,
    JOB,
    PRINTER,
    CopyPhase,
    Decided,
    Delivery,
    LabelLanguage,
    Outcome,
    PaperKind,
    PrinterPhase,
    Transport,
)
from cellchain.labels.printing.transports import Uncertain
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, NoResult, Order, Text, command
from cellchain.ledger.tx import CommandTx

PLACE_ID = select(PrinterAssignment.id).where(
    PrinterAssignment.station == bindparam("station"), PrinterAssignment.design == bindparam("design")
)

PrinterName = Annotated[
    str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,39}$", title="Printer", description="Small letters, digits, dash.")
]
StationName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,39}$", title="Station")]
DesignName = Annotated[str, Field(pattern="^[a-z_]{2,40}$", title="Label design")]
Reason = Annotated[Text, Field(min_length=3, max_length=300, title="Reason")]
JobNumber = Annotated[int, Field(ge=1, le=2**53 - 1, title="Print job")]
Host = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9:][A-Za-z0-9.:_-]{0,254}$",
        title="Address",
        description="Its name or IP address on the network.",
    ),
]


class Dots(IntEnum):
    """The print heads that a label can be drawn for."""

    DPI_203 = 203
    DPI_300 = 300


class PrinterResult(CommandResult):
    printer: str
    phase: str


class JobResult(CommandResult):
    job: int
    delivery: str
    printer: str | None


class ConfigurePrinter(Order):
    printer: PrinterName
    transport: Annotated[Transport, Field(title="How it is reached")]
    host: Annotated[Host | None, Field(title="Address", description="Its name or IP address on the network.")] = None
    port: Annotated[int | None, Field(ge=1, le=65_535, title="Port", description="9100 raw, 631 IPP.")] = None
    path: Annotated[
        str,
        Field(pattern=r"^/[A-Za-z0-9._/-]{0,199}$", title="Path", description="For IPP; a queue is /printers/name."),
    ] = "/ipp/print"
    user: Annotated[
        Text | None, Field(min_length=1, max_length=64, title="User name", description="If an encrypted printer asks.")
    ] = None
    password: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=200,
            title="Password",
            description="Left open: the stored one stays, for the same name and address.",
            repr=False,
            json_schema_extra={"format": "password"},
        ),
    ] = None
    certificate: Annotated[
        str | None,
        Field(
            pattern=r"^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$",
            title="Its certificate",
            description="SHA-256 of it, where no authority signed it.",
        ),
    ] = None
    paper: Annotated[PaperKind, Field(title="What it prints")] = PaperKind.ZPL
    dpi: Annotated[Dots, Field(title="Dots an inch")] = Dots.DPI_203
    language: Annotated[
        LabelLanguage,
        Field(title="Language of its labels", description="Where nobody chooses one, and of its test page."),
    ] = LabelLanguage.RU


@command(event="labels:printer:configured", permission="printing.configure_printer", subject="printer")
def configure_printer(tx: CommandTx, by: Actor, order: ConfigurePrinter) -> PrinterResult:
    """Tell the house of a printer, or change how it is reached. Jobs that wait go the new way."""
    rules.has_address(order.transport, order.host, order.port)
    rules.may_know(order.transport, order.user, order.password, order.certificate)
    held = None if tx.find(Printer, order.printer) is None else tx.lock(Printer, order.printer)
    networked = order.transport is not Transport.DOWNLOAD
    told: dict[str, Any] = {
        "transport": order.transport,
        "host": order.host if networked else None,
        "port": order.port if networked else None,
        "path": order.path,
        "user": order.user,
        "password": _password(order, held),
        "certificate_hash": None if order.certificate is None else order.certificate.replace(":", "").lower(),
        "paper": order.paper if networked else PaperKind.PDF,
        "dpi": int(order.dpi),
        "language": order.language,
        "configured_at": tx.now,
    }
    if held is None:
        made = tx.add(Printer(name=order.printer, phase=PrinterPhase.IN_USE, **told))
    else:
        made = tx.change(held, phase=PRINTER.move("configure", held.phase), **told)
    return PrinterResult(printer=made.name, phase=made.phase)


def _password(order: ConfigurePrinter, held: Printer | None) -> str | None:
    here = (order.user, order.host, order.port, order.transport)
    same = held is not None and (held.user, held.host, held.port, held.transport) == here
    return rules.kept_password(order.password, order.user, None if held is None else held.password, same_place=same)


class RetirePrinter(Order):
    printer: PrinterName


@command(event="labels:printer:retired", permission="printing.retire_printer", subject="printer")
def retire_printer(tx: CommandTx, by: Actor, order: RetirePrinter) -> PrinterResult:
    """Take a printer out of use. Its stations download from now on; what waits in its line waits for a person."""
    held = tx.lock(Printer, order.printer)
    made = tx.change(held, phase=PRINTER.move("retire", held.phase))
    return PrinterResult(printer=made.name, phase=made.phase)


class AssignPrinter(Order):
    station: StationName
    design: Annotated[
        DesignName | None, Field(title="Label design", description="Left open: every design without its own printer.")
    ] = None
    printer: Annotated[
        PrinterName | None, Field(title="Printer", description="Left open: the labels are downloaded.")
    ] = None


@command(event="labels:printer:assigned", permission="printing.assign_printer", subject="station")
def assign_printer(tx: CommandTx, by: Actor, order: AssignPrinter) -> NoResult:
    """Say which printer a station's labels come from."""
    if order.station not in queries.stations(tx):
        raise NotFound("station.unknown", "There is no station {name} in use. Enrol it first.", name=order.station)
    if order.design is not None:
        designs.load(order.design)
    if order.printer is not None:
        _printer_in_use(tx, order.printer)
    design = order.design or EVERY_DESIGN
    known = tx.one(PLACE_ID, station=order.station, design=design)
    if known is None:
        tx.add(PrinterAssignment(station=order.station, design=design, printer=order.printer, assigned_at=tx.now))
    else:
        tx.change(tx.lock(PrinterAssignment, known), printer=order.printer, assigned_at=tx.now)
    return NoResult()


class PrintTest(Order):
    printer: PrinterName
    design: DesignName = "container"


@command(event="labels:test:printed", permission="printing.print_test", subject="printer")
def print_test(tx: CommandTx, by: Actor, order: PrintTest) -> JobResult:
    """Print a design with made-up data, marked as a preview: its symbols stand for nothing."""
    designs.load(order.design)
    printer = _printer_in_use(tx, order.printer)
    if printer.transport is Transport.DOWNLOAD:
        raise Refused("printer.no_machine", "This printer means a PDF: there is nothing to try. Open a label instead.")
    job = queue.enter(tx, printer, order.design, 0, None)
    tx.note(print_job=job.id)
    return _result(job)


class RetryJob(Order):
    job: JobNumber
    printer: Annotated[
        PrinterName | None, Field(title="Printer", description="Left open: the same one, or the station's own.")
    ] = None


@command(event="labels:job:retried")
def retry_job(tx: CommandTx, by: Actor, order: RetryJob) -> JobResult:
    """Send a job that certainly did not come out now, here or to another printer. It is the same label still."""
    job, label = _job(tx, order.job)
    rules.may_retry(job.delivery, None if label is None else label.phase)
    labels.must_print_here(tx, by.device, None if label is None else label.lot)
    printer = _destination(tx, job, order.printer)
    _decide(tx, job, Decided.AGAIN, printer.name, None)
    offered = printer.transport is Transport.DOWNLOAD
    moved = tx.change(
        job,
        delivery=JOB.move("offer" if offered else "retry", job.delivery),
        printer=None if offered else printer.name,
        station=by.device or job.station,  # where it comes out from now on, and is looked for
        next_at=tx.now,
        ended_at=None,
        problem=None,
        detail=None,
    )
    # Who wants it now means the printer: the job in front of it is tried at once as well.
    for head in tx.many(queue.HEAD, limit=1, printer=printer.name):
        if head.id != job.id:
            tx.change(tx.lock(PrintJob, head.id), next_at=tx.now)
    return _result(moved)


class SettleJob(Order):
    job: JobNumber
    outcome: Annotated[Outcome, Field(title="What is at the printer")]
    reason: Reason


@command(event="labels:job:settled")
def settle_job(tx: CommandTx, by: Actor, order: SettleJob) -> JobResult:
    """Say of a job that broke off whether its label came out. Only somebody who looked can know."""
    job, label = _job(tx, order.job)
    rules.may_settle(job.delivery, None if label is None else label.phase, order.outcome)
    came_out = order.outcome is Outcome.CAME_OUT
    _decide(tx, job, Decided(order.outcome), job.printer, order.reason)
    _settle_copy(tx, job, "see" if came_out else "miss")
    settled = JOB.move("see" if came_out else "miss", job.delivery)
    return _result(tx.change(job, delivery=settled, ended_at=tx.now, problem=None, detail=None))


class RecordCopy(Order):
    """How an attempt to print a label ended, as the print queue saw it; without a problem, the printer took it all."""

    job: JobNumber
    attempt: Annotated[int, Field(ge=1)]
    problem: Annotated[str | None, Field(max_length=20)] = None
    detail: Annotated[str, Field(max_length=120)] = ""


@command(event="labels:copy:left", permission="labels.print_label", internal=True)
def record_copy(tx: CommandTx, by: Actor, order: RecordCopy) -> NoResult:
    """Write down a copy that left for a printer, or may have: its bytes, the design's version, and what is known."""
    job = tx.lock(PrintJob, order.job)
    tx.about(job.label or "")
    took = order.problem is None
    if took:
        queue.finish(tx, job, order.attempt)
    else:
        queue.lose_sight(tx, job, order.attempt, Uncertain(order.problem or "", order.detail))
    if _copy_of(tx, job, order.attempt) is None:
        _keep_copy(tx, job, order.attempt, job.printer, job.bytes_hash or "", job.queued_by, job.station, took=took)
    elif took:
        _settle_copy(tx, job, "see", order.attempt)
    return NoResult()


class HandOutCopy(Order):
    """A label that a person opened as a file of these bytes."""

    label: Annotated[LabelCode, Field(title="Label")]
    bytes_hash: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


@command(event="labels:copy:handed_out", permission="labels.print_label", subject="label", internal=True)
def hand_out_copy(tx: CommandTx, by: Actor, order: HandOutCopy) -> NoResult:
    """Write down a copy that somebody opened as a file. Each opening is one, though their bytes are the same."""
    label, found = tx.lock(Label, order.label), queries.job_of(tx, order.label)
    job = tx.lock(PrintJob, None if found is None else found.id)
    queries.may_hand_out(label, job, tx.now)
    if (job.delivery, job.bytes_hash) != (Delivery.SENT, order.bytes_hash):
        job = queue.hand_out(tx, job, order.bytes_hash)
    _keep_copy(tx, job, 0, None, order.bytes_hash, by.person, by.device, took=True)
    return NoResult()


def _keep_copy(
    tx: CommandTx,
    job: PrintJob,
    attempt: int,
    printer: str | None,
    bytes_hash: str,
    who: str,
    station: str | None,
    *,
    took: bool,
) -> None:
    tx.note(bytes_hash=bytes_hash, design=job.design, design_version=job.design_version, printer=printer)
    tx.add(
        Copy(
            label=job.label or "",
            job=job.id or 0,
            attempt=attempt,
            design=job.design,
            design_version=job.design_version,
            bytes_hash=bytes_hash,
            printer=printer,
            station=station,
            left_by=who,
            left_at=tx.now,
            phase=CopyPhase.LEFT if took else CopyPhase.UNKNOWN,
        )
    )


def _copy_of(tx: CommandTx, job: PrintJob, attempt: int) -> Copy | None:
    found = tx.many(queries.COPY_OF_ATTEMPT, limit=1, job=job.id, attempt=attempt)
    return found[0] if found else None


def _settle_copy(tx: CommandTx, job: PrintJob, verb: str, attempt: int | None = None) -> None:
    """What became known of an attempt that broke off."""
    found = _copy_of(tx, job, job.attempts_count if attempt is None else attempt)
    if found is not None and found.phase in COPY.moves[verb].sources:
        copy = tx.lock(Copy, found.id)
        tx.change(copy, phase=COPY.move(verb, copy.phase))


def _job(tx: CommandTx, number: int) -> tuple[PrintJob, Label | None]:
    """The job, held, and its label; the entry is about the label."""
    job = tx.lock(PrintJob, number)
    label = None if job.label is None else tx.get(Label, job.label)
    tx.about(job.label or job.printer or "")
    tx.note(print_job=job.id)
    return job, label


def _destination(tx: CommandTx, job: PrintJob, wanted: str | None) -> Printer:
    """Where a job goes now: where it is told to, else to its own printer, else to that of the place it came from."""
    if wanted is not None:
        return _printer_in_use(tx, wanted)
    own = None if job.printer is None else tx.find(Printer, job.printer)
    if own is not None and own.phase == PrinterPhase.IN_USE:
        return own
    found = queue.printer_at(tx, job.station, job.design)
    if found is None:
        raise Refused("print_job.no_printer", "No printer serves this label any more. Choose one.")
    return found


def _printer_in_use(tx: CommandTx, name: str) -> Printer:
    printer = tx.find(Printer, name)
    if printer is None:
        raise NotFound("printer.unknown", "There is no printer {name}. Choose another.", name=name)
    if printer.phase != PrinterPhase.IN_USE:
        raise Refused("printer.retired", "The printer {name} is out of use. Choose another.", name=name)
    return printer


def _decide(tx: CommandTx, job: PrintJob, decided: Decided, printer: str | None, reason: str | None) -> None:
    tx.note(decided=str(decided))
    tx.add(
        PrintDecision(
            job=job.id or 0,
            label=job.label,
            decided=decided,
            printer=printer,
            reason=reason,
            decided_by=tx.by.person,
            decided_at=tx.now,
        )
    )


def _result(job: PrintJob) -> JobResult:
    return JobResult(job=job.id or 0, delivery=Delivery(job.delivery), printer=job.printer)
