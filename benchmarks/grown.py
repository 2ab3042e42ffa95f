"""The bedside check in a house that has grown: a million containers, ten million ledger entries, beside ten thousand.

Both databases are demonstrations with rows written past the commands, so they do not verify and are thrown away. An
entry that is added is as long as a real one and has a hash of its own; its place in the chain is not worked out.
`BENCH_ENTRIES` and `BENCH_CONTAINERS` say how far it grows (a million entries without it: ten million need 12 GB).
"""

import os
import sqlite3
import tempfile
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path

from benchmarks import wide_database
from benchmarks.bedside_check import CHECK, orders_of
from benchmarks.client import demonstration, in_turn, measure, median_of, served, signed_in, somebody
from benchmarks.figures import Figure, heading, note
from cellchain.main import opened
from cellchain.platform.config import Settings

SMALL = 10_000
CONTAINERS = int(os.environ.get("BENCH_CONTAINERS", "1000000"))
ENTRIES = int(os.environ.get("BENCH_ENTRIES", "1000000"))
REPETITIONS = 5
FILLING = "x" * 500
ASIDE = "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = 'ledger_entry' AND type <> 'table' AND sql <> ''"
HEAD = "UPDATE ledger_head SET (seq, at, hash) = (SELECT seq, at, hash FROM ledger_entry ORDER BY seq DESC)"
# One microsecond after the other. A hash counts up, so that its index grows at its end; a request id is scattered.
ENTRIES_OF = """
    WITH RECURSIVE numbered(seq) AS (VALUES (:first) UNION ALL SELECT seq + 1 FROM numbered WHERE seq < :last)
    INSERT INTO ledger_entry (seq, at, event, actor, subject, request_id, reason, body, hash)
    SELECT seq,
           strftime('%Y-%m-%dT%H:%M:%S', :begun + (seq - :first) / 1000000, 'unixepoch')
               || printf('.%06dZ', (seq - :first) % 1000000),
           'manufacturing:step:completed',
           printf('PS01310000%02d11', seq % 40),
           printf('CT0131%06d00', seq % 1000000),
           printf('%08x-%04x-4000-8000-%012x', seq * 2654435761 % 4294967296, seq * 40503 % 65536, seq),
           NULL,
           printf('{"seq":%d,"prev_hash":"%064x","changes":"%s"}', seq, seq - 1, :filling),
           printf('%064x', seq)
    FROM numbered
"""


def main() -> None:
    """Print and keep the figures."""
    with tempfile.TemporaryDirectory() as folder:
        small, grown = Path(folder) / "small", Path(folder) / "grown"
        manifests = {data: demonstration(data) for data in (small, grown)}
        fill(small, SMALL, SMALL)
        fill(grown, CONTAINERS, ENTRIES)
        heading()
        with served(small) as one, served(grown) as other:
            ports = {small: one, grown: other}
            asked = [
                partial(
                    measure,
                    ports[data],
                    CHECK,
                    signed_in(ports[data], somebody(manifest, "nurse")),
                    orders_of(manifest),
                    1,
                )
                for data, manifest in manifests.items()
            ]
            before, after = in_turn(asked, REPETITIONS)
    name = f"bedside check, {CONTAINERS:,} containers and {ENTRIES:,} entries"
    note(Figure(f"{name}, p50", median_of(after, "p50"), median_of(before, "p50"), "ms", 1.3))
    note(Figure(f"{name}, p95", median_of(after, "p95"), median_of(before, "p95"), "ms", 1.3))


def fill(data: Path, containers: int, entries: int) -> str:
    """Containers and entries until there are so many; gives the first donor that was added."""
    with opened(Settings(data_dir=data)) as installation:
        donor = wide_database.make(installation.database, containers)
    add_entries(data / "cellchain.db", entries)
    return donor


def add_entries(database: Path, count: int) -> None:
    """Entries until there are `count`. They keep the head's place: the next real one follows the last of them.

    Written by the database itself in one go, with the triggers and indexes of the table laid aside meanwhile: ten
    million rows then take as long as their bytes and five sorts do. Nobody else may have the file open.
    """
    with closing(sqlite3.connect(database, isolation_level=None)) as link:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -262144", "temp_store = MEMORY"):
            link.execute(f"PRAGMA {pragma}").fetchall()
        last, at = link.execute("SELECT seq, at FROM ledger_entry ORDER BY seq DESC LIMIT 1").fetchone()
        aside = link.execute(ASIDE).fetchall()
        for kind, name, _ in aside:
            link.execute(f"DROP {kind} {name}")
        begun = int(datetime.fromisoformat(at).timestamp()) + 1
        values = {"first": last + 1, "last": count, "begun": begun, "filling": FILLING}
        if count > last:
            link.execute(ENTRIES_OF, values)
            link.execute(HEAD)
        for _, _, text in aside:
            link.execute(text)
        link.execute("PRAGMA journal_mode = WAL").fetchall()


if __name__ == "__main__":
    main()
