"""What the connection that writes to SQLite remembers is what the database would say, whatever happened in between."""

import random
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.kernel.clock import SimulatedClock
from cellchain.kernel.errors import InvariantBroken
from cellchain.ledger.transactions import Links
from cellchain.platform.db import Database, ReadTx, kept
from cellchain.platform.known import KNOWN_MAX, MISSING, Known
from cellchain.platform.pace import Pace
from cellchain.platform.sealing import Sealer
from cellchain.platform.write import Counter, WriteTx
from tests.platform.conftest import KEY, START
from tests.platform.tables import TABLES, Note, Parcel, parcel
from tests.platform.test_transactions import Counting
from tests.support.campaign import times

OF_NAME = select(Parcel.id, Parcel.weight_g).where(col(Parcel.name) == bindparam("name")).order_by(col(Parcel.id))
HEAVY = select(Parcel).where(col(Parcel.weight_g) > bindparam("weight_g")).order_by(col(Parcel.id))
OPENED = select(Parcel.contents).where(col(Parcel.id) == bindparam("id_"))
PEOPLE = ("books", "plates")


class GivenUp(Exception):
    """A transaction that ends without its commit."""


class Shelves:
    """A database with one connection that writes, as the runner holds it, and another process beside it."""

    def __init__(self, folder: str) -> None:
        self.file = Path(folder) / "shelf.db"
        sealer = Sealer(KEY, random.Random(1).randbytes)
        self.database = Database(f"sqlite:///{self.file}", clock=SimulatedClock(START), sealer=sealer)
        for table in TABLES:
            table.create(self.database.engine)
        self.links = Links(self.database, Pace(1, lambda _: None), forget=lambda: None, foreign=lambda: None)
        with self.links.transaction() as link:
            for name in PEOPLE:
                self.tx(link).add(parcel(name=name, weight_g=1))

    def tx(self, link: Any) -> WriteTx:
        return WriteTx(self.database, link, now=START)

    def close(self) -> None:
        self.links.close()
        self.database.close()

    def elsewhere(self, weight: int) -> None:
        """Another process changes a parcel."""
        with closing(sqlite3.connect(self.file)) as other, other:
            other.execute("UPDATE shelf_parcel SET weight_g = ? WHERE id = 1", (weight,))


@kept
def weight_of(tx: ReadTx, name: str) -> int:
    """Worked out of rows of one table."""
    return sum(weight for _, weight in tx.every(OF_NAME, name=name))


@kept
def summary(tx: ReadTx, name: str, number: int) -> tuple[Any, ...]:
    """Worked out of another question, of structured data, and of a counter; its way depends on what it finds."""
    heavy = weight_of(tx, name) > 5
    counted = tx.find(Counter, "shelf_parcel") if heavy else None
    opened = tx.one(OPENED, id_=number)
    return heavy, None if counted is None else counted.value, None if opened is None else tuple(sorted(opened))


def answers(tx: ReadTx) -> list[Any]:
    """Everything that may be asked here, told as plain values."""
    found: list[Any] = [tx.find(Counter, "shelf_parcel"), tx.find(Note, 1)]
    found += [tx.find(Parcel, number) for number in (1, 2, 3)]
    plain = [None if one is None else one.model_dump() for one in found]
    for name in PEOPLE:
        plain += [tx.one(OF_NAME, name=name), tx.every(OF_NAME, name=name)]
        plain += [summary(tx, name, 1), weight_of(tx, name), summary(tx, name, 2)]
    return [*plain, [one.model_dump() for one in tx.every(HEAVY, weight_g=2)], tx.every(OPENED, id_=1)]


def told(tx: WriteTx) -> None:
    """Remembered answers are those that the connection gives to somebody who remembers nothing."""
    assert answers(tx) == answers(ReadTx(tx._database, tx._link))


def act(shelves: Shelves, link: Any, what: str, weight: int) -> None:
    tx = shelves.tx(link)
    match what:
        case "ask":
            told(tx)
        case "change":
            tx.change(tx.lock(Parcel, 1 + weight % 2), weight_g=weight)
        case "add":
            tx.add(parcel(name=PEOPLE[weight % 2], weight_g=weight))
        case "many":
            tx.add_all([parcel(name=PEOPLE[weight % 2], weight_g=weight) for _ in range(2)])
        case "note":
            tx.add_outside(Note, {"id": tx.next_value("note"), "said": "seen"})
        case "count":
            tx.next_value("shelf_parcel_other")
        case "undo":
            link.execute("SAVEPOINT here")
            tx.change(tx.lock(Parcel, 1), weight_g=weight + 50, contents={"a": [weight]})
            told(shelves.tx(link))
            link.execute("ROLLBACK TO SAVEPOINT here")
            shelves.database.known.undone()
            link.execute("RELEASE SAVEPOINT here")
        case _:
            raise GivenUp
    told(shelves.tx(link))


ACTS = st.tuples(
    st.sampled_from(["ask", "change", "add", "many", "note", "count", "undo", "give up"]), st.integers(0, 9)
)
STORIES = st.lists(st.one_of(st.lists(ACTS, max_size=4), st.integers(100, 110)), max_size=6)


@settings(max_examples=times(40))
@given(story=STORIES)
def test_what_is_remembered_is_what_the_database_says(story: list[Any]) -> None:
    """Transactions of several acts, taken back in part or whole, with another process writing between them."""
    with tempfile.TemporaryDirectory() as folder, closing(Shelves(folder)) as shelves:
        for transaction in story:
            if isinstance(transaction, int):
                shelves.elsewhere(transaction)
                continue
            with suppress(GivenUp), shelves.links.transaction() as link:
                told(shelves.tx(link))
                for what, weight in transaction:
                    act(shelves, link, what, weight)
        with shelves.links.transaction() as link:
            told(shelves.tx(link))


def test_a_question_is_asked_once_over_several_transactions(tmp_path: Path) -> None:
    with closing(Shelves(str(tmp_path))) as shelves:
        asked = []
        for _ in range(3):
            with shelves.links.transaction() as link:
                tx, counting = shelves.tx(link), Counting(link)
                tx._link = counting
                answers(tx)
                tx.add_outside(Note, {"id": tx.next_value("note"), "said": "seen"})
            asked.append([sql for sql in counting.asked if "shelf_parcel" in sql and sql.startswith("SELECT")])
        documents = [sql for sql in asked[1] if "contents" in sql]
        assert len(asked[0]) > len(asked[1]) == len(asked[2])
        assert documents == asked[1]  # open structured data could be changed by whoever asked


def test_a_row_with_open_data_is_nobody_elses(tmp_path: Path) -> None:
    with closing(Shelves(str(tmp_path))) as shelves:
        with shelves.links.transaction() as link:
            tx = shelves.tx(link)
            tx.change(tx.lock(Parcel, 1), contents={"a": [1]})
        with shelves.links.transaction() as link:
            shelves.tx(link).get(Parcel, 1).contents["a"].append(2)
        with shelves.links.transaction() as link:
            assert shelves.tx(link).get(Parcel, 1).contents == {"a": [1]}


def test_another_connection_begins_without_memory(tmp_path: Path) -> None:
    with closing(Shelves(str(tmp_path))) as shelves:
        with shelves.links.transaction() as link:
            answers(shelves.tx(link))
        shelves.links.close()
        shelves.elsewhere(77)
        shelves.database._writer_taken = False
        with shelves.links.transaction() as link:
            told(shelves.tx(link))


def test_it_is_bounded(tmp_path: Path) -> None:
    known = Known()
    with closing(Shelves(str(tmp_path))) as shelves:
        prepared = shelves.database.statements(OF_NAME)
        for number in range(KNOWN_MAX + 1):
            known.keep(prepared, (number,), number, prepared.words)
    assert [number for number in range(KNOWN_MAX + 1) if known.told(prepared, (number,)) is not MISSING] == [KNOWN_MAX]


# -- answers that a room works out ------------------------------------------------------------------------------------


def asked_how_often(question: Any) -> tuple[Any, list[tuple[Any, ...]]]:
    """The question, kept, and what it was worked out for."""
    worked: list[tuple[Any, ...]] = []

    def noted(tx: ReadTx, *asked: Any) -> Any:
        worked.append(asked)
        return question(tx, *asked)

    return kept(noted), worked


def test_an_answer_is_worked_out_once_until_something_that_it_read_is_written_to(tmp_path: Path) -> None:
    total, worked = asked_how_often(lambda tx, name: sum(weight for _, weight in tx.every(OF_NAME, name=name)))
    outer, outside = asked_how_often(lambda tx: total(tx, "books") + total(tx, "plates"))
    with closing(Shelves(str(tmp_path))) as shelves:
        for _ in range(2):
            with shelves.links.transaction() as link:
                assert outer(shelves.tx(link)) == 2
                shelves.tx(link).add_outside(Note, {"id": shelves.tx(link).next_value("note"), "said": "seen"})
        assert (len(outside), len(worked)) == (1, 2), "a note is of another table"
        with shelves.links.transaction() as link:
            tx = shelves.tx(link)
            tx.change(tx.lock(Parcel, 1), weight_g=7)
            assert outer(tx) == 8, "the outer answer rests on what the inner one read"
        shelves.elsewhere(11)
        with shelves.links.transaction() as link:
            assert outer(shelves.tx(link)) == 12, "another process wrote"
        assert len(outside) == 3


def test_an_outer_answer_rests_on_what_an_inner_one_remembered(tmp_path: Path) -> None:
    """The inner question was worked out long before, for somebody else: its tables count all the same."""
    total, _ = asked_how_often(lambda tx, name: sum(weight for _, weight in tx.every(OF_NAME, name=name)))
    outer, _ = asked_how_often(lambda tx: total(tx, "books"))
    with closing(Shelves(str(tmp_path))) as shelves, shelves.links.transaction() as link:
        tx = shelves.tx(link)
        assert (total(tx, "books"), outer(tx)) == (1, 1)
        tx.change(tx.lock(Parcel, 1), weight_g=9)
        assert outer(tx) == 9


def test_what_was_read_before_a_fault_counts_for_whoever_caught_it(tmp_path: Path) -> None:
    def refusing(tx: ReadTx) -> int:
        if tx.one(OF_NAME, name="books")[1] == 1:
            raise GivenUp
        return 1

    inner = kept(refusing)

    def catching(tx: ReadTx) -> str:
        with suppress(GivenUp):
            inner(tx)
            return "given"
        return "refused"

    outer = kept(catching)
    with closing(Shelves(str(tmp_path))) as shelves, shelves.links.transaction() as link:
        tx = shelves.tx(link)
        assert outer(tx) == "refused"
        tx.change(tx.lock(Parcel, 1), weight_g=2)
        assert outer(tx) == "given"


@pytest.mark.parametrize(
    ("question", "why"),
    [
        (lambda tx: tx.now, "clock"),
        (lambda tx: tx.today, "clock"),
        (lambda tx: tx.clock_step, "clock"),
        (lambda tx: tx.lock(Parcel, 1), "reading alone"),
        (lambda tx: tx.add(parcel(name="books", weight_g=1)), "reading alone"),
    ],
)
def test_an_answer_that_is_kept_reads_rows_and_nothing_else(tmp_path: Path, question: Any, why: str) -> None:
    with closing(Shelves(str(tmp_path))) as shelves, suppress(GivenUp), shelves.links.transaction() as link:
        tx = shelves.tx(link)
        with pytest.raises(InvariantBroken, match=why):
            kept(question)(tx)
        assert tx.now == START, "whoever asks afterwards may look at the clock again"
        raise GivenUp


def test_what_an_answer_is_asked_for_is_given_by_place(tmp_path: Path) -> None:
    """A name would be left out of what the answer is remembered by."""
    with closing(Shelves(str(tmp_path))) as shelves, shelves.links.transaction() as link:
        tx = shelves.tx(link)
        with pytest.raises(InvariantBroken, match="by place"):
            weight_of(tx, name="books")
