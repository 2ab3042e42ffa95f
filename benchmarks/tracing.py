"""The trace of about a thousand nodes among a million, as JSON and as a page, beside the recursive query alone.

The floor is one question of the database, asked past our code: every container below a harvest bag.
"""

import os
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path

from sqlalchemy import text

from benchmarks import wide_database
from benchmarks.client import Taken, demonstration, in_turn, measure, median_of, served, signed_in, somebody
from benchmarks.figures import Figure, heading, note
from cellchain.main import Installation, opened
from cellchain.platform.config import Settings

CONTAINERS = int(os.environ.get("BENCH_CONTAINERS", "1000000"))
REPETITIONS = 3
TURNS = 30
BELOW = text(
    """
    WITH RECURSIVE below(code) AS (
        SELECT :root
        UNION
        SELECT source.child FROM manufacturing_container_source AS source JOIN below ON source.parent = below.code
    )
    SELECT container.* FROM manufacturing_container AS container JOIN below ON container.code = below.code
    """
)


def main() -> None:
    """Print and keep two figures."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        manifest = demonstration(data)
        with opened(Settings(data_dir=data)) as installation:
            wide_database.make(installation.database, CONTAINERS)
            donation, bag = wide_database.add_narrow(installation.database)
            floor = _floor(installation, bag)
        heading()
        with served(data) as port:
            headers = signed_in(port, somebody(manifest, "qa"))
            asked = [
                partial(measure, port, f"{path}/{donation}?direction=forward", headers, None, 1)
                for path in ("/api/v1/trace", "/trace")
            ]
            json, page = in_turn(asked, REPETITIONS)
    _note("JSON", json, floor, 6)
    _note("page", page, floor, 12)


def _floor(installation: Installation, root: str) -> float:
    taken: list[float] = []
    rows: list[object] = []
    with installation.database.engine.connect() as link:
        for _ in range(TURNS):
            before = time.perf_counter()
            rows = list(link.execute(BELOW, {"root": root}))
            taken.append((time.perf_counter() - before) * 1000)
    if not 900 <= len(rows) <= 1_100:
        raise RuntimeError(f"the floor reads about a thousand containers, not {len(rows)}")
    return statistics.median(taken)


def _note(name: str, taken: list[Taken], floor: float, target: float) -> None:
    note(Figure(f"trace of 1,000 of {CONTAINERS:,}, {name}", median_of(taken, "p50"), floor, "ms", target))


if __name__ == "__main__":
    main()
