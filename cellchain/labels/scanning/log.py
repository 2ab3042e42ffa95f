"""Keeping every scan as it came, taken or not: outside the ledger, since whatever a scan changed has its entry."""

from collections.abc import Iterable, Mapping
from itertools import zip_longest
from uuid import uuid4

from cellchain.identity import scan
from cellchain.identity.typed import Capture, Why
from cellchain.kernel.values import dataclass
from cellchain.labels.scanning.models import RawScan
from cellchain.labels.scanning.rules import kept
from cellchain.ledger.actor import Actor
from cellchain.ledger.run import Runner
from cellchain.platform.write import WriteTx

UNKNOWN = "unknown"
NONCE_MAX = 64
TOGETHER_MOST = 20  # scans of one request (static/js/queue.js)


@dataclass(frozen=True)
class Beep:
    """One scan as a page sent it: the symbol, the number of this beep, and how it was captured."""

    symbol: str
    nonce: str
    capture: Capture
    typed_because: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "Beep":
        """What came with a form or a script. A scan without a number of its own gets one."""
        nonce = given.get("nonce", "")
        capture, why = given.get("capture", ""), given.get("typed_because", "")
        return cls(
            # One character more than a symbol may have, so that a longer one is known to be too long.
            symbol=given.get("symbol", "")[: scan.LENGTH_MAX + 1],
            nonce=nonce if 0 < len(nonce) <= NONCE_MAX else str(uuid4()),
            capture=Capture(capture) if capture in set(Capture) else Capture.WEDGE,
            typed_because=why if why in set(Why) else "",
        )

    @classmethod
    def each(cls, items: Iterable[tuple[str, object]]) -> list["Beep"]:
        """The scans of a form, in their order: the names of one may come again for every further one."""
        own: dict[str, list[str]] = {name: [] for name in ("symbol", "nonce", "capture", "typed_because")}
        for name, value in items:
            if name in own:
                own[name].append(str(value))
        beeps = zip_longest(*(values[:TOGETHER_MOST] for values in own.values()), fillvalue="")
        return [cls.of(dict(zip(own, values, strict=True))) for values in beeps] or [cls.of({})]

    @property
    def by_hand(self) -> bool:
        """Whether a person typed it."""
        return self.capture is Capture.TYPED

    @property
    def noted(self) -> dict[str, str]:
        """What an entry says about it: nothing for a scan, for a typed code that it was typed, and why."""
        return {"capture": str(self.capture), "typed_because": self.typed_because} if self.by_hand else {}


def keep(runner: Runner, actor: Actor, beep: Beep, answer: str, problem: str | None = None) -> None:
    """Note a scan. A resent one is there already; another scan under its number stands beside it under a new one."""
    runner.outside(lambda tx: _keep(tx, actor, beep, answer, problem))


def _keep(tx: WriteTx, actor: Actor, beep: Beep, answer: str, problem: str | None) -> None:
    symbol, is_shape = kept(beep.symbol, tx.house.read(tx, beep.symbol, by_hand=beep.by_hand, station=actor.device))
    row = {
        "at": tx.now,
        "person": actor.person,
        "device": actor.device,
        "symbol": symbol,
        "is_shape": is_shape,
        "capture": beep.capture,
        "answer": answer,
        "problem": problem,
    }
    if tx.claim(RawScan, {"nonce": beep.nonce, **row}):
        return
    there = tx.get(RawScan, beep.nonce)
    if (there.person, there.symbol) != (actor.person, symbol):
        tx.claim(RawScan, {"nonce": str(uuid4()), **row})
