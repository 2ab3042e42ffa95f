"""How long `cellchain verify` takes over a long ledger, against the least that a check of it could do; and its memory.

The floor reads the bodies, makes canonical JSON of each and hashes it, in one loop; `bare` only hashes the stored
bytes. `chain` is the pass over the entries (hashes, links, columns, Merkle tree), `replay` is all that `verify` does. A
proof is held against reading and hashing the two runs of entries that it needs. Each runs in a process of its own,
whose largest memory is printed beside it; seconds are those of the processor, so others on the machine do not count.
The ledger is made by hand, entry for entry as the runner would write them.

    python -m benchmarks.verify --entries 1000000
"""

import argparse
import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from benchmarks.figures import Figure, heading, note
from cellchain import composition
from cellchain.kernel import canonical
from cellchain.ledger import checkpoints, foundation, merkle, stored, verify
from cellchain.ledger.append import last_position
from cellchain.ledger.audit import run_verify
from cellchain.main import Installation, opened
from cellchain.platform.config import Settings

SAID_EVERY = 1_000_000
COLUMNS = ("seq", "at", "event", "actor", "subject", "request_id", "reason", "body", "hash")
Row = tuple[Any, ...]
# A signature is added by one entry and changed by three more: a quarter as many rows as entries.
CHANGES_A_ROW = 4
BODY_BYTES = 723
START = datetime(2026, 1, 1, tzinfo=UTC)
HEX = "0123456789abcdef" * 4
EVENT = "bench:thing:done"


def entries(after: int, count: int, before: str) -> Iterator[tuple[Any, ...]]:
    """`count` rows of `ledger_entry` after `after` others, the last of which has the hash `before`."""
    for number in range(count):
        seq = after + number + 1
        at = canonical.moment(START + timedelta(seconds=seq))
        body: dict[str, Any] = {
            "seq": seq,
            "at": at,
            "happened_at": at,
            "event": EVENT,
            "version": 1,
            "actor": "PS012600000112",
            "on_behalf": None,
            "device": "bench-1",
            "subject": "LT012600000112",
            "reason": None,
            "signature": None,
            "request_id": f"{seq:036d}",
            "facts": {},
            "changes": [changed(number)],
            "prev_hash": before,
        }
        body["facts"] = {"padding": "x" * max(BODY_BYTES - len(canonical.dumps(body)), 0)}
        text = canonical.dumps(body)
        before = sha256(text.encode()).hexdigest()
        yield (seq, at, EVENT, body["actor"], body["subject"], body["request_id"], None, text, before)


def changed(number: int) -> dict[str, canonical.Json]:
    """The change of the entry that is `number`th of those made here, from 0."""
    key, turn = number // CHANGES_A_ROW + 1, number % CHANGES_A_ROW
    if turn == 0:
        return {"table": "ledger_signature", "key": key, "before": None, "after": signature(key)}
    return {
        "table": "ledger_signature",
        "key": key,
        "before": {"record_hash": hash_of(turn - 1)},
        "after": {"record_hash": hash_of(turn)},
    }


def signature(key: int, turn: int = 0) -> dict[str, canonical.Json]:
    """A row of `ledger_signature` as its changes leave it after `turn` of them."""
    return {
        "id": key,
        "subject": "LT012600000112",
        "event": EVENT,
        "signer": "PS012600000112",
        "meaning": "I measure",
        "method": "password",
        "signed_at": "2026-01-01T00:00:00.000000Z",
        "record_hash": hash_of(turn),
    }


def hash_of(turn: int) -> str:
    """The hash that a signature bears after `turn` changes."""
    return HEX[:-1] + str(turn)


def make(folder: Path, count: int) -> None:
    """A founded database with `count` more entries, the rows that they say, and a checkpoint over all of it."""
    with opened(Settings(data_dir=folder)) as house:
        foundation.found(house.database, house.runner, demonstration=False)
        with house.database.read() as tx:
            last = last_position(tx)
    rows = -(-count // CHANGES_A_ROW)
    with closing(sqlite3.connect(folder / "cellchain.db", isolation_level=None)) as link:
        link.execute("PRAGMA synchronous = OFF")
        link.execute("BEGIN")
        made = counted(entries(last.seq, count, last.hash))
        link.executemany(f"INSERT INTO ledger_entry ({', '.join(COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", made)
        names = list(signature(1))
        last_turn = (count - 1) % CHANGES_A_ROW
        link.executemany(
            f"INSERT INTO ledger_signature ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
            (
                tuple(signature(key, last_turn if key == rows else CHANGES_A_ROW - 1).values())
                for key in range(1, rows + 1)
            ),
        )
        link.execute("INSERT OR REPLACE INTO platform_counter VALUES ('ledger_signature', ?)", (rows,))
        link.execute(
            "UPDATE ledger_head SET (seq, at, hash) ="
            " (SELECT seq, at, hash FROM ledger_entry ORDER BY seq DESC LIMIT 1)"
        )
        link.execute("COMMIT")
    with opened(Settings(data_dir=folder)) as house:
        checkpoints.make(house.database, house.folder)


def counted(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows, with a word to the terminal now and then: ten million take a while."""
    for number, row in enumerate(rows, 1):
        if not number % SAID_EVERY:
            print(f"  {number:,} entries written", file=sys.stderr)
        yield row


# -- what is measured ------------------------------------------------------------------------------------------------


def floor(house: Installation) -> None:
    """Canonical JSON of every body, and SHA-256 over it."""
    with closing(sqlite3.connect(house.folder.database)) as link:
        for (body,) in link.execute("SELECT body FROM ledger_entry ORDER BY seq"):
            sha256(orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)).digest()


def bare(house: Installation) -> None:
    """SHA-256 over the bytes as they lie there, which checks neither their spelling nor their order."""
    with closing(sqlite3.connect(house.folder.database)) as link:
        for (body,) in link.execute("SELECT body FROM ledger_entry ORDER BY seq"):
            sha256(body.encode()).digest()


def chain(house: Installation) -> None:
    """The pass over the entries alone."""
    with stored.snapshot(house.database) as link:
        result = verify.check_chain(stored.entries(house.database, link), read=stored.read_bodies)
    assert not result.findings, result.findings


def replay(house: Installation) -> None:
    """Everything that `cellchain verify` does."""
    report = run_verify(house.database, house.folder, composition.INVARIANTS)
    assert report.intact, report.text()


def two_runs(house: Installation) -> None:
    """The least that a proof could do, so many times: read two runs of hashes, and make the tree over them."""
    with closing(sqlite3.connect(house.folder.database)) as link:
        sql = "SELECT hash FROM ledger_entry WHERE seq > ? ORDER BY seq LIMIT ?"
        for entry, _ in asked_of(house):
            for first in (entry, max(entry - merkle.RUN, 0)):
                nodes = [bytes.fromhex(one) for (one,) in link.execute(sql, (first, merkle.RUN))]
                nodes = [sha256(b"\x00" + node).digest() for node in nodes]
                while len(nodes) > 1:
                    pairs = zip(nodes[::2], [*nodes[1::2], b""], strict=False)
                    nodes = [sha256(b"\x01" + left + right).digest() for left, right in pairs]


def inclusion(house: Installation) -> None:
    """So many inclusion proofs, each over the whole chain."""
    with house.database.read() as tx:
        for entry, size in asked_of(house):
            house.tree.proof(tx, entry, size)


def consistency(house: Installation) -> None:
    """So many consistency proofs, each from some size to that of the whole chain."""
    with house.database.read() as tx:
        for entry, size in asked_of(house):
            house.tree.consistency(tx, entry, size)


def asked_of(house: Installation) -> list[tuple[int, int]]:
    """Entries from all over the chain, and its size; the tree has been asked before, as while the server runs."""
    with house.database.read() as tx:
        size = house.tree.size(tx)
    return [(number * size // PROOFS + 1, size) for number in range(PROOFS)]


PROOFS = 100
TARGETS = {"chain": 2.0, "replay": 4.0}
MEASURED: dict[str, Callable[[Installation], None]] = {"floor": floor, "bare": bare, "chain": chain, "replay": replay}
# A proof reads two runs and verifies itself, and the database is asked through a transaction.
PROVEN_TARGET = 2.0
PROVEN: dict[str, Callable[[Installation], None]] = {
    "two runs": two_runs,
    "inclusion": inclusion,
    "consistency": consistency,
}


def measured(name: str, folder: Path) -> tuple[float, int]:
    """Seconds and the largest memory (MB) of one measurement, in a process of its own; imports are not counted."""
    program = [sys.executable, "-m", "benchmarks.verify", "--only", name, "--folder", str(folder)]
    said = json.loads(subprocess.run(program, check=True, capture_output=True, text=True).stdout)
    return said["seconds"], said["megabytes"]


def alone(name: str, folder: Path) -> None:
    """One measurement in this process, told as JSON."""
    with opened(Settings(data_dir=folder)) as house:
        if name in PROVEN:
            asked_of(house)
        before = time.process_time()
        {**MEASURED, **PROVEN}[name](house)
        seconds = time.process_time() - before
    print(json.dumps({"seconds": seconds, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))


def main() -> None:
    """Print a table of seconds, ratios and memory for a ledger, and for a tenth of it."""
    parser = argparse.ArgumentParser(prog="verify", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="where the ledgers are made, for the disk that has room")
    parser.add_argument(
        "--only", choices=[*MEASURED, *PROVEN], help="measure this alone, in a folder that was made before"
    )
    asked = parser.parse_args()
    if asked.only is not None:
        alone(asked.only, asked.folder)
        return
    for count in (asked.entries // 10, asked.entries):
        with tempfile.TemporaryDirectory(dir=asked.folder) as place:
            folder = Path(place) / "data"
            make(folder, count)
            table(folder, count)


def table(folder: Path, count: int) -> None:
    """Measure one ledger and print it."""
    print(f"\n{count:,} entries, {(folder / 'cellchain.db').stat().st_size / 1e9:.2f} GB")
    print("| | s | entries/s | x floor | MB at most |")
    print("|---|---|---|---|---|")
    least = 0.0
    taken: dict[str, float] = {}
    for name in MEASURED:
        seconds, megabytes = measured(name, folder)
        taken[name] = seconds
        least = least or seconds
        print(f"| {name} | {seconds:.1f} | {count / seconds:,.0f} | {seconds / least:.2f} | {megabytes} |", flush=True)
    heading()
    for name, target in TARGETS.items():
        note(Figure(f"verify, {name}, {count:,} entries", taken[name], least, "s", target))
    proven = {name: measured(name, folder)[0] * 1_000 / PROOFS for name in PROVEN}
    for name in ("inclusion", "consistency"):
        note(Figure(f"{name} proof, {count:,} entries", proven[name], proven["two runs"], "ms", PROVEN_TARGET))


if __name__ == "__main__":
    main()
