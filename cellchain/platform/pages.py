"""Which pages of an SQLite file do not fit together, and whose they are: SQLite's own check, asked table by table.

SQLite keeps no checksum of a page. Its check finds what does not fit: a page that is none, a branch that leads nowhere,
an index that says other than its table. A value that was changed and fits is for replay to find (ledger/replay).
"""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

from cellchain.kernel.values import dataclass

# Stands where a table's name would, for what belongs to none: the head of the file, its list of tables, its free pages.
FILE = "the file"
# A file of this size is looked through in less than a second: before serving, and each time that verify runs.
CHECKED_BYTES_MAX = 50_000_000
SHOWN_MAX = 5
# What the check says of values whose pages fit: replay names row and column.
_OF_VALUE = re.compile(r"CHECK constraint failed|(NULL|NUMERIC|TEXT|non-\w+) value in")
_OF_INDEX = re.compile(r"(?:missing from|in) index (\S+)$")


class Link(Protocol):
    """A connection to SQLite."""

    def execute(self, sql: str, /) -> Any: ...


@dataclass(frozen=True)
class Damage:
    """What is wrong with one table, in a sentence without its point.

    table  whose pages they are; FILE where they are no table's
    torn   pages do not fit together; False where an index says other than its table, or a value is none of its column
    """

    table: str
    message: str
    torn: bool = True

    @property
    def text(self) -> str:
        """The table and what is wrong with it."""
        return f"{self.table}: {self.message}"


def look(file: Path) -> list[Damage]:
    """What does not fit in the database `file`, whoever else uses it meanwhile; nothing where everything fits."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True)) as link:
            link.execute("PRAGMA query_only = ON")
            return list(damage(link))
    except sqlite3.Error as error:
        return [Damage(FILE, f"it cannot be read ({error})")]


def damage(link: Link) -> Iterator[Damage]:
    """What does not fit, the file's own pages first, then the tables by name. Nothing where everything fits."""
    whole = _lines(link, "integrity_check")
    if whole == ["ok"]:
        return
    try:
        listed = link.execute("SELECT name, tbl_name FROM sqlite_schema ORDER BY name").fetchall()
    except sqlite3.Error as error:
        where = "its head" if _is_none(error) else "the list of its tables, which begins on page 1,"
        yield Damage(FILE, f"{where} is damaged, so nothing in it can be read ({error})")
        return
    broken = _broken_pages(link)
    found: list[Damage] = []
    for table in dict.fromkeys(table for _, table in listed):
        own = [(name, page) for name, page in broken if (name, table) in listed]
        found += _of_table(link, table, own)
    free = [line for line in whole if "freelist" in line]
    if free:
        message = "the list of its free pages is damaged: no record is lost by that, and the next entry may be refused"
        yield Damage(FILE, f"{message} ({_shown(free)})")
    elif not found:
        yield Damage(FILE, f"its pages do not fit together ({_shown(whole)})")
    yield from found


def _of_table(link: Link, table: str, broken: list[tuple[str, int]]) -> Iterator[Damage]:
    """What the check of one table says: its damaged pages, or each index that says something else than it."""
    lines = [line for line in _lines(link, "quick_check", table) if line != "ok"]
    values = [line for line in lines if _OF_VALUE.match(line)]
    torn = [line for line in lines if line not in values]
    if broken:
        which = ", ".join(f"page {page} ({_owner(name, table)})" for name, page in broken[:SHOWN_MAX])
        more = f" and {len(broken) - SHOWN_MAX} more" if len(broken) > SHOWN_MAX else ""
        only_indexes = all(name != table for name, _ in broken)
        held = "stands in the table too" if only_indexes else "is not to be had from this file"
        yield Damage(table, f"{which}{more} cannot be read; what was there {held}")
    elif torn:
        yield Damage(table, f"its pages or those of an index of it do not fit together ({_shown(torn)})")
    elif values:
        yield Damage(table, f"a row holds what its column does not take ({_shown(values)})", torn=False)
    else:
        indexes = Counter(found[1] for found in map(_OF_INDEX.search, _lines(link, "integrity_check", table)) if found)
        for index, count in sorted(indexes.items()):
            places = "one place" if count == 1 else f"{count} places"
            yield Damage(table, f"its index {index} says other than the table, in {places} at least", torn=False)


def _broken_pages(link: Link) -> list[tuple[str, int]]:
    """The pages that are none, each with the name of its table or index, where this SQLite was built to say so."""
    try:
        found = link.execute("SELECT name, pageno FROM dbstat WHERE pagetype = 'corrupted' ORDER BY pageno")
        return [(str(name), int(page)) for name, page in found]
    except sqlite3.Error:
        return []


def _owner(name: str, table: str) -> str:
    return "of the table" if name == table else f"of its index {name}"


def _lines(link: Link, check: str, table: str = "") -> list[str]:
    """What SQLite's check says: `ok`, or a line for each thing that is wrong."""
    lines: list[str] = []
    try:
        for (text,) in link.execute(f"PRAGMA {check}('{_quoted(table)}')" if table else f"PRAGMA {check}"):
            lines += [line.strip() for line in text.splitlines() if not line.startswith("***")]
    except sqlite3.Error as error:
        lines.append(str(error))
    return lines


def _shown(lines: list[str]) -> str:
    more = f"; {len(lines) - 1} more" if len(lines) > 1 else ""
    return f"{lines[0]}{more}" if lines else "nothing is told"


def _quoted(name: str) -> str:
    return name.replace("'", "''")


def _is_none(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_NOTADB
