"""The stand-alone check, run as anybody would: a file, an export, and nothing of this installation."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cellchain.trial import allocation
from cellchain.trial.setup import queries as setup
from cellchain.trial.setup import routes
from tests.trial.story import PASSPHRASE, STUDY, Story

SCRIPT = Path(routes.__file__).parent / routes.SCRIPT
TAMPERED = ["arm", "salt", "number", "path", "length", "study"]


@pytest.fixture
def folder(tmp_path: Path, story: Story) -> Path:
    """Both exports after three randomisations, and the passphrase."""
    for _ in range(3):
        story.randomised()
    with story.house.read() as tx:
        (tmp_path / "list.json").write_text(json.dumps(setup.list_export(tx, STUDY.code)))
        (tmp_path / "sealed.json").write_text(json.dumps(setup.sealed_export(tx, STUDY.code)))
    (tmp_path / "passphrase").write_text(PASSPHRASE + "\n")
    return tmp_path


def checked(folder: Path, *more: str, alone: bool = True) -> subprocess.CompletedProcess[str]:
    """The script on list.json: `alone` without any installed package, else with those of the interpreter."""
    call = [sys.executable, "-I", *(["-S"] if alone else []), str(SCRIPT), "list.json", *more]
    return subprocess.run(call, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def sealed(folder: Path) -> subprocess.CompletedProcess[str]:
    """The whole list, opened with the passphrase."""
    return checked(folder, "--sealed", "sealed.json", "--passphrase-file", "passphrase", alone=False)


def changed(path: Path, change: Any) -> None:
    """The file with a change."""
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


def test_what_was_revealed_leads_to_the_root_of_the_ledger(folder: Path, story: Story) -> None:
    entry = next(one for one in story.house.entries() if one.event == "trial:allocation_list:committed")
    root = json.loads(entry.body)["facts"]["root"]
    found = checked(folder, "--root", root)
    assert (found.returncode, found.stdout) == (0, f"holds: 3 of 20 rows, root {root}.\n"), found.stderr
    assert checked(folder, "--root", "0" * 64).returncode == 1


def test_the_export_holds_no_row_that_was_not_revealed(folder: Path, story: Story) -> None:
    data = json.loads((folder / "list.json").read_text())
    assert [row["number"] for row in data["rows"]] == [1, 2, 3]
    assert data["ledger"]["entry"] == len(story.house.entries())
    key = story.house.database.house.list_key
    opened = [
        allocation.unseal(row["sealed"], STUDY.code, row["number"], key)
        for row in json.loads((folder / "sealed.json").read_text())["rows"]
    ]
    assert len(opened) == 20
    assert not any(row.salt.hex() in (folder / "list.json").read_text() for row in opened[3:])
    for name in ("list.json", "sealed.json"):
        assert key.hex() not in (folder / name).read_text()


@pytest.mark.parametrize("what", TAMPERED)
def test_a_changed_row_does_not(folder: Path, what: str) -> None:
    def change(data: dict[str, Any]) -> None:
        row = data["rows"][1]
        row["arm"] = {"MSC": "CONTROL", "CONTROL": "MSC"}[row["arm"]] if what == "arm" else row["arm"]
        row["salt"] = row["salt"][::-1] if what == "salt" else row["salt"]
        row["number"] += what == "number"
        row["path"] = row["path"][::-1] if what == "path" else row["path"]
        data["length"] = 8 if what == "length" else data["length"]
        data["study"] += "X" * (what == "study")

    changed(folder / "list.json", change)
    found = checked(folder)
    assert found.returncode == 1
    assert "does not lead to the root" in found.stdout
    assert "BROKEN" in found.stdout


def test_the_whole_list_opens_with_the_passphrase_and_makes_the_root(folder: Path) -> None:
    found = sealed(folder)
    assert (found.returncode, found.stdout.count("The whole sealed list makes it.")) == (0, 1), found.stdout
    (folder / "passphrase").write_text("four other unrelated words")
    assert (sealed(folder).returncode, "does not open" in sealed(folder).stdout) == (1, True)


def test_rows_put_in_another_order_do_not_open(folder: Path) -> None:
    def swap(data: dict[str, Any]) -> None:
        rows = data["rows"]
        rows[10]["sealed"], rows[11]["sealed"] = rows[11]["sealed"], rows[10]["sealed"]

    changed(folder / "sealed.json", swap)
    assert sealed(folder).returncode == 1


def test_a_row_left_out_of_the_sealed_list_is_found(folder: Path) -> None:
    changed(folder / "sealed.json", lambda data: data["rows"].pop())
    assert "do not make the root" in sealed(folder).stdout


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"rows": 3, "root": "0"}', '{"rows": [{}], "root": "00"}'])
def test_what_is_no_list_is_said_to_be_none(folder: Path, content: str) -> None:
    (folder / "list.json").write_text(content)
    found = checked(folder)
    assert found.returncode == 2
    assert "cannot be read as an allocation list" in found.stderr
    assert "Traceback" not in found.stderr
