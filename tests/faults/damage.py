"""Damaging a SQLite file on purpose, one page of a kind at a time."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path

PAGE = 4_096


def pages_of(file: Path, name: str, kind: str) -> list[int]:
    """The pages of a table or an index: `leaf`, `internal` or `overflow`."""
    with closing(sqlite3.connect(file)) as link:
        asked = "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = ? ORDER BY path"
        found = [page for (page,) in link.execute(asked, (name, kind))]
    assert found, f"{name} has {kind} pages"
    return found


def free_pages(file: Path) -> list[int]:
    """Give the file some free pages, and say where the first trunk of their list lies."""
    with closing(sqlite3.connect(file)) as link:
        link.execute("CREATE TABLE for_a_moment (content)")
        link.executemany("INSERT INTO for_a_moment VALUES (?)", [("x" * 3_000,)] * 400)
        link.commit()
        link.execute("DROP TABLE for_a_moment")
        link.commit()
        link.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    trunk = int.from_bytes(file.read_bytes()[32:36], "big")
    assert trunk
    return [trunk]


def scribble(file: Path, page: int, first: int = 0, count: int = PAGE) -> None:
    """Write nonsense over a page, or a part of it."""
    with file.open("r+b") as opened:
        opened.seek((page - 1) * PAGE + first)
        opened.write(random.Random(page).randbytes(count))


def blank(file: Path, page: int) -> None:
    """As after a disk that gave back a sector of zeros."""
    with file.open("r+b") as opened:
        opened.seek((page - 1) * PAGE)
        opened.write(bytes(PAGE))


def turned(file: Path, at: int) -> None:
    """Turn over one byte."""
    with file.open("r+b") as opened:
        opened.seek(at)
        (byte,) = opened.read(1)
        opened.seek(at)
        opened.write(bytes([byte ^ 0x5A]))
