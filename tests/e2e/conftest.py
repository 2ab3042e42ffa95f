"""The demonstration, played once in a run and served from copies; and an empty house for a story of its own."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from cellchain.kernel.clock import SimulatedClock, SystemClock
from cellchain.ledger import foundation
from cellchain.main import opened
from cellchain.platform.config import Settings
from tests.bedside.world import played
from tests.e2e.browser_stage import BrowserStage
from tests.e2e.server import Demonstration, copied, serving
from tests.e2e.tablets import RunningClock, served_in_its_own_time
from tests.support.shared import shared_below

# Its ready bags stay ready for twenty minutes of real time, and one file of tests may take some of them.
FRESH_S = 8 * 60
STORY = timedelta(days=75)


@pytest.fixture(scope="session")
def plays(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Gives the folder of a demonstration that nobody writes to, and plays another one when the last grew old."""

    def fresh() -> Path:
        with shared_below(tmp_path_factory.getbasetemp()) as shared:
            made = sorted(shared.glob("fresh-*/demonstration/manifest.json"), key=lambda one: one.stat().st_mtime)
            if made and time.time() - made[-1].stat().st_mtime < FRESH_S:
                return made[-1].parent
            base = shared / f"fresh-{len(made)}"
            base.mkdir()
            return played(base)

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


@pytest.fixture
def house(demonstration: Path, tmp_path: Path) -> Iterator[tuple[Demonstration, RunningClock]]:
    """A copy of the demonstration, served in a time of its own, which a test may move on."""
    with served_in_its_own_time(copied(demonstration, tmp_path / "data")) as made:
        yield made


@pytest.fixture
def stage(open_page: object, tmp_path: Path) -> Iterator[BrowserStage]:
    """An empty house, its people and its clock, two and a half months ago."""
    end = SystemClock().now().replace(microsecond=0)
    clock, random = SimulatedClock(end - STORY), Random(11)
    settings = Settings(data_dir=tmp_path / "data", password_cost="cheap")
    with opened(settings, clock=clock, entropy=random.randbytes) as installation:
        foundation.found(installation.database, installation.runner, demonstration=True)
        made = BrowserStage(installation, clock, random, end)
        yield made
        if made.served is not None:
            made.served.close()
