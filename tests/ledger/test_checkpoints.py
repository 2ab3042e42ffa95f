"""Checkpoints in their folder, keys, proofs and signatures."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cellchain.kernel.errors import InvariantBroken, NotFound, Refused
from cellchain.ledger import checkpoints, merkle, queries
from cellchain.ledger.tree import Tree
from cellchain.platform.files import DataDir, write_atomically, write_once
from tests.ledger.conftest import START, Workshop


def test_a_checkpoint_witnesses_the_chain(workshop: Workshop) -> None:
    for number in range(5):
        workshop.do("fill", code=f"BG{number}", volume_ul=1)
    note = checkpoints.make(workshop.database, workshop.data_dir)
    found = checkpoints.check(note, workshop.data_dir.public_keys())
    report = workshop.verify()
    assert (found.size, found.root) == (6, report.root)
    assert (report.intact, report.checkpoints) == (True, 1)
    assert checkpoints.read_all(workshop.data_dir.checkpoints) == [("6.txt", note)]
    assert checkpoints.latest(workshop.data_dir.checkpoints) == note


def test_a_chain_that_has_not_grown_keeps_its_checkpoint(workshop: Workshop) -> None:
    first = checkpoints.make(workshop.database, workshop.data_dir)
    workshop.clock.advance_to(START.replace(hour=9))
    assert checkpoints.make(workshop.database, workshop.data_dir) == first
    assert len(checkpoints.read_all(workshop.data_dir.checkpoints)) == 1


def test_the_tree_of_the_last_time_goes_on(workshop: Workshop) -> None:
    tree = Tree()
    checkpoints.make(workshop.database, workshop.data_dir, tree)
    for number in range(4):
        workshop.do("fill", code=f"BG{number}", volume_ul=1)
        checkpoints.make(workshop.database, workshop.data_dir, tree)
    with workshop.database.read() as tx:
        assert tree.size(tx) == 5
    assert len(checkpoints.read_all(workshop.data_dir.checkpoints)) == 5
    assert workshop.verify().intact


def test_nothing_is_signed_over_a_chain_with_a_gap(workshop: Workshop) -> None:
    for number in range(4):
        workshop.do("fill", code=f"BG{number}", volume_ul=1)
    workshop.unguarded("UPDATE ledger_entry SET hash = 'x' WHERE seq = 2")
    with pytest.raises(InvariantBroken, match="entry 2"):
        checkpoints.make(workshop.database, workshop.data_dir)
    workshop.unguarded("DELETE FROM ledger_entry WHERE seq = 2")
    with pytest.raises(InvariantBroken, match="entry 3"):
        checkpoints.make(workshop.database, workshop.data_dir)


def test_another_checkpoint_of_that_size_is_put_beside(tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    first = checkpoints.sign(3, b"\x01" * 32, START, key)
    other = checkpoints.sign(3, b"\x02" * 32, START, key)
    assert checkpoints.write(tmp_path, first).name == "3.txt"
    assert checkpoints.write(tmp_path, other).name == "3-0202020202020202.txt"
    assert checkpoints.write(tmp_path, first).name == "3.txt"
    assert checkpoints.write(tmp_path, other).name == "3-0202020202020202.txt"
    assert sorted(text for _, text in checkpoints.read_all(tmp_path)) == sorted([first, other])
    assert sorted(file.name for file in tmp_path.iterdir()) == ["3-0202020202020202.txt", "3.txt"]


def test_rubbish_in_the_folder_is_a_finding(workshop: Workshop) -> None:
    workshop.data_dir.checkpoints.mkdir(parents=True)
    (workshop.data_dir.checkpoints / "9.txt").write_bytes(b"\xff\x00" * 40_000)
    report = workshop.verify()
    assert [(one.table, one.key) for one in report.findings] == [("checkpoints", "9.txt")]
    assert checkpoints.latest(workshop.data_dir.checkpoints) is None


def test_verify_makes_no_keys(workshop: Workshop) -> None:
    checkpoints.make(workshop.database, workshop.data_dir)
    for file in workshop.data_dir.keys_folder.iterdir():
        file.unlink()
    report = workshop.verify()
    assert [(one.table, one.message.split(": ")[1]) for one in report.findings] == [
        ("checkpoints", "no known key signed it")
    ]
    assert list(workshop.data_dir.keys_folder.iterdir()) == []


def test_keys_are_made_once_and_are_private(tmp_path: Path) -> None:
    folder = DataDir(tmp_path / "data")
    keys = folder.keys()
    again = folder.keys()
    assert (keys.field, keys.list) == (again.field, again.list)
    assert keys.signing.public_key() == again.signing.public_key() == folder.public_keys()[0]
    assert len({keys.field, keys.list}) == 2
    assert mode(folder.keys_folder) == 0o700
    modes = {file.name: mode(file) for file in folder.keys_folder.iterdir()}
    assert modes == {"signing.key": 0o600, "field.key": 0o600, "list.key": 0o600, "signing.pub": 0o644}


def test_a_retired_key_still_proves_what_it_signed(workshop: Workshop) -> None:
    checkpoints.make(workshop.database, workshop.data_dir)
    workshop.do("fill", code="BG1", volume_ul=1)
    (workshop.data_dir.keys_folder / "signing.key").unlink()
    workshop.data_dir.keys()
    assert len(workshop.data_dir.public_keys()) == 2
    checkpoints.make(workshop.database, workshop.data_dir)
    report = workshop.verify()
    assert (report.intact, report.checkpoints) == (True, 2)


def test_keys_are_not_made_for_a_database_that_had_some(tmp_path: Path) -> None:
    folder = DataDir(tmp_path)
    folder.keys()
    folder.database.touch()
    folder.keys()
    (folder.keys_folder / "field.key").unlink()
    with pytest.raises(Refused, match=r"data_dir\.keys_missing.*field\.key"):
        folder.keys()


@pytest.mark.parametrize("name", ["signing.key", "field.key", "list.key"])
@pytest.mark.parametrize("content", ["", "nonsense", "00"])
def test_a_damaged_key_is_named(tmp_path: Path, name: str, content: str) -> None:
    folder = DataDir(tmp_path)
    folder.keys()
    (folder.keys_folder / name).write_text(content)
    with pytest.raises(Refused, match=rf"data_dir\.key_damaged.*{name}"):
        folder.keys()


def test_a_folder_is_claimed_by_one(tmp_path: Path) -> None:
    folder = DataDir(tmp_path / "data")
    with folder.claim():
        with pytest.raises(Refused, match=r"data_dir\.in_use"), DataDir(tmp_path / "data").claim():
            pass
        program = (
            "import sys, pathlib; from cellchain.platform.files import DataDir\n"
            "with DataDir(pathlib.Path(sys.argv[1])).claim(): pass"
        )
        done = subprocess.run([sys.executable, "-c", program, str(folder.path)], capture_output=True, text=True)
        assert "data_dir.in_use" in done.stderr
    with folder.claim():
        pass


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "folder" / "file"
    write_atomically(place, b"old")
    assert write_once(place, b"new") is False
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="disk full"):
            write_atomically(place, b"new")
    assert place.read_bytes() == b"old"
    write_atomically(place, b"new")
    assert place.read_bytes() == b"new"
    assert list(place.parent.iterdir()) == [place]


def test_every_entry_is_proven(workshop: Workshop) -> None:
    for number in range(6):
        workshop.do("fill", code=f"BG{number}", volume_ul=1)
    note = checkpoints.parse(checkpoints.make(workshop.database, workshop.data_dir))
    with workshop.database.read() as tx:
        for entry in queries.entries_after(tx, 0, 10):
            found = Tree().proof(tx, entry.seq, note.size)
            assert (found.root, found.hash) == (note.root, entry.hash)
            path = [bytes.fromhex(node) for node in found.path]
            leaf, root = bytes.fromhex(entry.hash), bytes.fromhex(note.root)
            assert merkle.verify_inclusion(leaf, entry.seq - 1, note.size, path, root)
        for number, size in ((0, 7), (8, 8), (1, 8), (5, 4), (-1, 7)):
            with pytest.raises(NotFound):
                Tree().proof(tx, number, size)


def test_entries_are_read_in_pages_and_by_subject(workshop: Workshop) -> None:
    workshop.do("fill", code="BG1", volume_ul=5)
    workshop.do("fill", code="BG2", volume_ul=5)
    workshop.do("take", code="BG1")
    with workshop.database.read() as tx:
        assert [one.seq for one in queries.entries_after(tx, 1, 2)] == [2, 3]
        assert [one.seq for one in queries.entries_after(tx, 3, 9_999)] == [4]
        assert [one.seq for one in queries.entries_about(tx, "BG1", 10)] == [4, 2]
        assert queries.entries_about(tx, "BG9", 10) == []
        assert [one.hex() for one in queries.hashes(tx, after=1, upto=3)] == [
            one.hash for one in queries.entries_after(tx, 1, 2)
        ]


def test_a_signature_stands_while_its_record_does(workshop: Workshop) -> None:
    workshop.do("fill", code="BG1", volume_ul=5)
    with workshop.database.read() as tx:
        assert queries.signature_standing(tx, "BG1", "toy:bag:released", "BG1") is None
    workshop.do("release", code="BG1")
    with workshop.database.read() as tx:
        standing = queries.signature_standing(tx, "BG1", "toy:bag:released", "BG1")
        assert standing is not None
        assert (standing.signer, standing.meaning) == (workshop.actor().person, "I certify this bag")
        assert standing.holds
        other = queries.signature_standing(tx, "BG1", "toy:bag:released", "BG2")
        assert other is not None
        assert not other.holds


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def fail(_handle: int) -> None:
    raise OSError("disk full")
