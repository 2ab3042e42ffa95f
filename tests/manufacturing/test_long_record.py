"""A record of any length: the bench and the lot's page read as much of it as they show, and count the rest."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlmodel import SQLModel

from benchmarks import long_record
from cellchain.accounts.permissions import permissions_of
from cellchain.ledger.actor import Actor
from cellchain.manufacturing import batch_record, bench, bench_scans, pages, queries
from cellchain.manufacturing.pages import LEAF_STEPS
from cellchain.platform.db import Database, ReadTx
from cellchain.quality import queries as quality
from cellchain.web.i18n import Voice
from tests.bedside.world import World, played
from tests.manufacturing.conftest import Plant
from tests.manufacturing.pages import ZONE, client, words

LONG = 10_000
VOICE = Voice("en", ZONE)
READER = Actor("PS012600090000", permissions_of(["technician"]), frozenset(["technician"]), "bench-1")


@pytest.fixture(scope="module")
def lots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, dict[int, str]]]:
    """A demonstration with a short and a long lot in it, by how many steps they have."""
    folder = tmp_path_factory.mktemp("long") / "world"
    world = World(played(tmp_path_factory.getbasetemp()), folder)
    yield world, {count: long_record.make(world.installation.database, count, 900_000 + count) for count in (10, LONG)}
    world.close()
    shutil.rmtree(folder)


class Counting:
    """A connection that counts the questions put to the database, and the rows that come back."""

    def __init__(self, link: Any) -> None:
        self.link = link
        self.statements = self.rows = 0

    def execute(self, sql: str, parameters: Any = ()) -> "Counting":
        self.statements += 1
        self.cursor = self.link.execute(sql, parameters)
        return self

    def fetchone(self) -> Any:
        row = self.cursor.fetchone()
        self.rows += row is not None
        return row

    def fetchall(self) -> Any:
        rows = self.cursor.fetchall()
        self.rows += len(rows)
        return rows


def cost(database: Database, draw: Any) -> tuple[int, int]:
    """How many statements and rows a page takes."""
    with database.read() as tx:
        counting = Counting(tx._link)
        draw(ReadTx(database, counting))
    return counting.statements, counting.rows


def test_a_bench_costs_the_same_after_ten_thousand_steps(lots: tuple[World, dict[int, str]]) -> None:
    world, by_length = lots
    short, long = (
        cost(world.installation.database, lambda tx, lot=lot: bench.bench_view(tx, lot, VOICE, READER))
        for lot in by_length.values()
    )
    assert long == short
    assert short[0] < 80
    assert short[1] < 200


def test_a_scan_costs_the_same(lots: tuple[World, dict[int, str]]) -> None:
    world, by_length = lots
    symbol = world.manifest["materials"][0]["lot"]
    costs = [
        cost(world.installation.database, lambda tx, lot=lot: bench_scans.meaning(tx, lot, symbol, READER))
        for lot in by_length.values()
    ]
    assert costs[0] == costs[1]


def test_the_page_of_a_lot_reads_one_page_of_its_steps(lots: tuple[World, dict[int, str]]) -> None:
    world, by_length = lots
    database = world.installation.database
    sheets: list[pages.LotSheet] = []
    costs = [
        cost(database, lambda tx, lot=lot: sheets.append(pages.lot_sheet(tx, lot, VOICE))) for lot in by_length.values()
    ]
    assert [len(sheet.leaf.steps) for sheet in sheets] == [10, LEAF_STEPS]
    assert [sheet.within_count for sheet in sheets] == [10, LONG]
    statements, rows = ((short, long) for short, long in zip(*costs, strict=True))
    assert statements[1] - statements[0] <= LEAF_STEPS, "a further step asks what it booked, and nothing else"
    assert rows[1] < rows[0] * LEAF_STEPS / 10


def test_every_step_stands_on_one_of_the_pages(lots: tuple[World, dict[int, str]]) -> None:
    world, by_length = lots
    lot, found, first = by_length[LONG], [], 1
    with world.installation.database.read() as tx:
        definition = queries.definition_of(tx, lot)
        for _ in range(3):
            leaf = pages.leaf_of(tx, lot, definition, first)
            found += [view.sequence for view in leaf.steps]
            assert leaf.after is not None
            first = leaf.after
        assert found == list(range(1, 3 * LEAF_STEPS + 1))
        last = pages.leaf_of(tx, lot, definition, None)
        assert (last.before, last.after) == (LONG + 1 - 2 * LEAF_STEPS, None)
        assert [view.sequence for view in last.steps][-1] == LONG
        beyond = pages.leaf_of(tx, lot, definition, 10**9)
        assert [view.sequence for view in beyond.steps] == [LONG]
        near = pages.leaf_of(tx, lot, definition, LONG - LEAF_STEPS)
        assert near.after == LONG + 1 - LEAF_STEPS, "the last page is a full one"


def test_nothing_of_a_whole_record_is_left_out(lots: tuple[World, dict[int, str]]) -> None:
    world, by_length = lots
    with world.installation.database.read() as tx:
        page = batch_record.lot_page(tx, by_length[LONG])
        values = batch_record.values_of(tx, by_length[LONG])
    assert [view.sequence for view in page.steps] == list(range(1, LONG + 1))
    assert all(len(view.materials) == len(view.equipment) == len(view.values) == 1 for view in page.steps)
    assert len(values) == LONG


def test_progress_says_what_the_whole_record_says(plant: Plant) -> None:
    lot, _ = plant.seeded()
    plant.start(lot, "medium")
    with plant.house.read() as tx:
        short, whole = batch_record.progress(tx, lot), batch_record.lot_page(tx, lot)
    assert short.running == whole.running
    assert short.coming == whole.coming
    assert short.steps_count == len(whole.steps)
    assert short.started == {view.step.key for view in whole.steps}
    assert [one.id for one in short.to_verify] == [view.id for view in whole.to_verify]


@pytest.mark.parametrize("first", ["0", "-1", "x", str(2**63)])
def test_a_page_that_there_cannot_be_is_no_fault(plant: Plant, first: str) -> None:
    lot = plant.open("control")
    assert client(plant).get(f"/manufacturing/lots/{lot}?first={first}").status_code == 422


def test_the_pages_lead_to_each_other(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "LEAF_STEPS", 1)
    lot, _ = plant.seeded()
    browser = client(plant)
    said = words(browser.get(f"/manufacturing/lots/{lot}").text)
    assert "Steps 3 to 3 of 3." in said
    assert "Later steps" not in said
    first = browser.get(f"/manufacturing/lots/{lot}?first=1").text
    assert "Steps 1 to 1 of 3." in words(first)
    assert "?first=2#record" in first


def test_a_review_asks_as_many_questions_of_ten_thousand_steps(lots: tuple[World, dict[int, str]]) -> None:
    """Every check is made on the whole record, and only what is not in order comes out of it row by row."""
    world, by_length = lots
    database, found = world.installation.database, []
    costs = [
        cost(database, lambda tx, lot=lot: found.append(quality.findings_of(tx, lot))) for lot in by_length.values()
    ]
    assert costs[0][0] == costs[1][0] < 60
    assert costs[1][1] - costs[0][1] == LONG - 10, "one row a step: who did it and who verified it"
    counted = [{one.check.key: one.found.in_order_count for one in each.made} for each in found]
    assert [(one["limits"], one["undo"]) for one in counted] == [(10, 30), (LONG, 3 * LONG)]
    assert [len(each.exceptions) for each in found] == [3, 3]


def test_everybody_with_a_hand_in_a_long_record_is_known(lots: tuple[World, dict[int, str]]) -> None:
    """Whoever entered the very last value made the lot as much as whoever entered the first, and cannot release it."""
    world, by_length = lots
    values = SQLModel.metadata.tables["manufacturing_step_value"]
    last = select(func.max(values.c.id)).where(values.c.lot == by_length[LONG]).scalar_subquery()
    with world.installation.database.engine.begin() as link:
        link.execute(update(values).where(values.c.id == last).values(entered_by="PS012600099901"))
    with world.installation.database.read() as tx:
        assert "PS012600099901" in queries.people_who_made(tx, by_length[LONG])
