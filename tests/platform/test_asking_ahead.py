"""What was asked about many at once answers as it would one by one, from memory, until a write."""

import pytest
from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.kernel.errors import InvariantBroken
from cellchain.platform import db
from cellchain.platform.db import Database, Incomplete
from cellchain.platform.statements import for_each
from cellchain.platform.write import Counter
from tests.platform.conftest import Writing
from tests.platform.tables import Parcel, parcel

OF_NAME = select(Parcel).where(col(Parcel.name) == bindparam("name")).order_by(col(Parcel.weight_g).desc())
WEIGHTS = select(Parcel.weight_g, Parcel.phase).where(col(Parcel.name) == bindparam("name")).order_by(col(Parcel.id))
NAMES = ("books", "plates", "nothing")
HEAVIER_THAN = select(Parcel).where(col(Parcel.weight_g) > bindparam("name"))


@pytest.fixture(autouse=True)
def shelf(writing: Writing) -> None:
    """Three parcels under two names."""
    with writing() as tx:
        for name, weight in (("books", 100), ("books", 300), ("plates", 200)):
            tx.add(parcel(name=name, weight_g=weight))


def test_the_answers_are_those_of_asking_one_by_one(database: Database) -> None:
    with database.read() as tx:
        alone = [(tx.one(OF_NAME, name=name), tx.many(OF_NAME, limit=5, name=name)) for name in NAMES]
        columns = [tx.many(WEIGHTS, limit=5, name=name) for name in NAMES]
        shortened = [tx.many(OF_NAME, limit=1, name=name) for name in NAMES]
    with database.read() as tx:
        tx.ask_ahead(OF_NAME, "name", NAMES)
        tx.ask_ahead(OF_NAME, "name", NAMES, limit=5)
        tx.ask_ahead(WEIGHTS, "name", NAMES, limit=5)
        together = [(tx.one(OF_NAME, name=name), tx.many(OF_NAME, limit=5, name=name)) for name in NAMES]
        assert [(one and one.weight_g, [row.weight_g for row in rows]) for one, rows in together] == [
            (one and one.weight_g, [row.weight_g for row in rows]) for one, rows in alone
        ]
        assert [tx.many(WEIGHTS, limit=5, name=name) for name in NAMES] == columns
        tx.ask_ahead(OF_NAME, "name", NAMES, limit=1)
        assert [[row.id for row in tx.many(OF_NAME, limit=1, name=name)] for name in NAMES] == [
            [row.id for row in rows] for rows in shortened
        ]


def test_many_values_are_answered_at_once_each_as_it_would_be_alone(database: Database) -> None:
    with database.read() as tx:
        alone = {name: [row.id for row in tx.many(OF_NAME, limit=5, name=name)] for name in NAMES}
        together = tx.each(OF_NAME, "name", NAMES)
        assert {name: [row.id for row in rows] for name, rows in together.items()} == {
            name: rows for name, rows in alone.items() if rows
        }
        assert tx.each(WEIGHTS, "name", NAMES) == {
            name: rows for name in NAMES if (rows := tx.many(WEIGHTS, limit=5, name=name))
        }
        assert sorted((name, row.id) for row, name in tx.rows(OF_NAME, "name", NAMES)) == sorted(
            (name, row.id) for name, rows in together.items() for row in rows
        )
        assert tx.rows(OF_NAME, "name", []) == []


def test_more_values_than_one_question_names_are_asked_about_in_several(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "AHEAD_AT_ONCE", 1)
    with database.read() as tx:
        assert {name: len(rows) for name, rows in tx.each(OF_NAME, "name", NAMES).items()} == {"books": 2, "plates": 1}


def test_an_answer_beyond_the_bound_is_no_answer(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "ROWS_MAX", 3)
    with database.read() as tx, pytest.raises(Incomplete):
        tx.each(OF_NAME, "name", NAMES)


def test_rows_are_found_by_many_codes_and_missing_ones_are_left_out(database: Database, writing: Writing) -> None:
    with writing() as tx:
        tx.next_value("first")
        tx.next_value("second")
    with database.read() as reading:
        assert {key: row.value for key, row in reading.find_each(Counter, ["first", "missing"]).items()} == {"first": 1}


def test_a_write_forgets_them(writing: Writing) -> None:
    with writing() as tx:
        tx.ask_ahead(OF_NAME, "name", NAMES, limit=5)
        tx.add(parcel(name="nothing", weight_g=1))
        assert [row.weight_g for row in tx.many(OF_NAME, limit=5, name="nothing")] == [1]


def test_only_an_equal_column_is_asked_for_many() -> None:
    with pytest.raises(InvariantBroken):
        for_each(HEAVIER_THAN, "name")
    with pytest.raises(InvariantBroken):
        for_each(select(Parcel), "name")
