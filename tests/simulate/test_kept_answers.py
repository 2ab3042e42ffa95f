"""What a room worked out and kept is what it would work out now, throughout a random story with crashes in it."""

import pytest

from cellchain.simulate import simulate
from tests.support.campaign import times
from tests.support.kept import compare_kept

STEPS = 500


def test_what_is_kept_is_what_would_be_worked_out_now(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = compare_kept(monkeypatch)
    outcome = simulate(4, STEPS * times(1))
    assert not outcome.broken, outcome.text()
    assert asked["custody_of"] > 0
