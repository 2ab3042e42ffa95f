"""The same rows in the other database: from PostgreSQL into one SQLite file, and back into an empty PostgreSQL.

A chain folds to one root on both (tests/contract/test_both_databases.py), so a backup needs one form alone, is checked
without a second server, needs no programs of PostgreSQL, and outlives its versions (docs/decisions/0037).
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Table
from sqlmodel import SQLModel

from cellchain.kernel.ensure import ensure
from cellchain.kernel.errors import Refused
from cellchain.ledger import foundation, stored
from cellchain.platform.db import Database
from cellchain.platform.files import PRIVATE, flush_file

ROWS_AT_ONCE = 2_000


def to_sqlite(database: Database, target: Path) -> None:
    """Copy every row of one snapshot of PostgreSQL into `target`, a new SQLite database.

    Raises Refused `backup.behind` where the schema is older than this program.
    """
    if foundation.pending_revisions(database):
        raise Refused(
            "backup.behind",
            "The database is behind this program, which could not restore it. Run cellchain migrate first, or back up "
            "with the version that serves.",
        )
    target.touch(mode=PRIVATE, exist_ok=False)
    made = Database(f"sqlite:///{target}", clock=database.clock, sealer=database.sealer)
    try:
        foundation.make_schema(made)
    finally:
        made.close()
    with stored.snapshot(database) as source, closing(sqlite3.connect(target, isolation_level=None)) as link:
        link.execute("PRAGMA foreign_keys = OFF")
        link.execute("BEGIN")
        for table in SQLModel.metadata.sorted_tables:
            marks = ", ".join("?" for _ in table.columns)
            insert = f"INSERT INTO {table.name} ({_columns(table)}) VALUES ({marks})"  # noqa: S608
            for rows in _batches(stored.raw_rows(database, source, table)):
                link.executemany(insert, rows)
        dangling = link.execute("PRAGMA foreign_key_check").fetchall()
        ensure(not dangling, f"every reference holds in a copy: {dangling[:5]}")
        link.execute("COMMIT")
        link.execute("PRAGMA journal_mode = DELETE")
    flush_file(target)


def to_postgresql(copy: Database, database: Database) -> None:
    """Copy every row of an SQLite database at head into an empty PostgreSQL one: all of them, or none.

    Raises Refused `database.founded` where a ledger is there already.
    """
    foundation.make_schema(database)
    with stored.snapshot(copy) as source, database.engine.begin() as connection:
        link = cast(Any, connection.connection.driver_connection)
        for table in SQLModel.metadata.sorted_tables:
            with link.cursor().copy(f"COPY {table.name} ({_columns(table)}) FROM STDIN") as target:
                for row in stored.raw_rows(copy, source, table):
                    target.write_row(row)


def _columns(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns)


def _batches(rows: Iterable[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    held = iter(rows)
    while batch := list(islice(held, ROWS_AT_ONCE)):
        yield batch
