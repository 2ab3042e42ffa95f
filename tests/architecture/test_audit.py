"""`make audit` says yes only where a service answered about every package."""

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from scripts import audit

KNOWN = {"name": "one", "version": "1.0", "vulns": []}
FAULTY = {"name": "two", "version": "2.0", "vulns": [{"id": "EX-1", "fix_versions": ["2.1"]}]}
UNKNOWN = {"name": "three", "skip_reason": "Dependency not found on PyPI and could not be audited: three (3.0)"}


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """A pip-audit that answers what stands here by the service's name, and fails where nothing stands."""
    given = dict[str, object]()
    program = tmp_path / "pip-audit"
    program.write_text(
        f"#!{sys.executable}\nimport json, os, sys\n"
        "told = json.loads(os.environ['ANSWERS'])[sys.argv[sys.argv.index('--vulnerability-service') + 1]]\n"
        "open(sys.argv[sys.argv.index('--output') + 1], 'w').write(json.dumps({'dependencies': told}))\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path))
    return given


@pytest.mark.parametrize(
    ("osv", "pypi", "code", "said"),
    [
        ([KNOWN], None, 0, "1 packages, no known fault"),
        (None, [KNOWN], 0, "1 packages, no known fault"),
        ([KNOWN, FAULTY], None, 1, "two 2.0: EX-1, mended in 2.1"),
        ([UNKNOWN, FAULTY], None, 1, "EX-1"),
        ([UNKNOWN], [KNOWN, UNKNOWN], 2, "nothing is known of 1 of 2 packages"),
        ([], [UNKNOWN], 2, "Nobody could say"),
        (None, None, 2, "it could not be asked"),
    ],
)
def test_yes_is_said_by_a_service_about_everything(
    answers: dict[str, object],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    osv: object,
    pypi: object,
    code: int,
    said: str,
) -> None:
    answers.update({name: told for name, told in (("osv", osv), ("pypi", pypi)) if told is not None})
    monkeypatch.setenv("ANSWERS", json.dumps(answers))
    assert audit.main() == code
    assert said in "".join(capsys.readouterr())


def test_without_the_program_nothing_passes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path) + os.pathsep)
    assert audit.main() == 2
