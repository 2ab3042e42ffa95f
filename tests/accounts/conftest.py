"""A house with two administrators, QA and some others, its gate, and the reactions of the composition."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cellchain import composition
from cellchain.accounts import passwords
from tests.accounts.story import Office
from tests.factories import House, make_tables


@pytest.fixture
def offices(database_url: str) -> Iterator[Office]:
    """The same, on both databases."""
    passwords.configure("cheap")
    make_tables(database_url)
    house = House(database_url, reactions=composition.REACTIONS)
    yield Office(house)
    house.close()


@pytest.fixture
def office(tables_file: Path, tmp_path: Path) -> Iterator[Office]:
    """An office with the house's own reactions."""
    passwords.configure("cheap")
    path = tmp_path / "cellchain.db"
    shutil.copyfile(tables_file, path)
    house = House(f"sqlite:///{path}", reactions=composition.REACTIONS)
    yield Office(house)
    house.close()
