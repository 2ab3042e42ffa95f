"""The demonstration's world at the bedside."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bedside.world import World, played
from tests.support.kept import compare_kept


@pytest.fixture(autouse=True)
def kept_answers_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a verdict rests on is what it would rest on if nobody remembered anything."""
    compare_kept(monkeypatch)


@pytest.fixture(scope="session")
def demo_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demonstration that nobody writes to."""
    return played(tmp_path_factory.getbasetemp())


@pytest.fixture
def world(demo_dir: Path, tmp_path: Path) -> Iterator[World]:
    """A copy of the demonstration for this test alone."""
    made = World(demo_dir, tmp_path / "world")
    yield made
    made.close()
