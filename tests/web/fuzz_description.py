"""The campaign of tests/web/described.py: `make fuzz` alone runs it, because it takes minutes.

The first part of each round sends what stands at every edge of each schema; the second invents. FACTOR is how many
examples of each kind are invented, SEED where they begin.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bedside.world import played
from tests.e2e.server import Demonstration
from tests.support.campaign import times
from tests.web.described import ENDS_ITSELF, WHO, WITHOUT, described, held_against, operations


@pytest.fixture
def served(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Iterator[Demonstration]:
    """The server that is asked."""
    with described(played(tmp_path_factory.getbasetemp()), tmp_path / "data") as server:
        yield server


def test_the_application_keeps_what_its_description_promises(served: Demonstration) -> None:
    seed = os.environ.get("CELLCHAIN_SEED", "1")
    report = held_against(
        served,
        *("--phases", "coverage,fuzzing", "--max-examples", times(1), "--seed", seed, *WITHOUT),
    )
    assert report["complete"]
    assert served.get("/api/v1/ledger/entries", WHO).status_code == 200, "the session that asked is still one"
    for path in ENDS_ITSELF:
        held_against(served, "--phases", "coverage,fuzzing", "--max-examples", times(1), "--include-path", path)
    assert len(operations(served)) > 300
