"""Reading and writing on both databases: what each transaction may do, and what every write leaves behind."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest
from sqlmodel import col, select

from cellchain.kernel.errors import CellchainError, InvariantBroken, NotFound, Stale
from cellchain.platform.db import Database, ReadTx
from cellchain.platform.statements import among, code_list
from cellchain.platform.write import Counter, WriteTx
from tests.platform.conftest import START, Writing
from tests.platform.tables import COUNT, HEAVIER, NAMES, PARCELS, Note, Parcel, Phase, parcel

AMONG = select(Parcel.name).where(among(col(Parcel.name)))
AT = datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC)


def test_what_was_added_is_read_back_as_it_was(database: Database, writing: Writing) -> None:
    full = {"sent_at": AT, "due_on": date(2026, 3, 9), "contents": {"a": [1, "ё", None]}, "fragile": True}
    with writing() as tx:
        stored = tx.add(parcel(**full, sender="Ann", receiver="Bob", word="sesame"))
    with database.read() as tx:
        found = tx.get(Parcel, 1)
    assert stored.model_dump() == found.model_dump()
    assert (found.sent_at, found.due_on, found.contents, found.phase) == (
        AT,
        date(2026, 3, 9),
        full["contents"],
        "shut",
    )
    assert (found.sender, found.receiver, found.word) == ("Ann", "Bob", "sesame")


def test_reading(database: Database, writing: Writing) -> None:
    with writing() as tx:
        for weight in (1, 2, 3):
            tx.add(parcel(name=f"p{weight}", weight_g=weight))
    with database.read() as tx:
        assert tx.find(Parcel, 9) is None
        with pytest.raises(NotFound):
            tx.get(Parcel, 9)
        assert [one.weight_g for one in tx.every(HEAVIER, weight_g=1)] == [2, 3]
        assert [one.weight_g for one in tx.many(PARCELS, limit=2)] == [1, 2]
        assert tx.one(PARCELS) == tx.get(Parcel, 1)
        assert tx.one(HEAVIER, weight_g=3) is None
        assert tx.every(NAMES)[0] == ("p1", Phase.SHUT)
        assert tx.one(COUNT) == 3
        assert tx.now == START


class Counting:
    """A driver connection that notes what it is asked."""

    def __init__(self, link: Any) -> None:
        self.link = link
        self.asked: list[str] = []

    def execute(self, sql: str, *parameters: Any) -> Any:
        self.asked.append(sql)
        return self.link.execute(sql, *parameters)


def test_a_question_is_asked_once_until_something_is_written(writing: Writing) -> None:
    with writing() as tx:
        tx.add(parcel())
        counting: Any = Counting(tx._link)
        tx._link = counting
        for _ in range(3):
            assert tx.get(Parcel, 1).weight_g == 1_000
            assert tx.find(Parcel, 2) is None
            assert [one.id for one in tx.every(HEAVIER, weight_g=5)] == [1]
        assert tx.every(HEAVIER, weight_g=1_000) == []
        assert len(counting.asked) == 4
        tx.every(HEAVIER, weight_g=5).clear()
        assert len(tx.every(HEAVIER, weight_g=5)) == 1
        tx.change(tx.lock(Parcel, 1), weight_g=4)
        tx.add(parcel())
        assert tx.get(Parcel, 1).weight_g == 4
        assert tx.get(Parcel, 2).weight_g == 1_000
        assert [one.id for one in tx.every(HEAVIER, weight_g=5)] == [2]


def test_what_was_locked_is_read_anew(database: Database, writing: Writing) -> None:
    """Who waited for a lock sees what the other one wrote, also where it was asked before."""
    with writing() as tx:
        tx.add(parcel())
    if database.is_sqlite:
        return  # its one writer never waits for another
    with writing() as tx:
        assert tx.get(Parcel, 1).weight_g == 1_000
        other: Any = database.write_link()
        other.execute("UPDATE shelf_parcel SET weight_g = 7 WHERE id = 1")
        other.close()
        assert tx.lock(Parcel, 1).weight_g == 7
        assert tx.get(Parcel, 1).weight_g == 7


@pytest.mark.parametrize("limit", [0, -1, 100_001])
def test_a_list_is_bounded(database: Database, limit: int) -> None:
    with database.read() as tx, pytest.raises(InvariantBroken):
        tx.many(PARCELS, limit=limit)


def test_a_statement_is_given_what_it_asks_for(database: Database) -> None:
    with database.read() as tx, pytest.raises(InvariantBroken):
        tx.every(HEAVIER)


def test_a_reading_connection_refuses_to_write(database: Database) -> None:
    statements = [
        "INSERT INTO shelf_note (id, said) VALUES (1, 'x')",
        "UPDATE shelf_note SET said = 'y'",
        "DELETE FROM shelf_note",
        "DROP TABLE shelf_note",
    ]
    for statement in statements:
        with database.read() as tx:
            link: Any = tx._link
            with pytest.raises((sqlite3.OperationalError, psycopg.errors.ReadOnlySqlTransaction)):
                link.execute(statement)


def test_a_question_outside_a_transaction_is_asked_on_a_connection_that_refuses_to_write(database: Database) -> None:
    assert database.ask(PARCELS) == []
    link: Any = database._idle.get_nowait()
    with pytest.raises((sqlite3.OperationalError, psycopg.errors.ReadOnlySqlTransaction)):
        link.execute("INSERT INTO shelf_note (id, said) VALUES (1, 'x')")
    link.close()


def test_one_question_sees_what_is_committed(database: Database, writing: Writing) -> None:
    with writing() as tx:
        tx.add(parcel())
        assert database.ask(PARCELS) == []
    assert [one.name for one in database.ask(PARCELS)] == ["books"]


@pytest.mark.parametrize(
    ("error", "code"),
    [(psycopg.errors.DataCorrupted("invalid page"), "database.damaged"), (psycopg.OperationalError(), "database.away")],
)
def test_a_question_that_meets_a_fault_says_so_as_a_snapshot_does(
    database: Database, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise error

    monkeypatch.setattr(ReadTx, "every", fails)
    with pytest.raises(CellchainError) as said:
        database.ask(PARCELS)
    assert said.value.code == code
    monkeypatch.undo()
    assert database.ask(PARCELS) == []


def test_a_reading_transaction_offers_no_write(database: Database) -> None:
    with database.read() as tx:
        assert not any(hasattr(tx, name) for name in ("add", "change", "lock", "take_back", "next_value"))


def test_a_snapshot_stays_as_it_was(database: Database, writing: Writing) -> None:
    with database.read() as tx:
        assert tx.one(COUNT) == 0
        with writing() as other:
            other.add(parcel())
        assert tx.one(COUNT) == 0
    with database.read() as tx:
        assert tx.one(COUNT) == 1


def test_one_connection_writes_to_sqlite(database: Database, writing: Writing) -> None:
    if database.is_sqlite:
        with pytest.raises(InvariantBroken):
            database.write_link()
    else:
        link: Any = database.write_link()
        link.close()


# -- writing ---------------------------------------------------------------------------------------------------------


def test_a_row_is_locked_before_it_changes(database: Database, writing: Writing) -> None:
    with writing() as tx:
        tx.add(parcel())
    with writing() as tx:
        row = tx.get(Parcel, 1)
        with pytest.raises(InvariantBroken):
            tx.change(row, weight_g=5)
        held = tx.lock(Parcel, 1)
        assert tx.change(held, weight_g=5).weight_g == 5
    with writing() as tx, pytest.raises(InvariantBroken):
        tx.change(row, weight_g=6)
    with database.read() as tx:
        assert tx.get(Parcel, 1).weight_g == 5


def test_what_was_added_here_may_change_here(writing: Writing) -> None:
    with writing() as tx:
        made = tx.add(parcel())
        assert tx.change(made, phase=Phase.OPEN).phase == Phase.OPEN


def test_a_row_changes_as_it_stands_now(writing: Writing) -> None:
    """An instance from before another change would put its own old values into the ledger."""
    with writing() as tx:
        first = tx.add(parcel())
        second = tx.change(first, weight_g=5)
        with pytest.raises(InvariantBroken, match="as it stands now"):
            tx.change(first, weight_g=6)
        assert tx.change(tx.lock(Parcel, 1), weight_g=6).weight_g == 6
        with pytest.raises(InvariantBroken, match="as it stands now"):
            tx.change(second, weight_g=7)


def test_what_is_not_there_is_not_locked(writing: Writing) -> None:
    with writing() as tx, pytest.raises(NotFound):
        tx.lock(Parcel, 1)


def test_a_row_that_is_gone_is_stale(writing: Writing) -> None:
    with writing() as tx:
        tx.add(parcel())
        held = tx.lock(Parcel, 1)
        link: Any = tx._link
        link.execute("DELETE FROM shelf_parcel")
        with pytest.raises(Stale):
            tx.change(held, weight_g=5)


def test_rows_are_facts(writing: Writing) -> None:
    with writing() as tx:
        made = tx.add(parcel())
        assert tx.change(made, weight_g=7) is not made
        assert made.weight_g == 1_000


def test_every_write_leaves_its_image(writing: Writing) -> None:
    with writing() as tx:
        made = tx.add(parcel(sent_at=AT, due_on=date(2026, 3, 9), contents={"b": 1, "a": 2}))
        changed = tx.change(made, weight_g=5, phase=Phase.OPEN, sent_at=None)
        tx.change(changed, weight_g=5)
        first, second = tx.changes
    assert (first["table"], first["key"], first["before"]) == ("shelf_parcel", 1, None)
    assert first["after"] == {
        "id": 1,
        "name": "books",
        "weight_g": 1_000,
        "phase": "shut",
        "fragile": False,
        "sent_at": "2026-03-01T12:00:00.000005Z",
        "due_on": "2026-03-09",
        "contents": '{"a":2,"b":1}',
        "sender": None,
        "receiver": None,
        "word": None,
    }
    assert second["before"] == {"weight_g": 1_000, "phase": "shut", "sent_at": "2026-03-01T12:00:00.000005Z"}
    assert second["after"] == {"weight_g": 5, "phase": "open", "sent_at": None}


def test_what_lies_outside_leaves_none_and_alone_may_be_taken_back(database: Database, writing: Writing) -> None:
    with writing() as tx:
        note = tx.add(Note(said="hello"))
        made = tx.add(parcel())
        assert [change["table"] for change in tx.changes] == ["shelf_parcel"]
        tx.take_back(note)
        with pytest.raises(InvariantBroken):
            tx.take_back(made)
        with pytest.raises(InvariantBroken):
            tx.add_outside(Parcel, {"id": 5})
    with database.read() as tx:
        assert tx.find(Note, 1) is None


def test_a_claim_is_given_once(writing: Writing) -> None:
    with writing() as tx:
        assert tx.claim(Note, {"id": 7, "said": "mine"}) is True
        assert tx.claim(Note, {"id": 7, "said": "mine too"}) is False
        assert tx.get(Note, 7).said == "mine"


def test_a_whole_number_is_whole(writing: Writing) -> None:
    with pytest.raises((InvariantBroken, psycopg.Error)), writing() as tx:
        tx.add(parcel(weight_g=1.5))


def test_integers_beyond_53_bits_stand_in_the_image_as_text(database: Database, writing: Writing) -> None:
    with writing() as tx:
        tx.add(parcel(weight_g=2**62))
        after: Any = tx.changes[0]["after"]
        assert after["weight_g"] == str(2**62)
    with database.read() as tx:
        assert tx.get(Parcel, 1).weight_g == 2**62


@contextmanager
def given_up(writing: Writing) -> Iterator[WriteTx]:
    """A transaction that is rolled back at its end."""
    with suppress(ZeroDivisionError), writing() as tx:
        yield tx
        raise ZeroDivisionError


# -- numbering -------------------------------------------------------------------------------------------------------


def test_numbers_have_no_gaps_after_a_rollback(database: Database, writing: Writing) -> None:
    for expected in (1, 2):
        with writing() as tx:
            assert tx.next_value("bag") == expected
    with given_up(writing) as tx:
        assert (tx.next_value("bag"), tx.next_value("lot")) == (3, 1)
    with writing() as tx:
        assert (tx.next_value("bag"), tx.next_value("bag"), tx.next_value("lot")) == (3, 4, 1)
    with database.read() as tx:
        assert tx.get(Counter, "bag").value == 4


def test_keys_have_none_either(database: Database, writing: Writing) -> None:
    with writing() as tx:
        tx.add(parcel())
    with given_up(writing) as tx:
        tx.add(parcel())
    with writing() as tx:
        assert tx.add(parcel()).id == 2


def test_nothing_of_a_rolled_back_transaction_stays(database: Database, writing: Writing) -> None:
    with given_up(writing) as tx:
        tx.add(parcel())
    with database.read() as tx:
        assert tx.one(COUNT) == 0


def test_many_rows_in_one_statement(database: Database, writing: Writing) -> None:
    with writing() as tx:
        tx.add(parcel(name="first", weight_g=1))
        tx.add_all([parcel(name=f"p{weight}", weight_g=weight, sender="Ann") for weight in range(2, 500)])
        tx.add_all([])
        assert [change["key"] for change in tx.changes] == list(range(1, 500))
        assert tx.add(parcel(name="last", weight_g=500)).id == 500
    with database.read() as tx:
        assert tx.get(Parcel, 499).name == "p499"
        assert tx.get(Parcel, 3).sender == "Ann"
        asked = code_list(["p7", "p499", "nobody"])
        assert sorted(tx.every(AMONG, codes=asked)) == ["p499", "p7"]
        assert tx.every(AMONG, codes=code_list([])) == []
