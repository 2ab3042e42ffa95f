"""Listening at an address, and ending well: what cannot be is said before anything starts, and SIGTERM ends with 0."""

import resource
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import uvicorn

from cellchain.web.connections import HELD_MAX, Connection

WAITING_MAX = 2_048
GRACE_S = 10
# Between two requests of one connection.
IDLE_S = 5
# For each connection, and for the database, the log and what else is open.
FILES = HELD_MAX + 500


class Unusable(Exception):
    """An address or a certificate that nothing can be served with; its text says what to do."""


@contextmanager
def listening(host: str, port: int, *, together: bool = False) -> Iterator[socket.socket]:
    """A socket that listens. Raises Unusable for a host that is none of this machine's, or a port that is taken.

    It listens at once, so that no second process takes the port while this one opens its database. With `together`,
    further sockets of this user may listen there too.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, UnicodeError) as error:
        raise Unusable(f"{host} is not known as a host. Give --host an address of this machine.") from error
    with socket.socket(family, kind, protocol) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if together:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            listener.bind(address)
            listener.listen(WAITING_MAX)
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            where = shown(host, port)
            message = f"Nothing can listen at {where}: {why}. Give another --host or --port, or end what is there."
            raise Unusable(message) from error
        yield listener


@contextmanager
def listening_for(workers: int, host: str, port: int) -> Iterator[list[socket.socket]]:
    """A socket for each worker at one address: the system shares new connections out among them. Raises Unusable."""
    with ExitStack() as held:
        if workers > 1:
            with listening(host, port):
                pass  # nobody else is there, not even somebody who would share
        yield [held.enter_context(listening(host, port, together=workers > 1)) for _ in range(workers)]


def check_certificate(certificate: Path, key: Path) -> None:
    """Raises Unusable where the two cannot be read, or do not belong together."""
    for file in (certificate, key):
        try:
            file.read_bytes()
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise Unusable(f"{file} cannot be read: {why}. Name a PEM file that can.") from error
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password=_no_password)
    except (ssl.SSLError, ValueError) as error:
        message = f"{certificate} and {key} are no certificate with its key. Name two PEM files that belong together."
        raise Unusable(message) from error


@contextmanager
def ending_well() -> Iterator[None]:
    """SIGTERM ends what is inside as if it had returned: whatever is open is closed, and the process exits with 0."""
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def run(app: Callable[..., Any], listener: socket.socket, **more: Any) -> bool:
    """Serve until SIGTERM or Ctrl-C; the requests in hand are finished. Says whether it ever served."""
    _allow_files()
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            access_log=False,
            log_config=None,  # the log is ours (platform/logs)
            log_level="warning",
            server_header=False,
            http=Connection,
            ws="none",  # nothing here speaks WebSocket
            timeout_keep_alive=IDLE_S,
            timeout_graceful_shutdown=GRACE_S,
            **more,
        )
    )
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
    return server.started


def _allow_files() -> None:
    """As many open files as connections may be held, where the system lets a process raise its own limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def shown(host: str, port: int) -> str:
    """A host and its port as an address has them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    """uvicorn raises the signal again once it has ended: by then there is nothing left but to close and leave."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not break off the closing
    raise SystemExit(0)


def _no_password() -> str:
    raise ValueError("a key that needs a password cannot be read by a server that starts alone")
