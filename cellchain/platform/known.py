"""Answers that still hold: what was asked of the database, until a table that the question reads is written to.

The one connection that writes to SQLite sees every write of this process, and hears of those of others (`data_version`)
before it reads. What it was told therefore stays true until then, from one command to the next: whether a lot is
released is asked at each check of a bag and changes twice in its life. On PostgreSQL others write meanwhile unseen, so
there answers last until the transaction itself writes or waits.
"""

from typing import Any

from cellchain.platform.statements import Prepared

# How many answers are kept: beyond that all are let go, which costs a moment.
KNOWN_MAX = 5_000
# How long a list among them may be.
KNOWN_ROWS_MAX = 50


class Known:
    """Answers by statement and by what it was given.

    A row is shared by all who ask, so it must be one that nobody can change: statements that read open structured data
    (`Prepared.shares`) are not kept here beyond a transaction.
    """

    def __init__(self) -> None:
        self._answers: dict[Prepared, dict[Any, Any]] = {}
        self._readers: dict[str, list[dict[Any, Any]]] = {}  # of a table: the answers that read it
        self._written: set[str] = set()  # tables that this transaction wrote to
        self._count = 0

    def about(self, prepared: Prepared) -> dict[Any, Any]:
        """What is known of a statement: answers by its parameters."""
        found = self._answers.get(prepared)
        if found is None:
            found = self._answers[prepared] = {}
            self._readers.clear()
        return found

    def keep(self, prepared: Prepared, values: Any, answer: Any) -> None:
        """Remember an answer."""
        if self._count >= KNOWN_MAX:
            self.forget()
        self._count += 1
        self.about(prepared)[values] = answer

    def wrote(self, table: str) -> None:
        """A table is written to: what was read from it is let go."""
        self._written.add(table)
        readers = self._readers.get(table)
        if readers is None:
            readers = [answers for prepared, answers in self._answers.items() if table in prepared.words]
            self._readers[table] = readers
        for answers in readers:
            self._count -= len(answers)
            answers.clear()

    def undone(self) -> None:
        """What this transaction wrote was taken back, in part or whole, so what was read after it never was."""
        for table in tuple(self._written):
            self.wrote(table)

    def begun(self) -> None:
        """A transaction begins."""
        self._written.clear()

    def forget(self) -> None:
        """Somebody else wrote, and nobody knows where."""
        for answers in self._answers.values():
            answers.clear()
        self._count = 0
