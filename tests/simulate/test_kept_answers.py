"""What a room worked out and kept is what it would work out now, throughout a random story with crashes in it."""

from collections.abc import Callable
from typing import Any

import pytest

from cellchain.platform.db import ReadTx
from cellchain.simulate import simulate
from tests.support.campaign import times

STEPS = 600


def test_what_is_kept_is_what_would_be_worked_out_now(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, int] = {}
    worked_out = ReadTx.worked_out

    def compared(tx: ReadTx, question: Callable[..., Any], about: tuple[Any, ...]) -> Any:
        told = worked_out(tx, question, about)
        if not tx._known.works_out:
            anew = ReadTx(tx._database, tx._link, now=tx._now)  # who remembers nothing
            assert told == question(anew, *about), f"{question.__qualname__}{about}"
            asked[question.__qualname__] = asked.get(question.__qualname__, 0) + 1
        return told

    monkeypatch.setattr(ReadTx, "worked_out", compared)
    outcome = simulate(4, STEPS * times(1))
    assert not outcome.broken, outcome.text()
    assert asked["_standing"] > 0
    assert asked["custody_of"] > 0
    assert asked["read_bag"] > 0
