"""Whose turn it is: of all processes over one database, one prints, mails and signs checkpoints at a time."""

from contextlib import suppress
from typing import Any, cast

import psycopg

from cellchain.platform.db import AWAY, Database, Link

# The numbers of advisory locks are the product's own; `ledger.foundation` has another one.
DUTIES = 0x64757479


class Turn:
    """A lock that PostgreSQL gives to one connection, and takes from it when that connection ends.

    SQLite has one process, so there it is always its turn. A holder that is cut off learns of it at its next look,
    while another may hold the turn already: what must not be done twice is therefore claimed row by row as well.
    """

    def __init__(self, database: Database, number: int = DUTIES) -> None:
        self._database = database
        self._number = number
        self._link: Link | None = None
        self._held = False

    def taken(self) -> bool:
        """Whether it is this process's turn now; takes it where it is free."""
        if self._database.is_sqlite:
            return True
        try:
            if self._link is None:
                self._link = self._database.write_link()
            asked = "SELECT true" if self._held else f"SELECT pg_try_advisory_lock({self._number})"
            self._held = bool(self._link.execute(asked).fetchone()[0])
        except AWAY:
            self.give_back()
        return self._held

    def give_back(self) -> None:
        """Let another process have it."""
        link, self._link, self._held = self._link, None, False
        if link is not None:
            with suppress(psycopg.Error):
                cast(Any, link).close()
