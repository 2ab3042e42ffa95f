"""Whether SQLite's write-ahead log lost transactions that had been acknowledged, looked at before SQLite opens it.

SQLite reads its log up to the first frame whose checksum is wrong and takes what follows for the rest of a transaction
that never ended. That is right after a power cut, where the last transaction may lie there in part. It is wrong for a
damaged frame in the middle: whole transactions follow, each of which was on the disk before the next one began, and
SQLite would drop them without a word. They are told apart here by what follows: two commits or more in the same
generation of the log cannot be the rest of one transaction (the format: sqlite.org/fileformat2.html, section 4).
"""

import struct
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from cellchain.kernel.errors import Unavailable
from cellchain.kernel.values import dataclass

HEADER_BYTES, FRAME_BYTES = 32, 24
PAGE_SIZES = tuple(1 << power for power in range(16, 8, -1))
MAGICS = {0x377F0682: "<", 0x377F0683: ">"}
# A torn last transaction leaves at most one commit behind the frame that is wrong.
UNFINISHED_MAX = 1
BYTES_MAX = 400_000_000
AGAIN_S = 0.1


@dataclass(frozen=True)
class Cut:
    """Where a log is damaged: the number of its first bad frame (0: its head), and how many commits follow it."""

    frame: int
    commits: int


def log_of(database: Path) -> Path:
    """The log beside a database; there is none after the last connection was closed in order."""
    return database.with_name(f"{database.name}-wal")


def ensure_whole(database: Path) -> None:
    """Raises Unavailable `database.log_damaged` where opening `database` would drop what had been acknowledged."""
    cut = cut_of(database)
    if cut is not None:
        raise Unavailable(
            "database.log_damaged",
            "The log of the database ({log}) is damaged at frame {frame}, and {count} acknowledged transactions would "
            "be lost. Nothing was done. Work on paper, keep a copy of the folder, tell QA, and put the last backup "
            "back, or go on with what is before the damage: cellchain mend-log, which says so in the ledger for ever.",
            log=log_of(database).name,
            frame=cut.frame,
            count=cut.commits,
        )


def cut_of(database: Path) -> Cut | None:
    """Where the log beside `database` is damaged so that acknowledged transactions would be lost; None where it is not.

    A server may write to it meanwhile, so what looks damaged is looked at twice.
    """
    if _seen(log_of(database)) is None:
        return None
    time.sleep(AGAIN_S)
    return _seen(log_of(database))


def _seen(log: Path) -> Cut | None:
    """The log as it is now; one that was begun anew while it was read tells nothing."""
    try:
        with log.open("rb") as file:
            content = file.read(BYTES_MAX)
            file.seek(0)
            if file.read(HEADER_BYTES) != content[:HEADER_BYTES]:
                return None
    except FileNotFoundError:
        return None
    return cut_in(content)


def cut_in(content: bytes) -> Cut | None:
    """The same of the bytes of a log."""
    if len(content) <= HEADER_BYTES or not any(content[:HEADER_BYTES]):
        return None
    magic, _, page_bytes, _, *salts, first, second = struct.unpack_from(">8I", content)
    order = MAGICS.get(magic)
    if order is None or _summed(content[:24], order, (0, 0)) != (first, second):
        return _without_head(content)
    sums, salted, bad, commits = (first, second), struct.pack(">2I", *salts), 0, 0
    for number, frame in enumerate(_frames(content, page_bytes), 1):
        own = frame[8:16] == salted
        if not bad:
            sums = _summed(frame[FRAME_BYTES:], order, _summed(frame[:8], order, sums))
            if own and struct.unpack_from(">2I", frame, 16) == sums:
                continue
            bad = number
        commits += own and _commits(frame)
    return Cut(bad, commits) if commits > UNFINISHED_MAX else None


def _frames(content: bytes, page_bytes: int) -> Iterator[bytes]:
    step = FRAME_BYTES + page_bytes
    for at in range(HEADER_BYTES, len(content) - step + 1, step):
        yield content[at : at + step]


def _commits(frame: bytes) -> bool:
    """Whether it is the last frame of a transaction: it then names the size of the database."""
    return frame[4:8] != bytes(4)


def _without_head(content: bytes) -> Cut | None:
    """A head that is none: it is on the disk before the first frame is, so what follows were whole transactions."""
    page_bytes = next(filter(lambda size: _fits(content, size), PAGE_SIZES), 0)
    commits = sum(map(_commits, _frames(content, page_bytes))) if page_bytes else 0
    return Cut(0, commits) if commits else None


def _fits(content: bytes, page_bytes: int) -> bool:
    """Whether the first frame, with a page of this size, is followed by one of the same salt, or by nothing."""
    first, *others = list(islice(_frames(content, page_bytes), 2)) or [b""]
    return bool(first) and (others[0][8:16] == first[8:16] if others else True)


def _summed(part: bytes, order: str, sums: tuple[int, int]) -> tuple[int, int]:
    """SQLite's checksum, gone on with over `part`."""
    one, two = sums
    words = struct.unpack(f"{order}{len(part) // 4}I", part)
    for place in range(0, len(words), 2):
        one = (one + words[place] + two) & 0xFFFFFFFF
        two = (two + words[place + 1] + one) & 0xFFFFFFFF
    return one, two
