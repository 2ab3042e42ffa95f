"""An embedded database whose disk is full, read-only or damaged, in words: what happened, what people do meanwhile.

SQLite raises much that is a fault of ours as well (a misspelled statement); only what is the machine's is told as such.
What a PostgreSQL server that is away means is said in `db` and in `ledger/transactions`.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from cellchain.kernel.errors import Unavailable

CHECKED_BYTES_MAX = 50_000_000
CHECKED_CACHE_KIB = 1_024
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


def fault_of(error: BaseException | None) -> Unavailable | None:
    """What an error of SQLite says about its file, or None where the file is not to blame."""
    original = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(original, sqlite3.Error):
        return None
    code = getattr(original, "sqlite_errorcode", sqlite3.SQLITE_OK) & _PRIMARY
    if code in _DAMAGED:
        return _damaged()
    if code == sqlite3.SQLITE_FULL:
        return Unavailable(
            "database.full",
            "The disk of the database is full. Nothing was done. Work on paper until an administrator has made room.",
        )
    if code == sqlite3.SQLITE_READONLY:
        return Unavailable(
            "database.read_only",
            "The database can only be read now. Nothing was done. Work on paper until an administrator has seen to it.",
        )
    if code not in _AWAY:
        return None
    return Unavailable(
        "database.unavailable", "The database cannot take entries now. Nothing was done. Tell an administrator."
    )


@contextmanager
def told() -> Iterator[None]:
    """Raises Unavailable in place of an error of SQLite that is its file's."""
    try:
        yield
    except (sqlite3.Error, DBAPIError) as error:
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
        # Every page is read once. None is kept, neither now nor in a connection that waits for the next question.
        link.exec_driver_sql(f"PRAGMA cache_size = {-CHECKED_CACHE_KIB}")
        found = link.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        link.invalidate()
    if found != "ok":
        raise _damaged()


def _damaged() -> Unavailable:
    return Unavailable(
        "database.damaged",
        "The database is damaged. Nothing was done. Work on paper, and let an administrator run cellchain verify.",
    )
