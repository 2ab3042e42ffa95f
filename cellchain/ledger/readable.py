"""What can still be read of a damaged table: every row whose pages are whole, in the order in which they lie.

Indexes are left aside, because one may be damaged while its table is not. SQLite is read from both ends up to the
damage, so rows between two damaged places are not reached. PostgreSQL is read page by page.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Table

from cellchain.ledger import stored
from cellchain.platform.db import Database, Link


class Readable:
    """The rows of `table`, its columns `names`. `faults` says afterwards what could not be read, once a place."""

    def __init__(self, database: Database, link: Link, table: Table, names: Sequence[str]) -> None:
        self._database, self._link, self._table, self._names = database, link, table, names
        self.faults: list[str] = []

    def __iter__(self) -> Iterator[Sequence[Any]]:
        return self._of_sqlite() if self._database.is_sqlite else self._of_postgresql()

    def _of_sqlite(self) -> Iterator[Sequence[Any]]:
        yield from self._until_damage("ASC")
        if self.faults:
            yield from self._until_damage("DESC")

    def _until_damage(self, direction: str) -> Iterator[Sequence[Any]]:
        columns = ", ".join(f'"{name}"' for name in self._names)
        sql = f'SELECT {columns} FROM "{self._table.name}" NOT INDEXED ORDER BY rowid {direction}'  # noqa: S608
        link: Any = self._link
        link.text_factory = lambda text: text.decode(errors="replace")
        try:
            yield from link.execute(sql)
        except sqlite3.Error as error:
            self.faults.append(str(error))
        finally:
            link.text_factory = str

    def _of_postgresql(self) -> Iterator[Sequence[Any]]:
        link: Any = self._link
        size = "SELECT pg_relation_size(%s) / current_setting('block_size')::bigint"
        (blocks,) = link.execute(size, (self._table.name,)).fetchone()
        columns = stored.columns_as_text(self._database, self._table, self._names)
        sql = f'SELECT {columns} FROM "{self._table.name}" WHERE ctid >= %s::tid AND ctid < %s::tid'  # noqa: S608
        for block in range(blocks):
            try:
                with stored.attempt(link):
                    rows = link.execute(sql, (f"({block},0)", f"({block + 1},0)")).fetchall()
            except stored.DriverError as error:
                self.faults.append(str(error).splitlines()[0])
            else:
                yield from rows
