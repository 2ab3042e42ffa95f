"""Compiled statements: compiled once, counted, and never built for each call."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from sqlmodel import col, func, select

from cellchain.kernel.clock import SimulatedClock
from cellchain.kernel.errors import InvariantBroken
from cellchain.platform import statements as module
from cellchain.platform.columns import fact
from cellchain.platform.db import Database
from cellchain.platform.sealing import Sealer
from cellchain.platform.statements import Prepared, Statements, one_of
from tests.platform.conftest import START, Writing
from tests.platform.tables import COUNT, HEAVIER, NAMES, PARCELS, TABLES, Parcel, Phase, parcel

OTHER_KEY = bytes(range(1, 33))
RECEIVERS = select(Parcel.receiver)
NAMED_RECEIVERS = select(Parcel.name, func.coalesce(Parcel.receiver, "").label("receiver"))

OPEN_OR_SHUT = select(Parcel).where(one_of(col(Parcel.phase), (Phase.OPEN, Phase.SHUT)))
SHUT = select(Parcel).where(col(Parcel.phase) == Phase.SHUT, col(Parcel.weight_g) == 1_000)


def test_a_statement_is_compiled_once(database: Database) -> None:
    assert database.statements(HEAVIER) is database.statements(HEAVIER)
    assert database.statements(HEAVIER) is not database.statements(PARCELS)


@pytest.fixture
def stranger(database: Database) -> Iterator[Database]:
    """The same database, opened with another key."""
    made = Database(database.url, clock=SimulatedClock(START), sealer=Sealer(OTHER_KEY, random.Random(2).randbytes))
    yield made
    made.close()


def test_a_statement_that_opens_no_cell_is_compiled_once_for_all_databases_of_a_kind(
    database: Database, stranger: Database
) -> None:
    assert stranger.statements(NAMES) is database.statements(NAMES)
    assert stranger.statements(COUNT) is database.statements(COUNT)
    for cells in (PARCELS, RECEIVERS, NAMED_RECEIVERS):
        assert stranger.statements(cells) is not database.statements(cells)


@pytest.mark.parametrize("statement", [PARCELS, RECEIVERS, NAMED_RECEIVERS], ids=["row", "cell", "within"])
def test_each_database_opens_cells_with_its_own_key(
    database: Database, stranger: Database, writing: Writing, statement: Any
) -> None:
    with writing() as tx:
        tx.add(parcel(receiver="Boris Example"))
    with database.read() as own:
        assert "Boris Example" in str(own.every(statement))
    with stranger.read() as other, pytest.raises(ValueError, match="does not open"):
        other.every(statement)
    with database.read() as own:
        assert "Boris Example" in str(own.every(statement))


def test_a_missing_value_is_a_fault_of_ours(database: Database) -> None:
    with pytest.raises(InvariantBroken):
        database.statements(HEAVIER).parameters({})


def test_constants_of_a_statement_are_bound(database: Database, writing: Writing) -> None:
    with writing() as tx:
        tx.add(parcel())
        tx.add(parcel(phase=Phase.OPEN))
    with database.read() as tx:
        assert len(tx.every(SHUT)) == 1
        assert len(tx.every(OPEN_OR_SHUT)) == 2


def test_statements_are_counted(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STATEMENTS_MAX", 3)
    kept = Statements(database.dialect)
    for number in range(3):
        kept(select(Parcel).where(col(Parcel.weight_g) == number))
    with pytest.raises(InvariantBroken):
        kept(select(Parcel).where(col(Parcel.weight_g) == 4))


def test_a_select_alone_is_read(database: Database) -> None:
    made = Prepared(PARCELS, database.dialect)
    assert "shelf_parcel" in made.sql
    insert = Prepared(TABLES[0].insert(), database.dialect)
    with pytest.raises(InvariantBroken):
        insert.read((1,))


def test_a_fact_is_an_instance_that_no_session_follows() -> None:
    made = fact(Parcel, {"id": 1, "name": "books"})
    assert isinstance(made, Parcel)
    assert (made.id, made.name) == (1, "books")
    assert not hasattr(made, "_sa_instance_state")
