"""A real SMTP server on this machine, as kind or unkind as a test wants it."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cellchain.notices.post import MailServer

HOST = "127.0.0.1"
Answer = Callable[[str], str | None]


@dataclass
class Mailbox:
    """What arrived. `to_recipient` and `to_data` answer in place of a yes."""

    arrived: list[EmailMessage] = field(default_factory=list)
    to_recipient: Answer = field(default=lambda address: None)
    to_data: Answer = field(default=lambda address: None)
    port: int = 0

    async def recipient(self, _server: Any, _session: Session, envelope: Envelope, address: str, _more: Any) -> str:
        answer = self.to_recipient(address)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def data(self, _server: Any, _session: Session, envelope: Envelope) -> str:
        answer = self.to_data(envelope.rcpt_tos[0])
        if answer is None:
            self.arrived.append(message_from_bytes(envelope.content or b"", policy=policy.default))  # type: ignore[arg-type]
        return answer or "250 OK"

    def server(self, security: str = "none", **more: Any) -> MailServer:
        """The house's way to it."""
        return MailServer(HOST, self.port, security, timeout_s=2, **more)


class _Anywhere(Controller):
    """A controller that is told its port by the system."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        trigger: Any = super()._trigger_server
        trigger()


@contextmanager
def open_mailbox(
    security: str = "none", certificate: Path | None = None, *, name: str = "", password: str = ""
) -> Iterator[Mailbox]:
    """A server that takes everything until it is told otherwise; with a `name`, from who signs in alone."""
    box = Mailbox()
    how: dict[str, Any] = {}
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        how = {"ssl_context": context} if security == "tls" else {"tls_context": context, "require_starttls": True}
    if name:
        # It knows of the encryption that it began itself, and not of the one that it stands behind.
        how |= {"authenticator": _knows(name, password), "auth_required": True, "auth_require_tls": security != "tls"}
    controller = _Anywhere(
        SimpleNamespace(handle_RCPT=box.recipient, handle_DATA=box.data), hostname=HOST, port=0, **how
    )
    controller.start()
    box.port = controller.port
    try:
        yield box
    finally:
        controller.stop()


def _knows(name: str, password: str) -> Callable[..., AuthResult]:
    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: Any, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (name.encode(), password.encode()), handled=False)

    return check


def certificate(folder: Path) -> Path:
    """A certificate of this machine's own address, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example.org")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path = folder / "mail.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, *plain) + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def nobody() -> MailServer:
    """A server that is away."""
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    return MailServer(HOST, port, "none", timeout_s=1)


@contextmanager
def rude_server(*lines: bytes, hang_s: float = 0) -> Iterator[MailServer]:
    """A server that says these lines, one for each that it is told, and then hangs, or hangs up."""
    done = threading.Event()

    def talk(listener: socket.socket) -> None:
        while not done.is_set():
            try:
                link, _ = listener.accept()
            except OSError:
                return
            with link:
                link.settimeout(5)
                for line in lines:
                    link.sendall(line)
                    link.recv(65_536)
                done.wait(hang_s)

    with socket.create_server((HOST, 0)) as listener:
        thread = threading.Thread(target=talk, args=(listener,), daemon=True)
        thread.start()
        try:
            yield MailServer(HOST, listener.getsockname()[1], "none", timeout_s=1)
        finally:
            done.set()
            listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def wait_until(true: Callable[[], bool], seconds: float = 20) -> None:
    """Until it is so. Raises AssertionError."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.02)
