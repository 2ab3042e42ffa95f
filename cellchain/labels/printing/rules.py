"""The life of a print job and of a printer, and what a person may decide about a job. Pure.

A job is sent at most once by itself. What certainly did not leave is tried again; what may have left waits for a person
who looks at the printer.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from cellchain.kernel.errors import Refused
from cellchain.kernel.lifecycle import Lifecycle, Phase
from cellchain.kernel.text import T
from cellchain.labels.rules import LIVE, LabelPhase

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=5)
DOUBLINGS_MAX = 10
OPEN_AGAIN_WITHIN = timedelta(minutes=10)


class Transport(StrEnum):
    """How bytes reach a printer: a socket (port 9100 as a rule), IPP, IPP over TLS, or a person who opens a PDF."""

    RAW = "raw"
    IPP = "ipp"
    IPPS = "ipps"
    DOWNLOAD = "download"

    @property
    def label(self) -> T:
        return _TRANSPORTS[self]

    @property
    def asks(self) -> bool:
        """Whether the printer answers, so that it can be asked about a job."""
        return self in (Transport.IPP, Transport.IPPS)


_TRANSPORTS = {
    Transport.RAW: T("Raw, over the network"),
    Transport.IPP: T("IPP, or a queue of CUPS"),
    Transport.IPPS: T("IPP over an encrypted connection"),
    Transport.DOWNLOAD: T("A file that a person opens"),
}


class PaperKind(StrEnum):
    """What a printer understands."""

    ZPL = "zpl"
    PDF = "pdf"

    @property
    def label(self) -> str:
        return self.value.upper()


class LabelLanguage(StrEnum):
    """The language of the labels that come out."""

    EN = "en"
    RU = "ru"
    BOTH = "both"


class PrinterPhase(Phase):
    IN_USE = "in_use"
    RETIRED = "retired"


PRINTER = Lifecycle(
    "printer",
    first=PrinterPhase.IN_USE,
    moves={
        "configure": ([PrinterPhase.IN_USE, PrinterPhase.RETIRED], PrinterPhase.IN_USE),
        "retire": ([PrinterPhase.IN_USE], PrinterPhase.RETIRED),
    },
)


class Delivery(Phase):
    """Where a job stands.

    queued       waits for its turn, or for the next try after one in which nothing left
    sending      an attempt is recorded; from here on bytes may have left
    sent         the printer has taken all of it, or a person saw the label
    unknown      an attempt broke off after it began: only a look at the printer tells
    not_printed  a person looked, and no label came out
    blocked      it cannot be sent as it is, and nothing of it left
    offered      no printer serves the station: the label waits to be downloaded
    cancelled    its label went out of use before anything was sent
    """

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    NOT_PRINTED = "not_printed"
    BLOCKED = "blocked"
    OFFERED = "offered"
    CANCELLED = "cancelled"


JOB = Lifecycle(
    "print_job",
    first=Delivery.QUEUED,
    moves={
        "begin": ([Delivery.QUEUED], Delivery.SENDING),
        "put_back": ([Delivery.SENDING], Delivery.QUEUED),
        # A printer that was asked later, or an attempt that outlived its time, may still prove that it went well.
        "finish": ([Delivery.SENDING, Delivery.UNKNOWN], Delivery.SENT),
        "lose_sight": ([Delivery.SENDING], Delivery.UNKNOWN),
        "block": ([Delivery.QUEUED, Delivery.SENDING], Delivery.BLOCKED),
        "cancel": ([Delivery.QUEUED], Delivery.CANCELLED),
        # As a file, too, it has left: what did not come out of a printer is not sent there afterwards.
        "hand_out": (
            [Delivery.OFFERED, Delivery.SENT, Delivery.BLOCKED, Delivery.NOT_PRINTED],
            Delivery.SENT,
        ),
        "see": ([Delivery.UNKNOWN], Delivery.SENT),
        "miss": ([Delivery.UNKNOWN], Delivery.NOT_PRINTED),
        "retry": ([Delivery.QUEUED, Delivery.BLOCKED, Delivery.NOT_PRINTED], Delivery.QUEUED),
        "offer": ([Delivery.QUEUED, Delivery.BLOCKED, Delivery.NOT_PRINTED], Delivery.OFFERED),
    },
    final=[Delivery.SENT, Delivery.CANCELLED],
)


class CopyPhase(Phase):
    """What is known of one copy of a label.

    left         a printer has taken it, or a person opened it as a file
    unknown      an attempt broke off after it began
    not_printed  a person looked, and nothing came of that attempt
    """

    LEFT = "left"
    UNKNOWN = "unknown"
    NOT_PRINTED = "not_printed"


COPY = Lifecycle(
    "copy",
    first=CopyPhase.UNKNOWN,
    moves={
        "see": ([CopyPhase.UNKNOWN], CopyPhase.LEFT),
        "miss": ([CopyPhase.UNKNOWN], CopyPhase.NOT_PRINTED),
    },
    final=[CopyPhase.LEFT, CopyPhase.NOT_PRINTED],
)

# Deliveries that wait for a person, the most pressing first.
STUCK = (Delivery.UNKNOWN, Delivery.BLOCKED, Delivery.NOT_PRINTED)
# While a printer's job is one of these, its label is there or may be: it is not handed out as a file as well.
AT_PRINTER = frozenset({Delivery.QUEUED, Delivery.SENDING, Delivery.UNKNOWN, Delivery.SENT})


class Outcome(StrEnum):
    """What a person found at the printer."""

    CAME_OUT = "came_out"
    DID_NOT = "did_not"

    @property
    def label(self) -> T:
        return T("The label came out") if self is Outcome.CAME_OUT else T("No label came out")


class Decided(StrEnum):
    """What a person decided about a job."""

    CAME_OUT = "came_out"
    DID_NOT = "did_not"
    AGAIN = "again"


AWAY, BUSY, REFUSED, CUT_OFF, SILENT = "away", "busy", "refused", "cut_off", "silent"
UNTRUSTED, LOCKED = "untrusted", "locked"
ENDED, OVERDUE, RETIRED, UNPRINTABLE, FAULT = "ended", "overdue", "retired", "unprintable", "fault"

# Why a job stands where it stands.
PROBLEMS: Mapping[str, T] = {
    AWAY: T("The printer does not answer. Switch it on, or send the job to another one."),
    BUSY: T("The printer is busy or stopped. It is tried again by itself."),
    REFUSED: T("The printer does not take this kind of job. Ask an administrator to check its settings."),
    UNTRUSTED: T(
        "The printer's certificate is not trusted, or not the one that was set. Ask an administrator to look."
    ),
    LOCKED: T("The printer wants another name or password. Ask an administrator to check its settings."),
    CUT_OFF: T("The connection broke while the label was being sent. Look whether it came out."),
    SILENT: T("The printer took the label and never confirmed it. Look whether it came out."),
    ENDED: T("The system stopped while the label was being sent. Look whether it came out."),
    OVERDUE: T("Sending took too long, and nobody knows how it ended. Look whether the label came out."),
    RETIRED: T("The printer was retired before the label was sent. Send the job to another one."),
    UNPRINTABLE: T("This printer cannot draw the label as it is. Replace the label by a new one."),
    FAULT: T("The system could not prepare the label. Tell an administrator, and replace the label by a new one."),
}


def wait_after(attempts: int) -> timedelta:
    """How long a printer is left alone after so many attempts: 5 s, doubled each time up to 5 min."""
    doubled: timedelta = FIRST_WAIT * 2 ** min(max(attempts - 1, 0), DOUBLINGS_MAX)
    return min(doubled, LONGEST_WAIT)


def has_address(transport: Transport, host: str | None, port: int | None) -> None:
    """Raises Refused where a printer that is reached over the network has no address."""
    if transport is not Transport.DOWNLOAD and (host is None or port is None):
        raise Refused("printer.no_address", "This printer is reached over the network. Enter its address and port.")


def may_know(transport: Transport, user: str | None, password: str | None, certificate: str | None) -> None:
    """Whether these settings go together. Raises Refused `printer.*`: a password never travels in the clear."""
    if transport is not Transport.IPPS and (user or password or certificate):
        raise Refused(
            "printer.not_encrypted",
            "A name, a password and a certificate go with IPP over an encrypted connection alone. Choose that, or "
            "leave them out.",
        )
    if password and not user:
        raise Refused("printer.no_user", "A password needs the name that it belongs to. Enter both, or neither.")


def kept_password(given: str | None, user: str | None, stored: str | None, *, same_place: bool) -> str | None:
    """The password from now on: a new one, or the stored one for the same name at the same address.

    Raises Refused `printer.password_missing`: a stored password is sent to no other machine.
    """
    if user is None:
        return None
    password = given or (stored if same_place else None)
    if password is None:
        raise Refused(
            "printer.password_missing",
            "Enter the password of this name. A stored one is kept only for the same name at the same address.",
        )
    return password


def may_settle(delivery: Delivery, label: LabelPhase | None, outcome: Outcome) -> None:
    """Whether a person may say how a job ended. Raises Refused `print_job.*`."""
    if delivery is not Delivery.UNKNOWN:
        raise Refused(
            "print_job.not_unknown", "Nobody has to look for this label: how its job stands is known. Open the queue."
        )
    if label is LabelPhase.CONFIRMED and outcome is Outcome.DID_NOT:
        raise Refused(
            "print_job.scanned_back", "This label was scanned back, so it came out. Say that it did, or replace it."
        )


def may_retry(delivery: Delivery, label: LabelPhase | None) -> None:
    """Whether a job may be sent (again). Raises Refused `print_job.*`."""
    if delivery is Delivery.UNKNOWN:
        raise Refused(
            "print_job.unsettled", "This label may have come out. Look at the printer and say what is there first."
        )
    if delivery not in JOB.moves["retry"].sources:
        raise Refused("print_job.done", "This job is under way or done. To print the label again, replace it.")
    if label is not None and label not in LIVE:
        raise Refused("print_job.label_void", "This label is out of use and is not printed again. Print another one.")
    if label is LabelPhase.CONFIRMED:
        raise Refused("print_job.scanned_back", "This label was scanned back, so it came out. Replace it if need be.")


def may_hand_out(at_printer: str | None, label: LabelPhase, opened_at: datetime | None, now: datetime) -> None:
    """Whether a label may be opened as a file. Raises Refused `label.*` where a second copy could come of it.

    Not while a printer may be holding it, not once it was scanned back, and after it was opened only for as long as
    somebody needs who closed the window too early.
    """
    if label not in LIVE:
        raise Refused("label.void", "This label is out of use and is not printed again. Print another one.")
    if label is not LabelPhase.PRINTED:
        raise Refused(
            "label.in_use",
            "This label was scanned already, so a file of it would be a second copy. Reprint it with a second person.",
        )
    if at_printer is not None:
        raise Refused(
            "label.at_printer",
            "This label went to the printer {printer}. Take it there, or see in the print queue what became of it.",
            printer=at_printer,
        )
    if opened_at is not None and now - opened_at > OPEN_AGAIN_WITHIN:
        raise Refused(
            "label.handed_out",
            "This label was opened as a file before. If it is not on paper, reprint it with a second person.",
        )
