"""The numbering of divisions is held against the bags: a counter that was set back would give a number twice."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from cellchain.ledger.counters import check_counters
from cellchain.manufacturing.models import DIVISIONS
from tests.bedside.world import World, played

SET_BACK = "UPDATE platform_counter SET value = value - 1 WHERE name LIKE 'division:%'"
GONE = "DELETE FROM platform_counter WHERE name LIKE 'division:%'"


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(played(tmp_path_factory.getbasetemp()), tmp_path_factory.mktemp("divisions") / "world")
    yield made
    made.close()


def found(world: World) -> set[tuple[str, object, str | None]]:
    with world.installation.database.read() as tx:
        findings = check_counters(world.installation.database, tx._link)
    return {(one.table or "", one.key, one.column) for one in findings}


@pytest.mark.parametrize("statement", [SET_BACK, GONE])
def test_a_counter_of_divisions_that_was_set_back_is_named(world: World, statement: str) -> None:
    assert found(world) == set()
    with world.installation.database.engine.begin() as link:
        names = set(link.execute(text("SELECT name FROM platform_counter WHERE name LIKE 'division:%'")).scalars())
        link.execute(text(statement))
    assert names
    assert found(world) == {("platform_counter", name, "value") for name in names}


def test_a_counter_is_named_by_the_donation_or_else_by_the_lot() -> None:
    assert DIVISIONS.name(donation="DO1", lot="LT1", product_code="MSC") == "division:DO1:MSC"
    assert DIVISIONS.name(donation=None, lot="LT1", product_code="MSC") == "division:LT1:MSC"
