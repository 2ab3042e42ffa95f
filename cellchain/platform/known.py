"""Answers that still hold: what was asked of the database, until a table that the question reads is written to.

The one connection that writes to SQLite sees every write of this process, and hears of those of others (`data_version`)
before it reads. What it was told therefore stays true until then, from one command to the next: whether a lot is
released is asked at each check of a bag and changes twice in its life. On PostgreSQL several write side by side, and
each transaction has answers of its own (`platform/shared.py` says what they have in common).
"""

from collections.abc import Callable, Iterable, Iterator, Set
from contextlib import contextmanager
from typing import Any, Final

from cellchain.platform.statements import Prepared

# How many answers are kept: beyond that all are let go, which costs a moment.
KNOWN_MAX = 5_000
# How long a list among them may be.
KNOWN_ROWS_MAX = 50
MISSING: Final = object()
Question = Callable[..., Any]
Source = Prepared | Question


class Known:
    """Answers by source, a statement or a room's own question, and by what it was given.

    A row is shared by all who ask, so it must be one that nobody can change: statements that read open structured data
    (`Prepared.shares`) are not kept here beyond a transaction.
    """

    def __init__(self) -> None:
        self._answers: dict[Source, dict[Any, Any]] = {}
        # Of a source: the name of every table that it ever read is among these words.
        self._words: dict[Source, Set[str]] = {}
        self._readers: dict[str, list[dict[Any, Any]]] = {}  # of a table: the answers that read it
        self._written: set[str] = set()  # tables that this transaction wrote to
        self._trail: list[set[str]] = []  # the words read so far by each question that is being worked out
        self._count = 0

    # -- asking --------------------------------------------------------------------------------------------------------

    def told(self, source: Source, asked: Any) -> Any:
        """What is known of it, or MISSING."""
        answers = self._answers.get(source)
        if answers is None:
            return MISSING
        if self._trail:
            self._trail[-1].update(self._words[source])
        return answers.get(asked, MISSING)

    def keep(self, source: Source, asked: Any, answer: Any, words: Set[str]) -> None:
        """Remember an answer that was read from the tables among `words`."""
        if self._count >= KNOWN_MAX:
            self.forget()
        answers = self._answers.get(source)
        if answers is None:
            answers = self._answers[source] = {}
            self._words[source] = words
            self._readers.clear()
        elif not words <= self._words[source]:  # a question whose way depends on what it finds
            self._words[source] = self._words[source] | words
            self._readers.clear()
        self._count += 1
        answers[asked] = answer

    # -- answers worked out of rows ------------------------------------------------------------------------------------

    @property
    def works_out(self) -> bool:
        """Whether an answer is being worked out that will be kept: then nothing but rows may decide it."""
        return bool(self._trail)

    def read(self, words: Iterable[str]) -> None:
        """Somebody is told what stands in the tables among `words`, from the database or from here."""
        if self._trail:
            self._trail[-1].update(words)

    @contextmanager
    def working_out(self) -> Iterator[set[str]]:
        """The words of everything that is read inside; they count for whoever asked as well, even if it raises."""
        trail: set[str] = set()
        self._trail.append(trail)
        try:
            yield trail
        finally:
            self._trail.pop()
            self.read(trail)

    # -- letting go ----------------------------------------------------------------------------------------------------

    def wrote(self, table: str) -> None:
        """A table is written to: what was read from it is let go."""
        self._written.add(table)
        readers = self._readers.get(table)
        if readers is None:
            readers = [self._answers[source] for source, words in self._words.items() if table in words]
            self._readers[table] = readers
        for answers in readers:
            self._count -= len(answers)
            answers.clear()

    def waited(self) -> None:
        """A statement may have waited until somebody else had committed."""
        self.forget()

    def hold(self) -> None:
        """Nobody else writes to audited tables until this transaction ends."""

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


class SoleWriter(Known):
    """The answers of the one connection that writes to SQLite: nobody else is let in while it does."""

    def waited(self) -> None:
        """It never does."""
