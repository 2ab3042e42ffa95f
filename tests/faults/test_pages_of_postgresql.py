"""A damaged page of PostgreSQL: its checksum says so, nobody is shown what it held, and `verify` names the table."""

import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from starlette.testclient import TestClient

from cellchain import composition
from cellchain.kernel.clock import SystemClock
from cellchain.ledger.audit import run_verify
from cellchain.main import create_app, opened
from cellchain.platform.config import Settings
from cellchain.platform.db import Database
from cellchain.platform.sealing import Sealer
from cellchain.safekeeping import portable
from cellchain.safekeeping.backup import back_up
from cellchain.safekeeping.decades import take_out
from cellchain.safekeeping.health.doctor import examine
from cellchain.safekeeping.health.lines import Level, Line
from cellchain.safekeeping.restore import restore
from tests.bedside.world import played
from tests.faults.cluster import Cluster
from tests.faults.cluster import cluster as clusters
from tests.faults.damage import scribble
from tests.faults.test_disk import credentials_of
from tests.support import postgres as servers

PASSPHRASE = "plum granite otter"
BLOCK = 8_192


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A server whose pages have checksums."""
    with clusters(checksums=True) as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration's folder: its keys serve the database on the server too."""
    shutil.copytree(played(tmp_path_factory.getbasetemp()), tmp_path / "data")
    return tmp_path / "data"


def moved(folder: Path, url: str) -> Settings:
    """Put the demonstration onto the server."""
    settings = Settings(data_dir=folder, password_cost="cheap", database_url=url)
    with opened(settings.model_copy(update={"database_url": None})) as installation:
        keys = installation.keys
        target = Database(url, clock=SystemClock(), sealer=Sealer(keys.field, os.urandom))
        portable.to_postgresql(installation.database, target)
        target.close()
    return settings


def file_of(url: str, table: str, data: Path) -> tuple[Path, int]:
    """Where a table or an index lies, and how many blocks it has. Everything is written out before."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as link:
        link.execute("CHECKPOINT")
        asked = "SELECT pg_relation_filepath(%s), pg_relation_size(%s)"
        (path, size) = link.execute(asked, (table, table)).fetchone() or ("", 0)
    return data / path, size // BLOCK


def pages_line(settings: Settings) -> Line:
    """What the doctor says about pages."""
    return next(line for line in examine(settings) if line.name == "pages")


def harm(cluster: Cluster, url: str, table: str) -> servers.Postgres:
    """Nonsense over the middle of a block, while the server is down; gives the server again."""
    file, blocks = file_of(url, table, cluster.data)
    cluster.stop()
    block = blocks // 2
    scribble(file, 1, block * BLOCK + 4_000, 200)
    return cluster.start()


@pytest.mark.parametrize("table", ["ledger_entry", "manufacturing_container"])
def test_a_damaged_page_is_told_and_named(cluster: Cluster, folder: Path, tmp_path: Path, table: str) -> None:
    server = cluster.start()
    url = server.fresh_database()
    settings = moved(folder, url)
    assert pages_line(settings).level is Level.OK
    with opened(settings) as installation:
        back_up(installation, tmp_path / "monday.backup", PASSPHRASE)
    server.close()
    server = harm(cluster, url, table)
    with opened(settings) as installation:
        report = run_verify(installation.database, installation.folder, composition.INVARIANTS)
        assert not report.intact
        assert report.findings[0].table == table, report.text()
        assert "invalid page in block" in report.text(), report.text()
        with TestClient(create_app(installation), base_url="https://testserver") as client:
            token = client.post("/api/v1/sign-in", json=credentials_of(folder, "qa1")).json()["token"]
            headers = {"authorization": f"Bearer {token}"}
            seen = {}
            for path in ("/", "/lots", "/ledger", "/api/v1/ledger/entries?limit=1000&after=1000", *every_bag(folder)):
                answer = client.get(path, headers=headers)
                assert answer.status_code in (200, 404, 503), (path, answer.text[:300])
                seen[path] = answer
            told = [one.json() for path, one in seen.items() if one.status_code == 503 and path.startswith("/api/")]
            assert told
            assert {one["code"] for one in told} == {"database.damaged"}
        taken = take_out(installation, tmp_path / "all.zip", "0", personal=True, readable=True)
    assert set(taken.missing) == {table}
    assert f"  {table}: " in zipfile.ZipFile(tmp_path / "all.zip").read("README.txt").decode()
    assert pages_line(settings).level is Level.BAD
    again = server.fresh_database()
    restore(
        Settings(data_dir=tmp_path / "again", database_url=again, password_cost="cheap"),
        tmp_path / "monday.backup",
        PASSPHRASE,
    )
    server.close()


def every_bag(folder: Path) -> list[str]:
    """The trace of each bag, which reads its container."""
    bags = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["bags"]
    return [f"/api/v1/trace/{bag['code']}" for bag in bags]


def test_the_doctor_misses_checksums(postgres: servers.Postgres, folder: Path) -> None:
    """A cluster that was made without them works, and is warned of."""
    url = postgres.fresh_database()
    try:
        line = pages_line(moved(folder, url))
    finally:
        postgres.drop(url)
    assert (line.level, "no checksums" in line.seen) == (Level.WARN, True)
