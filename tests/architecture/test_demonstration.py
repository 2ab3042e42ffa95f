"""The data folder of `make run` and `make demo`: nothing is deleted, and no folder in use is moved."""

import os
from pathlib import Path

import pytest

from scripts import demonstration

FULL = """#!/bin/sh
[ "$1 $2" = "demo --data-dir" ] && [ ! -e "$3/cellchain.db" ] || exit 1
mkdir -p "$3" && echo made >"$3/cellchain.db"
"""
INTERRUPTED = FULL + "exit 130\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(demonstration, "CELLCHAIN", tmp_path / "cellchain")
    command(tmp_path, FULL)
    return tmp_path / "data"


def command(folder: Path, script: str) -> None:
    """Put a command line in place that does what `script` does."""
    path = folder / "cellchain"
    path.write_text(script)
    path.chmod(0o755)


def aside(folder: Path) -> list[Path]:
    return sorted(folder.parent.glob("data.*"))


def test_a_missing_database_is_made_once(folder: Path) -> None:
    assert demonstration.ensure(folder) == 0
    (folder / "cellchain.db").write_text("lived in")
    assert demonstration.ensure(folder) == 0
    assert (folder / "cellchain.db").read_text() == "lived in"
    assert aside(folder) == []


def test_an_interrupted_demonstration_is_put_aside_and_made_anew(folder: Path) -> None:
    command(folder.parent, INTERRUPTED)
    assert demonstration.ensure(folder) == 130
    command(folder.parent, FULL)
    assert demonstration.ensure(folder) == 0
    assert (folder / "cellchain.db").exists()
    assert [(path / "cellchain.db").exists() for path in aside(folder)] == [True]


def test_a_refused_folder_stays_as_it_is(folder: Path) -> None:
    folder.mkdir()
    (folder / "notes").write_text("mine")
    command(folder.parent, "#!/bin/sh\nexit 1\n")
    assert demonstration.ensure(folder) == 1
    assert demonstration.ensure(folder) == 1
    assert [path.name for path in folder.iterdir()] == ["notes"]
    assert aside(folder) == []


def test_renew_puts_the_old_folder_aside(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    demonstration.ensure(folder)
    (folder / "cellchain.db").write_text("lived in")
    assert demonstration.renew(folder) == 0
    assert (folder / "cellchain.db").read_text() == "made\n"
    [old] = aside(folder)
    assert (old / "cellchain.db").read_text() == "lived in"
    assert str(old) in capsys.readouterr().out


def test_renew_refuses_a_folder_in_use(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    demonstration.ensure(folder)
    with (folder / "cellchain.db").open():
        assert demonstration.renew(folder) == 1
        assert str(os.getpid()) in capsys.readouterr().err
    assert aside(folder) == []
    assert demonstration.renew(folder) == 0


def test_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert demonstration.main(["renew"]) == 2
    assert "demonstration.py" in capsys.readouterr().err
