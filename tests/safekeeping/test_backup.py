"""Backup and restore of a house: consistent, private, all or nothing."""

import io
import multiprocessing
import random
import resource
import shutil
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cellchain.kernel.errors import CellchainError, Refused
from cellchain.ledger import checkpoints
from cellchain.ledger.queries import entries_after
from cellchain.main import witness
from cellchain.platform.files import RESTORING, DataDir
from cellchain.safekeeping import records
from cellchain.safekeeping.archive import NAMES, Description, pack, unpack
from cellchain.safekeeping.backup import Made, back_up, verified
from cellchain.safekeeping.restore import Restored, restore
from cellchain.safekeeping.sealed import CHEAP, SealingWriter
from tests.safekeeping.conftest import FIRST, PASSPHRASE, Place, register
from tests.support.campaign import times

FLIPS = times(100)
KILLS = times(4)


def backed_up(place: Place, to: Path) -> Made:
    with place.open() as installation:
        return back_up(installation, to, PASSPHRASE)


def put_back(file: Path, folder: Path, passphrase: str = PASSPHRASE, **more: object) -> Restored:
    return restore(Place(folder).settings, file, passphrase, **more)  # type: ignore[arg-type]


def refused(code: str, file: Path, folder: Path, **more: object) -> None:
    """Expects a refusal that leaves nothing behind."""
    with pytest.raises(Refused) as caught:
        put_back(file, folder, **more)  # type: ignore[arg-type]
    assert caught.value.code == code
    assert not folder.exists()


def test_a_backup_is_put_back_whole(place: Place, tmp_path: Path) -> None:
    place.people("anna", "boris")
    with place.open() as installation:
        digest = installation.folder.keep(b"an attachment")
    made = backed_up(place, tmp_path / "backups" / "one")
    assert made.report.intact
    assert made.description.entries == FIRST + 2
    done = put_back(tmp_path / "backups" / "one", tmp_path / "again")
    again = Place(tmp_path / "again")
    assert again.names() == {"cellchain.db", "keys", "files", "checkpoints"}
    assert done.report.text().splitlines()[-1] == f"intact: {FIRST + 2} entries, root {made.description.root}"
    assert (again.folder / "files" / digest[:2] / digest).read_bytes() == b"an attachment"
    for key in (place.folder / "keys").iterdir():
        assert (again.folder / "keys" / key.name).read_bytes() == key.read_bytes()
        assert key.suffix == ".pub" or (again.folder / "keys" / key.name).stat().st_mode & 0o077 == 0
    again.people("clara")
    assert verified(again.settings, again.folder).intact


def test_a_backup_leaves_the_house_as_it_was(place: Place, tmp_path: Path) -> None:
    before = place.names()
    with closing(sqlite3.connect(place.folder / "cellchain.db")) as link:
        stored = list(link.iterdump())
    backed_up(place, tmp_path / "one")
    assert place.names() - before == {"upkeep"}
    assert [file.name for file in tmp_path.iterdir() if "one" in file.name] == ["one"]
    with closing(sqlite3.connect(place.folder / "cellchain.db")) as link:
        assert list(link.iterdump()) == stored
    noted = records.noted(DataDir(place.folder), records.BACKUP)
    assert noted is not None
    assert (noted["entries"], noted["checked"]) == (FIRST, True)


def test_nothing_in_it_can_be_read(place: Place, tmp_path: Path) -> None:
    place.people("anna")
    backed_up(place, tmp_path / "one")
    content = (tmp_path / "one").read_bytes()
    assert (tmp_path / "one").stat().st_mode & 0o077 == 0
    for secret in [b"SQLite format 3", b"anna", b"ustar", (place.folder / "keys" / "field.key").read_bytes()[:16]]:
        assert secret not in content


def test_a_backup_replaces_another_and_nothing_else(place: Place, tmp_path: Path) -> None:
    backed_up(place, tmp_path / "one")
    place.people("anna")
    assert backed_up(place, tmp_path / "one").description.entries == FIRST + 1
    for other in (place.folder / "cellchain.db", tmp_path):
        with pytest.raises(Refused, match=r"backup\.in_the_way"):
            backed_up(place, other)


def test_a_broken_house_is_not_backed_up_without_a_word(place: Place, tmp_path: Path) -> None:
    with closing(sqlite3.connect(place.folder / "cellchain.db")) as link:
        link.execute("UPDATE accounts_person SET username = 'other'")
        link.commit()
    with pytest.raises(Refused, match=r"backup\.not_intact"):
        backed_up(place, tmp_path / "one")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["data"]
    assert not list(place.folder.glob(".scratch*"))


def test_commands_run_on_and_the_backup_is_one_moment(place: Place, tmp_path: Path) -> None:
    """Registrations, checkpoints and attachments go on; each backup is intact, and the last is not behind."""
    ended = threading.Event()
    with place.open() as installation:
        done: list[str] = []

        def work() -> None:
            while not ended.is_set():
                register(installation, f"p{len(done)}")
                done.append(installation.folder.keep(f"attachment {len(done)}".encode()))
                witness(installation)

        worker = threading.Thread(target=work)
        worker.start()
        try:
            for number in range(3):
                before = len(done)
                made = back_up(installation, tmp_path / f"b{number}", PASSPHRASE)
                assert made.description.entries >= FIRST + before
        finally:
            ended.set()
            worker.join()
        assert len(done) > 3
    assert put_back(tmp_path / "b2", tmp_path / "again").report.intact


def test_a_folder_that_is_not_empty_is_not_touched(place: Place, tmp_path: Path) -> None:
    backed_up(place, tmp_path / "one")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("mine")
    for folder in (place.folder, tmp_path / "other"):
        before = sorted(file.name for file in folder.iterdir())
        with pytest.raises(Refused, match=r"restore\.not_empty"):
            put_back(tmp_path / "one", folder)
        assert sorted(file.name for file in folder.iterdir()) == before


def test_a_folder_in_use_is_not_touched(place: Place, tmp_path: Path) -> None:
    """The trap: the files of a running server were removed, the server was not."""
    backed_up(place, tmp_path / "one")
    target = Place(tmp_path / "target")
    with DataDir(target.folder).claim(), pytest.raises(Refused, match=r"data_dir\.in_use"):
        put_back(tmp_path / "one", target.folder)
    assert target.names() == set()


def test_wrong_words_and_other_files_leave_nothing(place: Place, tmp_path: Path) -> None:
    backed_up(place, tmp_path / "one")
    whole = (tmp_path / "one").read_bytes()
    refused("sealed.wrong_passphrase", tmp_path / "one", tmp_path / "deep" / "again", passphrase="plum granite ottet")
    assert not (tmp_path / "deep").exists()
    (tmp_path / "cut").write_bytes(whole[: len(whole) // 2])
    refused("sealed.damaged", tmp_path / "cut", tmp_path / "again")
    (tmp_path / "note").write_text("no backup")
    refused("sealed.not_sealed", tmp_path / "note", tmp_path / "again")
    with pytest.raises(FileNotFoundError):
        put_back(tmp_path / "none", tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_no_flipped_bit_is_restored(place: Place, tmp_path: Path) -> None:
    backed_up(place, tmp_path / "one")
    whole = (tmp_path / "one").read_bytes()
    draw = random.Random(20261130)
    for _ in range(FLIPS):
        broken = bytearray(whole)
        broken[draw.randrange(len(whole))] ^= 1 << draw.randrange(8)
        (tmp_path / "broken").write_bytes(broken)
        with pytest.raises(Refused, match=r"^(sealed|backup)\."):
            put_back(tmp_path / "broken", tmp_path / "again")
        assert not (tmp_path / "again").exists()


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "files/../../evil", "keys/.hidden", "cellchain.db-wal"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    assert not NAMES.fullmatch(name)
    (tmp_path / "content").write_bytes(b"x")
    target = io.BytesIO()
    description = Description(1, "00", "2026-03-02T08:00:00.000000Z", "0", "sqlite", demonstration=False)
    pack(SealingWriter(target, PASSPHRASE, "a backup", CHEAP), description, [(name, tmp_path / "content")])
    target.seek(0)
    with pytest.raises(Refused, match=r"backup\.unknown_format"):
        unpack(target, PASSPHRASE, tmp_path / "out")
    assert not (tmp_path / "evil").exists()


# -- older than what was witnessed ---------------------------------------------------------------------------------


@pytest.fixture
def older(place: Place, tmp_path: Path) -> Path:
    """A backup, after which three entries were made and witnessed."""
    backed_up(place, tmp_path / "older")
    place.people("anna", "boris", "clara")
    place.witness()
    return tmp_path / "older"


def test_an_older_backup_is_refused(place: Place, older: Path, tmp_path: Path) -> None:
    refused("restore.older", older, tmp_path / "again", witnesses=[place.folder / "checkpoints"])


def test_a_loss_is_acknowledged_in_the_ledger(place: Place, older: Path, tmp_path: Path) -> None:
    witnesses = [place.folder / "checkpoints"]
    done = put_back(older, tmp_path / "again", acknowledge_loss=True, witnesses=witnesses)
    last = f"intact, after an acknowledged loss of 3 entries: {FIRST + 1} entries, root {done.report.root}"
    assert (done.lost, done.report.text().splitlines()[-1]) == (3, last)
    again = Place(tmp_path / "again")
    again.people("dora", "egor")
    again.witness()
    assert verified(again.settings, again.folder).lost == 3


def test_the_witness_may_lie_in_the_folder_already(place: Place, older: Path, tmp_path: Path) -> None:
    shutil.copytree(place.folder / "checkpoints", tmp_path / "again" / "checkpoints")
    kept = sorted(file.name for file in (tmp_path / "again" / "checkpoints").iterdir())
    with pytest.raises(Refused, match=r"restore\.older"):
        put_back(older, tmp_path / "again")
    assert sorted(file.name for file in (tmp_path / "again" / "checkpoints").iterdir()) == kept
    assert Place(tmp_path / "again").names() == {"checkpoints"}
    assert put_back(older, tmp_path / "again", acknowledge_loss=True).lost == 3


def test_nothing_is_acknowledged_where_nothing_is_lost(place: Place, tmp_path: Path) -> None:
    backed_up(place, tmp_path / "one")
    done = put_back(tmp_path / "one", tmp_path / "again", acknowledge_loss=True)
    assert (done.lost, done.report.entries) == (0, FIRST)


def test_a_forged_checkpoint_is_passed_over(place: Place, tmp_path: Path) -> None:
    backed_up(place, tmp_path / "one")
    other = Place(tmp_path / "other").found()
    other.people("anna", "boris")
    other.witness()
    done = put_back(tmp_path / "one", tmp_path / "again", witnesses=[other.folder / "checkpoints"])
    assert [Path(name).name for name in done.passed_over] == [f"{FIRST + 2}.txt"]
    assert done.report.intact


def test_a_chain_that_was_rebuilt_is_no_older_backup(place: Place, tmp_path: Path, founded: Path) -> None:
    """Its own witness contradicts it within its length: no loss explains that."""
    place.people("anna", "boris")
    place.witness()
    shutil.copytree(founded, tmp_path / "fork", dirs_exist_ok=True)
    shutil.copytree(place.folder / "keys", tmp_path / "fork" / "keys", dirs_exist_ok=True)
    fork = Place(tmp_path / "fork")
    fork.people("clara", "dora", "egor")
    backed_up(fork, tmp_path / "one")
    witnesses = [place.folder / "checkpoints"]
    refused("restore.not_intact", tmp_path / "one", tmp_path / "again", witnesses=witnesses, acknowledge_loss=True)


# -- new keys ------------------------------------------------------------------------------------------------------


def test_a_new_key_signs_and_the_old_one_still_proves(place: Place, tmp_path: Path) -> None:
    place.people("anna")
    place.witness()
    backed_up(place, tmp_path / "one")
    done = put_back(tmp_path / "one", tmp_path / "again", new_keys=True)
    assert done.new_key is not None
    assert done.report.intact
    again = Place(tmp_path / "again")
    keys = again.folder / "keys"
    assert (keys / "signing.key").read_bytes() != (place.folder / "keys" / "signing.key").read_bytes()
    assert (keys / "field.key").read_bytes() == (place.folder / "keys" / "field.key").read_bytes()
    assert len(list(keys.glob("retired-*.pub"))) == 1
    with again.open() as installation, installation.database.read() as tx:
        last = entries_after(tx, FIRST + 1, 10)[-1]
    assert last.event == "platform:key:rotated"
    newest = checkpoints.parse(checkpoints.latest(again.folder / "checkpoints") or "")
    assert newest.size == FIRST + 2
    assert newest.origin == done.new_key
    assert verified(again.settings, again.folder).intact


def test_a_loss_and_a_new_key_at_once(place: Place, older: Path, tmp_path: Path) -> None:
    """What the old key witnessed beyond the loss is explained by the loss, although that key is retired since."""
    witnesses = [place.folder / "checkpoints"]
    done = put_back(older, tmp_path / "again", acknowledge_loss=True, new_keys=True, witnesses=witnesses)
    assert (done.lost, done.report.intact) == (3, True)
    again = Place(tmp_path / "again")
    again.people("dora", "egor", "fanny")
    again.witness()
    assert verified(again.settings, again.folder).text().splitlines()[-1].startswith("intact, after an acknowledged")


# -- a process that dies -------------------------------------------------------------------------------------------


def killed(work: Callable[[], object], seconds: float) -> bool:
    """Run `work` in a process that is killed after a while; whether it was still at work."""
    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join(seconds)
    alive = process.is_alive()
    process.kill()
    process.join()
    return alive


@pytest.mark.campaign
def test_a_killed_backup_leaves_the_last_one(place: Place, tmp_path: Path) -> None:
    began = time.monotonic()
    made = backed_up(place, tmp_path / "one")
    takes = time.monotonic() - began
    whole = (tmp_path / "one").read_bytes()
    draw = random.Random(1)
    cut = sum(killed(lambda: backed_up(place, tmp_path / "one"), draw.uniform(0.1, takes)) for _ in range(KILLS))
    assert cut > 0
    done = put_back(tmp_path / "one", tmp_path / "again")
    assert done.report.root == made.report.root
    assert whole
    backed_up(place, tmp_path / "one")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["again", "data", "one"]
    assert not list(place.folder.glob(".scratch*"))


@pytest.mark.campaign
def test_a_killed_restore_leaves_nothing_that_serves(place: Place, tmp_path: Path) -> None:
    place.people("anna")
    made = backed_up(place, tmp_path / "one")
    began = time.monotonic()
    put_back(tmp_path / "one", tmp_path / "measured")
    takes = time.monotonic() - began
    again = Place(tmp_path / "again")
    draw = random.Random(2)
    cut = 0
    for _ in range(KILLS):
        cut += killed(lambda: put_back(tmp_path / "one", again.folder), draw.uniform(0.1, takes))
        if (again.folder / "cellchain.db").exists():
            assert verified(again.settings, again.folder).root == made.report.root
            shutil.rmtree(again.folder)
        elif (again.folder / RESTORING).exists():
            with pytest.raises(CellchainError, match=r"data_dir\.half_restored"), again.open():
                pass
    assert cut > 0
    assert put_back(tmp_path / "one", again.folder).report.root == made.report.root
    assert not (again.folder / RESTORING).exists()


def test_a_move_that_was_broken_off_is_begun_anew(place: Place, tmp_path: Path) -> None:
    """Everything but the database lies in its place already."""
    made = backed_up(place, tmp_path / "one")
    again = Place(tmp_path / "again")
    put_back(tmp_path / "one", again.folder)
    (again.folder / RESTORING).mkdir()
    (again.folder / "cellchain.db").rename(again.folder / RESTORING / "cellchain.db")
    with pytest.raises(Refused, match=r"data_dir\.half_restored"), again.open():
        pass
    assert put_back(tmp_path / "one", again.folder).report.root == made.report.root


# -- a disk that takes no more --------------------------------------------------------------------------------------


def limited(work: Callable[[], object], size: int, told: Path) -> None:
    """Run `work` in a process whose files may not grow beyond `size` bytes; `told` holds the code of its refusal."""

    def child() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        try:
            work()
        except (Refused, OSError) as error:
            told.write_text(getattr(error, "code", "") or type(error).__name__)

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join()


@pytest.mark.parametrize("share", [0.3, 0.999])
def test_a_disk_that_is_full_leaves_the_last_one(place: Place, tmp_path: Path, share: float) -> None:
    """The first limit stops the copy of the database, the second the sealed file."""
    made = backed_up(place, tmp_path / "one")
    told = tmp_path / "told"
    limited(lambda: backed_up(place, tmp_path / "one"), int(made.size_bytes * share), told)
    assert told.read_text() in {"backup.no_room", "OSError"}
    limited(lambda: put_back(tmp_path / "one", tmp_path / "again"), int(made.size_bytes * 0.3), told)
    assert told.read_text() in {"backup.no_room", "OSError"}
    assert sorted(file.name for file in tmp_path.iterdir()) == ["data", "one", "told"]
    assert put_back(tmp_path / "one", tmp_path / "again").report.root == made.report.root
