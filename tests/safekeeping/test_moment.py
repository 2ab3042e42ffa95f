"""Back to a moment on PostgreSQL, as docs/operations/backup.md says: a base backup, the log, and `verify` after it."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from cellchain.composition import INVARIANTS
from cellchain.ledger.audit import run_verify
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
        place.people("dora", "egor")
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
    with cluster.server("base", archive_mode="off", **recovery) as url:
        again = Place(place.folder, url)
        with again.open() as installation:
            report = run_verify(installation.database, installation.folder, INVARIANTS)
        assert report.text().splitlines()[-1].startswith(f"intact: {FIRST + 3} entries, root ")
        again.people("fanny")
        with again.open() as installation:
            assert run_verify(installation.database, installation.folder, INVARIANTS).entries == FIRST + 4
