"""Databases of both kinds with two small tables, one followed by the ledger and one outside it."""

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from cellchain.kernel.clock import SimulatedClock
from cellchain.platform.db import Database
from cellchain.platform.sealing import Sealer
from cellchain.platform.write import WriteTx
from tests.platform.tables import TABLES

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
KEY = bytes(range(32))
Writing = Callable[[], AbstractContextManager[WriteTx]]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database with the tables of these tests."""
    made = Database(database_url, clock=SimulatedClock(START), sealer=Sealer(KEY, random.Random(1).randbytes))
    for table in TABLES:
        table.create(made.engine)
    yield made
    made.close()


@pytest.fixture
def writing(database: Database) -> Iterator[Writing]:
    """`with writing() as tx:` is one transaction, committed unless something is raised in it."""
    link = database.write_link()

    @contextmanager
    def transaction() -> Iterator[WriteTx]:
        link.execute("BEGIN IMMEDIATE" if database.is_sqlite else "BEGIN")
        try:
            yield WriteTx(database, link, now=database.clock.now())
        except BaseException:
            link.execute("ROLLBACK")
            raise
        link.execute("COMMIT")

    yield transaction
    with suppress(Exception):
        cast(Any, link).close()
