"""Printers, which station uses which, the jobs, and what people decided about them."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy import text as sql

from cellchain.labels.printing.rules import (
    CopyPhase,
    Decided,
    Delivery,
    LabelLanguage,
    PaperKind,
    PrinterPhase,
    Transport,
)
from cellchain.platform.columns import (
    Record,
    choice,
    chosen,
    key,
    moment,
    number,
    outside_ledger,
    personal,
    reference,
    secret,
    text,
)

EVERY_DESIGN = ""


class Printer(Record, table=True):
    """A printer that an administrator configured. `host`, `port` and `path` are empty for one that means a PDF.

    user, password    what it asks for over an encrypted connection
    certificate_hash  SHA-256 of its own certificate, where no authority that this system trusts has signed it
    """

    __tablename__ = "labels_printer"
    __table_args__ = (
        chosen("phase", PrinterPhase),
        chosen("transport", Transport),
        chosen("paper", PaperKind),
        chosen("language", LabelLanguage),
    )

    name: str = text(40, primary_key=True)
    transport: Transport = choice(Transport)
    host: str | None = text(255, optional=True)
    port: int | None = number(optional=True)
    path: str = text(200)
    user: str | None = text(64, optional=True)
    password: str | None = secret(200, optional=True, encrypted=True)
    certificate_hash: str | None = text(64, optional=True)
    paper: PaperKind = choice(PaperKind)
    dpi: int = number()
    language: LabelLanguage = choice(LabelLanguage)
    phase: PrinterPhase = choice(PrinterPhase)
    configured_at: datetime = moment()


class PrinterAssignment(Record, table=True):
    """The printer of a design at a station; with an empty design, of every design that has none of its own.

    Without a printer the station's labels are downloaded.
    """

    __tablename__ = "labels_printer_assignment"
    __table_args__ = (UniqueConstraint("station", "design", name="uq_labels_printer_assignment_place"),)

    id: int | None = key()
    station: str = text(40)
    design: str = text(40)
    printer: str | None = text(40, optional=True, index=True)
    assigned_at: datetime = moment()


class PrintDecision(Record, table=True):
    """What a person said of a stuck job, or that it goes to a printer once more."""

    __tablename__ = "labels_print_decision"
    __table_args__ = (chosen("decided", Decided),)

    id: int | None = key()
    job: int = number(index=True)
    label: str | None = reference("labels_label.code", optional=True)
    decided: Decided = choice(Decided)
    printer: str | None = text(40, optional=True)
    reason: str | None = personal(300, optional=True)
    decided_by: str = text(14)
    decided_at: datetime = moment()


class Copy(Record, table=True):
    """One copy of a label that left, or may have: its bytes by their SHA-256, and the version of the design they show.

    attempt     which attempt of its job; 0 for a file that a person opened, each opening being a copy of its own
    printer     where it went; none for a file
    left_by     who opened it, or who asked for the label that a printer was sent
    """

    __tablename__ = "labels_copy"
    __table_args__ = (chosen("phase", CopyPhase), Index("ix_labels_copy_attempt", "job", "attempt"))

    id: int | None = key()
    label: str = reference("labels_label.code")
    job: int = number()
    attempt: int = number()
    design: str = text(40)
    design_version: int = number()
    bytes_hash: str = text(64)
    printer: str | None = text(40, optional=True)
    station: str | None = text(40, optional=True)
    left_by: str = text(14)
    left_at: datetime = moment()
    phase: CopyPhase = choice(CopyPhase)


class PrintJob(Record, table=True):
    """One label on its way to paper; without a label, a test page of a design. The job's number is its place in line.

    A label has one job, wherever that goes: a second one would be a second label.

    printer      the machine that it goes to; none where a person opens it as a file
    bytes_hash   SHA-256 of what was last sent or handed out
    asked_count  how often a printer that can tell was asked about an attempt that broke off
    """

    __tablename__ = "labels_print_job"
    __table_args__ = (
        chosen("delivery", Delivery),
        # The database itself lets one job at a time go to a printer, whatever processes there are.
        Index(
            "uq_labels_print_job_sending",
            "printer",
            unique=True,
            sqlite_where=sql("delivery = 'sending'"),
            postgresql_where=sql("delivery = 'sending'"),
        ),
        Index(
            "ix_labels_print_job_line",
            "printer",
            "id",
            sqlite_where=sql("delivery = 'queued'"),
            postgresql_where=sql("delivery = 'queued'"),
        ),
        outside_ledger("delivery of print jobs; each label and each decision about a job has its entry"),
    )

    id: int | None = key()
    label: str | None = reference("labels_label.code", optional=True, unique=True)
    design: str = text(40)
    design_version: int = number()
    printer: str | None = text(40, optional=True, index=True)
    station: str | None = text(40, optional=True)
    queued_by: str = text(14)
    queued_at: datetime = moment()
    delivery: Delivery = choice(Delivery, index=True)
    attempts_count: int = number()
    asked_count: int = number()
    next_at: datetime = moment()
    started_at: datetime | None = moment(optional=True)
    ended_at: datetime | None = moment(optional=True)
    bytes_hash: str | None = text(64, optional=True)
    problem: str | None = text(20, optional=True)
    detail: str | None = text(120, optional=True)
