"""Keys under a passphrase: taken out, put back, never replaced."""

import io
import shutil
from pathlib import Path

import pytest

from cellchain.kernel.errors import Refused
from cellchain.ledger import rotation
from cellchain.platform.files import DataDir
from cellchain.safekeeping import keyring
from cellchain.safekeeping.sealed import CHEAP, SealingWriter
from tests.safekeeping.conftest import PASSPHRASE, Place


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_keys_go_out_and_come_back(place: Place, tmp_path: Path) -> None:
    folder = DataDir(place.folder)
    before = contents(folder.keys_folder)
    names = keyring.export(folder, tmp_path / "keys.sealed", PASSPHRASE, CHEAP)
    assert names == ["field.key", "list.key", "signing.key", "signing.pub"]
    sealed = (tmp_path / "keys.sealed").read_bytes()
    assert (tmp_path / "keys.sealed").stat().st_mode & 0o077 == 0
    assert all(content not in sealed for content in before.values())
    shutil.rmtree(folder.keys_folder)
    with pytest.raises(Refused, match=r"data_dir\.keys_missing"), place.open():
        pass
    assert keyring.put_back(folder, keyring.read(tmp_path / "keys.sealed", PASSPHRASE)) == names
    assert contents(folder.keys_folder) == before
    for name in names:
        assert (folder.keys_folder / name).stat().st_mode & 0o777 == (0o644 if name.endswith(".pub") else 0o600)
    place.people("anna")
    assert keyring.put_back(folder, keyring.read(tmp_path / "keys.sealed", PASSPHRASE)) == []


def test_another_key_is_never_replaced(place: Place, tmp_path: Path, founded: Path) -> None:
    keyring.export(DataDir(place.folder), tmp_path / "one", PASSPHRASE, CHEAP)
    other = Place(tmp_path / "other").found()
    (other.folder / "keys" / "list.key").unlink()
    before = contents(other.folder / "keys")
    with pytest.raises(Refused, match=r"keys\.others_there"):
        keyring.put_back(DataDir(other.folder), keyring.read(tmp_path / "one", PASSPHRASE))
    assert contents(other.folder / "keys") == before


@pytest.mark.parametrize("kind", rotation.SECRETS)
def test_an_export_from_before_a_new_key_fits_and_brings_nothing(place: Place, tmp_path: Path, kind: str) -> None:
    """Its key is still here, as one of those before. The other way about it would be another key."""
    folder = DataDir(place.folder)
    keyring.export(folder, tmp_path / "before", PASSPHRASE, CHEAP)
    with place.open() as house:
        rotation.rotate_secret(house.database, house.runner, folder, kind)
    now = contents(folder.keys_folder)
    assert f"{kind}-1.key" in keyring.export(folder, tmp_path / "after", PASSPHRASE, CHEAP)
    assert keyring.put_back(folder, keyring.read(tmp_path / "before", PASSPHRASE)) == []
    assert contents(folder.keys_folder) == now
    other = DataDir(tmp_path / "other")
    keyring.put_back(other, keyring.read(tmp_path / "before", PASSPHRASE))
    with pytest.raises(Refused, match=r"keys\.others_there"):
        keyring.put_back(other, keyring.read(tmp_path / "after", PASSPHRASE))
    shutil.rmtree(folder.keys_folder)
    keyring.put_back(folder, keyring.read(tmp_path / "after", PASSPHRASE))
    assert contents(folder.keys_folder) == now


def test_an_export_replaces_nothing(place: Place, tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("mine")
    with pytest.raises(Refused, match=r"keys\.in_the_way"):
        keyring.export(DataDir(place.folder), tmp_path / "letter", PASSPHRASE, CHEAP)
    assert (tmp_path / "letter").read_text() == "mine"
    with pytest.raises(Refused, match=r"sealed\.short_passphrase"):
        keyring.export(DataDir(place.folder), tmp_path / "one", "short", CHEAP)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["data", "letter"]


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b'{"format":1,"keys":{"signing.key":"eA=="}}', b'{"format":2,"keys":{}}', b"\xff"]
)
def test_other_contents_are_refused(tmp_path: Path, content: bytes) -> None:
    target = io.BytesIO()
    writer = SealingWriter(target, PASSPHRASE, keyring.PURPOSE, CHEAP)
    writer.write(content)
    writer.finish()
    (tmp_path / "one").write_bytes(target.getvalue())
    with pytest.raises(Refused, match=r"keys\.damaged"):
        keyring.read(tmp_path / "one", PASSPHRASE)


def test_a_backup_is_no_export(place: Place, tmp_path: Path) -> None:
    target = io.BytesIO()
    SealingWriter(target, PASSPHRASE, "a backup", CHEAP).finish()
    (tmp_path / "one").write_bytes(target.getvalue())
    with pytest.raises(Refused, match=r"sealed\.other_purpose"):
        keyring.read(tmp_path / "one", PASSPHRASE)
