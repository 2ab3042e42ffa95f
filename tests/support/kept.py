"""Answers that a room worked out and kept, compared with what it would work out now, wherever they are asked for."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from cellchain.platform.db import ReadTx


def compare_kept(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Hold every kept answer against somebody who remembers nothing; counts the questions by name."""
    asked: Counter[str] = Counter()
    worked_out = ReadTx.worked_out

    def compared(tx: ReadTx, question: Callable[..., Any], about: tuple[Any, ...]) -> Any:
        told = worked_out(tx, question, about)
        if not tx._known.works_out:  # an answer inside another is looked at with it
            anew = ReadTx(tx._database, tx._link, now=tx._now)
            assert told == question(anew, *about), f"{question.__qualname__}{about}"
            asked[question.__qualname__] += 1
        return told

    monkeypatch.setattr(ReadTx, "worked_out", compared)
    return asked
