"""What processes over PostgreSQL remember from one transaction to the next is what the database says at that moment,
however transactions of several processes lie in one another."""

import random
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cellchain.kernel.clock import SimulatedClock
from cellchain.platform import shared
from cellchain.platform.db import Database, ReadTx
from cellchain.platform.sealing import Sealer
from cellchain.platform.shared import Memory, News
from cellchain.platform.write import WriteTx
from tests.platform.conftest import KEY, START
from tests.platform.tables import TABLES, Note, Parcel, parcel
from tests.platform.test_known import OF_NAME, answers, weight_of
from tests.platform.test_transactions import Counting
from tests.support import postgres as servers
from tests.support.campaign import times

NAMES = ("books", "plates", "books", "lamp")


class Teller:
    """One of several transactions, one after another, on a connection of some process. It changes its own parcel."""

    def __init__(self, database: Database, own: int) -> None:
        self.database, self.own = database, own
        self.link: Any = database.write_link()
        self.tx: WriteTx | None = None
        self.holds = False
        self._knowing: Any = None

    def begin(self) -> WriteTx:
        if self.tx is None:
            self.link.execute("BEGIN")
            self._knowing = self.database.knowing(self.link)
            self._knowing.__enter__()
            self.tx = WriteTx(self.database, self.link, now=START)
        return self.tx

    def look(self) -> None:
        """Be told, and so remember, whatever may be asked."""
        answers(self.begin())

    def hold(self) -> None:
        """As a command does, before anything else: nobody else appends until this transaction ends."""
        tx = self.begin()
        self.link.execute("SELECT seq FROM shelf_head FOR UPDATE")
        tx._known.waited()
        tx.hold_end()
        self.holds = True

    def compare(self) -> None:
        """At this moment, what is told is what somebody is told who remembers nothing."""
        tx = self.begin()
        tx._ahead.clear()
        tx._known.waited()
        assert answers(tx) == answers(ReadTx(self.database, self.link))

    def change(self, weight: int) -> None:
        tx = self.begin()
        tx.change(tx.lock(Parcel, self.own), weight_g=weight)

    def take_back(self, weight: int) -> None:
        tx = self.begin()
        self.link.execute("SAVEPOINT here")
        inner = WriteTx(self.database, self.link, now=START)  # as the runner does: one for each command
        inner.change(inner.lock(Parcel, self.own), weight_g=weight + 500)
        answers(inner)
        self.link.execute("ROLLBACK TO SAVEPOINT here")
        tx._known.undone()

    def commit(self) -> None:
        """As the runner does: the end of the ledger is held from its entry to the commit."""
        if self.tx is None:
            return
        if self.tx.changes:
            tables = ",".join(sorted({str(cast(Any, one)["table"]) for one in self.tx.changes}))
            seq = self.link.execute("SELECT seq FROM shelf_head FOR UPDATE").fetchone()[0] + 1
            self.link.execute("INSERT INTO shelf_entry VALUES (%s, %s)", (seq, tables))
            self.link.execute("UPDATE shelf_head SET seq = %s", (seq,))
        self._end("COMMIT")

    def give_up(self) -> None:
        if self.tx is not None:
            self._end("ROLLBACK")

    def _end(self, how: str) -> None:
        self._knowing.__exit__(None, None, None)
        self.link.execute(how)
        self.tx, self.holds = None, False


def news(link: Any, seq: int) -> News:
    """What the entries after one wrote to; nobody knows where there are many."""
    upto = link.execute("SELECT seq FROM shelf_head").fetchone()[0]
    rows = link.execute("SELECT seq, tables FROM shelf_entry WHERE seq > %s AND seq <= %s", (seq, upto)).fetchall()
    known = upto >= seq and len(rows) <= 3
    return News(upto, tuple((number, frozenset(told.split(","))) for number, told in rows) if known else None)


@pytest.fixture
def shelf(postgres: servers.Postgres) -> Iterator[str]:
    """A database with four parcels and a ledger of its own."""
    url = postgres.fresh_database()
    database = opened(url)
    for table in TABLES:
        table.create(database.engine)
    link: Any = database.write_link()
    link.execute("CREATE TABLE shelf_head (seq bigint)")
    link.execute("CREATE TABLE shelf_entry (seq bigint PRIMARY KEY, tables text)")
    link.execute("INSERT INTO shelf_head VALUES (0)")
    for name in NAMES:
        WriteTx(database, link, now=START).add(parcel(name=name, weight_g=1))
    link.close()
    database.close()
    yield url
    postgres.drop(url)


def opened(url: str) -> Database:
    made = Database(url, clock=SimulatedClock(START), sealer=Sealer(KEY, random.Random(1).randbytes))
    made.news = news
    return made


@pytest.fixture
def tellers(shelf: str) -> Iterator[list[Teller]]:
    """Two transactions of one process, and two of another."""
    one, other = opened(shelf), opened(shelf)
    made = [Teller(one, 1), Teller(one, 2), Teller(other, 3), Teller(other, 4)]
    yield made
    for teller in made:
        with suppress(Exception):
            teller.give_up()
        teller.link.close()
    one.close()
    other.close()


ACTS = st.tuples(
    st.integers(0, 3),
    st.sampled_from(["look", "look", "compare", "change", "take back", "commit", "commit", "give up", "hold", "renew"]),
    st.integers(2, 9),
)


@settings(max_examples=times(40), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(story=st.lists(ACTS, max_size=25))
def test_what_is_shared_is_what_the_database_says(tellers: list[Teller], story: list[tuple[int, str, int]]) -> None:
    for who, act, weight in story:
        teller = tellers[who]
        waits = any(other.holds for other in tellers if other is not teller)  # who appends waits for who holds the end
        match act:
            case "look":
                teller.look()
            case "hold" | "commit" if waits:
                pass
            case "hold":
                teller.hold()
            case "change":
                teller.change(weight)
            case "take back":
                teller.take_back(weight)
            case "commit":
                teller.commit()
            case "give up":
                teller.give_up()
            case "renew":
                teller.database.memory.forget()
            case _:
                teller.compare()
    for teller in tellers:
        teller.compare()
        teller.give_up()


def asked(teller: Teller) -> int:
    """How often the table itself is asked, where a whole transaction asks one question."""
    counting = Counting(teller.link)
    tx = teller.begin()
    tx._link = cast(Any, counting)
    weight_of(tx, "books")
    tx._link = teller.link
    teller.commit()
    return len([sql for sql in counting.asked if "shelf_parcel" in sql])


def test_the_next_transaction_is_told_without_asking_until_somebody_writes(tellers: list[Teller]) -> None:
    mine, beside, other, _ = tellers
    assert [asked(mine), asked(mine), asked(beside), asked(other), asked(other)] == [1, 0, 0, 1, 0]
    other.change(7)
    assert asked(mine) == 0, "what is not committed is nobody else's"
    other.commit()
    assert [asked(mine), asked(beside)] == [1, 0]
    for _ in range(5):
        mine.change(mine.own + 40)
        mine.give_up()
    assert asked(beside) == 0, "what was given up never was"


def test_who_holds_the_end_of_the_chain_looks_once(tellers: list[Teller]) -> None:
    """Its own writes let go of what they touch, and what lies outside the ledger is asked for after every write."""
    mine, _, other, _ = tellers
    mine.hold()
    counting = Counting(mine.link)
    tx = mine.begin()
    tx._link = cast(Any, counting)
    assert (weight_of(tx, "lamp"), tx.find(Note, 1)) == (1, None)
    WriteTx(other.database, other.link, now=START).add_outside(Note, {"id": 1, "said": "new"})
    assert tx.find(Note, 1) is None, "read before anything was waited for"
    tx.change(tx.lock(Parcel, mine.own), weight_g=30)
    assert (weight_of(tx, "books"), weight_of(tx, "lamp"), tx.get(Note, 1).said) == (31, 1, "new")
    tx.change(tx.lock(Parcel, mine.own), weight_g=31)
    assert weight_of(tx, "books") == 32
    assert not [sql for sql in counting.asked if "shelf_entry" in sql], "what others appended was asked for at the hold"
    mine.commit()
    assert asked(other) == 1


def test_what_one_wrote_itself_is_for_nobody_else_until_it_is_committed(tellers: list[Teller]) -> None:
    mine, beside, *_ = tellers
    mine.change(50)
    assert weight_of(mine.begin(), "books") == 51
    assert weight_of(beside.begin(), "books") == 2
    mine.give_up()
    beside.give_up()
    assert weight_of(beside.begin(), "books") == 2


def test_after_much_has_happened_everything_is_asked_anew(tellers: list[Teller]) -> None:
    mine, _, other, _ = tellers
    assert asked(mine) == 1
    for weight in range(10, 15):
        other.change(weight)
        other.commit()
    assert asked(mine) == 1
    mine.compare()


def test_a_ledger_that_ends_earlier_lets_go_of_everything() -> None:
    """A copy took over that never had the last entries."""
    memory = Memory()
    memory.learn(News(8, ((8, frozenset({"a"})),)), memory.era)
    memory.keep("question", (), shared.Held("told", frozenset({"b"}), 8), memory.era)  # type: ignore[arg-type]
    assert memory.held("question", (), memory.era) is not None  # type: ignore[arg-type]
    memory.learn(News(6, None), memory.era)
    assert memory.held("question", (), memory.era) is None  # type: ignore[arg-type]
    memory.keep("question", (), shared.Held("told", frozenset({"b"}), 6), memory.era)  # type: ignore[arg-type]
    assert memory.held("question", (), memory.era) is None  # type: ignore[arg-type]


def test_who_knows_less_takes_nothing_back() -> None:
    """One transaction learned of entry 107; another, that looked before, says that much had happened up to 105."""
    memory = Memory()
    memory.learn(News(107, ((107, frozenset({"a"})),)), memory.era)
    memory.learn(News(105, None), memory.era)
    memory.keep("question", (), shared.Held("old", frozenset({"a"}), 105), memory.era)  # type: ignore[arg-type]
    assert memory.held("question", (), memory.era) is None  # type: ignore[arg-type]
    assert memory.upto == 107


def test_what_was_read_before_a_connection_was_renewed_is_not_kept() -> None:
    memory = Memory()
    era = memory.era
    memory.forget()
    memory.keep("question", (), shared.Held("told", frozenset({"b"}), 8), era)  # type: ignore[arg-type]
    memory.learn(News(9, ((9, frozenset({"a"})),)), era)
    assert memory.held("question", (), memory.era) is None  # type: ignore[arg-type]
    assert memory.upto == 0


def test_rows_that_are_locked_are_asked_for_each_time(tellers: list[Teller]) -> None:
    mine, *_ = tellers
    held = mine.database.statements(OF_NAME.with_for_update())
    assert not held.shares
