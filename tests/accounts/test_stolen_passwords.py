"""Passwords that others have lost: looked up in a file of this machine, and not taken."""

import hashlib
import random
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

import pytest

from cellchain.accounts import commands
from cellchain.accounts.one_time.commands import reset_password
from cellchain.accounts.strength import breached
from cellchain.accounts.strength.breached import is_listed
from cellchain.kernel.errors import Unavailable
from cellchain.main import opened
from cellchain.platform.config import Settings
from tests.accounts.one_time.test_one_time import CODE, choose
from tests.accounts.story import Office
from tests.trial.story import refuses

LOST = "seven purple kettles dreaming"


def digest(password: str) -> str:
    return hashlib.sha1(password.encode()).hexdigest().upper()


def written(file: Path, passwords: list[str], end: str = "\r\n", *, counts: bool = True) -> Path:
    """A list as it is published: sorted digests, each with how often it was seen."""
    lines = sorted(digest(one) for one in passwords)
    file.write_bytes(
        "".join(f"{line}{f':{place}' if counts else ''}{end}" for place, line in enumerate(lines)).encode()
    )
    return file


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("size", [0, 1, 2, 3, 500])
def test_all_that_are_listed_are_found_and_no_others(tmp_path: Path, size: int, counts: bool, end: str) -> None:
    listed = [f"password {number}" for number in range(size)]
    file = written(tmp_path / "list", listed, end, counts=counts)
    assert all(is_listed(file, one) for one in listed)
    assert not any(is_listed(file, f"word {number}") for number in range(200))
    if file.read_bytes().endswith(end.encode()):
        file.write_bytes(file.read_bytes().removesuffix(end.encode()))  # the last line may lack its end
        assert all(is_listed(file, one) for one in listed)


def test_a_long_list_costs_a_few_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [str(random.Random(7).random() + number) for number in range(20_000)]
    file = written(tmp_path / "list", listed)
    asked: list[int] = []
    read = breached._line_from

    def counted(lines: BinaryIO, place: int) -> bytes:
        asked.append(place)
        return read(lines, place)

    monkeypatch.setattr(breached, "_line_from", counted)
    assert is_listed(file, listed[777])
    assert len(asked) <= 22, "as often as its size can be halved"


def with_list(office: Office, file: Path) -> None:
    office.house.database.house = replace(office.house.database.house, is_stolen=partial(is_listed, file))


def test_a_stolen_password_is_not_taken_by_any_way(office: Office, tmp_path: Path) -> None:
    with_list(office, written(tmp_path / "list", [LOST, "something else"]))
    person = office.person("worker", "technician")
    me = office.as_person(person, "technician")
    with refuses("password.stolen"):
        office.do(commands.set_password, by=me, password=LOST)
    office.do(commands.set_password, by=me, password=f"{LOST} again")
    office.do(reset_password, person=person, code=CODE)
    with refuses("password.stolen"):
        choose(office, password=LOST)
    choose(office)


def test_a_list_that_cannot_be_read_lets_no_password_be_set(office: Office, tmp_path: Path) -> None:
    with_list(office, tmp_path / "gone")
    me = office.as_person(office.person("worker", "technician", secret=False), "technician")
    with pytest.raises(Unavailable) as away:
        office.do(commands.set_password, by=me, password=LOST)
    assert away.value.code == "password.list_away"


def test_the_setting_names_the_list(tmp_path: Path) -> None:
    file = written(tmp_path / "list", [LOST])
    for settings, stolen in (
        (Settings(data_dir=tmp_path / "one", stolen_passwords_file=file, password_cost="cheap"), True),
        (Settings(data_dir=tmp_path / "other", password_cost="cheap"), False),
    ):
        with opened(settings) as installation:
            assert installation.database.house is not None
            assert installation.database.house.is_stolen(LOST) is stolen
