"""Asking a virus scanner about a file before it is kept: clamd, by its INSTREAM command.

The file goes over a socket in pieces, each with its length before it, and one of no length ends it. Whatever is not a
plain "OK" lets no file in: where a scanner is set, a file that nobody looked at is taken by nobody.
"""

import re
import socket
import struct
from datetime import date
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


# ClamAV 1.4.3/27812/Mon Nov 30 08:34:12 2026: the program, the number of its signatures and when these were made. A
# clamd with signatures of somebody's own alone names the program only.
VERSION = re.compile(rb"(ClamAV [ -.0-~]{1,60})(?:/([0-9]{1,9})/([ -~]{1,40}))?\0?\n?")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Version:
    """A clamd: its name, and number and day of the signatures that it looks with, where it says so."""

    name: str
    signatures: int | None
    made_on: date | None


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

    def version(self) -> Version:
        """What clamd says about itself. Raises OSError where it is away, ValueError where no clamd answers there."""
        with self._reached() as link:
            link.sendall(b"zVERSION\0")
            answer = _heard(link)
        told = VERSION.fullmatch(answer)
        if told is None:
            raise ValueError("what answers there is no clamd")
        name, number, at = told.groups()
        return Version(name.decode(), None if number is None else int(number), None if at is None else _day(at))

    def _ask(self, content: bytes) -> bytes:
        with self._reached() as link:
            link.sendall(b"zINSTREAM\0")
            for at in range(0, len(content), PIECE_BYTES):
                piece = content[at : at + PIECE_BYTES]
                link.sendall(struct.pack("!I", len(piece)) + piece)
            link.sendall(struct.pack("!I", 0))
            return _heard(link)

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


def _heard(link: socket.socket) -> bytes:
    """An answer up to its end, or as much as an answer may be long."""
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < ANSWER_BYTES_MAX:
        more = link.recv(ANSWER_BYTES_MAX)
        if not more:
            break
        answer += more
    return answer


def _day(told: bytes) -> date | None:
    """The day of a time as C's ctime() spells it, whatever language this process speaks; None for anything else."""
    try:
        _, month, day, _, year = told.decode("ascii").split()
        return date(int(year), MONTHS.index(month) + 1, int(day))
    except ValueError:
        return None


def _cannot_say() -> Busy:
    return Busy(
        "file.not_looked_at",
        "The virus scanner does not answer, so no file is taken now. Try again in a moment; if it stays so, tell an "
        "administrator.",
    )
