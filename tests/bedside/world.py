"""The demonstration's own world for tests: played once in a run, copied for each test that writes into it."""

import json
import random
import shutil
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.accounts import queries as people
from cellchain.accounts.permissions import permissions_of
from cellchain.bedside import commands
from cellchain.bedside.infusions import commands as infusions
from cellchain.bedside.models import Infusion
from cellchain.demo import play
from cellchain.kernel.clock import SimulatedClock
from cellchain.ledger.actor import Actor, Signing
from cellchain.ledger.answers import Answer
from cellchain.ledger.models import Entry
from cellchain.ledger.registry import Order, command_of
from cellchain.ledger.run import Call
from cellchain.main import Installation, open_installation
from cellchain.platform.config import Settings
from tests.support.shared import shared_below

INSPECTION: Mapping[str, bool] = {"intact": True, "no_clumps": True, "label_legible": True}
MINUTE = timedelta(minutes=1)
ENTRIES = select(Entry).order_by(col(Entry.seq))
SINCE = select(Entry).where(col(Entry.seq) > bindparam("after")).order_by(col(Entry.seq))
NUMBERS = select(Entry.seq).order_by(col(Entry.seq))
LAST = select(Entry.seq).order_by(col(Entry.seq).desc()).limit(1)


def played(base: Path) -> Path:
    """The folder of a demonstration below `base`, played at the first call; one for all processes of a run."""
    with shared_below(base) as shared:
        folder = shared / "demonstration"
        if not (folder / "manifest.json").exists():
            play(Settings(data_dir=folder, password_cost="cheap"), 1)
        return folder


class World:
    """A copy of the demonstration, a minute after its story ended, with the clock standing still.

    `url` names a PostgreSQL database that holds the same story; its keys lie in the folder all the same.
    """

    def __init__(
        self, source: Path, folder: Path, *, seed: int = 7, url: str | None = None, zone: str = "Europe/Moscow"
    ) -> None:
        shutil.copytree(source, folder)
        self.folder = folder
        self.manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        self.clock = SimulatedClock(datetime.fromisoformat(self.manifest["made_at"]) + MINUTE)
        self.random = random.Random(seed)
        settings = Settings(data_dir=folder, password_cost="cheap", database_url=url, site_timezone=zone)
        self.installation: Installation = open_installation(settings, clock=self.clock, entropy=self.random.randbytes)

    def close(self) -> None:
        """Close every connection."""
        self.installation.close()

    # -- who and what is there --

    @cached_property
    def actors(self) -> dict[str, Actor]:
        """Everybody of the cast, by user name."""
        with self.installation.database.read() as tx:
            return {
                one.username: Actor(one.code, permissions_of(one.roles), frozenset(one.roles), "bedside-1")
                for one in people.people(tx)
            }

    def bags(self, bedside: str, content: str | None = None) -> list[dict[str, Any]]:
        """The bags of the manifest in one bedside state."""
        found = [one for one in self.manifest["bags"] if one["bedside"] == bedside]
        return [one for one in found if content in (None, one["content"])]

    def band(self, recipient: str) -> str:
        """The symbol of a recipient's live wristband."""
        return str(next(one["wristband"] for one in self.manifest["recipients"] if one["code"] == recipient))

    def ready(self, number: int = 0) -> tuple[str, str, str, str]:
        """A bag that would MATCH: its code, its label's symbol, its recipient, the recipient's wristband."""
        bag = self.bags("ready")[number]
        return bag["code"], bag["label"], bag["recipient"], self.band(bag["recipient"])

    def row(self, model: Any, key: object) -> Any:
        """One row."""
        with self.installation.database.read() as tx:
            return tx.get(model, key)

    def volume_of(self, infusion: int) -> int:
        """What the bag of an infusion held when it began, in microlitres."""
        return int(self.row(Infusion, infusion).volume_ul)

    def every(self, statement: Any, **values: Any) -> list[Any]:
        """All rows of a statement."""
        with self.installation.database.read() as tx:
            return list(tx.every(statement, **values))

    def entries(self) -> list[Entry]:
        """All entries of the ledger."""
        with self.installation.database.read() as tx:
            return tx.many(ENTRIES, limit=100_000)

    def since(self, seq: int) -> list[Entry]:
        """The entries after entry `seq`."""
        return self.every(SINCE, after=seq)

    def size(self) -> int:
        """The number of entries."""
        with self.installation.database.read() as tx:
            return int(tx.one(LAST))

    def numbers(self) -> list[int]:
        """The numbers of all entries: the whole ledger is read far more slowly."""
        return self.every(NUMBERS)

    # -- what people do --

    def call(self, who: str, function: Callable[..., Any], order: Order, request_id: str | None = None) -> Call:
        """What `who` sends; a decision is signed."""
        command = command_of(function)
        signing = Signing("password", self.clock.now()) if command.signature is not None else None
        return Call(command, order, self.actors[who], request_id or self.request_id(), signing=signing)

    def answer(self, who: str, function: Callable[..., Any], **fields: Any) -> Answer:
        """Run a command and give its whole answer."""
        return self.installation.runner.run(self.call(who, function, command_of(function).order(**fields)))

    def do(self, who: str, function: Callable[..., Any], **fields: Any) -> dict[str, Any]:
        """Run a command. Raises what it refuses."""
        return self.answer(who, function, **fields).result()

    def request_id(self) -> str:
        """A fresh request id, the same in every run of a test."""
        return str(uuid.UUID(bytes=self.random.randbytes(16), version=4))

    def wait(self, **step: float) -> None:
        """Let time pass."""
        self.clock.advance(timedelta(**step))

    # -- the bedside's own acts --

    def badge(self, who: str) -> str:
        """The symbol on somebody's badge."""
        return str(next(one["badge"] for one in self.manifest["people"] if one["username"] == who))

    def check(self, who: str, wristband: str, bag: str, **other: Any) -> dict[str, Any]:
        """One person's check."""
        fields: dict[str, Any] = {"wristband": wristband, "bag": bag, "inspection": INSPECTION, **other}
        return self.do(who, commands.check, **fields)

    def checked(self, number: int = 0) -> tuple[str, str, str, str]:
        """A ready bag that both nurses have checked."""
        bag, symbol, recipient, band = self.ready(number)
        for nurse in ("nurse1", "nurse2"):
            assert self.check(nurse, band, symbol)["verdict"] == "MATCH"
        return bag, symbol, recipient, band

    def start(self, who: str, band: str, symbol: str, planned_minutes: int = 120) -> dict[str, Any]:
        """Somebody starts an infusion."""
        return self.do(who, infusions.start_infusion, wristband=band, bag=symbol, planned_minutes=planned_minutes)

    def running(self, number: int = 0) -> int:
        """An infusion that runs."""
        _, symbol, _, band = self.checked(number)
        return int(self.start("nurse1", band, symbol)["infusion"])


def codes(result: Mapping[str, Any]) -> list[str]:
    """The codes of a check's reasons."""
    return [reason["code"] for reason in result["reasons"]]
