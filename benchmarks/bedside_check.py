"""`make bench`: the bedside check, durable entry included, beside a raw floor in the same run.

Both servers run as processes of their own on loopback and are asked by the same plain client, in turn, so that what the
machine does meanwhile falls on both. Read the ratios, not the milliseconds.
"""

import http.client
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

REPETITIONS = 3
SECONDS = 3.0
LOOK = {"intact": True, "no_clumps": True, "label_legible": True}


@dataclass(frozen=True)
class Figure:
    """What one measurement gave: milliseconds a request, and requests a second."""

    p50: float
    p95: float
    rate: float


def measure(port: int, path: str, headers: dict[str, str], body: Callable[[], bytes], clients: int) -> Figure:
    """Ask as fast as `clients` connections can, for a bounded time."""
    times: list[float] = []
    until = time.perf_counter() + SECONDS
    lock = threading.Lock()

    def client() -> None:
        mine = []
        link = http.client.HTTPConnection("127.0.0.1", port)
        while time.perf_counter() < until:
            before = time.perf_counter()
            link.request("POST", path, body(), headers)
            answer = link.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{path} answered {answer.status}")
            mine.append(time.perf_counter() - before)
        with lock:
            times.extend(mine)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    ordered = sorted(times)
    return Figure(statistics.median(ordered) * 1000, ordered[int(len(ordered) * 0.95)] * 1000, len(ordered) / took)


def main() -> None:
    """Print p50, p95 and throughput at 1 and 16 clients, ours beside the floor."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        cellchain = Path(sys.executable).with_name("cellchain")
        subprocess.run([cellchain, "demo", "--data-dir", data], check=True, capture_output=True)
        ports = [free_port(), free_port()]
        floor = [sys.executable, "-m", "benchmarks.floor", str(Path(folder) / "floor.db"), str(ports[0])]
        ours = [str(cellchain), "serve", "--data-dir", str(data), "--port", str(ports[1])]
        servers = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for command in (floor, ours)]
        try:
            for port in ports:
                wait_for(port)
            _compare(ports, json.loads((data / "manifest.json").read_text()))
        finally:
            for server in servers:
                server.terminate()
                server.wait(20)


def _compare(ports: list[int], manifest: dict[str, list[dict[str, str]]]) -> None:
    ready = next(bag for bag in manifest["bags"] if bag["bedside"] == "ready" and bag["content"] == "msc")
    bands = {one["code"]: one["wristband"] for one in manifest["recipients"]}
    right, wrong = bands[ready["recipient"]], next(band for code, band in bands.items() if code != ready["recipient"])
    turns = [right, wrong]
    token = sign_in(ports[1], next(one for one in manifest["people"] if "nurse" in one["roles"]))
    headers = {"Content-Type": "application/json"}

    def order() -> bytes:
        turns.reverse()
        fields = {"wristband": turns[0], "bag": ready["label"], "inspection": LOOK}
        return json.dumps({"request_id": str(uuid.uuid4()), "order": fields}).encode()

    print("| clients | | p50 ms | p95 ms | per second | p50 / floor | p95 / floor | rate / floor |")
    print("|---|---|---|---|---|---|---|---|")
    for clients in (1, 16):
        pairs = []
        for _ in range(REPETITIONS):
            floor = measure(ports[0], "/check", headers, order, clients)
            signed = {**headers, "Authorization": f"Bearer {token}"}
            pairs.append((floor, measure(ports[1], "/api/v1/bedside/check", signed, order, clients)))
        _print(clients, pairs)


def _print(clients: int, pairs: list[tuple[Figure, Figure]]) -> None:
    fields = ("p50", "p95", "rate")
    shares = [statistics.median(getattr(ours, one) / getattr(floor, one) for floor, ours in pairs) for one in fields]
    for which, name in enumerate(("floor", "cellchain")):
        p50, p95, rate = (statistics.median(getattr(pair[which], one) for pair in pairs) for one in fields)
        ratios = " | ".join(f"{share:.2f}" if which else "" for share in shares)
        print(f"| {clients} | {name} | {p50:.2f} | {p95:.2f} | {rate:.0f} | {ratios} |")


def sign_in(port: int, person: dict[str, str]) -> str:
    """A token for one of the demonstration's people."""
    link = http.client.HTTPConnection("127.0.0.1", port)
    link.request(
        "POST", "/api/v1/sign-in", json.dumps({"username": person["username"], "password": person["password"]})
    )
    token: str = json.loads(link.getresponse().read())["token"]
    return token


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int) -> None:
    """Until somebody listens on a port."""
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"nothing answers on {port}")


if __name__ == "__main__":
    main()
