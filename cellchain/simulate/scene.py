"""What a trespass has at hand: who is there, what a scan names, and a note of how each attempt ended."""

from collections.abc import Callable, Generator
from dataclasses import field
from datetime import timedelta
from typing import Any

from cellchain.bedside import commands as bedside
from cellchain.demo.stage import Stage
from cellchain.demo.ward import INSPECTION
from cellchain.identity import scan
from cellchain.kernel.errors import CellchainError
from cellchain.kernel.values import dataclass
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call
from cellchain.simulate.actors import call_of
from cellchain.simulate.told import Eyes

NURSES = ("nurse1", "nurse2")
DONE = "done"
WHY = "The simulation says so."
Came = Any  # what came of a call: its result, or the error that refused it
Acts = Generator[Call | timedelta, Came, None]
Tries = Callable[["Scene", Call], Acts]


@dataclass
class Scene:
    """One stage for all trespasses. `tried` says of each attempt how the house answered it."""

    stage: Stage
    eyes: Eyes
    tried: list[tuple[str, str]] = field(default_factory=list)
    name: str = ""

    def call(self, who: str, function: Callable[..., Any], /, **fields: Any) -> Call:
        """`who`, by user name or code, sends an order."""
        command = command_of(function)
        actor = self.stage.people.get(who) or next(one for one in self.stage.people.values() if one.person == who)
        return call_of(self.stage, actor, command.path, command.order(**fields))

    def again(self, call: Call, **changed: Any) -> Call:
        """The same by the same person once more, with other fields."""
        fields = {name: getattr(call.order, name) for name in type(call.order).model_fields}
        return call_of(self.stage, call.actor, call.command.path, type(call.order)(**{**fields, **changed}))

    def attempt(self, call: Call) -> Generator[Call | timedelta, Came, Came]:
        """What must not be done, is tried; how the house answered is noted."""
        came = yield call
        self.tried.append((self.name, outcome_of(came)))
        return came

    def start_anyhow(self, start: Call) -> Acts:
        """Both nurses check as they should, and the infusion is started although it must not be."""
        yield from self.check_both(start)
        yield from self.attempt(self.again(start))

    def check_both(self, start: Call, **other: Any) -> Acts:
        """Both nurses check what is about to start, or with `other` fields something else."""
        for nurse in NURSES:
            yield self.check(nurse, start, **other)

    def check(self, nurse: str, start: Call, **other: Any) -> Call:
        """One nurse's check of what is about to start."""
        order: Any = start.order
        scans: dict[str, Any] = {"wristband": order.wristband, "bag": order.bag, "inspection": INSPECTION}
        return self.call(nurse, bedside.check, **{**scans, **other})

    def bag_of(self, symbol: str) -> str:
        """The bag that a label's symbol stands for."""
        code = scan.read(symbol).code
        return str(self.one("SELECT target FROM labels_label WHERE code = {0}", "" if code is None else code.text))

    def lot_of(self, container: str) -> str:
        """The lot that a container is of."""
        return str(self.one("SELECT lot FROM manufacturing_container WHERE code = {0}", container))

    def one(self, statement: str, *values: Any) -> Any:
        """The first value that a statement finds, or None."""
        rows = self.eyes.rows(statement, *values)
        return rows[0][0] if rows else None


def outcome_of(came: Came) -> str:
    """The code with which the house answered, or that it was done."""
    if isinstance(came, CellchainError):
        return came.code
    if came.get("verdict") == "STOP":
        return " ".join(reason["code"] for reason in came["reasons"])
    return str(came.get("code") or DONE)


def refused(came: Came) -> bool:
    """Whether it was not done."""
    return isinstance(came, CellchainError)
