"""A small clamd for tests: INSTREAM, VERSION and PING as clamd's own page has them."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from cellchain.platform.viruses import PIECE_BYTES

# Harmless: this house's own mark of a bad file, known to the scanners of these tests alone.
BAD = b"cellchain-test-file-that-a-scanner-is-told-to-refuse"
VERSION = b"ClamAV 1.4.3/27812/Mon Nov 30 08:34:12 2026"


class Clamd:
    """Reads the pieces of a file by their lengths, and answers; `answer` is said instead, whatever is asked."""

    def __init__(self, listener: socket.socket, answer: bytes | None = None, version: bytes = VERSION) -> None:
        self.listener, self.answer, self.version, self.seen = listener, answer, version, list[bytes]()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                link, _ = self.listener.accept()
            except OSError:
                return
            with link, link.makefile("rb") as read:
                said = self._said(read)
                link.sendall(said if self.answer is None else self.answer)

    def _said(self, read: BinaryIO) -> bytes:
        command = b""
        while not command.endswith(b"\0"):
            command += read.read(1)
        if command != b"zINSTREAM\0":
            return {b"zVERSION\0": self.version + b"\0", b"zPING\0": b"PONG\0"}.get(command, b"UNKNOWN COMMAND\0")
        content = b""
        while size := struct.unpack("!I", read.read(4))[0]:
            assert size <= PIECE_BYTES
            content += read.read(size)
        self.seen.append(content)
        return b"stream: House.Test.UNOFFICIAL FOUND\0" if BAD in content else b"stream: OK\0"


@contextmanager
def clamd(address: str | tuple[str, int], answer: bytes | None = None, version: bytes = VERSION) -> Iterator[Clamd]:
    """One that listens at a path, or at a port."""
    with socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET) as listener:
        listener.bind(address)
        listener.listen()
        yield Clamd(listener, answer, version)
