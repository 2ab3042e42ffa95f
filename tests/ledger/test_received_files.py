"""Files on their way in: no more of one person in a day than the house allows, and none that a scanner did not pass."""

import socket
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from cellchain.kernel.errors import Busy, Refused
from cellchain.ledger import uploads
from cellchain.platform.config import Settings
from cellchain.platform.files import DataDir
from cellchain.platform.viruses import PIECE_BYTES, Scanner
from tests.factories import House
from tests.support.clamd import BAD, clamd

ANNA, BORIS = "PS012600000100", "PS012600000291"


def installed(house: House, tmp_path: Path, **settings: Any) -> SimpleNamespace:
    """What receiving needs of an installation."""
    folder = DataDir(tmp_path / "data")
    folder.files.mkdir(parents=True, exist_ok=True)
    return SimpleNamespace(settings=Settings(**settings), folder=folder, runner=house.runner)


def kept(there: SimpleNamespace) -> int:
    """How many files lie in the data folder."""
    return sum(1 for file in there.folder.files.rglob("*") if file.is_file())


def refused(there: SimpleNamespace, content: bytes, kind: type[Exception] = Refused, person: str = ANNA) -> str:
    """Expects a refusal that keeps nothing. Gives its code."""
    before = kept(there)
    with pytest.raises(kind) as said:
        uploads.receive(there, person, content)
    assert kept(there) == before
    return str(said.value.code)  # type: ignore[attr-defined]


# -- how many ----------------------------------------------------------------------------------------------------------


def test_one_person_sends_so_many_files_in_a_day(house: House, tmp_path: Path) -> None:
    there = installed(house, tmp_path, attachments_a_day_max=3)
    for number in range(3):
        uploads.receive(there, ANNA, f"file {number}".encode())
    assert refused(there, b"one more") == "file.too_many"
    uploads.receive(there, BORIS, b"one more")
    house.clock.advance(timedelta(hours=24, seconds=1))
    uploads.receive(there, ANNA, b"the next day")


def test_one_person_sends_so_many_bytes_in_a_day(house: House, tmp_path: Path) -> None:
    there = installed(house, tmp_path, attachment_bytes_a_day_max=10_000)
    uploads.receive(there, ANNA, b"a" * 6_000)
    assert refused(there, b"b" * 4_001) == "file.too_many"
    uploads.receive(there, ANNA, b"b" * 4_000)
    assert refused(there, b"c") == "file.too_many"


# -- what a scanner says -----------------------------------------------------------------------------------------------


def test_what_the_scanner_passes_is_kept_whole_and_what_it_finds_is_not(house: House, tmp_path: Path) -> None:
    there = installed(house, tmp_path, clamd_address=f"unix:{tmp_path}/s")
    large = b"line\n" * 60_000
    with clamd(f"{tmp_path}/s") as scanner:
        for content in (b"fine", large, b"x" * PIECE_BYTES):
            uploads.receive(there, ANNA, content)
        assert scanner.seen == [b"fine", large, b"x" * PIECE_BYTES]
        assert refused(there, b"before " + BAD) == "file.infected"
    assert kept(there) == 3


def test_a_scanner_at_a_port(house: House, tmp_path: Path) -> None:
    with clamd(("127.0.0.1", 0)) as scanner:
        port = scanner.listener.getsockname()[1]
        there = installed(house, tmp_path, clamd_address=f"tcp://127.0.0.1:{port}")
        uploads.receive(there, ANNA, b"fine")
        assert refused(there, BAD) == "file.infected"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"INSTREAM size limit exceeded. ERROR\0",
        b"stream: OK maybe\0",
        b"OK\0",
        b"\xff" * 5_000,
        b"UNKNOWN COMMAND\0",
    ],
)
def test_what_is_no_plain_yes_lets_nothing_in(house: House, tmp_path: Path, answer: bytes) -> None:
    there = installed(house, tmp_path, clamd_address=f"unix:{tmp_path}/s")
    with clamd(f"{tmp_path}/s", answer):
        assert refused(there, b"fine", Busy) == "file.not_looked_at"
    assert kept(there) == 0


def test_a_scanner_that_is_away_or_silent_lets_nothing_in(house: House, tmp_path: Path) -> None:
    for address in (f"unix:{tmp_path}/none", "tcp://127.0.0.1:1"):
        there = installed(house, tmp_path, clamd_address=address)
        assert refused(there, b"fine", Busy) == "file.not_looked_at"
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(f"{tmp_path}/silent")
        silent.listen()
        with pytest.raises(Busy):
            Scanner(f"{tmp_path}/silent", timeout_s=0.2).look(b"fine")


@pytest.mark.parametrize(
    "address", ["", "/run/clamd.ctl", "unix:run", "http://127.0.0.1:3310", "tcp://host", "tcp://h:x"]
)
def test_an_address_that_is_none_ends_the_start(address: str) -> None:
    with pytest.raises(ValidationError):
        Settings(clamd_address=address)
