"""The demonstration, played once in a run and served from copies."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.bedside.world import played
from tests.e2e.server import Demonstration, copied, serving

# Its ready bags stay ready for twenty minutes of real time, and one file of tests may take some of them.
FRESH_S = 8 * 60


@pytest.fixture(scope="session")
def plays(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Gives the folder of a demonstration that nobody writes to, and plays another one when the last grew old."""
    last: list[tuple[float, Path]] = []

    def fresh() -> Path:
        if not last or time.monotonic() - last[-1][0] > FRESH_S:
            folder = played(tmp_path_factory.mktemp("demonstration"))
            last.append((time.monotonic(), folder))
        return last[-1][1]

    return fresh


@pytest.fixture(scope="module")
def demonstration(plays: Callable[[], Path]) -> Path:
    """A demonstration for the tests of one file."""
    return plays()


@pytest.fixture(scope="module")
def served(demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """A served copy of the demonstration, for the tests of one file."""
    with serving(copied(demonstration, tmp_path_factory.mktemp("served") / "data")) as running:
        yield running
