"""What people were told was done, and whether it is: truth 8, an acknowledged command survives and is done once."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from random import Random

from cellchain.kernel.values import dataclass
from cellchain.ledger.answers import Answer
from cellchain.ledger.run import Call
from cellchain.simulate.told import Told

REFUSED = ":refused"


@dataclass(frozen=True)
class Kept:
    """A request and the answer that it got."""

    call: Call
    answer: Answer


class Journal:
    """The client's side: every answer, against what the ledger says of it."""

    def __init__(self) -> None:
        self.kept: list[Kept] = []
        self._done: Counter[tuple[str, str]] = Counter()
        self._hashes: dict[int, str] = {}

    def keep(self, call: Call, answer: Answer) -> None:
        """Somebody was told this."""
        self.kept.append(Kept(call, answer))

    def hear(self, entries: Iterable[Told]) -> None:
        """Take in what the ledger says of it."""
        for entry in entries:
            self._hashes[entry.seq] = entry.hash
            if entry.on_behalf is None:
                self._done[entry.request_id, entry.event] += 1

    def broken(self, kept: Kept) -> Iterator[str]:
        """What is wrong with one answer that was given."""
        event = kept.call.command.event + ("" if kept.answer.done else REFUSED)
        times = self._done[kept.call.request_id, event]
        if times != 1:
            yield f"8: {kept.call.command.path} was answered, and has {times} entries"
        if kept.answer.done:
            entry = json.loads(kept.answer.text)["entry"]
            if self._hashes.get(entry["seq"]) != entry["hash"]:
                yield f"8: {kept.call.command.path} was acknowledged, and its entry {entry['seq']} is gone or another"

    def some(self, random: Random, most: int) -> list[Kept]:
        """A few of what was answered, to ask again."""
        return random.sample(self.kept, min(most, len(self.kept)))
