"""The folders beside the code, in a checkout and in an installed wheel."""

from pathlib import Path

import pytest

from cellchain import paths

FOLDERS = {
    "templates": paths.templates_dir,
    "static": paths.static_dir,
    "labels": paths.labels_dir,
    "alembic": paths.alembic_dir,
}


@pytest.mark.parametrize("name", FOLDERS)
def test_folders_in_a_checkout_and_in_a_wheel(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "cellchain"
    monkeypatch.setattr(paths, "_PACKAGE", package)
    assert FOLDERS[name]() == tmp_path / name
    packed = package / "_assets" / name
    packed.mkdir(parents=True)
    assert FOLDERS[name]() == packed
