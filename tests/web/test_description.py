"""A short round of tests/web/described.py in every run of the tests: all operations, with all checks.

What is made from an order is made by one function for every command, and gets a few invented requests; what is written
by hand gets every edge of its schema as well. `make fuzz` gives that to all.
"""

from collections.abc import Iterator

import pytest

from tests.bedside.world import played
from tests.e2e.server import Demonstration
from tests.web.described import ENDS_ITSELF, WHO, WITHOUT, by_hand, described, held_against, operations

INVENTED, AT_EDGES = 3, 10


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """The server that is asked."""
    folder = tmp_path_factory.mktemp("described")
    with described(played(tmp_path_factory.getbasetemp()), folder / "data") as server:
        yield server


def test_every_operation_keeps_what_its_description_promises(served: Demonstration) -> None:
    report = held_against(
        served,
        *("--phases", "fuzzing", "--max-examples", INVENTED, "--seed", 1, "--workers", 2, *WITHOUT),
    )
    assert report["operations"]["tested"] == len(operations(served)) - len(ENDS_ITSELF) > 300
    assert served.get("/api/v1/ledger/entries", WHO).status_code == 200, "the session that asked is still one"


def test_what_is_described_by_hand_keeps_it_at_every_edge(served: Demonstration) -> None:
    """`null` for a field that the description called a text was answered with yes once."""
    paths = by_hand(served)
    assert {"/api/v1/scan", "/api/v1/sign-in", "/api/v1/files"} <= set(paths)
    chosen = [part for path in paths for part in ("--include-path", path)]
    held_against(served, "--phases", "coverage,fuzzing", "--max-examples", AT_EDGES, "--seed", 1, *chosen)


@pytest.mark.parametrize("path", ENDS_ITSELF)
def test_signing_out_keeps_it_too(served: Demonstration, path: str) -> None:
    held_against(served, "--phases", "coverage,fuzzing", "--max-examples", AT_EDGES, "--include-path", path)
