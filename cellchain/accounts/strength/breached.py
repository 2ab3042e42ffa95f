"""A list of passwords that others have lost already, as a file of this machine: nobody outside is asked.

Each line is the SHA-1 of a password in hexadecimal digits, sorted, with or without `:` and a count behind it. So come
the lists of Have I Been Pwned, of any size: a look-up reads a few lines out of the middle, and keeps nothing.
"""

import hashlib
import os
from pathlib import Path
from typing import BinaryIO

from cellchain.kernel.errors import Unavailable

DIGITS = 40
LINE_MAX = 200


def is_listed(file: Path, password: str) -> bool:
    """Whether the list has this password. Raises Unavailable `password.list_away` where it cannot be read."""
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    try:
        with file.open("rb") as lines:
            return _first_from(lines, wanted) == wanted
    except OSError as error:
        raise Unavailable(
            "password.list_away",
            "The list of stolen passwords cannot be read, so no password is set. Tell an administrator.",
        ) from error


def _first_from(lines: BinaryIO, wanted: bytes) -> bytes:
    """The first digest of a sorted file that is not before `wanted`; empty behind the last one."""
    low, high = 0, lines.seek(0, os.SEEK_END)  # the line that is looked for begins within these
    while low < high:
        middle = (low + high) // 2
        if _line_from(lines, middle) < wanted:
            low = middle + 1
        else:
            high = middle
    found = _line_from(lines, low)
    return b"" if found == BEHIND else found


BEHIND = b"\xff"  # comes after every digest


def _line_from(lines: BinaryIO, place: int) -> bytes:
    """The digest of the first line that begins at `place` or behind it."""
    lines.seek(max(0, place - 1))
    if place > 0:
        lines.readline(LINE_MAX)
    line = lines.readline(LINE_MAX)
    return line[:DIGITS].upper() if line.strip() else BEHIND
