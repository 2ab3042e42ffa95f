"""Answers that still hold: what was asked of the database, until a table that the question reads is written to.

The one connection that writes to SQLite sees every write of this process, and hears of those of others (`data_version`)
before it reads. What it was told therefore stays true until then, from one command to the next: whether a lot is
released is asked at each check of a bag and changes twice in its life. On PostgreSQL others write meanwhile unseen, so
there answers last until the transaction itself writes or waits.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from cellchain.platform.statements import Prepared

# How many answers are kept: beyond that all are let go, which costs a moment.
KNOWN_MAX = 5_000
# How long a list among them may be.
KNOWN_ROWS_MAX = 50
Question = Callable[..., Any]


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
        self._worked_out: dict[Question, dict[Any, Any]] = {}
        self._words: dict[Question, set[str]] = {}  # of everything that a question ever asked the database
        self._trail: list[set[str]] = []  # the words read so far by each question that is being worked out

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

    # -- answers worked out of rows ------------------------------------------------------------------------------------

    @property
    def works_out(self) -> bool:
        """Whether an answer is being worked out that will be kept: then nothing but rows may decide it."""
        return bool(self._trail)

    def read(self, words: Iterable[str]) -> None:
        """Somebody is told what stands in the tables among `words`, from the database or from here."""
        if self._trail:
            self._trail[-1].update(words)

    def worked_out(self, question: Question) -> dict[Any, Any]:
        """What is known of a question of a room's own: answers by what it was asked about."""
        found = self._worked_out.get(question)
        if found is None:
            found = self._worked_out[question] = {}
            self._words[question] = set()
        elif self._trail:
            self._trail[-1] |= self._words[question]
        return found

    @contextmanager
    def working_out(self, question: Question) -> Iterator[None]:
        """Everything that is read inside belongs to `question`, and to those that asked it."""
        trail: set[str] = set()
        self._trail.append(trail)
        try:
            yield
        finally:
            self._trail.pop()
            self.read(trail)
            words = self._words.setdefault(question, set())
            if not trail <= words:
                words |= trail
                self._readers.clear()

    def keep_worked_out(self, question: Question, asked: Any, answer: Any) -> None:
        """Remember what came of it."""
        if self._count >= KNOWN_MAX:
            self.forget()
        self._count += 1
        self._worked_out.setdefault(question, {})[asked] = answer

    # -- letting go ----------------------------------------------------------------------------------------------------

    def wrote(self, table: str) -> None:
        """A table is written to: what was read from it is let go."""
        self._written.add(table)
        readers = self._readers.get(table)
        if readers is None:
            readers = [answers for prepared, answers in self._answers.items() if table in prepared.words]
            readers += [self._worked_out[one] for one, words in self._words.items() if table in words]
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
        for known in (self._answers, self._worked_out):
            for answers in known.values():
                answers.clear()
        self._count = 0
