"""A database whose disk is full, read-only or damaged, in words: what happened, what people do meanwhile.

Drivers raise much that is a fault of ours as well (a misspelled statement); only what is the machine's is told as such.
What a PostgreSQL server that is away means is said in `db` and in `ledger/transactions`.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from cellchain.kernel.errors import Unavailable
from cellchain.platform import pages

# What the drivers raise, by themselves and through SQLAlchemy.
DRIVERS: tuple[type[Exception], ...] = (sqlite3.Error, psycopg.Error, DBAPIError)
_PRIMARY = 0xFF
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_NO_TEXT = "Could not decode to UTF-8"  # Python's own words: no code of SQLite's
_DAMAGED_THERE = (psycopg.errors.DataCorrupted, psycopg.errors.IndexCorrupted, psycopg.errors.UndefinedFile)
_AWAY = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)


def fault_of(error: BaseException | None) -> Unavailable | None:
    """What an error of a driver says about the files of its database, or None where these are not to blame."""
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, psycopg.Error):
        return _fault_of_server(original)
    if not isinstance(original, sqlite3.Error):
        return None
    code = getattr(original, "sqlite_errorcode", sqlite3.SQLITE_OK) & _PRIMARY
    if code in _DAMAGED or _NO_TEXT in str(original):
        return _damaged()
    if code == sqlite3.SQLITE_FULL:
        return _full()
    if code == sqlite3.SQLITE_READONLY:
        return Unavailable(
            "database.read_only",
            "The database can only be read now. Nothing was done. Work on paper until an administrator has seen to it.",
        )
    if code not in _AWAY:
        return None
    return _unavailable()


def _fault_of_server(error: psycopg.Error) -> Unavailable | None:
    """The same of PostgreSQL: a page whose checksum is wrong, a file that is gone, a disk that is full or broken."""
    if isinstance(error, _DAMAGED_THERE):
        return _damaged()
    if isinstance(error, psycopg.errors.DiskFull):
        return _full()
    return _unavailable() if isinstance(error, psycopg.errors.IoError) else None


def in_words(error: Exception) -> str:
    """What a driver says about damage, in a line; of anything else its kind, because a message may repeat a value."""
    if isinstance(error, Unavailable):
        return str(error.text)
    original = error.orig if isinstance(error, DBAPIError) else error
    return type(original).__name__ if fault_of(error) is None else str(original).splitlines()[0]


@contextmanager
def told() -> Iterator[None]:
    """Raises Unavailable in place of an error of a driver that is its files'."""
    try:
        yield
    except DRIVERS as error:
        fault = fault_of(error)
        if fault is None:
            raise
        raise fault from error


def ensure_readable(engine: Engine) -> None:
    """Raises Unavailable `database.pages_damaged` where pages of an embedded database do not fit together.

    Looked at before anything is served, in files that are read in a second; `cellchain doctor` looks at any.
    """
    file = Path(engine.url.database or "")
    if engine.dialect.name != "sqlite" or not file.is_file():
        return
    found = [] if file.stat().st_size > pages.CHECKED_BYTES_MAX else pages.look(file)
    if found:
        raise Unavailable(
            "database.pages_damaged",
            "The database is damaged. {what}. Nothing was done. Work on paper, keep the folder as it is, and put the "
            "last backup back.",
            what=found[0].text,
        )
    with told(), engine.connect() as link:
        # What a crash left in the log goes into the file first: a second crash then finds a log of one generation.
        link.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        link.invalidate()  # no page of it is kept in a connection that waits for the next question


def _full() -> Unavailable:
    return Unavailable(
        "database.full",
        "The disk of the database is full. Nothing was done. Work on paper until an administrator has made room.",
    )


def _unavailable() -> Unavailable:
    return Unavailable(
        "database.unavailable", "The database cannot take entries now. Nothing was done. Tell an administrator."
    )


def _damaged() -> Unavailable:
    return Unavailable(
        "database.damaged",
        "The database is damaged. Nothing was done. Work on paper, and let an administrator run cellchain verify.",
    )
