"""What a process over PostgreSQL remembers from one transaction to the next, although others write beside it.

Every change to an audited table stands in the ledger, under the name of the table, and entries become visible in their
order: who appends holds the end of the chain until the commit. So a transaction that has read which tables the entries
up to the newest one wrote to knows which answers still hold at that moment, as if it had just asked. Commands hold the
end of the chain from their beginning, so they look once; whoever does not looks again after everything that may have
waited for somebody else. What a transaction wrote itself, and tables outside the ledger, are never shared.
"""

import threading
from collections.abc import Callable, Set
from functools import lru_cache
from typing import Any

from cellchain.kernel.values import dataclass
from cellchain.platform.known import KNOWN_MAX, MISSING, Known, Source
from cellchain.platform.statements import AUDITED, Prepared


@dataclass(frozen=True)
class News:
    """The ledger up to its newest entry: for each entry since the one that was asked about, the tables it wrote to.

    `written` is None where that is not known: too much has happened, or the ledger ends before that entry.
    """

    upto: int
    written: tuple[tuple[int, frozenset[str]], ...] | None


@dataclass(frozen=True, slots=True)
class Held:
    """An answer, the audited tables it was read from, and an entry that was there before it was read."""

    answer: Any
    tables: frozenset[str]
    since: int


class Memory:
    """The answers of one process over one database."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[tuple[Source, Any], Held] = {}
        self._written: dict[str, int] = {}  # the newest entry known to have written to a table
        self._from = 0  # what was read before this entry is void
        self.upto = 0
        self.era = 0  # how often everything was forgotten: what was read in an earlier one is not kept

    def learn(self, news: News, era: int) -> None:
        """The ledger goes on up to `news.upto`."""
        with self._lock:
            if era != self.era:
                return
            if news.written is None:
                self._held.clear()
                self._written.clear()
                # Never back: who was told of later entries meanwhile trusts what is held to be no older than they are.
                self._from = self.upto = max(self.upto, news.upto)
                return
            for seq, tables in news.written:
                for table in tables:
                    self._written[table] = max(seq, self._written.get(table, 0))
            self.upto = max(self.upto, news.upto)

    def held(self, source: Source, asked: Any, era: int) -> Held | None:
        """What is remembered, if no entry since wrote to a table that it was read from."""
        with self._lock:
            found = self._held.get((source, asked))
            if found is None or found.since < self._from or era != self.era:
                return None
            written = self._written
            return found if all(written.get(table, 0) <= found.since for table in found.tables) else None

    def keep(self, source: Source, asked: Any, held: Held, era: int) -> None:
        """Remember an answer. Which entries came since it was read is looked at when it is asked for."""
        with self._lock:
            if era != self.era:
                return
            if len(self._held) >= KNOWN_MAX:
                self._held.clear()
            self._held[source, asked] = held

    def forget(self) -> None:
        """A connection is opened anew: what its server says may come from a copy that ends earlier."""
        with self._lock:
            self._held.clear()
            self._written.clear()
            self.upto = 0
            self.era += 1


class AmongWriters(Known):
    """The answers of one transaction on PostgreSQL, its own and those of the process.

    news  asks the database, inside this transaction, what came after an entry
    """

    def __init__(self, memory: Memory, news: Callable[[int], News]) -> None:
        super().__init__()
        self._memory = memory
        self._news = news
        self._era = memory.era
        self._at: int | None = None  # the entry up to which the ledger is known, unless something waited since
        self._ends_the_chain = False  # until the commit nobody else appends
        self._loose: dict[Source, dict[Any, Any]] = {}  # the answers that rest on tables outside the ledger

    def told(self, source: Source, asked: Any) -> Any:
        """What is known of it, or MISSING."""
        known = super().told(source, asked)
        if known is not MISSING or (isinstance(source, Prepared) and not self._may_share(source.words)):
            return known
        if self._at is None:
            self._catch_up()
        held = self._memory.held(source, asked, self._era)
        if held is None or not held.tables.isdisjoint(self._written):
            return MISSING
        self.read(held.tables)
        super().keep(source, asked, held.answer, held.tables)
        return held.answer

    def keep(self, source: Source, asked: Any, answer: Any, words: Set[str]) -> None:
        """Remember it for this transaction, and for others where the ledger tells when it ends to hold."""
        super().keep(source, asked, answer, words)
        if not _audited(frozenset(words)):
            self._loose[source] = self._answers[source]
        if self._at is not None and self._may_share(words):
            self._memory.keep(source, asked, Held(answer, _audited(frozenset(words)), self._at), self._era)

    def hold(self) -> None:
        """This transaction holds the end of the chain: what audited tables say now stands until it writes there."""
        self._catch_up()
        self._ends_the_chain = True

    def waited(self) -> None:
        """Others may have committed meanwhile; while the end of the chain is held here, outside the ledger alone."""
        if self._ends_the_chain:
            for answers in self._loose.values():
                self._count -= len(answers)
                answers.clear()
        else:
            self.forget()
            self._at = None

    def _may_share(self, words: Set[str]) -> bool:
        """Whether all that is read is in the ledger, and nothing of it was written to in this transaction."""
        tables = _audited(frozenset(words))
        return bool(tables) and tables.isdisjoint(self._written)

    def _catch_up(self) -> None:
        self._era = self._memory.era
        news = self._news(self._memory.upto)
        self._memory.learn(news, self._era)
        self._at = news.upto


@lru_cache(maxsize=10_000)
def _audited(words: frozenset[str]) -> frozenset[str]:
    """The tables among the words of a statement; none where one of them is outside the ledger."""
    found = words & AUDITED.keys()
    return frozenset(found) if all(AUDITED[name] for name in found) else frozenset()
