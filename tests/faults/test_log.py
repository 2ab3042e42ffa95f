"""SQLite's write-ahead log after a kill: a torn end is no fault, a damaged middle is never dropped without a word."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cellchain import cli
from cellchain.kernel.errors import Refused, Unavailable
from cellchain.main import open_installation, opened
from cellchain.platform import wal
from cellchain.platform.config import Settings
from scripts.served import free_port
from tests.faults import damage
from tests.faults.clients import rows_of, verified
from tests.safekeeping.conftest import FIRST, Place, register
from tests.safekeeping.conftest import founded as founded

NAMES = ("anna", "boris", "clara", "dora", "egor", "fanny")
FRAME = wal.FRAME_BYTES + damage.PAGE


@pytest.fixture
def killed(founded: Path, tmp_path: Path) -> Path:
    """A folder as kill -9 leaves it: six people are registered, and all of that stands in the log alone."""
    shutil.copytree(founded, tmp_path / "live")
    installation = open_installation(Settings(data_dir=tmp_path / "live", password_cost="cheap"))
    for name in NAMES:
        register(installation, name)
    shutil.copytree(tmp_path / "live", tmp_path / "data")
    installation.close()
    assert len((tmp_path / "data" / "cellchain.db-wal").read_bytes()) > FRAME * len(NAMES)
    return tmp_path / "data"


@pytest.fixture
def log(killed: Path) -> Path:
    return killed / "cellchain.db-wal"


def commits(log: Path) -> list[int]:
    """Where the frames lie that end a transaction."""
    content = log.read_bytes()
    places = range(wal.HEADER_BYTES, len(content) - FRAME + 1, FRAME)
    return [at for at in places if content[at + 4 : at + 8] != bytes(4)]


def said(*words: str | Path) -> Result:
    return CliRunner().invoke(cli.app, list(map(str, words)))


def people(folder: Path) -> int:
    with opened(Settings(data_dir=folder)):
        return int(rows_of(folder / "cellchain.db")("SELECT count(*) FROM ledger_entry")[0][0]) - FIRST


def test_a_whole_log_is_read(killed: Path) -> None:
    assert wal.cut_of(killed / "cellchain.db") is None
    assert people(killed) == len(NAMES)
    assert verified(killed).intact


def test_a_torn_end_is_an_unfinished_transaction(killed: Path, log: Path) -> None:
    """As after a power cut: the last transaction is there in part, and nobody was told that it was done."""
    damage.turned(log, commits(log)[-1] + 300)
    assert wal.cut_of(killed / "cellchain.db") is None
    assert people(killed) == len(NAMES) - 1
    assert verified(killed).intact


def test_a_cut_end_is_an_unfinished_transaction(killed: Path, log: Path) -> None:
    with log.open("r+b") as opened_log:
        opened_log.truncate(commits(log)[-1] + 700)
    assert people(killed) == len(NAMES) - 1
    assert verified(killed).intact


HARMS = {
    "a page in a frame": lambda log: damage.turned(log, commits(log)[1] + 900),
    "the salt of a frame": lambda log: damage.turned(log, commits(log)[1] + 9),
    "the checksum of a frame": lambda log: damage.turned(log, commits(log)[1] + 17),
    "the last but one": lambda log: damage.turned(log, commits(log)[-2] + 900),
    "the head of the log": lambda log: damage.turned(log, 3),
    "the salt in the head": lambda log: damage.turned(log, 17),
}


@pytest.fixture(params=list(HARMS))
def cut(request: pytest.FixtureRequest, log: Path) -> Path:
    HARMS[request.param](log)
    return log.parent


def test_a_damaged_middle_stops_everybody(cut: Path) -> None:
    """SQLite would open it, and what was acknowledged would be gone: nobody opens it, however often it is asked for."""
    before = {file.name: file.read_bytes() for file in cut.glob("cellchain.db*")}
    for words in (
        ["serve", "--port", str(free_port())],
        ["migrate"],
        ["export", "ledger", "--to", "out"],
        ["backup", "--to", "out"],
    ):
        done = said(*words, "--data-dir", cut)
        assert isinstance(done.exception, Unavailable), done.output
        assert done.exception.code == "database.log_damaged"
        assert str(done.exception.text).endswith(".")
    looked = said("doctor", "--data-dir", cut)
    assert looked.exit_code == 1
    assert "The log of the database" in looked.stdout
    for _ in range(2):
        found = said("verify", "--data-dir", cut)
        assert found.exit_code == 1
        assert "acknowledged transactions follow" in found.stdout
        assert found.stdout.splitlines()[-1].startswith("broken: entry none, table log")
    assert {file.name: file.read_bytes() for file in cut.glob("cellchain.db*")} == before


def test_going_on_before_the_damage_is_written_down(killed: Path, log: Path) -> None:
    """An entry says it, the log as it was is kept, and the next start is like any other."""
    HARMS["a page in a frame"](log)
    kept = log.read_bytes()
    done = said("mend-log", "--data-dir", killed)
    assert done.exit_code == 0, done.output
    [copy] = killed.glob("cellchain.db-wal.damaged.*")
    assert copy.read_bytes() == kept
    [(event, body)] = rows_of(killed / "cellchain.db")("SELECT event, body FROM ledger_entry ORDER BY seq DESC LIMIT 1")
    assert event == "platform:log:cut"
    facts = json.loads(body)["facts"]
    assert facts["copy"] == copy.name
    assert facts["commits_after"] == len(NAMES) - 1
    assert verified(killed).intact
    assert people(killed) == 2, "one person was registered before the damage, and there is the entry that tells of it"
    again = said("mend-log", "--data-dir", killed)
    assert isinstance(again.exception, Refused)
    assert again.exception.code == "log.whole"


def test_what_was_witnessed_of_it_stays_missed(founded: Path, tmp_path: Path) -> None:
    """Where a checkpoint had seen more, mending the log alone is not enough: the loss is acknowledged by itself."""
    shutil.copytree(founded, tmp_path / "live")
    place = Place(tmp_path / "live")
    installation = open_installation(place.settings)
    for name in NAMES:
        register(installation, name)
    shutil.copytree(tmp_path / "live", tmp_path / "data")
    installation.close()
    place.witness()
    shutil.copytree(tmp_path / "live" / "checkpoints", tmp_path / "data" / "checkpoints", dirs_exist_ok=True)
    damage.turned(tmp_path / "data" / "cellchain.db-wal", commits(tmp_path / "data" / "cellchain.db-wal")[1] + 900)
    assert said("mend-log", "--data-dir", tmp_path / "data").exit_code == 0
    served = said("serve", "--data-dir", tmp_path / "data", "--port", str(free_port()))
    assert isinstance(served.exception, Refused)
    assert served.exception.code == "database.older"
    done = said("acknowledge-loss", "--data-dir", tmp_path / "data")
    assert "intact, after an acknowledged loss of" in done.stdout, done.output


@pytest.fixture
def shm(killed: Path) -> Path:
    return killed / "cellchain.db-shm"


@pytest.mark.parametrize("how", ["nonsense", "zeros", "gone", "short"])
def test_the_index_of_the_log_is_made_anew(killed: Path, shm: Path, how: str) -> None:
    """-shm holds nothing that does not stand in the log: whatever became of it, nothing is lost."""
    size = shm.stat().st_size
    if how == "gone":
        shm.unlink()
    elif how == "short":
        shm.write_bytes(shm.read_bytes()[:100])
    else:
        shm.write_bytes(bytes(size) if how == "zeros" else bytes(range(256)) * (size // 256))
    assert people(killed) == len(NAMES)
    assert verified(killed).intact


def test_a_log_that_grows_meanwhile_is_no_damaged_one(founded: Path, tmp_path: Path) -> None:
    """`verify` beside a server that writes: looked at again and again, it is never taken for damaged."""
    shutil.copytree(founded, tmp_path / "data")
    with closing(sqlite3.connect(tmp_path / "data" / "cellchain.db", isolation_level=None)) as link:
        link.execute("PRAGMA journal_mode = WAL")
        link.execute("PRAGMA wal_autocheckpoint = 20")
        link.execute("CREATE TABLE for_a_moment (content)")
        for number in range(300):
            link.execute("INSERT INTO for_a_moment VALUES (?)", ("x" * number * 10,))
            assert wal.cut_of(tmp_path / "data" / "cellchain.db") is None
