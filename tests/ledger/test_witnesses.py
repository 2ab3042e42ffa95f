"""Folders beside the data folder that take every checkpoint: what one that is away holds up (nothing), and proves."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cellchain.ledger import checkpoints, notes
from cellchain.ledger import witnesses as module
from cellchain.ledger.audit import Report, run_verify
from cellchain.ledger.witnesses import Witnesses
from cellchain.platform.config import Settings
from tests.ledger.conftest import Workshop
from tests.ledger.test_tampering import named, story


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    found = [tmp_path / "north", tmp_path / "south"]
    for folder in found:
        folder.mkdir()
    return found


@pytest.fixture
def serving(lite: Workshop, folders: list[Path]) -> Iterator[Witnesses]:
    made = Witnesses(lite.data_dir, folders, lite.clock)
    made.start()
    yield made
    made.stop()


def verify(workshop: Workshop, folders: list[Path]) -> Report:
    return run_verify(workshop.database, workshop.data_dir, (), folders)


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_every_witness_has_every_checkpoint_when_it_stops(
    lite: Workshop, folders: list[Path], serving: Witnesses
) -> None:
    for number in range(3):
        lite.do("fill", code=f"BG{number}", volume_ul=1)
        checkpoints.make(lite.database, lite.data_dir)
        serving.tell()
    serving.stop()
    for folder in folders:
        assert names(folder) == ["2.txt", "3.txt", "4.txt"] == names(lite.data_dir.checkpoints)
    assert [one.is_away for one in serving.standing()] == [False, False]
    report = verify(lite, folders)
    assert (report.intact, report.checkpoints, report.away) == (True, 3, ())


def test_one_that_is_away_is_said_tried_again_and_gets_what_it_missed(
    lite: Workshop, folders: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.02)
    north, south = folders
    north.rmdir()
    witnesses = Witnesses(lite.data_dir, folders, lite.clock)
    witnesses.start()
    lite.do("fill", code="BG1", volume_ul=1)
    checkpoints.make(lite.database, lite.data_dir)
    witnesses.tell()
    wait_for(lambda: bool(list(witnesses.away())) and names(south) == ["2.txt"])
    [away] = witnesses.away()
    assert (away.folder, away.fault) == (north, "No such file or directory")
    report = verify(lite, folders)
    assert (report.intact, report.away) == (True, (str(north),))
    assert f"away, so not held against it: witness {north}" in report.text()
    assert not north.exists()  # nobody makes a mount point into a witness
    north.mkdir()
    wait_for(lambda: not list(witnesses.away()))
    witnesses.stop()
    assert names(north) == ["2.txt"]


def test_one_that_hangs_holds_up_nobody(lite: Workshop, folders: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    real = module.copy_missing

    def hangs(data_dir: object, folder: Path) -> int:
        if folder == folders[0]:
            release.wait(20)
        return real(lite.data_dir, folder)

    monkeypatch.setattr(module, "copy_missing", hangs)
    monkeypatch.setattr(module, "STOP_S", 0.05)
    witnesses = Witnesses(lite.data_dir, folders, lite.clock)
    witnesses.start()
    lite.do("fill", code="BG1", volume_ul=1)
    checkpoints.make(lite.database, lite.data_dir)
    witnesses.tell()
    wait_for(lambda: names(folders[1]) == ["2.txt"])
    lite.clock.advance(2 * module.HANGS_AFTER)
    assert [(one.folder, one.fault) for one in witnesses.away()] == [(folders[0], "it does not answer")]
    witnesses.stop()
    release.set()


def wait_for(done: object, seconds: float = 10.0) -> None:
    for _ in range(int(seconds / 0.02)):
        if done():  # type: ignore[operator]
            return
        threading.Event().wait(0.02)
    raise AssertionError("it did not come about")


def test_a_witness_elsewhere_knows_what_the_folder_here_forgot(lite: Workshop, folders: list[Path]) -> None:
    """Somebody cuts the tail, and removes the checkpoints beside the database too."""
    story(lite)
    checkpoints.make(lite.database, lite.data_dir)
    for folder in folders:
        module.copy_missing(lite.data_dir, folder)
    shutil.rmtree(lite.data_dir.checkpoints)
    lite.unguarded(
        "DELETE FROM ledger_entry WHERE seq = 11",
        "UPDATE ledger_head SET seq = 10, hash = (SELECT hash FROM ledger_entry WHERE seq = 10),"
        " at = (SELECT at FROM ledger_entry WHERE seq = 10)",
        "UPDATE toy_bag SET holder = holder WHERE code = 'BG9'",
    )
    assert named(verify(lite, folders))[:2] == (11, "ledger_entry")
    assert not [one for one in verify(lite, []).findings if one.table == "ledger_entry"]


def test_what_differs_at_a_witness_is_held_against_the_ledger_too(lite: Workshop, folders: list[Path]) -> None:
    story(lite)
    checkpoints.make(lite.database, lite.data_dir)
    other = notes.sign(11, b"\x07" * 32, lite.clock.now(), lite.data_dir.keys().signing)
    (folders[0] / "11.txt").write_text(other)
    assert module.copy_missing(lite.data_dir, folders[0]) == 1  # what lies there stays: it is evidence
    assert (folders[0] / "11.txt").read_text() == other
    report = verify(lite, folders)
    assert named(report)[:2] == (1, "ledger_entry")
    assert "knows entries 1 to 11: the entries here are others" in report.findings[0].message


def test_what_nobody_signed_is_not_taken_to_a_witness(lite: Workshop, folders: list[Path]) -> None:
    checkpoints.make(lite.database, lite.data_dir)
    (lite.data_dir.checkpoints / "7.txt").write_text("rubbish")
    assert module.copy_missing(lite.data_dir, folders[0]) == 1
    assert names(folders[0]) == ["1.txt"]


def test_the_setting_names_folders_from_the_root_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELLCHAIN_WITNESS_DIRS", "/mnt/north/cellchain:/mnt/south/cellchain")
    assert Settings().witness_dirs == (Path("/mnt/north/cellchain"), Path("/mnt/south/cellchain"))
    monkeypatch.setenv("CELLCHAIN_WITNESS_DIRS", "")
    assert Settings().witness_dirs == ()
    monkeypatch.setenv("CELLCHAIN_WITNESS_DIRS", "north")
    with pytest.raises(ValueError, match="from the root on"):
        Settings()
