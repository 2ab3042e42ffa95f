"""What came after an entry, as a transaction on PostgreSQL is told before it trusts what its process remembers."""

from collections.abc import Iterator
from typing import Any

import pytest

from cellchain.ledger import append
from cellchain.platform.db import Database
from cellchain.platform.shared import News
from tests.ledger.conftest import Founded, Make, Workshop
from tests.support.postgres import Postgres


@pytest.fixture
def workshop(make_workshop: Make, founded: Founded, postgres: Postgres) -> Iterator[Workshop]:
    """A founded database on PostgreSQL."""
    url = postgres.fresh_database(like=founded.postgres)
    made = make_workshop(url).as_founded(founded.drawn)
    yield made
    made.close()
    postgres.drop(url)


def news(database: Database, seq: int) -> News:
    link: Any = database.write_link()
    try:
        return append.news_after(link, seq)
    finally:
        link.close()


def test_each_entry_tells_the_tables_it_wrote_to(workshop: Workshop) -> None:
    begun = news(workshop.database, 0).upto
    workshop.do("fill", code="a", volume_ul=10)
    workshop.do("take", code="a")
    told = news(workshop.database, begun)
    both = frozenset({"toy_bag", "toy_draw"})
    assert told == News(begun + 2, ((begun + 1, frozenset({"toy_bag"})), (begun + 2, both)))
    assert news(workshop.database, begun + 2) == News(begun + 2, ())


def test_a_ledger_that_ends_earlier_is_no_news(workshop: Workshop) -> None:
    upto = news(workshop.database, 0).upto
    assert news(workshop.database, upto + 5) == News(upto, None)


def test_many_entries_or_a_long_one_are_not_told(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = news(workshop.database, 0).upto
    for code in ("a", "b", "c"):
        workshop.do("fill", code=code, volume_ul=10)
    monkeypatch.setattr(append, "NEWS_MAX", 2)
    assert news(workshop.database, begun).written is None
    assert news(workshop.database, begun + 1).written is not None
    monkeypatch.setattr(append, "NEWS_BYTES_MAX", 100)
    assert news(workshop.database, begun + 1) == News(begun + 3, None)
