"""The demonstration plays at any hour: late in the evening the site's day is not the day in UTC."""

import importlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cellchain.platform.config import Settings

story = importlib.import_module("cellchain.demo.play")


@pytest.mark.parametrize("hour", [1, 22])
def test_the_story_plays_late_and_early(hour: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Late:
        def now(self) -> datetime:
            return datetime(2026, 11, 22, hour, 30, tzinfo=UTC)

    monkeypatch.setattr(story, "SystemClock", Late)
    manifest = story.play(Settings(data_dir=tmp_path / "data", password_cost="cheap"), 3)
    assert sum(1 for one in manifest["recipients"] if one["arm"]) == 20
    assert len([bag for bag in manifest["bags"] if bag["bedside"] == "ready"]) >= 6
