"""How bytes get to a printer, and what is known when that fails.

The line between the two failures is the first byte: `NotSent` says that nothing left, so that the same label may be
tried again; `Uncertain` says that some of it did, so that only a look at the printer tells.
"""

import base64
import http.client
import itertools
import socket
import ssl
import time
from dataclasses import field
from hashlib import sha256

from cellchain.kernel.values import dataclass
from cellchain.labels.printing import ipp
from cellchain.labels.printing.ipp import Group, Operation, Tag
from cellchain.labels.printing.rules import (
    AWAY,
    BUSY,
    CUT_OFF,
    LOCKED,
    REFUSED,
    SILENT,
    UNTRUSTED,
    PaperKind,
    Transport,
)

CHUNK = 16_384
ANSWER_MAX = 1_000_000
JOBS_MAX = 1_000
MEDIA_TYPES = {PaperKind.PDF: ("application/pdf",), PaperKind.ZPL: ("application/vnd.zebra-zpl",)}
# What a printer that names no other format takes; it has to find out by itself what it is.
ANYTHING = "application/octet-stream"
UNSCALED: list[ipp.Attribute] = [("copies", Tag.INTEGER, 1), ("print-scaling", Tag.KEYWORD, "none")]


@dataclass(frozen=True)
class Patience:
    """How long a printer is waited for, in seconds. An attempt ends after their sum, which is below `worker.LEASE`."""

    connect_s: float = 5
    send_s: float = 60
    close_s: float = 60


@dataclass(frozen=True)
class Address:
    """A printer on the network. `path` counts for IPP alone, what follows for IPP over TLS.

    certificate_hash  SHA-256 in hex of the only certificate that is trusted; without it, whatever the system trusts
    """

    transport: Transport
    host: str
    port: int
    path: str = ""
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    certificate_hash: str | None = None

    @property
    def is_secure(self) -> bool:
        return self.transport is Transport.IPPS

    @property
    def headers(self) -> dict[str, str]:
        """What each request carries. A name and its password go over an encrypted connection alone."""
        told = {"content-type": ipp.MEDIA_TYPE}
        if self.is_secure and self.user is not None:
            known = f"{self.user}:{self.password or ''}".encode()
            told["authorization"] = f"Basic {base64.b64encode(known).decode()}"
        return told


@dataclass(frozen=True)
class Paper:
    """A label as a printer gets it. `name` is unique to one attempt: a printer that remembers it has taken it."""

    name: str
    kind: PaperKind
    data: bytes
    width_mm: float
    height_mm: float


class NotSent(Exception):
    """Nothing left. `again` where trying later may help; otherwise the printer said no to this very job."""

    def __init__(self, problem: str, detail: str = "", *, again: bool = True) -> None:
        self.problem, self.detail, self.again = problem, detail, again
        super().__init__(f"{problem} {detail}".rstrip())


class Uncertain(Exception):
    """Something left, or may have, and the printer did not say that it took all of it."""

    def __init__(self, problem: str, detail: str = "") -> None:
        self.problem, self.detail = problem, detail
        super().__init__(f"{problem} {detail}".rstrip())


def send(address: Address, paper: Paper, patience: Patience) -> None:
    """Give a label to a printer. Returns once it has taken all of it; raises NotSent or Uncertain."""
    if address.transport.asks:
        _IppPrinter(address, patience).print(paper)
    else:
        _send_raw(address, paper, patience)


def took(address: Address, name: str, patience: Patience) -> bool:
    """Whether a printer says that it took the attempt `name`. False proves nothing: printers forget.

    Raises NotSent where the printer cannot be asked.
    """
    return address.transport.asks and _IppPrinter(address, patience).remembers(name)


# -- a socket --------------------------------------------------------------------------------------------------------


def _send_raw(address: Address, paper: Paper, patience: Patience) -> None:
    """Connect, send all, say that this was all, and wait until the printer hangs up as well.

    The bytes being out of our hands proves nothing: they may lie in a buffer of a printer that has no paper left to
    read them. One that hangs up after our end has read it. This is also how CUPS's own socket backend ends a job.
    """
    try:
        link = socket.create_connection((address.host, address.port), timeout=patience.connect_s)
    except OSError as error:
        raise NotSent(AWAY, _named(error)) from error
    with link:
        _push(link, paper.data, time.monotonic() + patience.send_s)
        try:
            link.shutdown(socket.SHUT_WR)
            _wait_for_end(link, time.monotonic() + patience.close_s)
        except OSError as error:
            raise Uncertain(SILENT if isinstance(error, TimeoutError) else CUT_OFF, _named(error)) from error


def _push(link: socket.socket, data: bytes, deadline: float) -> None:
    """Send all of `data`. Until the first piece was taken over by the system nothing has left."""
    view = memoryview(data)
    sent = 0
    while sent < len(view):
        try:
            link.settimeout(max(0.001, deadline - time.monotonic()))
            sent += link.send(view[sent : sent + CHUNK])
        except OSError as error:
            if sent == 0:
                raise NotSent(BUSY if isinstance(error, TimeoutError) else AWAY, _named(error)) from error
            raise Uncertain(SILENT if isinstance(error, TimeoutError) else CUT_OFF, _named(error)) from error


def _wait_for_end(link: socket.socket, deadline: float) -> None:
    """Read until the other side hangs up. Whatever it says before that is of no use here. Raises OSError."""
    while True:
        link.settimeout(max(0.001, deadline - time.monotonic()))
        if not link.recv(CHUNK):
            return
        if time.monotonic() > deadline:
            raise TimeoutError("never hung up")


# -- IPP -------------------------------------------------------------------------------------------------------------


class _IppPrinter:
    """A printer, or a queue of CUPS, that speaks IPP over HTTP."""

    def __init__(self, address: Address, patience: Patience) -> None:
        self.address = address
        self.patience = patience
        self.path = f"/{address.path.lstrip('/')}"
        host = f"[{address.host}]" if ":" in address.host else address.host
        self.uri = f"{address.transport}://{host}:{address.port}{self.path}"
        self._numbers = itertools.count(1)

    def print(self, paper: Paper) -> None:
        """Print one copy, unscaled. Raises NotSent or Uncertain."""
        operational: list[ipp.Attribute] = [
            ("job-name", Tag.NAME, paper.name),
            ("ipp-attribute-fidelity", Tag.BOOLEAN, False),
            ("document-format", Tag.MIME, self._format_for(paper)),
        ]
        wishes = self._wishes_for(paper, operational)
        answer = self._exchange(Operation.PRINT_JOB, operational, wishes, paper.data)
        _see_that_it_took(answer)
        if ipp.FAILED_JOBS.intersection(answer.values(Group.JOB, "job-state")):
            raise Uncertain(CUT_OFF, "IPP job-state aborted")

    def remembers(self, name: str) -> bool:
        """Whether a job of this name was accepted and has not failed. Raises NotSent."""
        wanted: list[ipp.Attribute] = [
            ("limit", Tag.INTEGER, JOBS_MAX),
            ("requested-attributes", Tag.KEYWORD, ["job-name", "job-state"]),
        ]
        for which in ("completed", "not-completed"):
            answer = self._ask(Operation.GET_JOBS, [("which-jobs", Tag.KEYWORD, which), *wanted])
            for job in answer.of(Group.JOB):
                if name in job.get("job-name", ()):
                    return not ipp.FAILED_JOBS.intersection(job.get("job-state", ()))
        return False

    def _format_for(self, paper: Paper) -> str:
        """The format to announce, from what the printer says it takes. Raises NotSent; nothing was sent yet."""
        names = ["document-format-supported", "printer-is-accepting-jobs"]
        answer = self._ask(Operation.GET_PRINTER_ATTRIBUTES, [("requested-attributes", Tag.KEYWORD, names)])
        if not answer.is_successful:
            raise NotSent(*_refusal(answer.status), again=not answer.is_final)
        if answer.values(Group.PRINTER, "printer-is-accepting-jobs") == (False,):
            raise NotSent(BUSY, "printer-is-accepting-jobs false")
        known = answer.values(Group.PRINTER, "document-format-supported")
        return next((kind for kind in MEDIA_TYPES[paper.kind] if kind in known), ANYTHING)

    def _wishes_for(self, paper: Paper, operational: list[ipp.Attribute]) -> list[ipp.Attribute]:
        """How the label is to be printed: in its own size, unless the printer knows no such size. Raises NotSent."""
        in_its_size = [*UNSCALED, _size_of(paper)]
        answer = self._ask(Operation.VALIDATE_JOB, operational, in_its_size)
        return in_its_size if answer.is_successful else UNSCALED

    def _ask(
        self, operation: Operation, operational: list[ipp.Attribute], job: list[ipp.Attribute] | None = None
    ) -> ipp.Answer:
        """A question that changes nothing, so that any failure of it is safe. Raises NotSent."""
        try:
            return self._exchange(operation, operational, job)
        except Uncertain as error:
            raise NotSent(AWAY, error.detail) from error

    def _exchange(
        self,
        operation: Operation,
        operational: list[ipp.Attribute],
        job: list[ipp.Attribute] | None = None,
        document: bytes = b"",
    ) -> ipp.Answer:
        """One request and its answer. Raises NotSent before the first byte and Uncertain after it."""
        message = ipp.request(operation, next(self._numbers), self.uri, operational, job or []) + document
        link = self._connected()
        try:
            link.sock.settimeout(self.patience.send_s)
            return _answered(link, self.path, message, self.address.headers)
        finally:
            link.close()

    def _connected(self) -> http.client.HTTPConnection:
        """A connection to the printer that is meant, over which nothing was said yet. Raises NotSent."""
        address, patience_s = self.address, self.patience.connect_s
        link = (
            http.client.HTTPSConnection(address.host, address.port, timeout=patience_s, context=_trusting(address))
            if address.is_secure
            else http.client.HTTPConnection(address.host, address.port, timeout=patience_s)
        )
        try:
            link.connect()
        except ssl.SSLCertVerificationError as error:
            raise NotSent(UNTRUSTED, error.verify_message) from error
        except OSError as error:
            raise NotSent(AWAY, _named(error)) from error
        if address.certificate_hash is not None and _certificate_of(link) != address.certificate_hash:
            link.close()
            raise NotSent(UNTRUSTED, "another certificate")
        return link


def _trusting(address: Address) -> ssl.SSLContext:
    """Whom to believe: the system's authorities, or one certificate alone, which is compared before a byte is sent."""
    context = ssl.create_default_context()
    if address.certificate_hash is not None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _certificate_of(link: http.client.HTTPConnection) -> str:
    shown = link.sock.getpeercert(binary_form=True) if isinstance(link.sock, ssl.SSLSocket) else None
    return "" if shown is None else sha256(shown).hexdigest()


def _see_that_it_took(answer: ipp.Answer) -> None:
    """Raises NotSent where the printer said that it did not take the job, and Uncertain where it fell over it."""
    if answer.is_successful:
        return
    if answer.is_final or answer.status in ipp.LATER:
        raise NotSent(*_refusal(answer.status), again=not answer.is_final)
    raise Uncertain(CUT_OFF, f"IPP 0x{answer.status:04x}")


def _refusal(status: int) -> tuple[str, str]:
    return (REFUSED if status < ipp.Status.SERVER_ERROR_FIRST else BUSY), f"IPP 0x{status:04x}"


def _answered(link: http.client.HTTPConnection, path: str, message: bytes, headers: dict[str, str]) -> ipp.Answer:
    try:
        link.request("POST", path, message, headers)
        with link.getresponse() as response:
            body = response.read(ANSWER_MAX)
    except TimeoutError as error:
        raise Uncertain(SILENT, _named(error)) from error
    except (OSError, http.client.HTTPException) as error:
        raise Uncertain(CUT_OFF, _named(error)) from error
    if response.status in (http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN):
        raise NotSent(LOCKED, f"HTTP {response.status}")
    if 400 <= response.status < 500:  # the server says that it will not do this
        raise NotSent(REFUSED, f"HTTP {response.status}", again=False)
    if response.status == http.HTTPStatus.SERVICE_UNAVAILABLE:
        raise NotSent(BUSY, f"HTTP {response.status}")
    if response.status != http.HTTPStatus.OK:
        raise Uncertain(CUT_OFF, f"HTTP {response.status}")
    try:
        return ipp.answer(body)
    except ipp.NotIpp as error:
        raise Uncertain(CUT_OFF, str(error)) from error


def _size_of(paper: Paper) -> ipp.Attribute:
    """The size of the label, in hundredths of a millimetre."""
    size = {"x-dimension": round(paper.width_mm * 100), "y-dimension": round(paper.height_mm * 100)}
    return ("media-col", Tag.BEGIN_COLLECTION, {"media-size": size})


def _named(error: Exception) -> str:
    """What the system called it, for an administrator."""
    return f"{type(error).__name__} {error}"[:120]
