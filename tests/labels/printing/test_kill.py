"""kill -9 while a queue of 50 is being sent: after restarts each label was printed once, or waits for a person."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest

from cellchain.labels.printing import queries
from tests.labels.printing import sink
from tests.labels.printing.ippeve import ends_with_us
from tests.labels.printing.shop import Shop
from tests.labels.printing.sink import Sink, everything

TOP = Path(__file__).parents[3]
LABELS = 50
# The connection at which the sender is killed, and the moment of it.
KILLS = {6: "at the first byte", 17: "before the printer hung up", 29: "after the printer hung up", 41: "at once"}
DONE_S = 60


class Killer:
    """A printer that reads slowly and kills its sender at chosen moments."""

    def __init__(self) -> None:
        self.sender: subprocess.Popen[bytes] | None = None
        self.killed = threading.Semaphore(0)
        self.connections = 0
        self.labels: list[str] = []

    def __call__(self, printer: Sink, link: socket.socket) -> None:
        self.connections += 1
        moment = KILLS.get(self.connections)
        if moment == "at once":
            self.kill()
        first = link.recv(64)
        if moment == "at the first byte":
            self.kill()
        time.sleep(0.005)
        data = first + everything(link)
        if moment == "before the printer hung up":
            self.kill()
        self.labels.append(sha256(data).hexdigest())
        if moment == "after the printer hung up":
            link.shutdown(socket.SHUT_RDWR)
            self.kill()

    def kill(self) -> None:
        """End the sender without a word."""
        assert self.sender is not None
        os.kill(self.sender.pid, signal.SIGKILL)
        self.sender.wait()
        self.killed.release()


def test_no_label_twice_and_none_lost(shop: Shop, tmp_path: Path) -> None:
    killer = Killer()
    with sink.printing(killer) as printer:
        shop.printer_for(printer)
        jobs = [shop.print() for _ in range(LABELS)]
        url = shop.house.database.url
        shop.house.runner.close()
        for _ in KILLS:
            killer.sender = start(url)
            assert killer.killed.acquire(timeout=DONE_S)
        killer.sender = start(url)
        try:
            wait_until_done(shop)
        finally:
            killer.sender.kill()
            killer.sender.wait()
    came_out = Counter(killer.labels)
    stands = {job: shop.job(job) for job in jobs}
    whole = {row.bytes_hash: job for job, row in stands.items()}
    assert len(whole) == LABELS, "each label has bytes of its own"
    printed = {whole[digest]: count for digest, count in came_out.items() if digest in whole}
    assert max(printed.values()) == 1, "no label twice"
    assert {row.delivery.value for row in stands.values()} == {"sent", "unknown"}
    unknown = {job for job, row in stands.items() if row.delivery == "unknown"}
    assert 1 <= len(unknown) <= len(KILLS)
    assert {job for job, _ in shop.stuck()} == unknown, "each of them is shown to a person"
    assert set(jobs) - unknown <= printed.keys(), "what is said to be sent came out"
    assert all(row.attempts_count == 1 for row in stands.values())


def start(url: str) -> subprocess.Popen[bytes]:
    """A process that works the queue."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.labels.printing.queue_server", url], cwd=TOP, preexec_fn=ends_with_us
    )


def wait_until_done(shop: Shop) -> None:
    """Until nothing is on its way any more."""
    deadline = time.monotonic() + DONE_S
    while time.monotonic() < deadline:
        with shop.read() as tx:
            if not queries.queue_view(tx).moving:
                return
        time.sleep(0.05)
    pytest.fail("the queue is not empty")
