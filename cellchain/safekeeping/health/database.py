"""The database: whether it is sound, takes entries, and has the schema and the guards of this program."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from cellchain.kernel.errors import CellchainError, Refused
from cellchain.ledger import foundation, roles
from cellchain.ledger.append import last_position
from cellchain.main import Installation
from cellchain.platform import pages
from cellchain.platform.db import Database
from cellchain.safekeeping.health.lines import Line, ago, bad, ok, warn

SQLITE_MIN = (3, 37, 0)  # RETURNING, and integrity checks of what we use
STEP_BACK_MAX = timedelta(seconds=2)
# What makes an acknowledged entry survive a crash of the machine.
LASTING = ("fsync", "full_page_writes", "synchronous_commit")


def engine(database: Database) -> Iterator[Line]:
    """The engine's version and whether its files are sound."""
    if database.is_sqlite:
        yield _sqlite_version()
        yield _sqlite_pages(Path(database.engine.url.database or ""))
    else:
        yield from _postgresql(database)


def schema(database: Database) -> Iterator[Line]:
    """Whether the schema is at head and every trigger is there. Nothing else can be asked where it is not founded."""
    pending = foundation.pending_revisions(database)
    if pending:
        yield bad("schema", f"{len(pending)} revisions behind.", "Run cellchain migrate.")
    else:
        yield ok("schema", "at head")
    try:
        foundation.ensure_guarded(database)
        yield ok("guards", "every trigger that keeps the ledger append-only is there")
    except Refused as error:
        yield bad("guards", str(error.text), "")


def chain(installation: Installation) -> Iterator[Line]:
    """Where the chain ends, and whether the clock stands before its last entry."""
    database = installation.database
    with database.read() as tx:
        head = last_position(tx)
        now = tx.now
    last = "" if head.at is None else f", the last {ago(now - head.at)} ago"
    yield ok("ledger", f"{head.seq} entries{last}")
    if head.at is not None and head.at > now + STEP_BACK_MAX:
        yield bad(
            "time",
            f"the clock stands {ago(head.at - now)} before the last entry.",
            "Set the clock right before anybody works: expiry goes by it.",
        )


def writable(installation: Installation) -> Line:
    """Whether an entry could be written now: the lock is taken and given back."""
    try:
        installation.runner.outside(lambda _tx: None)
    except (CellchainError, DBAPIError, sqlite3.Error) as error:
        return bad("writing", f"no entry can be written: {error}.", "Look at the disk and at who holds the database.")
    return ok("writing", "entries can be written")


def _sqlite_version() -> Line:
    if sqlite3.sqlite_version_info < SQLITE_MIN:
        return bad("SQLite", f"version {sqlite3.sqlite_version} is too old.", "Install Python with a newer SQLite.")
    return ok("SQLite", f"version {sqlite3.sqlite_version}")


def _sqlite_pages(place: Path) -> Line:
    found = [one.text for one in pages.look(place)]
    try:
        with closing(sqlite3.connect(f"{place.absolute().as_uri()}?mode=rw", uri=True)) as link:
            link.execute("PRAGMA query_only = ON")
            found += [f"a reference of {row[0]} leads nowhere" for row in link.execute("PRAGMA foreign_key_check")]
    except sqlite3.Error as error:
        found.append(str(error))
    if not found:
        return ok("pages", "every page is sound")
    more = f"; {len(found) - 1} more" if len(found) > 1 else ""
    return bad("pages", f"{found[0]}{more}.", "Stop the server, keep the folder as it is, and restore the last backup.")


def _postgresql(database: Database) -> Iterator[Line]:
    with database.engine.connect() as connection:

        def shown(name: str) -> str:
            return str(connection.exec_driver_sql(f"SHOW {name}").scalar())

        yield ok("PostgreSQL", f"version {shown('server_version')}")
        unsafe = [name for name in LASTING if shown(name) == "off"]
        checksums = shown("data_checksums")
        wrong = connection.exec_driver_sql("SELECT coalesce(sum(checksum_failures), 0) FROM pg_stat_database").scalar()
    if unsafe:
        yield bad(
            "lasting", f"{', '.join(unsafe)} is off: a crash may lose what was acknowledged.", "Switch it on again."
        )
    else:
        yield ok("lasting", "what was acknowledged survives a crash")
    more = roles.too_much(database)
    if more:
        yield bad("role", more[0], "Serve with the application role: cellchain migrate makes it.")
    else:
        yield ok("role", "the role that serves cannot change the ledger")
    if wrong:
        yield bad(
            "pages",
            f"{wrong} pages that the server read had another checksum than they were written with.",
            "Run cellchain verify, look into the server's log for their tables, and at the disk.",
        )
    elif checksums == "off":
        yield warn("pages", "the server keeps no checksums of its pages.", "Run pg_checksums --enable when it is down.")
    else:
        yield ok("pages", "the server keeps checksums of its pages")
