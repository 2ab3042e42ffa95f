"""The application over a copy of the demonstration; one copy for each file of tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cellchain.ledger import foundation
from cellchain.main import create_app, opened
from cellchain.platform.config import Settings
from tests.bedside.browser import Front
from tests.bedside.world import World, played
from tests.web.door import Door, settle


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """The application's door."""
    world = World(played(tmp_path_factory.getbasetemp()), tmp_path_factory.mktemp("web") / "world")
    app = create_app(world.installation)
    with TestClient(app, base_url="https://testserver", raise_server_exceptions=False) as client:
        yield Front(client, world)
    world.close()


@pytest.fixture
def door(database_url: str, tmp_path: Path) -> Iterator[Door]:
    """The application over a new installation, once on each database."""
    settings = Settings(data_dir=tmp_path / "data", password_cost="cheap", database_url=database_url)
    with opened(settings) as installation:
        foundation.found(installation.database, installation.runner, demonstration=False)
        settle(installation)
        with TestClient(create_app(installation), raise_server_exceptions=False) as client:
            yield Door(client, installation)
