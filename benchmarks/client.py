"""A plain client for measuring, and the servers it asks: processes of their own on loopback, ended at the end."""

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from cellchain.kernel.values import dataclass
from scripts import served as processes
from scripts.served import CELLCHAIN, free_port

SECONDS = 3.0
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Taken:
    """What one measurement gave: milliseconds a request, and requests a second."""

    p50: float
    p95: float
    p99: float
    rate: float


def median_of(several: Sequence[Taken], name: str) -> float:
    """The middle of one figure over several measurements."""
    return statistics.median(getattr(one, name) for one in several)


def measure(
    port: int,
    path: str,
    headers: Mapping[str, str],
    body: Callable[[], bytes] | None,
    clients: int,
    *,
    seconds: float = SECONDS,
) -> Taken:
    """Ask as fast as `clients` connections can, for a bounded time: POST what `body` gives, or GET without one.

    The time begins once all of them are connected: starting threads one by one is the client's doing, and took half a
    second of three at 64. Raises RuntimeError for an answer that is not 200.
    """
    times: list[float] = []
    ready = threading.Barrier(clients + 1)
    lock = threading.Lock()
    faults: list[str] = []

    def client() -> None:
        mine = []
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        link.connect()
        ready.wait()
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            before = time.perf_counter()
            link.request("GET" if body is None else "POST", path, None if body is None else body(), dict(headers))
            answer = link.getresponse()
            content = answer.read()
            if answer.status != 200:
                faults.append(f"{path} answered {answer.status}: {content[:300]!r}")
                return
            mine.append(time.perf_counter() - before)
        with lock:
            times.extend(mine)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    ready.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    if faults:
        raise RuntimeError(faults[0])
    ordered = sorted(times)

    def at(share: float) -> float:
        return ordered[int(len(ordered) * share)] * 1000

    return Taken(statistics.median(ordered) * 1000, at(0.95), at(0.99), len(ordered) / took)


def in_turn(measured: Sequence[Callable[[], Taken]], repetitions: int) -> list[list[Taken]]:
    """Measure several things in turn, so that what the machine does meanwhile falls on all of them."""
    found: list[list[Taken]] = [[] for _ in measured]
    for _ in range(repetitions):
        for place, one in enumerate(measured):
            found[place].append(one())
    return found


@contextmanager
def served(data: Path, *more: str, **settings: str) -> Iterator[int]:
    """cellchain over a data folder, with `more` on its command line; gives its port. `settings` are CELLCHAIN_…
    variables."""
    port = free_port()
    # A log on the disk that the floor has to itself would be measured too; in a house it goes to another process.
    with processes.served(data, port, _variables(settings), *more, log=Path(os.devnull)):
        yield port


def _variables(settings: Mapping[str, str]) -> dict[str, str]:
    return {f"CELLCHAIN_{name.upper()}": value for name, value in settings.items()}


@contextmanager
def floor_served(database: Path) -> Iterator[int]:
    """The floor's server; gives its port."""
    port = free_port()
    with _running([sys.executable, "-m", "benchmarks.floor", str(database), str(port)], port, {}):
        yield port


@contextmanager
def _running(command: Sequence[str], port: int, settings: Mapping[str, str]) -> Iterator[None]:
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL, env={**os.environ, **settings})
    try:
        wait_for(port)
        yield
    finally:
        server.terminate()
        server.wait(30)


def demonstration(data: Path, **settings: str) -> dict[str, list[dict[str, str]]]:
    """A new demonstration in `data`; gives its manifest. `settings` are CELLCHAIN_… variables."""
    command = [str(CELLCHAIN), "demo", "--data-dir", str(data)]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **_variables(settings)})
    found: dict[str, list[dict[str, str]]] = json.loads((data / "manifest.json").read_text())
    return found


def somebody(manifest: Mapping[str, list[dict[str, str]]], role: str) -> dict[str, str]:
    """Somebody of the demonstration with this role."""
    return next(one for one in manifest["people"] if role in one["roles"])


def sign_in(port: int, person: Mapping[str, str]) -> str:
    """A token for one of the demonstration's people."""
    link = http.client.HTTPConnection("127.0.0.1", port)
    link.request(
        "POST", "/api/v1/sign-in", json.dumps({"username": person["username"], "password": person["password"]})
    )
    token: str = json.loads(link.getresponse().read())["token"]
    return token


def signed_in(port: int, person: Mapping[str, str]) -> dict[str, str]:
    """The headers of somebody who is signed in."""
    return {**JSON, "Authorization": f"Bearer {sign_in(port, person)}"}


def wait_for(port: int) -> None:
    """Until somebody listens on a port."""
    for _ in range(3_000):  # on a machine that does much else, a start takes its time
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"nothing answers on {port}")
