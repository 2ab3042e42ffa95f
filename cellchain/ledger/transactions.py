"""The connections that write, and BEGIN … COMMIT on them. For `ledger.run` alone.

SQLite has one, held for life under the process's mutex. PostgreSQL has as many as there are commands at once; one that
its server left behind is thrown away, and a command that lost its server says which of three things happened: nothing
was begun, nothing was done, or nobody can know yet.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, cast

import psycopg

from cellchain.kernel.errors import Busy
from cellchain.platform.away import fault_of
from cellchain.platform.db import AWAY, CONTENTION, RETRY_S, Database, Link, away
from cellchain.platform.engine import BUSY_MS
from cellchain.platform.pace import Pace, slow

# So long a command waits for the one connection of SQLite that writes: others are being saved to a slow disk.
PATIENCE_S = 5.0


class Links:
    """`forget` is called when what was remembered of the chain's end no longer holds; `foreign` when another process
    wrote to SQLite."""

    def __init__(
        self, database: Database, pace: Pace, *, forget: Callable[[], None], foreign: Callable[[], None]
    ) -> None:
        self._database = database
        self._pace = pace
        self._forget = forget
        self._foreign = foreign
        self._mutex = threading.Lock()
        self._one: Link | None = None
        self._idle: list[Link] = []  # on PostgreSQL, connections between two commands
        self._seen_version: int | None = None

    def transaction(self) -> AbstractContextManager[Link]:
        """BEGIN, the block, COMMIT; ROLLBACK if it raises.

        On PostgreSQL raises Busy `database.away` where the server cannot be reached, or vanished before COMMIT, Busy
        `database.unknown` where it vanished during COMMIT, and Unavailable where its files are to blame. On SQLite
        raises Unavailable `database.slow` where those before it take too long.
        """
        return self._on_sqlite() if self._database.is_sqlite else self._on_postgresql()

    def is_free(self, within_s: float) -> bool:
        """Whether the connection of SQLite is to be had at once, or so soon."""
        free = self._mutex.acquire(timeout=within_s)
        if free:
            self._mutex.release()
        return free

    def close(self) -> None:
        """Close the connections that write. On SQLite everything then stands in the one file that people copy."""
        with self._mutex:
            links = [*self._idle, *([self._one] if self._one is not None else [])]
            self._idle, self._one = [], None
        for link in links:
            if self._database.is_sqlite:
                with suppress(sqlite3.Error):  # a damaged file is for verify to name
                    link.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cast(Any, link).close()

    def remove_traces(self) -> None:
        """Empty SQLite's write-ahead log, which still holds what was erased; next time, if somebody reads from it."""
        with self._mutex, suppress(sqlite3.Error):
            if self._one is not None:
                self._one.execute("PRAGMA busy_timeout = 0")
                busy = self._one.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
                self._database.holds_traces = bool(busy)
                self._one.execute(f"PRAGMA busy_timeout = {BUSY_MS}")

    # -- SQLite --------------------------------------------------------------------------------------------------------

    @contextmanager
    def _on_sqlite(self) -> Iterator[Link]:
        if not self._mutex.acquire(timeout=PATIENCE_S):
            raise slow()
        try:
            if self._one is None:
                self._one = self._database.write_link()
                self._seen_version = None  # another connection counts from elsewhere
            link = self._one
            link.execute("BEGIN IMMEDIATE")
            self._database.known.begun()
            try:
                self._notice_foreign_writes(link)
                yield link
                with self._pace.measured():
                    link.execute("COMMIT")
            except BaseException:
                self._database.known.undone()
                self._forget()
                with suppress(sqlite3.Error):
                    link.execute("ROLLBACK")
                raise
        finally:
            self._mutex.release()

    def _notice_foreign_writes(self, link: Link) -> None:
        """Another process wrote: what this one remembers of the chain and of people is old."""
        version = link.execute("PRAGMA data_version").fetchone()[0]
        if version != self._seen_version:
            self._seen_version = version
            self._database.known.forget()
            self._foreign()

    # -- PostgreSQL ----------------------------------------------------------------------------------------------------

    @contextmanager
    def _on_postgresql(self) -> Iterator[Link]:
        link = self._begun()
        committing = False
        try:
            with self._database.knowing(link):
                yield link
            committing = True
            with self._pace.measured():
                link.execute("COMMIT")
        except BaseException as error:
            with suppress(psycopg.Error):
                link.execute("ROLLBACK")
            fault = fault_of(error)
            if fault is not None:
                raise fault from error
            if not isinstance(error, AWAY) or isinstance(error, CONTENTION):
                raise
            raise (_unknown() if committing else away()) from error
        finally:
            self._give_back(link)

    def _begun(self) -> Link:
        """A connection with its transaction begun. Those that lay idle while their server ended are thrown away."""
        try:
            while (idle := self._borrow()) is not None:
                try:
                    idle.execute("BEGIN")
                except AWAY:
                    cast(Any, idle).close()
                else:
                    return idle
            link = self._database.write_link()
            self._database.memory.forget()
            link.execute("BEGIN")
        except AWAY as error:
            raise away() from error
        return link

    def _borrow(self) -> Link | None:
        with self._mutex:
            return self._idle.pop() if self._idle else None

    def _give_back(self, link: Link) -> None:
        connection = cast(Any, link)
        if connection.closed or connection.broken:
            return
        with self._mutex:
            self._idle.append(link)


def _unknown() -> Busy:
    """COMMIT was sent and no answer came. Whoever repeats the request under its id gets its answer or its effect once,
    whichever of the two happened."""
    return Busy(
        "database.unknown",
        "The connection to the database broke while this was being saved, so it may be recorded or not. "
        "Send it again as it is: it is done once in any case.",
        seconds=RETRY_S,
    )
