"""Every list that grows is answered by one index in its own order, on both databases; and no address breaks one."""

import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from sqlmodel import SQLModel

from cellchain.composition.listings import LISTINGS
from cellchain.identity import codes
from cellchain.identity.codes import Kind
from cellchain.kernel.clock import SimulatedClock
from cellchain.labels import queries as labels
from cellchain.materials import inventory
from cellchain.materials import queries as materials
from cellchain.platform.db import Database
from cellchain.platform.listing import Listing, Side
from cellchain.platform.sealing import Sealer
from cellchain.platform.statements import Prepared

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
# What a list is asked with beside its place.
FIXED: dict[str, Any] = {
    "subject": "DN012600000100",
    "person": "PS012600000100",
    "supplier_lot": "L1",
    "begins": NOW - timedelta(days=1),
    "ends": NOW,
    "limit_": 51,
}
PHASES = {"kind": "deviation"}
# PostgreSQL looks at how much is in a table before it takes an index: here nothing is, so what is not one is put off.
PUT_OFF = ("seqscan", "bitmapscan", "sort", "incremental_sort", "hashjoin", "mergejoin", "material", "memoize")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Every table of the house, empty."""
    made = Database(database_url, clock=SimulatedClock(NOW), sealer=Sealer(bytes(32), random.Random(1).randbytes))
    SQLModel.metadata.create_all(made.engine)
    yield made
    made.close()


def questions(listing: Listing) -> Iterator[Any]:
    """Every question that a list can be asked."""
    names = sorted(listing.narrowings)
    for count in range(len(names) + 1):
        for chosen in combinations(names, count):
            for side in Side:
                yield chosen, listing.statement(frozenset(chosen), side)


def plan(database: Database, statement: Any, values: dict[str, Any]) -> str:
    prepared = Prepared(statement.limit(51), database.dialect)
    parameters = prepared.parameters({**FIXED, **values})
    with database.read() as tx:
        link = tx._link
        if database.is_sqlite:
            return "\n".join(str(row[3]) for row in link.execute(f"EXPLAIN QUERY PLAN {prepared.sql}", parameters))
        for one in PUT_OFF:
            link.execute(f"SET LOCAL enable_{one} = off")
        return "\n".join(row[0] for row in link.execute(f"EXPLAIN {prepared.sql}", parameters).fetchall())


@pytest.mark.parametrize("name", LISTINGS)
def test_one_index_answers_in_its_own_order(name: str, database: Database) -> None:
    listing = LISTINGS[name]
    for chosen, statement in questions(listing):
        phases = {one: _some(statement, one) for one in chosen}
        told = plan(database, statement, {**listing.values(), **phases})
        assert "TEMP B-TREE" not in told, (name, chosen, told)
        assert not re.search(r"^SCAN |-> +Sort|Seq Scan|^Sort", told, re.MULTILINE), (name, chosen, told)


def _some(statement: Any, name: str) -> Any:
    """A value that the column behind a parameter takes."""
    found = [bind for bind in statement.compile().binds.values() if bind.key == name]
    return next(iter(found[0].type.members))


def test_what_waits_to_be_scanned_back_is_found_among_all_labels(database: Database) -> None:
    assert not re.search(r"^SCAN |Seq Scan", plan(database, labels.OPEN, {}), re.MULTILINE)


@pytest.mark.parametrize(
    ("statement", "day"), [(materials._EXPIRING, {"until": NOW.date()}), (inventory._ACCEPTED, {"today": NOW.date()})]
)
def test_stock_is_found_in_an_index_that_holds_nothing_else(
    statement: Any, day: dict[str, Any], database: Database
) -> None:
    told = plan(database, statement, day)
    assert "ix_materials_lot_in_stock" in told
    assert not re.search(r"ix_materials_lot_(phase|expires)|^SCAN |Seq Scan", told, re.MULTILINE), told


@pytest.mark.parametrize(
    ("typed", "span"),
    [
        ("BG", ("BG000000000000", "BG999999999999")),
        ("bg 01 26", ("BG012600000000", "BG012699999999")),
        ("BG 01 26 000412 57", ("BG012600041257", "BG012600041257")),
        ("412", ("BG012600041200", "BG012600041299")),
        ("DN01", None),
        ("B", None),
        ("BG01x", None),
        ("BG0126000412570", None),
        ("1234567", None),
        ("BG٠١", None),
        ("", None),
        ("'; --", None),
    ],
)
def test_how_a_code_begins(typed: str, span: tuple[str, str] | None) -> None:
    assert codes.beginning(typed, (Kind.BAG,), 1, 2026) == span


def test_a_number_alone_needs_one_kind() -> None:
    assert codes.beginning("412", (Kind.BAG, Kind.CONTAINER), 1, 2026) is None
