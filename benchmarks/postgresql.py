"""`make bench ARGS=postgresql`: the bedside check over PostgreSQL, by one worker and by two, beside pgbench.

A server of its own with everything flushed (fsync and synchronous_commit on), sixteen clients. The floor is pgbench's
simple update, sixteen clients as well. Needs PostgreSQL's own programs: `apt-get install postgresql-15`.
"""

import json
import os
import pwd
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.bedside_check import CHECK, LOOK
from benchmarks.client import Taken, demonstration, measure, median_of, served, signed_in
from benchmarks.figures import Figure, heading, note
from scripts.served import free_port

BINARIES = Path("/usr/lib/postgresql/15/bin")
CLIENTS, REPETITIONS, SECONDS = 16, 3, 5
WORKERS = (1, 2)


def main() -> int:
    """Print the rate of each, and the two ratios that the issue names."""
    if not is_there():
        print("This needs PostgreSQL's programs: apt-get install postgresql-15 postgresql-client", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="cellchain-bench-") as folder, server(Path(folder)) as port:
        data, address = Path(folder) / "site", f"postgresql+psycopg://postgres@127.0.0.1:{port}/cellchain"
        data.mkdir()
        for name in ("floor", "cellchain"):
            client(port, "createdb", name)
        client(port, "pgbench", "--initialize", "--quiet", "--scale", "10", "floor")
        there = {"database_url": address, "read_threads": "16"}
        order, person = _work(demonstration(data / "data", **there))
        floors: list[float] = []
        rates: dict[int, list[Taken]] = {workers: [] for workers in WORKERS}
        for _ in range(REPETITIONS):
            floors.append(_floor(port))
            for workers in WORKERS:
                with served(data / "data", "--workers", str(workers), **there) as ours:
                    rates[workers].append(_rate(ours, person, order))
        _tell(floors, rates)
    return 0


def is_there() -> bool:
    """Whether PostgreSQL's own programs are on this machine."""
    return (BINARIES / "postgres").exists() and shutil.which("pgbench") is not None


def _rate(port: int, person: dict[str, str], order: Callable[[], bytes]) -> Taken:
    headers = signed_in(port, person)
    measure(port, CHECK, headers, order, CLIENTS)  # plans are made, pages are in memory
    return measure(port, CHECK, headers, order, CLIENTS, seconds=SECONDS)


def _tell(floors: list[float], rates: dict[int, list[Taken]]) -> None:
    heading()
    one, two = (median_of(rates[workers], "rate") for workers in WORKERS)
    floor = statistics.median(floors)
    note(Figure("bedside check on PostgreSQL, 2 workers, 16 clients, rate", two, floor, "/s", 0.1, most=False))
    note(Figure("bedside check on PostgreSQL, 2 workers against 1", two, one, "/s", 1.6, most=False))


def _work(manifest: dict[str, Any]) -> tuple[Callable[[], bytes], dict[str, str]]:
    """Checks of every bag that is ready, with the right and a wrong wristband in turn, and a nurse."""
    bands = {one["code"]: one["wristband"] for one in manifest["recipients"]}
    ready = [bag for bag in manifest["bags"] if bag["bedside"] == "ready"]
    fields = [
        {"wristband": band, "bag": bag["label"], "inspection": LOOK}
        for bag in ready
        for band in (bands[bag["recipient"]], next(one for code, one in bands.items() if code != bag["recipient"]))
    ]

    def order() -> bytes:
        request = uuid.uuid4()
        return json.dumps({"request_id": str(request), "order": fields[request.int % len(fields)]}).encode()

    return order, next(one for one in manifest["people"] if "nurse" in one["roles"])


def _floor(port: int) -> float:
    """Transactions a second of pgbench's simple update."""
    how = ["--builtin", "simple-update", "--client", str(CLIENTS), "--jobs", "2", "--time", str(SECONDS)]
    told = client(port, "pgbench", *how, "--protocol", "prepared", "floor")
    found = re.search(r"tps = ([0-9.]+)", told)
    if found is None:
        raise RuntimeError(told)
    return float(found[1])


def client(port: int, program: str, *arguments: str) -> str:
    """What one of PostgreSQL's programs says, asked for the server at `port`."""
    there = ["--host", "127.0.0.1", "--port", str(port), "--username", "postgres"]
    return subprocess.run([program, *there, *arguments], check=True, capture_output=True, text=True).stdout


@contextmanager
def server(folder: Path) -> Iterator[int]:
    """A server that flushes as one in earnest does; ended by its number."""
    user: dict[str, Any] = {"cwd": "/"}
    if os.geteuid() == 0:
        user |= {"user": "postgres", "group": pwd.getpwnam("postgres").pw_gid, "extra_groups": []}
    folder.chmod(0o755)
    cluster = folder / "cluster"
    cluster.mkdir()
    if os.geteuid() == 0:
        os.chown(cluster, pwd.getpwnam("postgres").pw_uid, pwd.getpwnam("postgres").pw_gid)
    port, data = free_port(), str(cluster / "data")
    made = [str(BINARIES / "initdb"), "--auth=trust", "--username=postgres", "--encoding=UTF8", "--pgdata", data]
    subprocess.run(made, check=True, capture_output=True, **user)
    options = ["fsync=on", "synchronous_commit=on", "listen_addresses=127.0.0.1", f"port={port}"]
    options += [f"unix_socket_directories={cluster}", "max_connections=120", "shared_buffers=256MB"]
    command = [str(BINARIES / "postgres"), "-D", data, *(part for one in options for part in ("-c", one))]
    with (folder / "postgres.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, **user)
    try:
        for _ in range(300):
            ready = [str(BINARIES / "pg_isready"), "--quiet", "--host", "127.0.0.1", "--port", str(port)]
            if subprocess.run(ready, check=False).returncode == 0:
                break
            time.sleep(0.1)
        yield port
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


if __name__ == "__main__":
    sys.exit(main())
