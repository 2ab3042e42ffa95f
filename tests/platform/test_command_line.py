"""What the command line says where it cannot go on: a sentence, exit 1, and nothing left behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command line."""
    told = [sys.executable, "-c", "from cellchain.cli import main; main()", *arguments]
    return subprocess.run(told, capture_output=True, text=True, timeout=120, env={**os.environ, **environment})


def refused(done: subprocess.CompletedProcess[str], word: str) -> None:
    """Expects a sentence with this word, and no traceback."""
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert word in done.stderr


@pytest.mark.parametrize("arguments", [("migrate",), ("migrate", "--check"), ("verify",)])
def test_a_missing_folder_stays_missing(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    folder = tmp_path / "none"
    refused(run(*arguments, "--data-dir", folder), "There is no database")
    assert not folder.exists()


def test_a_folder_that_cannot_be_is_said(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("here")
    for folder in (Path("/proc/none"), file):
        refused(run("demo", "--data-dir", folder), str(folder))


@pytest.mark.parametrize(
    ("name", "value"),
    [("CELLCHAIN_SITE_TIMEZONE", "Nope/Zone"), ("CELLCHAIN_DATABASE_URL", "garbage"), ("CELLCHAIN_IDLE_MINUTES", "x")],
)
def test_a_setting_that_cannot_be_is_named(tmp_path: Path, name: str, value: str) -> None:
    refused(run("verify", "--data-dir", tmp_path, **{name: value}), name)
