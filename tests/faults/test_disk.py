"""A disk that is full, read-only or damaged: people read a sentence, nothing is half done, and work goes on after."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from cellchain.bedside import commands as bedside
from cellchain.cli import app as console
from cellchain.kernel.errors import Busy
from cellchain.ledger.registry import command_of
from cellchain.main import create_app, open_installation
from scripts.served import CELLCHAIN, free_port
from tests.bedside.world import INSPECTION, World, played
from tests.faults.clients import verified

NOW_AND_AGAIN = 40
FLIPPED = 0x5A


@pytest.fixture
def world(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(played(tmp_path_factory.getbasetemp()), tmp_path / "world")
    yield made
    made.close()


def check(world: World, number: int = 0) -> None:
    """A check of somebody's bag: a durable entry."""
    _, symbol, _, band = world.ready(number)
    fields = {"wristband": band, "bag": symbol, "inspection": INSPECTION}
    order = command_of(bedside.check).order.model_validate(fields)
    world.installation.runner.run(world.call("nurse1", bedside.check, order)).result()


def refused(world: World) -> str:
    """The code with which the house says that it cannot now."""
    with pytest.raises(Busy) as caught:
        check(world)
    assert str(caught.value.text).endswith(".")
    return caught.value.code


def writer(world: World) -> Any:
    """The connection that writes."""
    check(world)
    return world.installation.runner._links._one


def test_a_full_database_says_so_and_works_again(world: World) -> None:
    """As on a full disk: SQLite may not take another page."""
    link, before = writer(world), world.size()
    (pages,) = link.execute("PRAGMA page_count").fetchone()
    link.execute(f"PRAGMA max_page_count = {pages}")
    codes = []
    for _ in range(NOW_AND_AGAIN):
        try:
            check(world)
        except Busy as error:
            codes.append(error.code)
    assert "database.full" in codes
    assert set(codes) == {"database.full"}
    told = world.size() - before
    assert told == NOW_AND_AGAIN - len(codes), "who was refused has no entry, who was not has one"
    link.execute("PRAGMA max_page_count = 1073741823")
    check(world)
    assert world.size() == before + told + 1
    assert verified(world.folder).intact


def test_a_page_on_a_full_disk_is_a_sentence(world: World) -> None:
    """Reading goes on; what would write is answered with 503, a code and a sentence, on a page and for a program."""
    with TestClient(create_app(world.installation), base_url="https://testserver") as client:
        token = client.post("/api/v1/sign-in", json=credentials(world, "nurse1")).json()["token"]
        link = world.installation.runner._links._one
        assert link is not None
        (pages,) = link.execute("PRAGMA page_count").fetchone()
        headers = {"authorization": f"Bearer {token}"}
        link.execute(f"PRAGMA max_page_count = {pages}")
        full = next(
            answer
            for answer in (client.post("/api/v1/bedside/check", json=body(world), headers=headers) for _ in range(200))
            if answer.status_code != 200
        )
        assert (full.status_code, full.json()["code"]) == (503, "database.full")
        assert full.headers["retry-after"]
        assert client.get("/healthz").status_code == 200
        world.wait(minutes=3)  # the session would be marked as seen now
        page = client.get("/", headers=headers)
        assert page.status_code == 200, "who is signed in reads on"


def test_a_read_only_database_says_so(world: World) -> None:
    link = writer(world)
    link.execute("PRAGMA query_only = ON")
    before = world.size()
    assert refused(world) == "database.read_only"
    link.execute("PRAGMA query_only = OFF")
    check(world)
    assert world.size() == before + 1


if os.geteuid() == 0:

    @contextmanager
    def mounted(place: Path, size: str) -> Iterator[None]:
        """A small file system of its own, in memory."""
        place.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", "-l", place], check=True)

    @contextmanager
    def read_only(place: Path) -> Iterator[None]:
        """The file system takes nothing."""
        subprocess.run(["mount", "-o", "remount,ro", place], check=True)
        assert not os.access(place, os.W_OK)
        try:
            yield
        finally:
            subprocess.run(["mount", "-o", "remount,rw", place], check=True)

    def test_a_file_system_that_is_full_and_then_read_only(
        tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        """The real thing, where the tests may mount one."""
        source, place = played(tmp_path_factory.getbasetemp()), tmp_path / "disk"
        with mounted(place, "40m"):
            world = World(source, place / "world")
            check(world)
            filler = place / "filler"
            room = shutil.disk_usage(place).free
            filler.write_bytes(bytes(room - 65_536))
            before, codes = world.size(), []
            for _ in range(NOW_AND_AGAIN * 2):
                try:
                    check(world)
                except Busy as error:
                    codes.append(error.code)
            assert codes
            assert set(codes) <= {"database.full", "database.unavailable"}
            assert world.size() == before + NOW_AND_AGAIN * 2 - len(codes)
            filler.unlink()
            check(world)
            # A remount is "busy" while a file is open for writing: the house is closed, as after the machine's restart.
            world.close()
            with read_only(place):
                served = [str(CELLCHAIN), "serve", "--data-dir", str(place / "world"), "--port", str(free_port())]
                found = subprocess.run(served, capture_output=True, text=True, timeout=120)
                assert found.returncode == 1, found.stderr
                assert found.stderr.strip().endswith((".", ")")), found.stderr
                assert "Traceback" not in found.stderr
            world.installation = open_installation(world.installation.settings, clock=world.clock)
            check(world)
            report = verified(place / "world")
            assert report.intact, report.text()
            world.close()


def test_a_damaged_page_is_never_served_as_data(world: World) -> None:
    """Pages that do not fit together: 503 and a sentence, and `verify` says that the ledger cannot be read."""
    check(world)
    world.close()
    damage(world.folder / "cellchain.db")
    served = CliRunner().invoke(console, ["serve", "--data-dir", str(world.folder), "--port", str(free_port())])
    assert served.exit_code != 0
    report = verified(world.folder)
    assert not report.intact
    assert any(word in report.text() for word in ("malformed", "cannot be read", "damaged")), report.text()


def test_damage_while_serving_is_a_sentence(world: World) -> None:
    with TestClient(create_app(world.installation), base_url="https://testserver") as client:
        token = client.post("/api/v1/sign-in", json=credentials(world, "qa1")).json()["token"]
        headers = {"authorization": f"Bearer {token}"}
        assert world.installation.runner._links._one is not None
        world.installation.runner._links._one.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        damage(world.folder / "cellchain.db")
        world.installation.database.close()
        world.installation.runner._links._one.execute("PRAGMA shrink_memory")
        seen = set()
        for path in ("/", "/ledger", "/api/v1/ledger/entries?limit=1000", "/lots", "/people"):
            answer = client.get(path, headers=headers)
            seen.add(answer.status_code)
            assert answer.status_code in (200, 404, 403, 503), (path, answer.text[:500])
            assert "Traceback" not in answer.text
        assert 503 in seen


def test_a_changed_byte_inside_a_value_is_named_by_verify(world: World) -> None:
    """SQLite keeps no checksums, so a page may show it until `verify` has looked: it names table, row and column."""
    world.close()
    file = world.folder / "cellchain.db"
    content = file.read_bytes()
    # In the table alone: in the ledger's own text the name stands between quotes.
    changed, count = re.subn(rb'(?<!")Cold store', b"Cold stare", content)
    assert count
    file.write_bytes(changed)
    report = verified(world.folder)
    assert {(one.table, one.column) for one in report.findings} >= {("materials_location", "name")}


def damage(file: Path) -> None:
    """Every third page beyond the schema is turned over, in the file as it is open."""
    content = bytearray(file.read_bytes())
    size = int.from_bytes(content[16:18], "big")
    for page in range(100, len(content) // size, 3):
        for at in range(page * size, page * size + 512):
            content[at] ^= FLIPPED
    with file.open("r+b") as opened:
        opened.write(bytes(content))


def credentials(world: World, who: str) -> dict[str, str]:
    """What somebody signs in with."""
    return credentials_of(world.folder, who)


def credentials_of(folder: Path, who: str) -> dict[str, str]:
    """The same, by the demonstration's folder."""
    people = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["people"]
    found = next(one for one in people if one["username"] == who)
    return {"username": who, "password": found["password"]}


def body(world: World) -> dict[str, Any]:
    """A check, as a program sends it."""
    _, symbol, _, band = world.ready(0)
    order = {"wristband": band, "bag": symbol, "inspection": dict(INSPECTION)}
    return json.loads(json.dumps({"request_id": world.request_id(), "order": order}))
