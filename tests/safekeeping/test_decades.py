"""The archive for thirty years, read with the standard library alone: nothing of cellchain is imported to read it."""

import csv
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cellchain.safekeeping import decades
from tests.bedside.world import World, played
from tests.safekeeping.conftest import Place, register

NAME = "Donor Demonstration 1"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(played(tmp_path_factory.getbasetemp()), tmp_path_factory.mktemp("decades") / "world")
    yield made
    made.close()


class Reader:
    """Somebody in thirty years, with a ZIP reader, a CSV reader and a JSON reader."""

    def __init__(self, place: Path) -> None:
        self.zip = zipfile.ZipFile(place)

    def text(self, name: str) -> str:
        return self.zip.read(name).decode()

    def rows(self, table: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.text(f"tables/{table}.csv"), newline="")))

    def objects(self, table: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text(f"tables/{table}.jsonl").splitlines()]

    def one(self, table: str, **wanted: str) -> dict[str, str]:
        (row,) = [row for row in self.rows(table) if all(row[name] == value for name, value in wanted.items())]
        return row


@pytest.fixture(scope="module")
def read(world: World, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    place = tmp_path_factory.mktemp("taken") / "all.zip"
    decades.take_out(world.installation, place, "0", personal=True)
    assert place.stat().st_mode & 0o077 == 0
    return Reader(place)


def test_the_story_of_a_bag_is_read_from_it(world: World, read: Reader) -> None:
    """From an infused bag back to the marrow and its donor, and forward to the recipient and the infusion."""
    given = {row["bag"] for row in read.rows("bedside_infusion")}
    cells = [row["code"] for row in read.rows("manufacturing_container") if row["content"] == "msc"]
    bag = next(code for code in cells if code in given)
    parents: dict[str, list[str]] = {}
    for row in read.rows("manufacturing_container_source"):
        parents.setdefault(row["child"], []).append(row["parent"])
    above, waiting = set(), [bag]
    while waiting:
        for parent in parents.get(waiting.pop(), []):
            if parent not in above:
                above.add(parent)
                waiting.append(parent)
    donations = [row for row in read.rows("donors_donation") if row["container"] in above]
    assert len(donations) == 1
    donor = read.one("donors_donor", code=donations[0]["donor"])
    assert donor["name"].startswith("Donor Demonstration")
    infusion = read.one("bedside_infusion", bag=bag)
    assignment = read.one("trial_assignment", bag=bag)
    recipient = read.one("trial_recipient", code=infusion["recipient"])
    assert assignment["recipient"] == recipient["code"] == infusion["recipient"]
    assert assignment["chain_of_identity"] == recipient["chain_of_identity"]
    checks = [row for row in read.rows("bedside_check") if row["bag"] == bag and row["verdict"] == "MATCH"]
    assert len({row["checked_by"] for row in checks}) == 2
    events = [row["event"] for row in read.rows("ledger_entry") if row["subject"] == bag]
    assert "bedside:infusion:started" in events


def test_it_opens_with_nothing_but_pythons_own_library(world: World, read: Reader) -> None:
    """Not one package, ours or anybody's: a bag's donor, its recipient, every checksum, and the chain of the ledger."""
    infusion = next(row for row in read.rows("bedside_infusion") if row["bag"] in _of_cells(read))
    script = Path(__file__).with_name("in_thirty_years.py")
    words = [sys.executable, "-I", "-S", str(script), str(read.zip.filename), infusion["bag"]]
    done = subprocess.run(words, capture_output=True, text=True, cwd="/", timeout=300)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [name.startswith("Donor Demonstration") for name in found["donors"]] == [True]
    assert found["recipients"] == [infusion["recipient"]]
    assert found["sums"]
    assert found["entries"] == world.size()


def _of_cells(read: Reader) -> set[str]:
    return {row["code"] for row in read.rows("manufacturing_container") if row["content"] == "msc"}


def test_every_table_is_there_or_left_out_with_a_reason(read: Reader) -> None:
    names = {name.removeprefix("tables/").removesuffix(".csv") for name in read.zip.namelist() if name.endswith(".csv")}
    told = json.loads(read.text("dictionary.json"))
    assert {line["table"] for line in told["columns"]} == names - {"dictionary.csv", "dictionary", "files", "files.csv"}
    assert set(told["left_out"]) == set(decades.LEFT_OUT)
    assert all(line["table_holds"] for line in told["columns"])
    columns: dict[str, list[str]] = {}
    for line in csv.DictReader(io.StringIO(read.text("dictionary.csv"))):
        columns.setdefault(line["table"], []).append(line["column"])
    for table, expected in columns.items():
        header = next(csv.reader(io.StringIO(read.text(f"tables/{table}.csv"))))
        assert header == expected


def test_csv_and_json_say_the_same(read: Reader) -> None:
    for table in ("donors_donor", "manufacturing_container", "quality_result", "bedside_check"):
        rows, objects = read.rows(table), read.objects(table)
        assert len(rows) == len(objects) > 0
        for row, told in zip(rows, objects, strict=True):
            cells = told.pop("_cells", {})
            for name, value in told.items():
                if isinstance(value, (dict, list)):
                    assert json.loads(row[name]) == value
                else:
                    shown = (
                        {None: "", True: "true", False: "false"}.get(value) if value in (None, True, False) else None
                    )
                    assert row[name] == (shown if isinstance(value, bool) or value is None else str(value))
            assert all(row[name] for name in cells)


def test_everything_has_its_checksum(read: Reader) -> None:
    lines = [line.split("  ", 1) for line in read.text("SHA256SUMS").splitlines()]
    listed = {name: digest for digest, name in lines}
    assert set(listed) == set(read.zip.namelist()) - {"SHA256SUMS"}
    for name, digest in listed.items():
        assert hashlib.sha256(read.zip.read(name)).hexdigest() == digest
    for line in csv.DictReader(io.StringIO(read.text("files.csv"))):
        assert hashlib.sha256(read.zip.read(line["file"])).hexdigest() == line["sha256"]
        assert line["as_it_was"] == "true"


def test_a_personal_value_is_proven_by_the_ledger(read: Reader) -> None:
    donor = next(row for row in read.objects("donors_donor") if row["name"] == NAME)
    commitment = "sha256:" + hashlib.sha256(donor["_cells"]["name"].encode()).hexdigest()
    bodies = [json.loads(line).get("body", "") for line in read.text("ledger/ledger.jsonl").splitlines()]
    assert any(commitment in body for body in bodies)
    assert not any(NAME in body for body in bodies)


def test_secrets_stay_secrets(read: Reader) -> None:
    for table, column in [("accounts_credential", "password_hash"), ("trial_recipient", "arm")]:
        values = {row[column] for row in read.rows(table)} - {""}
        assert values
        assert all(value.startswith("sha256:") for value in values)
        assert not any(column in row.get("_cells", {}) for row in read.objects(table))


def test_personal_values_can_be_left_out(world: World, tmp_path: Path) -> None:
    decades.take_out(world.installation, tmp_path / "some.zip", "0", personal=False)
    read = Reader(tmp_path / "some.zip")
    names = {row["name"] for row in read.rows("donors_donor")}
    assert all(name.startswith("sha256:") for name in names)
    assert "_cells" not in read.text("tables/donors_donor.jsonl")
    assert all(NAME.encode() not in read.zip.read(name) for name in read.zip.namelist())
    assert "left out" in read.text("README.txt")


def test_what_was_erased_stays_erased(place: Place, tmp_path: Path) -> None:
    """A reason that is gone from its entry is empty in the archive, and nothing of it lies elsewhere."""
    slip = "a slip of the pen"
    with place.open() as installation:
        register(installation, "anna", reason=slip)
        decades.take_out(installation, tmp_path / "before.zip", "0", personal=True)
        with installation.database.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE ledger_entry SET reason = NULL WHERE reason IS NOT NULL")
        decades.take_out(installation, tmp_path / "after.zip", "0", personal=True)
    before, after = Reader(tmp_path / "before.zip"), Reader(tmp_path / "after.zip")
    assert [row["reason"] for row in before.rows("ledger_entry")][-1] == slip
    assert [row["reason"] for row in after.rows("ledger_entry")][-1] == ""
    assert all(slip.encode() not in after.zip.read(name) for name in after.zip.namelist())
