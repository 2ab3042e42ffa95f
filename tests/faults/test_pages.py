"""One damaged page of each kind of an SQLite file: it is named, never served as data, read around, and put right."""

import csv
import io
import json
import re
import shutil
import sqlite3
import uuid
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from cellchain import cli
from cellchain.kernel.errors import CellchainError
from cellchain.main import create_app, opened
from cellchain.platform import pages
from cellchain.platform.config import Settings
from cellchain.safekeeping.backup import back_up
from cellchain.safekeeping.restore import restore
from scripts.served import free_port
from tests.bedside.world import played
from tests.faults import damage
from tests.faults.clients import verified
from tests.faults.test_disk import credentials_of

PASSPHRASE = "plum granite otter"
FILE = "cellchain.db"
PAGES = (
    "/",
    "/ledger",
    "/lots",
    "/people",
    "/worklist",
    "/api/v1/ledger/entries?limit=1000",
    "/api/v1/ledger/checkpoint",
)


@dataclass(frozen=True)
class Kind:
    """What is damaged, the table that has to be named, and whether rows are lost by it."""

    harm: Callable[[Path], object]
    table: str
    loses: bool = True
    opens: bool = True


def of(name: str, kind: str, place: int = 0) -> Callable[[Path], object]:
    """Nonsense over a page of this table or index."""
    return lambda file: damage.scribble(file, damage.pages_of(file, name, kind)[place])


KINDS = {
    "the head of the file": Kind(lambda file: damage.scribble(file, 1, 0, 100), pages.FILE, opens=False),
    "page 1, which begins the list of tables": Kind(
        lambda file: damage.scribble(file, 1, 100, 3_996), pages.FILE, opens=False
    ),
    "a leaf of the list of tables": Kind(of("sqlite_schema", "leaf", 3), pages.FILE, opens=False),
    "a branch of the ledger": Kind(of("ledger_entry", "internal", 1), "ledger_entry"),
    "a leaf of the ledger": Kind(of("ledger_entry", "leaf", 40), "ledger_entry"),
    "a blank leaf of the ledger": Kind(
        lambda file: damage.blank(file, damage.pages_of(file, "ledger_entry", "leaf")[40]), "ledger_entry"
    ),
    "what is too long for a leaf of the ledger": Kind(of("ledger_entry", "overflow", 2), "ledger_entry", loses=False),
    "a leaf of another table": Kind(of("manufacturing_container", "leaf", 0), "manufacturing_container"),
    "a leaf of an index": Kind(of("ix_ledger_entry_subject", "leaf", 5), "ledger_entry", loses=False),
    "the index of a table's key": Kind(
        of("sqlite_autoindex_trial_recipient_1", "leaf"), "trial_recipient", loses=False
    ),
    "the list of free pages": Kind(
        lambda file: damage.scribble(file, damage.free_pages(file)[0]), pages.FILE, loses=False
    ),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A closed demonstration in one file, and its backup."""
    folder = tmp_path_factory.mktemp("pages") / "data"
    shutil.copytree(played(tmp_path_factory.getbasetemp()), folder)
    backup = folder.parent / "monday.backup"
    with opened(Settings(data_dir=folder, password_cost="cheap")) as installation:
        back_up(installation, backup, PASSPHRASE)
    return folder, backup


@pytest.fixture(params=list(KINDS))
def harmed(request: pytest.FixtureRequest, whole: tuple[Path, Path], tmp_path: Path) -> tuple[Path, Kind]:
    """A copy with one damaged page."""
    kind = KINDS[request.param]
    folder = tmp_path / "data"
    shutil.copytree(whole[0], folder)
    kind.harm(folder / FILE)
    return folder, kind


def said(*words: str | Path) -> Result:
    """What the command line says, which is never a fault of ours."""
    done = CliRunner().invoke(cli.app, list(map(str, words)))
    if isinstance(done.exception, CellchainError):
        return done  # `cli.main` says its sentence
    assert done.exception is None or isinstance(done.exception, SystemExit | sqlite3.Error), done.exception
    return done


def test_it_is_named_and_put_right(harmed: tuple[Path, Kind], whole: tuple[Path, Path], tmp_path: Path) -> None:
    """`verify`, `doctor` and `serve` say which table, and the backup puts it right."""
    folder, kind = harmed
    report = verified(folder)
    assert not report.intact
    first = report.findings[0]
    assert first.table == kind.table, report.text()
    assert report.text().splitlines()[-1].startswith("broken: "), report.text()
    assert "Traceback" not in report.text()
    assert verified(folder).findings == report.findings, "who looks twice sees the same"
    looked = said("doctor", "--data-dir", folder)
    assert looked.exit_code == 1
    (line,) = [line for line in looked.stdout.splitlines() if line.startswith("bad   pages: ")]
    assert kind.table in line
    served = said("serve", "--data-dir", folder, "--port", str(free_port()))
    assert isinstance(served.exception, CellchainError)
    assert served.exception.code == "database.pages_damaged"
    assert kind.table in str(served.exception.text)
    restore(Settings(data_dir=tmp_path / "again"), whole[1], PASSPHRASE)
    assert verified(tmp_path / "again").intact


def test_it_is_never_shown_as_data(harmed: tuple[Path, Kind]) -> None:
    """Where it is served all the same (a page that went bad since the start): what is right, or 503 and a sentence."""
    folder, kind = harmed
    if not kind.opens:
        return
    sound = {}
    with (
        opened(Settings(data_dir=folder, password_cost="cheap")) as installation,
        TestClient(create_app(installation), base_url="https://testserver") as client,
    ):
        answer = client.post("/api/v1/sign-in", json=credentials_of(folder, "qa1"))
        assert answer.status_code in (200, 503), answer.text
        if answer.status_code == 503:
            assert told(answer)
            return
        headers = {"authorization": f"Bearer {answer.json()['token']}"}
        for path in PAGES:
            sound[path] = answer = client.get(path, headers=headers)
            assert answer.status_code in (200, 404, 503), (path, answer.text[:300])
            assert "Traceback" not in answer.text
            assert answer.status_code != 503 or not path.startswith("/api/") or told(answer)
        lot = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["lots"][0]["code"]
        order = {"request_id": str(uuid.uuid4()), "order": {"subject": lot, "reason": "It is looked into."}}
        answer = client.post("/api/v1/quality/hold", json=order, headers=headers)
        assert answer.status_code in (200, 503), answer.text
        assert answer.status_code == 200 or told(answer)
    if kind.table == "ledger_entry" and kind.loses:
        assert sound["/api/v1/ledger/entries?limit=1000"].status_code == 503


def told(answer: Any) -> bool:
    """A code of the database's, and a sentence."""
    problem = answer.json()
    return str(problem["code"]).startswith("database.") and str(problem["message"]).endswith(".")


def test_what_can_be_read_is_taken_out(harmed: tuple[Path, Kind], whole: tuple[Path, Path], tmp_path: Path) -> None:
    """Every row that lies on other pages, and a word about the others; a usual export of it is refused or whole."""
    folder, kind = harmed
    place = tmp_path / "all.zip"
    done = said("export", "everything", "--readable", "--data-dir", folder, "--to", place)
    if not kind.opens:
        assert done.exit_code == 1
        assert not place.exists()
        return
    assert done.exit_code == (1 if kind.loses else 0), done.output
    archive = zipfile.ZipFile(place)
    readme = archive.read("README.txt").decode()
    before = rows_of(whole[0])
    lost = {table: count - len(rows_in(archive, table)) for table, count in before.items() if _goes_out(archive, table)}
    assert {table for table, count in lost.items() if count} == ({kind.table} if kind.loses else set())
    assert lost[kind.table] < before[kind.table] if kind.loses and kind.table != "manufacturing_container" else True
    assert (f"  {kind.table}: " in readme) is kind.loses
    plain = said("export", "everything", "--data-dir", folder, "--to", tmp_path / "plain.zip")
    assert (plain.exit_code == 0) <= (not kind.loses)


def rows_of(folder: Path) -> dict[str, int]:
    """How many rows each table has."""
    with closing(sqlite3.connect(folder / FILE)) as link:
        tables = [name for (name,) in link.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {name: link.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}


def _goes_out(archive: zipfile.ZipFile, table: str) -> bool:
    return f"tables/{table}.csv" in archive.namelist()


def rows_in(archive: zipfile.ZipFile, table: str) -> list[dict[str, str]]:
    """The rows of a table in the archive."""
    return list(csv.DictReader(io.StringIO(archive.read(f"tables/{table}.csv").decode(), newline="")))


def test_both_sides_of_a_damaged_leaf_are_taken_out(whole: tuple[Path, Path], tmp_path: Path) -> None:
    """The ledger goes on behind the damage, and nothing is signed over what is not the whole."""
    folder = tmp_path / "data"
    shutil.copytree(whole[0], folder)
    KINDS["a leaf of the ledger"].harm(folder / FILE)
    said("export", "everything", "--readable", "--data-dir", folder, "--to", tmp_path / "all.zip")
    archive = zipfile.ZipFile(tmp_path / "all.zip")
    lines = [json.loads(line) for line in archive.read("ledger/ledger.jsonl").splitlines()]
    found = [line["seq"] for line in lines if "body" in line]
    gaps = [(one, two) for one, two in pairwise(found) if two != one + 1]
    assert len(gaps) == 1
    assert gaps[0][1] - gaps[0][0] < 20
    assert found[-1] == rows_of(whole[0])["ledger_entry"]
    sizes = [int(line["checkpoint"].splitlines()[1]) for line in lines if "checkpoint" in line]
    assert all(size == found[-1] for size in sizes), "only what was signed while it was whole"


def test_an_index_that_lacks_a_row_is_found(whole: tuple[Path, Path], tmp_path: Path) -> None:
    """No page is torn: whoever asks through the index misses a row. Serving is refused, and the doctor says which."""
    folder = tmp_path / "data"
    shutil.copytree(whole[0], folder)
    file = folder / FILE
    name = "ix_trial_assignment_recipient"
    (page, *_) = damage.pages_of(file, name, "leaf")
    content = file.read_bytes()
    begins = (page - 1) * damage.PAGE
    code = re.search(rb"RC[0-9]{12}", content[begins : begins + damage.PAGE])
    assert code is not None
    damage.turned(file, begins + code.end() - 1)
    report = verified(folder)
    assert (report.findings[-1].table, name in report.findings[-1].message) == ("trial_assignment", True), report.text()
    served = said("serve", "--data-dir", folder, "--port", str(free_port()))
    assert isinstance(served.exception, CellchainError)
    assert name in str(served.exception.text)


def test_a_large_file_is_looked_through_where_something_else_is_wrong(
    whole: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "CHECKED_BYTES_MAX", 1_000)
    sound = verified(whole[0])
    assert sound.intact
    assert sound.text().startswith("pages: not looked at")
    shutil.copytree(whole[0], tmp_path / "data")
    KINDS["a leaf of another table"].harm(tmp_path / "data" / FILE)
    assert verified(tmp_path / "data").findings[0].table == "manufacturing_container"
