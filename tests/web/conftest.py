"""The application over a copy of the demonstration; one copy for each file of tests."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from cellchain.main import create_app
from tests.bedside.browser import Front
from tests.bedside.world import World, played


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """The application's door."""
    world = World(played(tmp_path_factory.getbasetemp()), tmp_path_factory.mktemp("web") / "world")
    app = create_app(world.installation)
    with TestClient(app, base_url="https://testserver", raise_server_exceptions=False) as client:
        yield Front(client, world)
    world.close()
