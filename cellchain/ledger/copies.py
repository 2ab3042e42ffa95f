"""Copies of an SQLite database: taken while others write to it, and held against the original before they count."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from cellchain.kernel.canonical import moment
from cellchain.kernel.ensure import ensure
from cellchain.ledger import stored, verify
from cellchain.platform.db import Database
from cellchain.platform.files import PRIVATE, flush_file, flush_folder


def copy_database(source: Path, target: Path) -> None:
    """Copy the database `source` to `target`, a file that is not there yet, in one snapshot and in one file.

    All pages are copied in one step: with a write-ahead log that is one reading transaction, and nobody waits for it.
    """
    target.touch(mode=PRIVATE, exist_ok=False)
    with (
        closing(sqlite3.connect(_address(source), uri=True)) as reading,
        closing(sqlite3.connect(target, isolation_level=None)) as writing,
    ):
        reading.execute("PRAGMA busy_timeout = 10000")
        reading.execute("PRAGMA query_only = ON")
        reading.backup(writing, pages=-1)
        writing.execute("PRAGMA journal_mode = DELETE")  # one file, with no log beside it
    flush_file(target)


def copy_before_migration(database: Database, revision: str) -> Path:
    """Put a checked copy beside an SQLite database whose schema is about to change to `revision`; says where it lies.

    Checked: every page is sound, and the chain of the copy is whole and ends where that of the database ends.
    """
    source = Path(database.engine.url.database or "")
    stamp = moment(database.clock.now()).replace(":", "").replace("-", "")[:15]
    place = source.with_name(f"{source.stem}.before-{revision}.{stamp}Z.db")
    unfinished = place.with_name(f".{place.name}.tmp")
    unfinished.unlink(missing_ok=True)
    try:
        copy_database(source, unfinished)
        _check(database, unfinished)
        unfinished.replace(place)
        flush_folder(place.parent)
    finally:
        with suppress(FileNotFoundError):
            unfinished.unlink()
    return place


def _address(place: Path) -> str:
    """A database that has to be there: nothing is made where it is not."""
    return f"{place.absolute().as_uri()}?mode=rw"


def _check(database: Database, copy: Path) -> None:
    with closing(sqlite3.connect(_address(copy), uri=True)) as link:
        found = link.execute("PRAGMA integrity_check(1)").fetchone()
    ensure(found == ("ok",), f"a copy before a migration is sound: {found}")
    beside = Database(f"sqlite:///{copy}", clock=database.clock, sealer=database.sealer)
    try:
        ensure(_end(beside) == _end(database), "a copy before a migration holds the whole chain")
    finally:
        beside.close()


def _end(database: Database) -> tuple[int, str]:
    """How many entries the chain has, and their root."""
    with stored.snapshot(database) as link:
        chain = verify.check_chain(stored.entries(database, link), read=stored.read_bodies)
    return chain.entries, chain.root
