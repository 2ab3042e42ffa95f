"""The bedside check in a house that has grown: a million containers, ten million ledger entries, beside ten thousand.

Both databases are demonstrations with rows written past the commands, so they do not verify and are thrown away. An
entry that is added is as long as a real one and has a hash of its own; its place in the chain is not worked out.
`BENCH_ENTRIES` and `BENCH_CONTAINERS` say how far it grows (a million entries without it: ten million take minutes).
"""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
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
    """Entries until there are `count`. They keep the head's place: the next real one follows the last of them."""
    link = sqlite3.connect(database, isolation_level=None)
    link.execute("PRAGMA synchronous = OFF")
    last, at = link.execute("SELECT seq, at FROM ledger_entry ORDER BY seq DESC LIMIT 1").fetchone()
    link.execute("BEGIN")
    link.executemany(
        "INSERT INTO ledger_entry (seq, at, event, actor, subject, request_id, reason, body, hash) "
        "VALUES (?, ?, ?, ?, ?, ?, NULL, ?, ?)",
        _entries(int(last) + 1, count, datetime.fromisoformat(at)),
    )
    link.execute("UPDATE ledger_head SET (seq, at, hash) = (SELECT seq, at, hash FROM ledger_entry ORDER BY seq DESC)")
    link.execute("COMMIT")
    link.close()


def _entries(first: int, last: int, begun: datetime) -> Iterator[tuple[object, ...]]:
    for seq in range(first, last + 1):
        digest = sha256(str(seq).encode()).hexdigest()
        at = f"{(begun.astimezone(UTC) + timedelta(microseconds=seq - first)).replace(tzinfo=None).isoformat()}Z"
        request = f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"
        subject = f"CT0131{seq % 1_000_000:06d}00"
        body = f'{{"seq":{seq},"prev_hash":"{digest}","changes":"{FILLING}"}}'
        yield seq, at, "manufacturing:step:completed", f"PS01310000{seq % 40:02d}11", subject, request, body, digest


if __name__ == "__main__":
    main()
