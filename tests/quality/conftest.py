"""A laboratory with the reactions that concern quality."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cellchain.accounts import passwords
from cellchain.composition import DESCRIBERS, LABELLERS, REACTIONS
from cellchain.kernel.errors import CellchainError
from cellchain.ledger.describe import House as Handed
from tests.factories import FIELD_KEY, House
from tests.quality.lab import Lab

Refuses = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def lab(tables_file: Path, tmp_path: Path) -> Iterator[Lab]:
    passwords.configure("cheap")
    path = tmp_path / "cellchain.db"
    shutil.copyfile(tables_file, path)
    house = House(f"sqlite:///{path}", reactions=REACTIONS)
    house.database.house = Handed(DESCRIBERS, LABELLERS, FIELD_KEY, ZoneInfo("Europe/Moscow"), "Example Clinic")
    yield Lab(house)
    house.close()


@pytest.fixture
def refuses(lab: Lab) -> Refuses:
    """`with refuses("lot.expired"):` what is inside is refused with this code."""

    @contextmanager
    def expecting(code: str) -> Iterator[None]:
        with pytest.raises(CellchainError) as caught:
            yield
        assert caught.value.code == code, f"{caught.value.code}: {caught.value.text}"

    return expecting
