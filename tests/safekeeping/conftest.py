"""A small house with real tables and a few people, founded once and copied for each test."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cellchain.accounts.commands import RegisterAdministrator, register_person
from cellchain.accounts.first import create_first_administrator
from cellchain.accounts.permissions import permissions_of
from cellchain.ledger import foundation
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call
from cellchain.main import Installation, opened, witness
from cellchain.platform.config import Settings

PASSPHRASE = "plum granite otter"
FIRST = 2  # entries of a new house: its foundation and its administrator


class Place:
    """A data folder and what is done in it. Each step opens the installation and closes it again."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        self.folder = folder
        self.settings = Settings(data_dir=folder, password_cost="cheap", database_url=url)

    @contextmanager
    def open(self) -> Iterator[Installation]:
        with opened(self.settings) as installation:
            yield installation

    def found(self) -> "Place":
        with self.open() as installation:
            foundation.found(installation.database, installation.runner, demonstration=False)
            order = RegisterAdministrator(username="first", password="granite otter plum 7")
            create_first_administrator(installation.runner, order)
        return self

    def people(self, *names: str) -> None:
        with self.open() as installation:
            for name in names:
                register(installation, name)

    def witness(self) -> None:
        with self.open() as installation:
            witness(installation)

    def names(self) -> set[str]:
        """What lies in the folder, the lock apart."""
        return {entry.name for entry in self.folder.iterdir()} - {".lock"} if self.folder.exists() else set()


def register(installation: Installation, name: str, reason: str | None = None) -> None:
    """One entry, by a command."""
    administrator = Actor("PS012600000197", permissions_of(("administrator",)), frozenset({"administrator"}), "bench-1")
    made = command_of(register_person)
    told = {"username": name, "name": f"{name} Example".title(), "initials": name[0].upper()}
    order = made.order.model_validate(told)
    installation.runner.run(Call(made, order, administrator, str(uuid.uuid4()), reason)).result()


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A founded house, made once."""
    folder = Place(tmp_path_factory.mktemp("founded") / "data").found().folder
    (folder / "cellchain.db").chmod(0o600)  # as the command line makes it
    return folder


@pytest.fixture
def place(founded: Path, tmp_path: Path) -> Place:
    """A copy of it."""
    shutil.copytree(founded, tmp_path / "data")
    return Place(tmp_path / "data")
