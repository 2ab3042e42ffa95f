"""A toy capability over the real runner, and hands that reach past it into the tables."""

import importlib.util
import random
import shutil
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel

from cellchain import paths
from cellchain.kernel.clock import SimulatedClock
from cellchain.ledger import foundation, queries
from cellchain.ledger.actor import Actor, Signing
from cellchain.ledger.audit import Report, run_verify
from cellchain.ledger.invariants import INVARIANTS
from cellchain.ledger.registry import REGISTRY, Reaction, command_of
from cellchain.ledger.run import Call, Runner
from cellchain.ledger.triggers import triggers
from cellchain.platform.db import Database
from cellchain.platform.files import DataDir
from cellchain.platform.sealing import Sealer
from tests.support.postgres import Postgres, name_of

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MODULE = "cellchain.toy.commands"
HERE = Path(__file__).parent
TABLES = """
from alembic import op
from sqlmodel import SQLModel

revision = "0001"
down_revision = None


def upgrade() -> None:
    SQLModel.metadata.create_all(op.get_bind())
"""


class Workshop:
    """One database with its runner and its data folder. `do` runs a toy command by its name."""

    def __init__(self, url: str, folder: Path, toy: ModuleType, seed: int = 1) -> None:
        self.toy = toy
        self.random = random.Random(seed)
        self.clock = SimulatedClock(START)
        self.data_dir = DataDir(folder)
        self.database = Database(url, clock=self.clock, sealer=Sealer(bytes(range(32)), self.random.randbytes))
        self.runner = self.new_runner()

    def new_runner(self) -> Runner:
        reactions = [Reaction("toy:bag:emptied", self.toy.discard, self.toy.discard_of)]
        return Runner(self.database, site=1, reactions=reactions)

    def found(self) -> "Workshop":
        foundation.found(self.database, self.runner, demonstration=True)
        return self

    def as_founded(self, drawn: object) -> "Workshop":
        """Go on where the foundation ended: the database is a copy of a founded one, with `drawn` taken from chance."""
        self.random.setstate(drawn)  # type: ignore[arg-type]
        return self

    def actor(self, number: int = 1) -> Actor:
        allowed = frozenset(made.permission for made in REGISTRY.values() if made.capability == "toy")
        return Actor(f"PS0126{number:06d}00", allowed, frozenset({"technician"}), "bench-1")

    def call(self, verb: str, *, by: Actor | None = None, request_id: str | None = None, **fields: Any) -> Call:
        made = command_of(getattr(self.toy, verb))
        more = {name: fields.pop(name) for name in ("reason", "happened_at") if name in fields}
        signing = Signing("password", self.clock.now()) if made.signature else None
        order = made.order(**fields)
        return Call(made, order, by or self.actor(), request_id or self.request_id(), signing=signing, **more)

    def do(self, verb: str, **fields: Any) -> dict[str, Any]:
        return self.runner.run(self.call(verb, **fields)).result()

    def request_id(self) -> str:
        return str(uuid.UUID(bytes=self.random.randbytes(16), version=4))

    def entries(self) -> list[Any]:
        with self.database.read() as tx:
            return queries.entries_after(tx, 0, 1_000)

    def verify(self) -> Report:
        return run_verify(self.database, self.data_dir, INVARIANTS)

    def unguarded(self, *statements: str) -> int:
        """Run statements as somebody would who dropped the triggers and put them back; gives the rows they touched."""
        drop = [one for one in triggers("sqlite") if one.startswith("DROP")]
        options = {"isolation_level": "AUTOCOMMIT"}
        touched = 0
        with self.database.engine.connect().execution_options(**options) as connection:
            if self.database.is_sqlite:
                for statement in ["PRAGMA foreign_keys = OFF", "PRAGMA ignore_check_constraints = ON", *drop]:
                    connection.exec_driver_sql(statement)
            else:
                connection.exec_driver_sql("SET session_replication_role = replica")
            for statement in statements:
                touched += connection.exec_driver_sql(statement).rowcount
            if self.database.is_sqlite:
                for statement in triggers("sqlite"):
                    with suppress(sa.exc.OperationalError):  # of a table that is gone now
                        connection.exec_driver_sql(statement)
            connection.invalidate()
        return touched

    def unwatched(self, statement: str) -> None:
        """Run a statement as the owner of the database, past every command, and leave everything else as it is."""
        with self.database.engine.begin() as connection:
            connection.exec_driver_sql(statement)

    def close(self) -> None:
        self.runner.close()
        self.database.close()


Make = Callable[..., Workshop]


@pytest.fixture(scope="package")
def bare() -> Iterator[None]:
    """The ledger's own tables alone: in a run of every folder there are nearly two hundred of other capabilities, and
    each foundation and each `verify` of this folder would go through them. tests/contract verifies those.
    """
    metadata = SQLModel.metadata
    others = [table for name, table in metadata.tables.items() if not name.startswith(("ledger_", "platform_"))]
    for table in others:
        metadata.remove(table)
    yield
    for table in others:
        metadata._add_table(table.name, table.schema, table)


@pytest.fixture(scope="package")
def toy(bare: None) -> Iterator[ModuleType]:
    """The toy capability, registered while the tests of this folder run."""
    before = set(SQLModel.metadata.tables)
    spec = importlib.util.spec_from_file_location(MODULE, HERE / "toy.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[MODULE]
    for name in [name for name in REGISTRY if name.startswith("toy/")]:
        del REGISTRY[name]
    for name in ("toy_draw", "toy_bag"):
        assert name not in before
        SQLModel.metadata.remove(SQLModel.metadata.tables[name])


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Migrations of this test alone: one revision that makes every table."""
    return own_scripts(tmp_path, monkeypatch)


def own_scripts(home: Path, patch: pytest.MonkeyPatch) -> Path:
    """A folder of migrations below `home`, which stands for the real one as long as `patch` holds."""
    folder = home / "alembic"
    (folder / "versions").mkdir(parents=True)
    for name in ("env.py", "script.py.mako"):
        shutil.copy(paths.alembic_dir() / name, folder / name)
    (folder / "versions" / "0001_tables.py").write_text(TABLES)
    patch.setattr(paths, "alembic_dir", lambda: folder)
    return folder


@pytest.fixture
def make_workshop(toy: ModuleType, scripts: Path, tmp_path: Path) -> Iterator[Make]:
    """Makes workshops, and closes them at the end."""
    made: list[Workshop] = []

    def make(url: str | None = None, folder: Path | None = None, **more: Any) -> Workshop:
        home = folder or tmp_path / "data"
        workshop = Workshop(url or f"sqlite:///{home / 'cellchain.db'}", home, toy, **more)
        made.append(workshop)
        return workshop

    yield make
    for workshop in made:
        workshop.close()


@dataclass(frozen=True)
class Founded:
    """Founded databases to copy (every table and trigger is there), and where chance stood when they were done."""

    file: Path
    postgres: str
    drawn: object


@pytest.fixture(scope="package")
def founded(toy: ModuleType, postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Founded]:
    """One foundation on each database for all tests of this folder: it takes seconds, a copy a fraction of one."""
    home = tmp_path_factory.mktemp("founded")
    url = postgres.fresh_database()
    drawn = set()
    with pytest.MonkeyPatch.context() as patch:
        own_scripts(home, patch)
        for where in (f"sqlite:///{home / 'cellchain.db'}", url):
            workshop = Workshop(where, home, toy).found()
            drawn.add(workshop.random.getstate())
            workshop.close()
    (state,) = drawn
    yield Founded(home / "cellchain.db", name_of(url), state)
    postgres.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def workshop(
    request: pytest.FixtureRequest, make_workshop: Make, founded: Founded, postgres: Postgres, tmp_path: Path
) -> Iterator[Workshop]:
    """A founded workshop, once on each database."""
    if request.param == "sqlite":
        shutil.copy(founded.file, tmp_path / "cellchain.db")
        yield make_workshop(f"sqlite:///{tmp_path / 'cellchain.db'}").as_founded(founded.drawn)
        return
    url = postgres.fresh_database(like=founded.postgres)
    yield make_workshop(url).as_founded(founded.drawn)
    postgres.drop(url)


@pytest.fixture
def lite(make_workshop: Make, founded: Founded) -> Workshop:
    """A founded workshop on SQLite, its database in its data folder."""
    made = make_workshop()
    made.data_dir.keys()
    shutil.copy(founded.file, made.data_dir.path / "cellchain.db")
    return made.as_founded(founded.drawn)
