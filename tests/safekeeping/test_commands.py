"""`cellchain backup`, `restore`, `keys` and `doctor` as people type them."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from typer.testing import CliRunner, Result

from cellchain.accounts.models import Person
from cellchain.cli import app
from cellchain.kernel.errors import Refused
from tests.safekeeping.conftest import FIRST, PASSPHRASE, Place

LINE = f"{PASSPHRASE}\n"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELLCHAIN_PASSWORD_COST", "cheap")


def run(*words: Any, told: str = LINE) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], input=told)


def code_of(done: Result) -> str:
    assert isinstance(done.exception, Refused), done.output
    return done.exception.code


def test_backup_and_restore(place: Place, tmp_path: Path) -> None:
    place.people("anna")
    made = run("backup", "--data-dir", place.folder, "--to", tmp_path / "one")
    assert made.exit_code == 0
    last = made.stdout.splitlines()[-1]
    assert last.startswith(f"intact: {FIRST + 1} entries, root ")
    done = run("restore", tmp_path / "one", "--data-dir", tmp_path / "again")
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, last)
    verified = run("verify", "--data-dir", tmp_path / "again")
    assert (verified.exit_code, verified.stdout.splitlines()[-1]) == (0, last)


def test_a_loss_is_told_to_the_letter(place: Place, tmp_path: Path) -> None:
    run("backup", "--data-dir", place.folder, "--to", tmp_path / "one")
    place.people("anna", "boris")
    place.witness()
    words = ("restore", tmp_path / "one", "--data-dir", tmp_path / "again", "--witness", place.folder / "checkpoints")
    assert code_of(run(*words)) == "restore.older"
    assert run(*words, "--acknowledge-loss").exit_code == 0
    verified = run("verify", "--data-dir", tmp_path / "again")
    assert verified.exit_code == 0
    expected = f"intact, after an acknowledged loss of 2 entries: {FIRST + 1} entries, root "
    assert verified.stdout.splitlines()[-1].startswith(expected)
    assert run(*words[:3], tmp_path / "x", "--witness", tmp_path / "none").exit_code == 2


def test_where_a_passphrase_comes_from(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("backup", "--data-dir", place.folder, "--to", tmp_path / "one")
    assert code_of(run(*words, told="")) == "sealed.no_passphrase"
    assert code_of(run(*words, told="short\n")) == "sealed.short_passphrase"
    (tmp_path / "words").write_text(f"{PASSPHRASE} file\n")
    assert run(*words, "--passphrase-file", tmp_path / "words", told="").exit_code == 0
    monkeypatch.setenv("CELLCHAIN_BACKUP_PASSPHRASE_FILE", str(tmp_path / "words"))
    assert run("restore", tmp_path / "one", "--data-dir", tmp_path / "again", told="").exit_code == 0


def test_a_new_field_key_from_the_command_to_the_restore(place: Place, tmp_path: Path) -> None:
    """Names of people lie under it: they are read before, after, from a backup of before and from one of after."""
    place.people("anna", "bela")
    place.witness()
    run("backup", "--data-dir", place.folder, "--to", tmp_path / "before")
    before = names(place)
    done = run("keys", "rotate", "field", "--data-dir", place.folder)
    assert (done.exit_code, "values were put under" in done.stdout) == (0, True)
    assert run("keys", "reseal", "--data-dir", place.folder).stdout.splitlines()[-1].startswith("0 values")
    assert run("keys", "rotate", "list", "--data-dir", place.folder).exit_code == 0
    assert names(place) == before
    assert run("verify", "--data-dir", place.folder).exit_code == 0
    run("backup", "--data-dir", place.folder, "--to", tmp_path / "after")
    for name in ("before", "after"):
        assert run("restore", tmp_path / name, "--data-dir", tmp_path / f"of {name}").exit_code == 0
        assert names(Place(tmp_path / f"of {name}")) == before
        assert run("verify", "--data-dir", tmp_path / f"of {name}").exit_code == 0
    assert {"field-1.key", "list-1.key"} <= {file.name for file in (tmp_path / "of after" / "keys").iterdir()}


def names(place: Place) -> list[str]:
    with place.open() as house, house.database.read() as tx:
        return sorted(person.name for person in tx.many(select(Person), limit=10))


def test_keys_are_exported_once_and_the_doctor_is_content(place: Place, tmp_path: Path) -> None:
    place.witness()
    run("backup", "--data-dir", place.folder, "--to", tmp_path / "one")
    first = run("doctor", "--data-dir", place.folder)
    assert (first.exit_code, first.stdout.splitlines()[-1].split(",")[0]) == (1, "1 to mend")
    assert run("keys", "export", "--data-dir", place.folder, "--to", tmp_path / "keys").exit_code == 0
    second = run("doctor", "--data-dir", place.folder, "--json")
    assert second.exit_code == 0
    assert json.loads(second.stdout)["healthy"]
    again = run("keys", "import", tmp_path / "keys", "--data-dir", tmp_path / "again")
    assert again.exit_code == 0
    assert (tmp_path / "again" / "keys" / "field.key").read_bytes() == (place.folder / "keys/field.key").read_bytes()


@pytest.mark.parametrize("words", [("backup", "--to", "x"), ("doctor",), ("keys", "export", "--to", "x")])
def test_a_missing_folder_stays_missing(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = run(*words, "--data-dir", tmp_path / "none")
    assert (done.exit_code, (tmp_path / "none").exists()) == (1, False)
