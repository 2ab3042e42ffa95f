"""The trace of about a thousand nodes among a million, as JSON and as a page, beside the recursive query alone.

The floor is one question of the database, asked past our code: every container below a harvest bag. On both databases,
where PostgreSQL is installed.
"""

import os
import statistics
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from sqlalchemy import text

from benchmarks import postgresql, wide_database
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
        SELECT CAST(:root AS VARCHAR(14))
        UNION
        SELECT source.child FROM manufacturing_container_source AS source JOIN below ON source.parent = below.code
    )
    SELECT container.* FROM manufacturing_container AS container JOIN below ON container.code = below.code
    """
)


def main() -> None:
    """Print and keep two figures for each database."""
    heading()
    with tempfile.TemporaryDirectory(prefix="cellchain-bench-") as folder:
        _measure("", Settings(data_dir=Path(folder) / "data"), 6, 12)
    if not postgresql.is_there():
        print("PostgreSQL is left out: apt-get install postgresql-15", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory(prefix="cellchain-bench-") as folder, postgresql.server(Path(folder)) as port:
        postgresql.client(port, "createdb", "cellchain")
        url = f"postgresql+psycopg://postgres@127.0.0.1:{port}/cellchain"
        site = Path(folder) / "site"
        site.mkdir()
        _measure(" on PostgreSQL", Settings(data_dir=site / "data", database_url=url), 3, 6)


def _measure(where: str, settings: Settings, json_most: float, page_most: float) -> None:
    there = {} if settings.database_url is None else {"database_url": settings.database_url}
    manifest = demonstration(settings.data_dir, **there)
    with opened(settings) as installation:
        wide_database.make(installation.database, CONTAINERS)
        donation, bag = wide_database.add_narrow(installation.database)
        floors = [_floor(installation, bag)]
        with served(settings.data_dir, **there) as port:
            headers = signed_in(port, somebody(manifest, "qa"))
            asked = [
                partial(measure, port, f"{path}/{donation}?direction=forward", headers, None, 1)
                for path in ("/api/v1/trace", "/trace")
            ]
            taken: list[list[Taken]] = [[], []]
            for _ in range(REPETITIONS):
                for found, new in zip(taken, in_turn(asked, 1), strict=True):
                    found += new
                floors.append(_floor(installation, bag))
    floor = statistics.median(floors)
    for name, found, most in zip(("JSON", "page"), taken, (json_most, page_most), strict=True):
        note(Figure(f"trace of 1,000 of {CONTAINERS:,}{where}, {name}", median_of(found, "p50"), floor, "ms", most))


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


if __name__ == "__main__":
    main()
