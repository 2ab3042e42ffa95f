"""The first administrator, from the command line: all of it, or nothing and a sentence."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from cellchain.accounts import commands
from cellchain.accounts.queries import HOLDERS
from cellchain.accounts.rules import Role
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import SYSTEM_ACTOR
from tests.accounts.story import Office
from tests.factories import House

WORDS = "four unrelated plain words"


def create(folder: Path, username: str, line: bytes) -> subprocess.CompletedProcess[bytes]:
    """`cellchain create-admin` with a line of input."""
    program = "from cellchain.cli import main; main()"
    told = [sys.executable, "-c", program, "create-admin", "--username", username, "--data-dir", str(folder)]
    return subprocess.run(told, input=line, capture_output=True, timeout=120)


@pytest.mark.parametrize(
    ("username", "line", "said"),
    [
        ("owner", b"short-one\n", b"at least 15 characters"),
        ("owner", b"secret" * 40 + b"\n", b"At most 200 characters"),
        ("owner", b"secret words \xff\xfe and more\n", b"UTF-8"),
        ("owner", b"", b"At least 1 characters"),
        ("owner", b"the owner of it all\n", b"holds a name"),
        ("bad name", WORDS.encode(), b"username"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_made(
    tmp_path: Path, username: str, line: bytes, said: bytes
) -> None:
    done = create(tmp_path / "data", username, line)
    assert (done.returncode, done.stdout) == (1, b"")
    assert said in done.stderr
    assert b"Traceback" not in done.stderr
    assert b"secret" not in done.stderr
    assert not (tmp_path / "data").exists()


def test_one_entry_makes_the_whole_of_it_and_only_once(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert create(folder, "owner", WORDS.encode()).returncode == 0
    assert [path.stat().st_mode & 0o777 for path in (folder, folder / "cellchain.db")] == [0o700, 0o600]
    again = create(folder, "other", WORDS.encode())
    assert again.returncode == 1
    assert b"administrator.exists" in again.stderr
    with closing(sqlite3.connect(folder / "cellchain.db")) as database:
        assert database.execute("SELECT username FROM accounts_person").fetchall() == [("owner",)]
        events = [event for (event,) in database.execute("SELECT event FROM ledger_entry ORDER BY seq")]
    assert events[1:] == ["accounts:administrator:registered", "accounts:administrator:registered:refused"]


def register(house: House, username: str, password: str = WORDS) -> str:
    """The command itself."""
    made = house.do(
        commands.register_administrator, by=SYSTEM_ACTOR, by_house=True, username=username, password=password
    )
    return str(made["person"])


def test_where_every_administrator_is_locked_there_may_be_another(office: Office) -> None:
    with office.house.read() as tx:
        working = set(tx.every(HOLDERS, role=Role.ADMINISTRATOR, today=tx.today))
    for person in working:
        with pytest.raises(Refused) as refusal:
            register(office.house, "rescue")
        assert refusal.value.code == "administrator.exists"
        office.house.do(commands.lock, by=office.house.actor("administrator", number=9), person=person)
    register(office.house, "rescue")
    assert office.sign_in("rescue", WORDS).session.actor.may("accounts.unlock")


def test_an_unfit_password_leaves_nobody(office: Office) -> None:
    with office.house.read() as tx:
        for person in tx.every(HOLDERS, role=Role.ADMINISTRATOR, today=tx.today):
            office.house.do(commands.lock, by=office.house.actor("administrator", number=9), person=person)
    with pytest.raises(Refused) as refusal:
        register(office.house, "rescue", "too short")
    assert refusal.value.code == "password.too_short"
    assert register(office.house, "rescue").startswith("PS")
