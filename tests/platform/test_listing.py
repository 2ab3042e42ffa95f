"""A list in pages: together exactly its rows, none twice and none missing, while others come in."""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam
from sqlalchemy import select as columns
from sqlmodel import col, select

from cellchain.kernel.errors import InvariantBroken
from cellchain.platform.db import Database
from cellchain.platform.listing import PAGE_ROWS, Listing, Place, Side
from tests.platform.conftest import START, Writing
from tests.platform.tables import Parcel, Phase, parcel

PHASE = {"phase": col(Parcel.phase) == bindparam("phase")}
BY_NUMBER = Listing(select(Parcel), col(Parcel.id), narrowed=PHASE, day=col(Parcel.sent_at))
BY_NAME = Listing(columns(col(Parcel.name), col(Parcel.phase)), col(Parcel.name), narrowed=PHASE)
BY_TIME = Listing(select(Parcel), col(Parcel.sent_at), col(Parcel.id))
OLDEST_FIRST = Listing(select(Parcel), col(Parcel.sent_at), col(Parcel.id), newest_first=False)
LISTS = {"number": BY_NUMBER, "name": BY_NAME, "time": BY_TIME, "oldest first": OLDEST_FIRST}


def fill(writing: Writing, count: int, *, begun: int = 0) -> None:
    """Parcels with names in order; three of them are sent at each moment."""
    with writing() as tx:
        for at in range(begun, begun + count):
            phase = Phase.OPEN if at % 3 else Phase.SHUT
            tx.add(parcel(name=f"P{at:05d}", phase=phase, sent_at=START + timedelta(minutes=at // 3)))


def named(row: Any) -> str:
    return str(row[0] if isinstance(row, tuple) else row.name)


def walked(database: Database, listing: Listing, **more: Any) -> Iterator[list[str]]:
    """Every page from the first to the last."""
    place = None
    while True:
        with database.read() as tx:
            page = listing.page(tx, place, **more)
        yield [named(row) for row in page.rows]
        if not page.older:
            return
        place = listing.place(page.older, Side.OLDER)
        assert place is not None


@pytest.mark.parametrize("name", LISTS)
def test_pages_together_are_the_rows_while_others_come_in(name: str, database: Database, writing: Writing) -> None:
    fill(writing, 3 * PAGE_ROWS + 20)
    listing, seen = LISTS[name], list[str]()
    for turn, page in enumerate(walked(database, listing)):
        assert len(page) <= PAGE_ROWS
        seen += page
        if turn < 3:
            fill(writing, 2, begun=10_000 + 2 * turn)
    there = [f"P{at:05d}" for at in range(3 * PAGE_ROWS + 20)]
    early = [one for one in seen if one < "P10000"]
    assert sorted(early) == there
    assert len(set(seen)) == len(seen)
    assert early == (there if name == "oldest first" else there[::-1])


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(st.sampled_from(["older", "newer", "insert"]), max_size=12), seed=st.integers(0, 2**16))
def test_there_and_back_is_the_same_page(database: Database, writing: Writing, steps: list[str], seed: int) -> None:
    """Whoever turns pages in any order, while rows come in, reads at each place what lies there."""
    made = random.Random(seed).randint(1, 20)
    with database.read() as tx:
        begun = len(tx.every(select(Parcel).order_by(col(Parcel.id))))
    fill(writing, PAGE_ROWS + made, begun=begun)
    place = None
    for step in steps:
        if step == "insert":
            with database.read() as tx:
                count = len(tx.every(select(Parcel).order_by(col(Parcel.id))))
            fill(writing, made, begun=count)
            continue
        with database.read() as tx:
            rows = [one.id for one in tx.every(select(Parcel).order_by(col(Parcel.id).desc()))]
            page = BY_NUMBER.page(tx, place)
        shown = [one.id for one in page.rows]
        first = rows.index(shown[0])
        assert shown == rows[first : first + PAGE_ROWS]
        assert bool(page.older) == (first + PAGE_ROWS < len(rows))
        text = page.older if step == "older" else page.newer
        place = BY_NUMBER.place(text, Side(step)) if text else place


def test_back_from_the_second_page_is_the_first_one_whole(database: Database, writing: Writing) -> None:
    fill(writing, PAGE_ROWS + 10)
    with database.read() as tx:
        first = BY_NUMBER.page(tx)
        second = BY_NUMBER.page(tx, BY_NUMBER.place(first.older, Side.OLDER))
        back = BY_NUMBER.page(tx, BY_NUMBER.place(second.newer, Side.NEWER))
    assert (len(first.rows), len(second.rows), first.newer, second.older) == (PAGE_ROWS, 10, "", "")
    assert back == first


def test_a_place_whose_row_is_gone_is_a_place(database: Database, writing: Writing) -> None:
    fill(writing, 5)
    with database.read() as tx:
        assert [one.id for one in BY_NUMBER.page(tx, Place((4,))).rows] == [3, 2, 1]
        beyond = BY_NUMBER.page(tx, Place((1,)))
        assert (list(beyond.rows), beyond.older, beyond.newer) == ([], "", "1")
        assert [one.id for one in BY_NUMBER.page(tx, Place((99,))).rows] == [5, 4, 3, 2, 1]


def test_narrowed_by_state_and_by_the_beginning_of_a_name(database: Database, writing: Writing) -> None:
    fill(writing, 4 * PAGE_ROWS)
    shut = [one for page in walked(database, BY_NAME, narrowed={"phase": Phase.SHUT}) for one in page]
    assert shut == [f"P{at:05d}" for at in range(4 * PAGE_ROWS) if at % 3 == 0][::-1]
    span = ("P00100", "P00179")
    pages = list(walked(database, BY_NAME, span=span))
    assert [one for page in pages for one in page] == [f"P{at:05d}" for at in range(100, 180)][::-1]
    assert len(pages) == 2
    with database.read() as tx:
        last = BY_NAME.page(tx, Place((pages[1][0],), Side.NEWER), span=span)
    assert [named(row) for row in last.rows] == pages[0]


def test_up_to_a_day(database: Database, writing: Writing) -> None:
    fill(writing, 30)
    with database.read() as tx:
        place = BY_NUMBER.upto(tx, START + timedelta(minutes=5))
        assert place == Place((15,), Side.FROM)
        page = BY_NUMBER.page(tx, place)
        assert [one.id for one in page.rows] == list(range(15, 0, -1))
        assert page.newer == "15"
        assert BY_NUMBER.upto(tx, START) is None


@pytest.mark.parametrize(
    ("listing", "text"),
    [
        ("number", ""),
        ("number", "x"),
        ("number", "-1"),
        ("number", "1~2"),
        ("number", "9" * 30),
        ("number", "١"),
        ("number", "²"),
        ("time", "2026-03-02T08:00:00"),
        ("time", "5"),
        ("time", "2026-03-02T08:00:00+00:00"),
        ("time", "2026-13-02T08:00:00+00:00~4"),
        ("time", "0001-01-01T00:00:00+00:00~4"),
        ("name", ""),
        ("name", "a\x00b"),
        ("name", "a" * 65),
    ],
)
def test_what_is_no_place(listing: str, text: str) -> None:
    assert LISTS[listing].place(text, Side.OLDER) is None


def test_a_narrowing_that_is_not_offered_is_a_fault_of_ours() -> None:
    with pytest.raises(InvariantBroken):
        BY_TIME.statement(frozenset({"phase"}), Side.FROM)
