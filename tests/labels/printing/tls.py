"""A door of TLS in front of a printer that speaks plain IPP: with a certificate of its own, and where it is told so,
open for one name and password alone. What it lets through reaches the real printer byte for byte."""

import base64
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PIECE = 65_536
UNAUTHORIZED = (
    b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=labels\r\nContent-Length: 0\r\n"
    b"Connection: close\r\n\r\n"
)


@dataclass
class Door:
    """A running door. `heard` holds the heads of the requests that came in."""

    port: int
    certificate_hash: str
    heard: list[bytes] = field(default_factory=list)


def certificate(folder: Path) -> tuple[Path, str]:
    """A self-signed certificate with its key in one file, and its SHA-256."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "label-printer.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = folder / "printer.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path, sha256(made.public_bytes(serialization.Encoding.DER)).hexdigest()


@contextmanager
def door(folder: Path, behind: int, known: tuple[str, str] | None = None) -> Iterator[Door]:
    """A door before the port `behind`; with `known`, for this name and password."""
    path, digest = certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        opened = Door(listening.getsockname()[1], digest)
        expected = None if known is None else base64.b64encode(":".join(known).encode())
        arguments = (listening, context, opened, behind, expected)
        threading.Thread(target=_receive, args=arguments, daemon=True).start()
        yield opened


def _receive(
    listening: socket.socket, context: ssl.SSLContext, opened: Door, behind: int, expected: bytes | None
) -> None:
    with suppress(OSError):
        while True:
            link, _ = listening.accept()
            threading.Thread(target=_serve, args=(link, context, opened, behind, expected), daemon=True).start()


def _serve(link: socket.socket, context: ssl.SSLContext, opened: Door, behind: int, expected: bytes | None) -> None:
    with suppress(OSError), context.wrap_socket(link, server_side=True) as inner:
        first = inner.recv(PIECE)
        while first and b"\r\n\r\n" not in first:
            first += inner.recv(PIECE)
        head = first.split(b"\r\n\r\n")[0]
        opened.heard += [head] if head else []
        if expected is not None and b"Basic " + expected not in head:
            _read_body(inner, head, first)
            inner.sendall(UNAUTHORIZED)
            return
        with socket.create_connection(("127.0.0.1", behind)) as outer:
            threading.Thread(target=_copy, args=(outer, inner), daemon=True).start()
            outer.sendall(first)
            _copy(inner, outer)


def _read_body(link: socket.socket, head: bytes, first: bytes) -> None:
    """An answer that comes before all was read may be lost with the connection."""
    [length] = [int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
    left = length - (len(first) - len(head) - 4)
    while left > 0 and (piece := link.recv(PIECE)):
        left -= len(piece)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(PIECE):
            target.sendall(piece)
