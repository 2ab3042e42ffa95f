"""Whether SQLite's write-ahead log lost transactions that had been acknowledged, looked at before SQLite opens it.

SQLite reads its log up to the first frame whose checksum is wrong and takes what follows for the rest of a transaction
that never ended. That is right after a power cut, where the last transaction may lie there in part. It is wrong for a
damaged frame in the middle: whole transactions follow, each of which was on the disk before the next one began, and
SQLite would drop them without a word. They are told apart here by what follows: two commits or more in the same
generation of the log cannot be the rest of one transaction (the format: sqlite.org/fileformat2.html, section 4).
"""

import struct
from dataclasses import dataclass
from pathlib import Path

HEADER_BYTES, FRAME_BYTES = 32, 24
MAGICS = {0x377F0682: "<", 0x377F0683: ">"}
# A torn last transaction leaves at most one commit behind the frame that is wrong.
UNFINISHED_MAX = 1
BYTES_MAX = 400_000_000


@dataclass(frozen=True)
class Cut:
    """Where a log is damaged: the number of its first bad frame (0: its head), and how many commits follow it."""

    frame: int
    commits: int


def cut_of(database: Path) -> Cut | None:
    """Where the log beside `database` is damaged so that acknowledged transactions would be lost; None where it is not.

    A log that a server writes to meanwhile is looked at as it is; one that was begun anew meanwhile tells nothing.
    """
    log = database.with_name(f"{database.name}-wal")
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
    step, sums, salted = FRAME_BYTES + page_bytes, (first, second), struct.pack(">2I", *salts)
    bad, commits = 0, 0
    for number, at in enumerate(range(HEADER_BYTES, len(content) - step + 1, step), 1):
        own = content[at + 8 : at + 16] == salted
        if not bad:
            sums = _summed(content[at : at + 8], order, sums)
            sums = _summed(content[at + FRAME_BYTES : at + step], order, sums)
            if own and struct.unpack_from(">2I", content, at + 16) == sums:
                continue
            bad = number
        if own and content[at + 4 : at + 8] != bytes(4):
            commits += 1
    return Cut(bad, commits) if commits > UNFINISHED_MAX else None


def _without_head(content: bytes) -> Cut | None:
    """A head that is none: it is written whole before the first frame, so frames of one generation were complete."""
    page_bytes = next((size for size in map(lambda power: 1 << power, range(9, 17)) if _fits(content, size)), 4_096)
    step = FRAME_BYTES + page_bytes
    commits = sum(
        content[at + 4 : at + 8] != bytes(4) for at in range(HEADER_BYTES, len(content) - step + 1, step)
    )
    return Cut(0, commits) if commits else None


def _fits(content: bytes, page_bytes: int) -> bool:
    """Whether frames with pages of this size bear the same salt one after the other."""
    step = FRAME_BYTES + page_bytes
    first = content[HEADER_BYTES + 8 : HEADER_BYTES + 16]
    return len(content) >= HEADER_BYTES + 2 * step and content[HEADER_BYTES + step + 8 : HEADER_BYTES + step + 16] == first


def _summed(part: bytes, order: str, sums: tuple[int, int]) -> tuple[int, int]:
    """SQLite's checksum, gone on with over `part`."""
    one, two = sums
    words = struct.unpack(f"{order}{len(part) // 4}I", part)
    for place in range(0, len(words), 2):
        one = (one + words[place] + two) & 0xFFFFFFFF
        two = (two + words[place + 1] + one) & 0xFFFFFFFF
    return one, two
