"""A small house for tests: the real runner over a real database, a clock that stands still, people of chosen roles."""

import importlib
import random
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel

from cellchain.accounts import passwords
from cellchain.accounts.permissions import permissions_of
from cellchain.kernel.clock import SimulatedClock
from cellchain.ledger.actor import Actor, Signing
from cellchain.ledger.describe import House as Handed
from cellchain.ledger.models import Entry, Head
from cellchain.ledger.registry import Order, Reaction, command_of
from cellchain.ledger.run import Call, Runner
from cellchain.platform.db import Database, ReadTx
from cellchain.platform.sealing import Sealer

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
FIELD_KEY = bytes(range(32))
CAPABILITIES = [
    "accounts",
    "notices",
    "labels",
    "donors",
    "materials",
    "manufacturing",
    "quality",
    "custody",
    "trial",
    "bedside",
    "followup",
    "trace",
]


def import_models() -> None:
    """Import every capability's tables, so that the metadata is whole."""
    importlib.import_module("cellchain.ledger.models")
    importlib.import_module("cellchain.platform.write")
    for capability in CAPABILITIES:
        try:
            importlib.import_module(f"cellchain.{capability}.models")
        except ModuleNotFoundError as error:
            if error.name is None or not error.name.startswith(f"cellchain.{capability}"):
                raise


class House:
    """The runner and what tests say to it. `do` runs a command function with its order's fields."""

    def __init__(self, url: str, *, reactions: Sequence[Reaction] = (), seed: int = 1) -> None:
        self.clock = SimulatedClock(START)
        self.random = random.Random(seed)
        self.sealer = Sealer(FIELD_KEY, self.random.randbytes)
        self.database = Database(url, clock=self.clock, sealer=self.sealer)
        self.database.house = Handed(list_key=FIELD_KEY)
        self.runner = Runner(self.database, site=1, reactions=reactions)
        self._people: dict[str, Actor] = {}

    def actor(self, *roles: str, number: int = 1, person: str | None = None) -> Actor:
        """Somebody with these roles; another `number` is another person. `person` is the code of a registered one."""
        key = f"{'+'.join(roles)}#{number}"
        if key not in self._people:
            person = person or f"PS0126{len(self._people) + 900_000:06d}00"
            self._people[key] = Actor(person, permissions_of(roles), frozenset(roles), "bench-1")
        return self._people[key]

    def forget(self) -> None:
        """Nobody was met yet: who was registered meanwhile is met by their own code."""
        self._people.clear()

    def do(
        self,
        function: Callable[..., Any],
        *,
        by: Actor,
        reason: str | None = None,
        happened_at: datetime | None = None,
        request_id: str | None = None,
        by_house: bool = False,
        **fields: Any,
    ) -> dict[str, Any]:
        """Run `function` with an order of `fields`; a decision is signed by `by`. Raises what it refuses."""
        command = command_of(function)
        if "reason" in command.order.model_fields:
            fields["reason"], reason = reason, None
        order: Order = command.order(**fields)
        signing = Signing("password", self.clock.now()) if command.signature is not None else None
        call = Call(command, order, by, request_id or self.request_id(), reason, happened_at, signing, by_house)
        return self.runner.run(call).result()

    def request_id(self) -> str:
        """A fresh request id, the same in every run of a test."""
        return str(uuid.UUID(bytes=self.random.randbytes(16), version=4))

    @contextmanager
    def read(self) -> Iterator[ReadTx]:
        """A reading transaction."""
        with self.database.read() as tx:
            yield tx

    def entries(self) -> list[Entry]:
        """All entries of the ledger."""
        with self.read() as tx:
            return tx.many(_ENTRIES, limit=10_000)

    def close(self) -> None:
        """Close every connection."""
        self.runner.close()
        self.database.close()


def _entries() -> Any:
    from sqlmodel import select

    return select(Entry).order_by(Entry.seq)  # type: ignore[arg-type]


_ENTRIES = _entries()


def make_tables(url: str) -> None:
    """All tables, without migrations, and the head of an empty chain."""
    import_models()
    database = Database(url, clock=SimulatedClock(START), sealer=Sealer(FIELD_KEY, random.Random(0).randbytes))
    SQLModel.metadata.create_all(database.engine)
    with database.engine.begin() as connection:
        connection.execute(
            SQLModel.metadata.tables[Head.__tablename__].insert().values(id=1, seq=0, at=None, hash="0" * 64)
        )
    database.close()


@pytest.fixture(scope="session")
def tables_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, to be copied."""
    path = tmp_path_factory.mktemp("tables") / "tables.db"
    make_tables(f"sqlite:///{path}")
    return path


@pytest.fixture
def house(tables_file: Path, tmp_path: Path) -> Iterator[House]:
    """A house over a fresh SQLite database, without reactions: each capability on its own feet."""
    passwords.configure("cheap")
    path = tmp_path / "cellchain.db"
    shutil.copyfile(tables_file, path)
    made = House(f"sqlite:///{path}")
    yield made
    made.close()
