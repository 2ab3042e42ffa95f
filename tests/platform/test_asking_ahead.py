"""What was asked about many at once answers as it would one by one, from memory, until a write."""

from types import SimpleNamespace

import pytest
from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.kernel.errors import InvariantBroken
from cellchain.platform.db import Database
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


def test_rows_are_found_by_their_codes_and_missing_ones_are_known_to_be_missing(
    database: Database, writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing() as tx:
        tx.next_value("first")
        tx.next_value("second")
    with database.read() as reading:
        reading.find_ahead(Counter, ["first", "missing"])
        read = reading._link

        def refuse(*_: object) -> None:
            raise AssertionError("it is answered from memory")

        monkeypatch.setattr(reading, "_link", SimpleNamespace(execute=refuse))
        first = reading.find(Counter, "first")
        assert first is not None
        assert first.value == 1
        assert reading.find(Counter, "missing") is None
        monkeypatch.setattr(reading, "_link", read)
        assert reading.get(Counter, "second").value == 1


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
