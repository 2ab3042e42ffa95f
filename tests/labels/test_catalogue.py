"""Versions of a design: kept as text, printed and shown as approved, with their dates of use."""

from pathlib import Path

import pytest

from cellchain.labels import commands, queries
from cellchain.labels import design as designs
from tests.labels.story import BAG, OTHER_BAG, Desk
from tests.trial.story import refuses

NAME = "container"


def changed(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """The folder of the design, as somebody changed it."""
    source = designs.source_of(NAME).replace("For clinical trial use only", "For clinical trial use")
    path = folder / NAME
    path.mkdir(parents=True)
    (path / "design.toml").write_text(source, encoding="utf-8")
    (path / "sample.json").write_text("{}", encoding="utf-8")
    monkeypatch.setattr(designs, "labels_dir", lambda: folder)
    designs.load.cache_clear()


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> object:
    """Designs are read anew after each test."""
    yield
    monkeypatch.undo()
    designs.load.cache_clear()


def test_a_version_is_kept_as_it_was_approved(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = designs.load(NAME)
    changed(monkeypatch, tmp_path)
    assert designs.load(NAME).digest != before.digest
    with desk.house.read() as tx:
        assert queries.design_of(tx, NAME, 1) == before
        assert queries.approved_version(tx, NAME) is None, "what changed prints nothing"
        with refuses("label.design_unknown"):
            queries.design_of(tx, NAME, 2)


def test_what_is_signed_is_what_was_looked_at(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen = designs.load(NAME).digest
    changed(monkeypatch, tmp_path)
    with refuses("label.design_changed"):
        desk.do(commands.approve_design, name=NAME, content_hash=seen)


def test_versions_say_when_they_were_used(desk: Desk) -> None:
    desk.print(BAG)
    desk.print(OTHER_BAG)
    with desk.house.read() as tx:
        [version] = queries.versions_of(tx, NAME)
    assert (version.row.version, version.row.phase, version.count) == (1, "approved", 2)
    assert version.first_at == version.last_at == desk.house.clock.now()
