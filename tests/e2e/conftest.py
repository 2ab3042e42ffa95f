"""The demonstration, played once in a run and served from copies."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bedside.world import played
from tests.e2e.server import Demonstration, copied, serving


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demonstration that nobody writes to, played when the first of these tests asks.

    Its ready bags stay ready for twenty minutes of real time, and the tests before these may have taken as long.
    """
    return played(tmp_path_factory.mktemp("demonstration"))


@pytest.fixture(scope="module")
def served(demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """A served copy of the demonstration, for the tests of one file."""
    with serving(copied(demonstration, tmp_path_factory.mktemp("served") / "data")) as running:
        yield running
