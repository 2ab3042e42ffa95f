"""A database that is away, full, read-only or damaged, in words: what happened, and what people do meanwhile.

Drivers raise much that is a fault of ours as well (a misspelled statement); only what is the machine's is told as such.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from cellchain.kernel.errors import Unavailable

DRIVER_ERRORS: tuple[type[Exception], ...] = (sqlite3.Error, psycopg.Error, DBAPIError)
CHECKED_BYTES_MAX = 50_000_000
_PRIMARY = 0xFF
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
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


def fault_of(error: BaseException) -> Unavailable | None:
    """What a driver's error says about the database, or None where the database is not to blame."""
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, sqlite3.Error):
        return _of_sqlite(original)
    return _of_postgres(original) if isinstance(original, psycopg.Error) else None


@contextmanager
def told() -> Iterator[None]:
    """Raises Unavailable in place of a driver's error that is the database's own."""
    try:
        yield
    except DRIVER_ERRORS as error:
        fault = fault_of(error)
        if fault is None:
            raise
        raise fault from error


def ensure_readable(engine: Engine) -> None:
    """Raises Unavailable `database.damaged` where pages of an embedded database do not fit together.

    Looked at before anything is served, in files that are read in a second; `cellchain verify` reads everything.
    """
    file = Path(engine.url.database or "")
    if engine.dialect.name != "sqlite" or not file.is_file() or file.stat().st_size > CHECKED_BYTES_MAX:
        return
    with told(), engine.connect() as link:
        found = link.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    if found != "ok":
        raise _damaged()


def unavailable() -> Unavailable:
    """The database is not there, or does not answer."""
    return Unavailable(
        "database.unavailable", "The database cannot take entries now. Nothing was done. Tell an administrator."
    )


def answer_lost() -> Unavailable:
    """The connection broke over the commit: the request id tells at the next attempt whether it was done."""
    return Unavailable(
        "database.answer_lost",
        "The database went away before it answered, so it is not known whether this was done. Send it again as it is: "
        "it is done once.",
    )


def _of_sqlite(error: sqlite3.Error) -> Unavailable | None:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & _PRIMARY
    if code in _DAMAGED:
        return _damaged()
    if code == sqlite3.SQLITE_FULL:
        return _full()
    if code == sqlite3.SQLITE_READONLY:
        return _read_only()
    return unavailable() if code in _AWAY else None


def _of_postgres(error: psycopg.Error) -> Unavailable | None:
    if isinstance(error, psycopg.errors.DataCorrupted | psycopg.errors.IndexCorrupted):
        return _damaged()
    if isinstance(error, psycopg.errors.DiskFull):
        return _full()
    if isinstance(error, psycopg.errors.ReadOnlySqlTransaction):
        return _read_only()
    return unavailable() if isinstance(error, psycopg.OperationalError) else None


def _damaged() -> Unavailable:
    return Unavailable(
        "database.damaged",
        "The database is damaged. Nothing was done. Work on paper, and let an administrator run cellchain verify.",
    )


def _full() -> Unavailable:
    return Unavailable(
        "database.full",
        "The disk of the database is full. Nothing was done. Work on paper until an administrator has made room.",
    )


def _read_only() -> Unavailable:
    return Unavailable(
        "database.read_only",
        "The database can only be read now. Nothing was done. Work on paper until an administrator has seen to it.",
    )
