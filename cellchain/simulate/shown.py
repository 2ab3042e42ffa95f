"""What somebody scanned or had read, against what the house made of it: only the client's side knows that."""

from collections.abc import Callable, Iterator
from typing import Any

from cellchain.ledger.answers import Answer
from cellchain.ledger.run import Call
from cellchain.simulate.told import Tables


class Shown:
    """Looks at what was done, beside the order that it was done on."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._looks: dict[str, Callable[[Any, dict[str, Any]], Iterator[str]]] = {
            "bedside/decide_running": self._decided,
            "bedside/resume": self._scanned,
            "bedside/take_over_infusion": self._scanned,
            "quality/review_batch": self._reviewed,
        }

    def broken(self, call: Call, answer: Answer) -> Iterator[str]:
        """What was done otherwise than it was shown or scanned."""
        look = self._looks.get(call.command.path)
        if look is not None:
            yield from look(call.order, answer.result())

    def _decided(self, order: Any, _: dict[str, Any]) -> Iterator[str]:
        *_earlier, made = self._tables.where("bedside_decision", "infusion", order.infusion)
        unseen = sorted(set(made["marks"]) - set(order.seen.split()))
        if unseen:
            yield f"7: infusion {order.infusion} is decided about over {unseen}, which nobody was shown"

    def _reviewed(self, order: Any, result: dict[str, Any]) -> Iterator[str]:
        row = self._tables.row("quality_review", result["review"])
        if order.seen not in (None, row["exceptions_hash"]):
            yield f"7: {order.lot} is reviewed over exceptions that nobody was shown"

    def _scanned(self, order: Any, result: dict[str, Any]) -> Iterator[str]:
        """Where the house says nothing against a scan, the wristband is that of who gets the bag."""
        band = self._tables.row("trial_wristband", order.wristband)
        recipient = self._tables.row("bedside_infusion", order.infusion)["recipient"]
        if result.get("code") is None and band and band["recipient"] != recipient:
            yield f"1: infusion {order.infusion} of {recipient} goes on after a scan of {band['recipient']}'s wristband"
