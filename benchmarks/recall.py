"""`make bench`: a recall over a million containers, from a donor with ten thousand descendants.

The list is complete within two seconds, and what is found can be acted on from the same screen: both are measured, the
list through the query and the screen, the export and the signature through the served application. The floor is one
plain question of the database for as many rows by their keys. `--postgres` measures on a PostgreSQL of this run alone,
which flushes what it commits, in the place of SQLite.
"""

import argparse
import http.client
import json
import os
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url, text

from benchmarks import wide_database
from benchmarks.client import served, sign_in
from cellchain.demo import play
from cellchain.main import opened
from cellchain.platform.config import Settings
from cellchain.quality.recalls.queries import scope_of
from tests.support import postgres

CONTAINERS = int(os.environ.get("BENCH_CONTAINERS", "1000000"))
TURNS = 5
WITHIN_SECONDS = 2.0
# What the server of the tests leaves out, and one with a site's data may not.
DURABLE = ("fsync", "full_page_writes", "synchronous_commit", "autovacuum")


def main() -> None:
    """Print how long a list, a screen, an export and the act take."""
    parser = argparse.ArgumentParser(prog="recall", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--postgres", action="store_true", help="measure on PostgreSQL")
    if parser.parse_args().postgres:
        with _postgres() as url:
            _measure(url)
    else:
        _measure(None)


@contextmanager
def _postgres() -> Iterator[str]:
    """The URL of an empty database on a server that flushes what it commits."""
    with postgres.running() as server:
        url = server.fresh_database()
        libpq = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(libpq, autocommit=True) as link:
            for name in DURABLE:
                link.execute(f"ALTER SYSTEM SET {name} = on")
            link.execute("ALTER SYSTEM SET max_wal_size = '4GB'")
            link.execute("SELECT pg_reload_conf()")
        yield url


def _measure(url: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder) / "data", password_cost="cheap", database_url=url)
        play(settings, 1)
        with opened(settings) as installation:
            before = time.perf_counter()
            donor = wide_database.make(installation.database, CONTAINERS)
            made_in = time.perf_counter() - before
            print(f"{CONTAINERS:,} containers made in {made_in:.0f} s")
            print("| a donor with 10,000 descendants | p50 s | slowest s |")
            print("|---|---|---|")
            _print("floor: 10,000 rows by key", lambda: _by_key(installation))
            found = _print("the complete list", lambda: _listed(installation, donor))
        with_pages = _served(settings.data_dir, donor, url)
    late = max(found, with_pages)
    print(f"{'within' if late <= WITHIN_SECONDS else 'BEYOND'} {WITHIN_SECONDS:.0f} s")


def _print(name: str, work: Callable[[], Any], turns: int = TURNS) -> float:
    taken = []
    for _ in range(turns):
        before = time.perf_counter()
        work()
        taken.append(time.perf_counter() - before)
    print(f"| {name} | {statistics.median(taken):.3f} | {max(taken):.3f} |", flush=True)
    return max(taken)


def _by_key(installation: Any) -> None:
    with installation.database.engine.connect() as link:
        rows = link.execute(text("SELECT * FROM manufacturing_container WHERE code >= 'BG0131' LIMIT 10000"))
        if len(rows.all()) != min(10_000, CONTAINERS):
            raise RuntimeError("the floor reads ten thousand rows")


def _listed(installation: Any, donor: str) -> None:
    with installation.database.read() as tx:
        scope = scope_of(tx, donor)
    if len(scope.containers) != wide_database.OF_DONOR:
        raise RuntimeError(f"{len(scope.containers)} of {wide_database.OF_DONOR} were found")


def _served(data: Path, donor: str, url: str | None) -> float:
    """The screen, the exports and the signature of the served application; gives the slowest screen."""
    named = {} if url is None else {"database_url": url}
    with served(data, **named) as port:
        manifest = json.loads((data / "manifest.json").read_text())
        qa = next(one for one in manifest["people"] if "qa" in one["roles"])
        signed = {"Authorization": f"Bearer {sign_in(port, qa)}", "Content-Type": "application/json"}

        def get(path: str) -> bytes:
            return _ask(port, "GET", path, signed)

        screen = _print("the screen to look and sign on", lambda: get(f"/quality/recall?root={donor}"))
        _print("the list as CSV", lambda: get(f"/quality/recall/list.csv?root={donor}"), 2)
        _print("the list as JSON", lambda: get(f"/quality/recall/list.json?root={donor}"), 2)
        order = {"root": donor, "reason": "Benchmark: a donor in doubt."}
        proof = {"username": qa["username"], "password": qa["password"]}
        body = {"request_id": str(uuid.uuid4()), "order": order, "signature": proof}
        answers: list[bytes] = []
        act = "/api/v1/quality/recall"
        _print("all of it stopped, signed", lambda: answers.append(_ask(port, "POST", act, signed, body)), 1)
        number = json.loads(answers[0])["result"]["recall"]
        _print("its page afterwards", lambda: get(f"/quality/recalls/{number}"))
    return screen


def _ask(port: int, method: str, path: str, headers: dict[str, str], body: Any = None) -> bytes:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    link.request(method, path, None if body is None else json.dumps(body), headers)
    answer = link.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}: {content[:400]!r}")
    return content


if __name__ == "__main__":
    main()
