"""Asking a virus scanner about a file before it is kept: clamd, by its INSTREAM command.

The file goes over a socket in pieces, each with its length before it, and one of no length ends it. Whatever is not a
plain "OK" lets no file in: where a scanner is set, a file that nobody looked at is taken by nobody.
"""

import re
import socket
import struct
from typing import Self
from urllib.parse import urlsplit

from cellchain.kernel.errors import Busy, Refused
from cellchain.kernel.values import dataclass

PIECE_BYTES = 65_536
ANSWER_BYTES_MAX = 1_024
TIMEOUT_S = 30.0
ADDRESS = r"^(unix:/[!-~]+|tcp://[A-Za-z0-9.:\[\]-]+:[0-9]{1,5})$"
CLEAN = re.compile(rb"stream: OK\0?\n?")
FOUND = re.compile(rb"stream: ([ -~]{1,200}) FOUND\0?\n?")


@dataclass(frozen=True)
class Scanner:
    """A clamd at a socket of this machine, or at a port."""

    path: str | None
    host: str = ""
    port: int = 0
    timeout_s: float = TIMEOUT_S

    @classmethod
    def at(cls, address: str) -> Self:
        """`unix:/run/clamav/clamd.ctl` or `tcp://127.0.0.1:3310`."""
        if address.startswith("unix:"):
            return cls(address.removeprefix("unix:"))
        parts = urlsplit(address)
        return cls(None, parts.hostname or "", parts.port or 0)

    def look(self, content: bytes) -> None:
        """Raises Refused `file.infected`, Busy `file.not_looked_at` where the scanner is away or cannot say."""
        try:
            answer = self._ask(content)
        except (OSError, ValueError) as error:
            raise _cannot_say() from error
        if FOUND.fullmatch(answer) is not None:
            raise Refused(
                "file.infected",
                "The virus scanner holds this file for harmful, and it was not kept. Do not open it elsewhere; tell "
                "your administrator where it came from.",
            )
        if CLEAN.fullmatch(answer) is None:
            raise _cannot_say()

    def _ask(self, content: bytes) -> bytes:
        with self._reached() as link:
            link.sendall(b"zINSTREAM\0")
            for at in range(0, len(content), PIECE_BYTES):
                piece = content[at : at + PIECE_BYTES]
                link.sendall(struct.pack("!I", len(piece)) + piece)
            link.sendall(struct.pack("!I", 0))
            answer = b""
            while not answer.endswith(b"\0") and len(answer) < ANSWER_BYTES_MAX:
                more = link.recv(ANSWER_BYTES_MAX)
                if not more:
                    break
                answer += more
            return answer

    def _reached(self) -> socket.socket:
        if self.path is None:
            return socket.create_connection((self.host, self.port), self.timeout_s)
        link = socket.socket(socket.AF_UNIX)
        link.settimeout(self.timeout_s)
        try:
            link.connect(self.path)
        except OSError:
            link.close()
            raise
        return link


def _cannot_say() -> Busy:
    return Busy(
        "file.not_looked_at",
        "The virus scanner does not answer, so no file is taken now. Try again in a moment; if it stays so, tell an "
        "administrator.",
    )
