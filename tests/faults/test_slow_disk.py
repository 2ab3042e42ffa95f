"""A disk that takes long over each flush: people wait or read a sentence, and who only reads is answered meanwhile."""

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from cellchain.kernel.errors import Unavailable
from cellchain.main import create_app
from cellchain.platform import pace
from scripts.served import free_port
from tests.bedside.world import World, played
from tests.faults.clients import Office, nothing_is_lost, rows_of, verified
from tests.faults.served import Servers, servers
from tests.faults.test_disk import body, credentials
from tests.races.test_every_command import source_on_postgres as source_on_postgres
from tests.races.test_every_command import world_on_postgres as world_on_postgres
from tests.support.campaign import times

LONG = times(1) > 1
PEOPLE, DELAY_S, WORK_S = 6, 0.8, 20.0
SLOWLY = 0.2


class Disk:
    """Every COMMIT of a world waits here while `turning` is cleared."""

    def __init__(self, world: World) -> None:
        self.turning = threading.Event()
        self.turning.set()
        self.waits = threading.Semaphore(0)
        self.delay_s = 0.0
        database, connects = world.installation.database, world.installation.database.write_link
        database.write_link = lambda: _Slow(connects(), self)  # type: ignore[method-assign]
        world.installation.runner.close()

    @contextmanager
    def freed(self) -> Iterator[None]:
        """It turns again at the end, whatever happens."""
        try:
            yield
        finally:
            self.turning.set()

    def turn(self) -> None:
        time.sleep(self.delay_s)
        if not self.turning.is_set():
            self.waits.release()
            self.turning.wait(60)


class _Slow:
    def __init__(self, link: Any, disk: Disk) -> None:
        self._link, self._disk = link, disk

    def execute(self, sql: str, *parameters: Any) -> Any:
        if sql == "COMMIT":
            self._disk.turn()
        return self._link.execute(sql, *parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._link, name)


@pytest.fixture(params=["sqlite", *(["postgresql"] if LONG else [])])
def world(request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    if request.param == "postgresql":
        yield request.getfixturevalue("world_on_postgres")
        return
    made = World(played(tmp_path_factory.getbasetemp()), tmp_path / "slow")
    made.installation.database._writer_taken = False
    yield made
    made.close()


def test_readers_go_on_and_writers_wait_or_are_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "SLOW_S", SLOWLY)
    disk = Disk(world)
    with TestClient(create_app(world.installation), base_url="https://testserver") as client:
        token = client.post("/api/v1/sign-in", json=credentials(world, "nurse1")).json()["token"]
        headers = {"authorization": f"Bearer {token}"}
        disk.delay_s = 2 * SLOWLY
        assert client.post("/api/v1/bedside/check", json=body(world), headers=headers).status_code == 200
        before = world.size()
        disk.turning.clear()
        with ThreadPoolExecutor(12) as people, disk.freed():
            sent = [people.submit(send, client, world, headers) for _ in range(10)]
            assert disk.waits.acquire(timeout=30), "one is on its way to the disk"
            assert client.get("/healthz").status_code == 200
            assert client.get("/readyz").json() == {"status": "slow"}
            for _ in range(10):
                assert client.get("/", headers=headers).status_code == 200
            early = [one.result() for one in sent if one.done()]
            assert all(one.status_code == 503 for one in early), "nobody is told of what is not on the disk"
            disk.turning.set()
            answers = [one.result() for one in sent]
        done = [answer for answer in answers if answer.status_code == 200]
        told = [answer.json() for answer in answers if answer.status_code != 200]
        assert {(one["status"], one["code"]) for one in told} <= {(503, "database.slow")}
        assert all(one["message"].endswith(".") for one in told)
        assert done
        request_ids = {entry.request_id for entry in world.since(before) if entry.event == "bedside:bag:checked"}
        assert len(request_ids) == len(done)


def test_forms_leave_threads_to_those_who_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A form holds one of the few threads that make pages: with half of them waiting, the next is told, at once."""
    monkeypatch.setattr(pace, "SLOW_S", SLOWLY)
    runner = world.installation.runner
    disk = Disk(world)
    disk.delay_s = 2 * SLOWLY
    runner.outside(lambda _tx: None)
    assert runner.pace.slow
    entered, leave = threading.Semaphore(0), threading.Event()

    def waits() -> None:
        with runner.pace.writer():
            entered.release()
            leave.wait(30)

    most = world.installation.settings.read_threads // 2
    with ThreadPoolExecutor(most) as threads:
        held: list[Future[None]] = [threads.submit(waits) for _ in range(most)]
        for _ in held:
            assert entered.acquire(timeout=30)
        with pytest.raises(Unavailable) as caught, runner.pace.writer():
            raise AssertionError("nobody gets in")
        leave.set()
    assert caught.value.code == "database.slow"
    with runner.pace.writer():
        assert all(one.done() for one in held)


def send(client: TestClient, world: World, headers: dict[str, str]) -> Any:
    """A check over the API."""
    return client.post("/api/v1/bedside/check", json=body(world), headers=headers)


@contextmanager
def flushes_delayed(pid: int, seconds: float) -> Iterator[None]:
    """Every flush of a process takes so much longer."""
    what = f"fsync,fdatasync:delay_enter={round(seconds * 1_000_000)}"
    command = ["strace", "-q", "-f", "-p", str(pid), "-e", "trace=fsync,fdatasync", "-e", f"inject={what}"]
    tracer = subprocess.Popen([*command, "-o", "/dev/null"])
    time.sleep(1)
    assert tracer.poll() is None, "strace cannot look at a process here"
    try:
        yield
    finally:
        tracer.terminate()
        tracer.wait(60)


if LONG and shutil.which("strace"):

    @pytest.mark.campaign
    def test_a_slow_disk_under_load(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
        """The real thing, where strace can hold up the flushes of a process."""
        folder = tmp_path / "data"
        shutil.copytree(played(tmp_path_factory.getbasetemp()), folder)
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        with servers(folder, free_port()) as served:
            served.start()
            office = Office(served.url, manifest)
            office.sign_in("nurse1", "nurse2", "qa1")
            with flushes_delayed(served.pid, DELAY_S), office.at_work(PEOPLE, 1):
                seen, longest = read_meanwhile(served, office)
            with office.at_work(PEOPLE, 2):
                office.warm()
                time.sleep(1)
            served.stop()
            office.close()
        kept = nothing_is_lost(office, rows_of(folder / "cellchain.db"))
        print(f"{kept} answers, {dict(office.statuses)}, read {len(seen)} times, longest {longest:.2f} s")
        assert "slow" in seen
        assert longest < 4 * DELAY_S, "whoever reads waits for one flush at most, and not for the queue"
        report = verified(folder)
        assert report.intact, report.text()


def read_meanwhile(served: Servers, office: Office) -> tuple[list[str], float]:
    """What `/readyz` says while a page is read again and again, and the longest that either took."""
    seen, longest, until = [], 0.0, time.monotonic() + WORK_S
    headers = {"authorization": f"Bearer {office.tokens['qa1']}"}
    with httpx.Client(base_url=served.url, timeout=60) as client:
        while time.monotonic() < until:
            began = time.monotonic()
            assert client.get("/", headers=headers).status_code == 200
            seen.append(client.get("/readyz").json()["status"])
            longest = max(longest, time.monotonic() - began)
            time.sleep(0.1)
    return seen, longest
