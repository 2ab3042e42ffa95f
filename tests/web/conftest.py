"""The application over a copy of the demonstration; one copy for each file of tests."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cellchain.ledger import foundation
from cellchain.main import create_app, opened
from cellchain.platform.config import Settings
from tests.bedside.browser import Front
from tests.bedside.world import World, played
from tests.support import postgres as servers
from tests.support.postgres import name_of
from tests.web.door import Door, settle


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """The application's door."""
    world = World(played(tmp_path_factory.getbasetemp()), tmp_path_factory.mktemp("web") / "world")
    app = create_app(world.installation)
    with TestClient(app, base_url="https://testserver", raise_server_exceptions=False) as client:
        yield Front(client, world)
    world.close()


@pytest.fixture(scope="session")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an installation on SQLite with its one person, to be copied: founding takes far longer."""
    folder = tmp_path_factory.mktemp("settled") / "data"
    settle_new(Settings(data_dir=folder, password_cost="cheap"))
    return folder


@pytest.fixture(scope="session")
def settled_on_postgres(
    postgres: servers.Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, str]]:
    """The same on PostgreSQL: its data folder, and the name of its database."""
    folder, url = tmp_path_factory.mktemp("settled") / "data", postgres.fresh_database()
    settle_new(Settings(data_dir=folder, password_cost="cheap", database_url=url))
    yield folder, name_of(url)
    postgres.drop(url)


def settle_new(settings: Settings) -> None:
    """Found an installation and register its one person."""
    with opened(settings) as installation:
        foundation.found(installation.database, installation.runner, demonstration=False)
        settle(installation)


@pytest.fixture(params=["sqlite", "postgresql"])
def door(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Door]:
    """The application over a new installation of this test alone, once on each database."""
    if request.param == "sqlite":
        shutil.copytree(request.getfixturevalue("settled"), tmp_path / "data")
        yield from at_door(Settings(data_dir=tmp_path / "data", password_cost="cheap"))
        return
    server: servers.Postgres = request.getfixturevalue("postgres")
    folder, like = request.getfixturevalue("settled_on_postgres")
    shutil.copytree(folder, tmp_path / "data")
    url = server.fresh_database(like=like)
    yield from at_door(Settings(data_dir=tmp_path / "data", password_cost="cheap", database_url=url))
    server.drop(url)


def at_door(settings: Settings) -> Iterator[Door]:
    """The application over what the settings name, until the test is done."""
    with (
        opened(settings) as installation,
        TestClient(create_app(installation), raise_server_exceptions=False) as client,
    ):
        yield Door(client, installation)
