"""Back to a moment on PostgreSQL, as docs/operations/backup.md says, each step of it: a base backup, the log,
recovery to a moment before the end, the start that is refused, the acknowledged loss, and the work that goes on.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2 as httpx
import psycopg
import pytest
from typer.testing import CliRunner, Result

from cellchain import cli
from cellchain.composition import INVARIANTS
from cellchain.kernel.errors import Refused
from cellchain.ledger.append import last_position
from cellchain.ledger.audit import run_verify
from cellchain.ledger.queries import entries_after
from scripts.served import free_port
from tests.safekeeping.conftest import FIRST, Place
from tests.support import postgres as servers

WAIT_S = 60
LASTING = {
    "wal_level": "replica",
    "archive_mode": "on",
    "max_wal_senders": "4",
    "listen_addresses": "",
    "timezone": "UTC",
    "shared_buffers": "32MB",
    "io_method": "sync",
}


class Cluster:
    """The programs of PostgreSQL and a home for servers whose log is kept."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.user = servers.UNPRIVILEGED if os.geteuid() == 0 else None
        if self.user:
            shutil.chown(home, self.user)
        self.programs = servers.binaries_for(self.user, home)
        self.archive = home / "archive"
        self.run(
            "initdb", "--auth=trust", "--username=cellchain", "--no-locale", "--encoding=UTF8", "-D", home / "first"
        )
        self.archive.mkdir()
        if self.user:
            shutil.chown(self.archive, self.user)

    def run(self, program: str, *words: str | Path) -> None:
        done = servers._run([self.programs / program, *words], self.user)
        assert done.returncode == 0, done.stderr

    @contextmanager
    def server(self, data: str, **settings: str) -> Iterator[str]:
        """A server over `data`; gives the address of its database `postgres`."""
        wanted = {
            **LASTING,
            "archive_command": f"test ! -f {self.archive}/%f && cp %p {self.archive}/%f",
            **settings,
        }
        options = [part for name, value in wanted.items() for part in ("-c", f"{name}={value}")]
        with (self.home / f"{data}.log").open("wb") as log:
            process = subprocess.Popen(
                [self.programs / "postgres", "-D", self.home / data, "-k", self.home, *options],
                **servers._as(self.user),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            self._await(process, data)
            yield f"postgresql+psycopg://cellchain@/postgres?host={self.home}"
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(WAIT_S)

    def _await(self, process: "subprocess.Popen[bytes]", data: str) -> None:
        """Until it takes entries: a server that is still recovering only reads."""
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline and process.poll() is None:
            try:
                with psycopg.connect(f"host={self.home} dbname=postgres user=cellchain", autocommit=True) as link:
                    (recovering,) = link.execute("SELECT pg_is_in_recovery()").fetchone() or (True,)
                    if not recovering:
                        return
            except psycopg.OperationalError:
                pass
            time.sleep(0.1)
        raise AssertionError((self.home / f"{data}.log").read_text())


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    home = Path(tempfile.mkdtemp(prefix="cellchain-pitr-", dir="/tmp"))
    try:
        yield Cluster(home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def test_the_database_goes_back_to_a_moment(cluster: Cluster, tmp_path: Path) -> None:
    """What was written until then is there and proven, what came after is not."""
    place, recovery = lived_through(cluster, tmp_path, after=("dora", "egor"))
    with cluster.server("base", archive_mode="off", **recovery) as url:
        again = Place(place.folder, url)
        with again.open() as installation:
            report = run_verify(installation.database, installation.folder, INVARIANTS)
        assert report.text().splitlines()[-1].startswith(f"intact: {FIRST + 3} entries, root ")
        again.people("fanny")
        with again.open() as installation:
            assert run_verify(installation.database, installation.folder, INVARIANTS).entries == FIRST + 4


def lived_through(
    cluster: Cluster, tmp_path: Path, after: tuple[str, ...], witnessed: bool = False
) -> tuple[Place, dict[str, str]]:
    """A base backup, work, a moment, more work, and the end of the server; what recovery to that moment needs.

    witnessed  a checkpoint is signed over what comes after the moment too, here and on another machine
    """
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with cluster.server("first") as url:
        place = Place(tmp_path / "data", url).found()
        place.people("anna")
        base = cluster.home / "base"
        cluster.run(
            "pg_basebackup", "-h", cluster.home, "-U", "cellchain", "-D", base, "--checkpoint=fast", "-X", "none"
        )
        place.people("boris", "clara")
        place.witness()
        time.sleep(0.05)
        with psycopg.connect(f"host={cluster.home} dbname=postgres user=cellchain", autocommit=True) as link:
            (moment,) = link.execute("SELECT now()::text").fetchone() or ("",)
        time.sleep(0.05)
        place.people(*after)
        if witnessed:
            place.witness()
            shutil.copytree(place.folder / "checkpoints", elsewhere, dirs_exist_ok=True)
        with psycopg.connect(f"host={cluster.home} dbname=postgres user=cellchain", autocommit=True) as link:
            link.execute("SELECT pg_switch_wal()")
    (base / "recovery.signal").touch()
    if cluster.user:
        shutil.chown(base / "recovery.signal", cluster.user)
    recovery = {
        "restore_command": f"cp {cluster.archive}/%f %p",
        "recovery_target_time": moment,
        "recovery_target_action": "promote",
    }
    return place, recovery


def test_what_was_witnessed_after_the_moment_is_acknowledged(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A witness knows more than what came back: nobody serves it until a signed entry says what is gone."""
    place, recovery = lived_through(cluster, tmp_path, after=("dora", "egor"), witnessed=True)
    for file in (place.folder / "checkpoints").iterdir():
        file.unlink()  # the machine is another one: what outlived it is the witness
    kept, lost = FIRST + 3, 2
    with cluster.server("base", archive_mode="off", **recovery) as url:
        monkeypatch.setenv("CELLCHAIN_DATABASE_URL", url)
        monkeypatch.setenv("CELLCHAIN_WITNESS_DIRS", str(tmp_path / "elsewhere"))
        for words in (["serve", "--port", str(free_port())], ["migrate", "--mend-guards"]):
            refused = said(place, *words)
            assert isinstance(refused.exception, Refused), refused.output
            assert refused.exception.code == "database.older"
            assert f"{lost} entries are missing" in str(refused.exception.text)
        broken = said(place, "verify")
        assert (broken.exit_code, f"entry {kept + 1}, table ledger_entry" in broken.stdout) == (1, True), broken.output
        assert size(place, url) == kept, "whoever was refused wrote nothing"
        done = said(place, "acknowledge-loss")
        assert done.exit_code == 0, done.output
        intact = f"intact, after an acknowledged loss of {lost} entries: {kept + 1} entries, root "
        assert done.stdout.splitlines()[-1].startswith(intact)
        event, facts = last_entry(place, url)
        assert event == "platform:loss:acknowledged"
        assert (facts["witnessed_size"], facts["kept_entries"]) == (kept + lost, kept)
        assert said(place, "verify").stdout.splitlines()[-1].startswith(intact)
        twice = said(place, "acknowledge-loss")
        assert isinstance(twice.exception, Refused)
        served(place, url, tmp_path / "elsewhere")
        Place(place.folder, url).people("fanny", "gleb")
        assert said(place, "verify").stdout.splitlines()[-1].startswith("intact, after an acknowledged loss of 2")


def said(place: Place, *words: str) -> Result:
    """What the command line says."""
    return CliRunner().invoke(cli.app, [*words, "--data-dir", str(place.folder)])


def size(place: Place, url: str) -> int:
    """How many entries there are."""
    with Place(place.folder, url).open() as installation, installation.database.read() as tx:
        return last_position(tx).seq


def last_entry(place: Place, url: str) -> tuple[str, dict[str, Any]]:
    """The event and the facts of the last entry."""
    with Place(place.folder, url).open() as installation, installation.database.read() as tx:
        entry = entries_after(tx, last_position(tx).seq - 1, 1)[0]
    return entry.event, json.loads(entry.body)["facts"]


def served(place: Place, url: str, witness: Path) -> None:
    """`serve` starts on it, takes entries, and signs a checkpoint when it stops."""
    port = free_port()
    environment = {
        **os.environ,
        "CELLCHAIN_DATABASE_URL": url,
        "CELLCHAIN_WITNESS_DIRS": str(witness),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    words = [sys.executable, "-m", "cellchain", "serve", "--data-dir", str(place.folder), "--port", str(port)]
    process = subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 3 * WAIT_S
        ready = False
        while not ready and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.2)
            with suppress(httpx.TransportError):
                ready = httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=10).status_code == 200
        assert ready, process.stderr.read() if process.stderr and process.poll() is not None else "it is not ready"
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=WAIT_S)
    assert process.returncode == 0
