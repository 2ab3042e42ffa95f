"""A printer that takes raw bytes, as real as a socket gets: it reads, resets in the middle, or says nothing."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Handler = Callable[["Sink", socket.socket], None]
LINGER_RESET = struct.pack("ii", 1, 0)
WAIT_S = 30


class Sink:
    """Listens on a port of its own. `taken` holds what was read to its end, in order; `arrived` counts connections."""

    def __init__(self, handler: Handler, port: int = 0) -> None:
        self.handler = handler
        self.taken: list[bytes] = []
        self.partial: list[bytes] = []
        self.arrived = threading.Semaphore(0)
        self.release = threading.Event()
        self.together_max = 0
        self._together = 0
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening, and let go whatever hangs."""
        self.release.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in (self._thread, *self._threads):
            thread.join(WAIT_S)

    def wait_for_connection(self) -> None:
        """Wait until a label begins to arrive."""
        assert self.arrived.acquire(timeout=WAIT_S)

    def _listen(self) -> None:
        while True:
            try:
                link, _address = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(link,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, link: socket.socket) -> None:
        with self._lock:
            self._together += 1
            self.together_max = max(self.together_max, self._together)
        self.arrived.release()
        with link:
            with suppress(OSError):
                link.settimeout(WAIT_S)
                self.handler(self, link)
            with self._lock:  # before hanging up, which lets the next label come
                self._together -= 1


def takes(sink: Sink, link: socket.socket) -> None:
    """Read to the end, then hang up: a printer that works."""
    sink.taken.append(everything(link))


def resets(sink: Sink, link: socket.socket) -> None:
    """Read a little, then break the connection."""
    sink.partial.append(link.recv(16))
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)


def resets_after_all(sink: Sink, link: socket.socket) -> None:
    """Read all of it, then break the connection instead of ending it."""
    sink.taken.append(everything(link))
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)


def hangs(sink: Sink, link: socket.socket) -> None:
    """Take the connection and do nothing until released."""
    sink.release.wait(WAIT_S)


def holds(sink: Sink, link: socket.socket) -> None:
    """Read to the end, but hang up only when released."""
    data = everything(link)
    sink.release.wait(WAIT_S)
    sink.taken.append(data)


def everything(link: socket.socket) -> bytes:
    """What comes until the other side ends."""
    pieces = []
    while piece := link.recv(65_536):
        pieces.append(piece)
    return b"".join(pieces)


@contextmanager
def printing(handler: Handler = takes, port: int = 0) -> Iterator[Sink]:
    """A sink for the length of a block."""
    sink = Sink(handler, port)
    try:
        yield sink
    finally:
        sink.close()


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
