"""The tree over the chain while the program runs: proofs and roots without reading the chain anew for each of them.

Of each complete run of 1,024 entries the root is kept, 32 bytes; the run that an entry lies in and the last run are
read when they are asked for. A chain is read whole once, at the first question; after that only what it grew by.
"""

import threading
from collections.abc import Sequence

from cellchain.kernel.ensure import ensure
from cellchain.kernel.errors import NotFound
from cellchain.kernel.values import dataclass
from cellchain.ledger import merkle, queries
from cellchain.ledger.merkle import Accumulator, Span
from cellchain.platform.db import ReadTx

RUN = merkle.RUN


@dataclass(frozen=True)
class Proof:
    """That `entry` stands in the chain of `size` entries: its hash, the path from its leaf, and the root (hex)."""

    entry: int
    size: int
    hash: str
    path: tuple[str, ...]
    root: str


@dataclass(frozen=True)
class Consistency:
    """That the chain of `size` entries begins with that of `old_size`: the path, and both roots (hex)."""

    old_size: int
    size: int
    path: tuple[str, ...]
    old_root: str
    root: str


class Tree:
    """The roots of the runs so far. It goes on with what it saw: a chain rewritten under it gives no proof any more.

    Several threads may ask it; each gives the transaction whose chain it means.
    """

    def __init__(self) -> None:
        self._runs: list[bytes] = []
        self._lock = threading.Lock()

    def size(self, tx: ReadTx) -> int:
        """The number of entries of the chain, all of them in their place. Raises InvariantBroken where one is not."""
        self._grow(tx)
        known = len(self._runs) * RUN
        return known + len(queries.hashes(tx, after=known))

    def root(self, tx: ReadTx, size: int) -> bytes:
        """The root over the first `size` entries. Raises NotFound beyond the chain."""
        return _Reading(self._ready(tx, size), tx, size).root((0, size))

    def proof(self, tx: ReadTx, entry: int, size: int) -> Proof:
        """Proof that number `entry` stands in the chain of the first `size` entries. Raises NotFound outside it."""
        if not 0 < entry <= size:
            raise _no_entry(entry, size)
        reading = _Reading(self._ready(tx, size), tx, size)
        path = tuple(reading.root(span).hex() for span in merkle.inclusion_spans(size, entry - 1))
        root, leaf = reading.root((0, size)), reading.leaf(entry - 1)
        nodes = [bytes.fromhex(node) for node in path]
        ensure(
            merkle.verify_inclusion(leaf, entry - 1, size, nodes, root),
            f"entry {entry} is the one that was there before; run cellchain verify",
        )
        return Proof(entry, size, leaf.hex(), path, root.hex())

    def consistency(self, tx: ReadTx, old_size: int, size: int) -> Consistency:
        """Proof that the first `size` entries begin with the first `old_size`. Raises NotFound outside the chain."""
        if not 0 < old_size <= size:
            raise _no_entry(old_size, size)
        reading = _Reading(self._ready(tx, size), tx, size)
        path = tuple(reading.root(span).hex() for span in merkle.consistency_spans(old_size, size))
        return Consistency(old_size, size, path, self.root(tx, old_size).hex(), reading.root((0, size)).hex())

    def _ready(self, tx: ReadTx, size: int) -> Sequence[bytes]:
        self._grow(tx)
        runs = self._runs[: size // RUN]
        if len(runs) < size // RUN:
            raise _no_entry(size, size)
        return runs

    def _grow(self, tx: ReadTx) -> None:
        """Take the runs that were completed since."""
        with self._lock:
            part = Accumulator()
            for digest in queries.each_hash(tx, after=len(self._runs) * RUN):
                part.add(digest)
                if part.size == RUN:
                    self._runs.append(part.root())
                    part = Accumulator()


class _Reading:
    """One question about the first `size` entries: each run that lies open is read once."""

    def __init__(self, runs: Sequence[bytes], tx: ReadTx, size: int) -> None:
        self._runs = runs
        self._tx = tx
        self._size = size
        self._open: dict[int, list[bytes]] = {}

    def leaf(self, index: int) -> bytes:
        """The hash of the entry at `index`, from 0."""
        return self._leaves(index // RUN)[index % RUN]

    def root(self, span: Span) -> bytes:
        """The root over a subtree: such a span lies in one run, or begins where a run begins."""
        first, last = span
        number = first // RUN
        if last <= (number + 1) * RUN and (last - first < RUN or number >= len(self._runs)):
            return merkle.root(self._leaves(number)[first - number * RUN : last - number * RUN])
        nodes = Accumulator()
        for node in self._runs[number : last // RUN]:
            nodes.add_node(node)
        if last % RUN:
            nodes.add_node(merkle.root(self._leaves(last // RUN)[: last % RUN]))
        return nodes.root()

    def _leaves(self, number: int) -> list[bytes]:
        if number not in self._open:
            first, last = number * RUN, min((number + 1) * RUN, self._size)
            leaves = queries.hashes(self._tx, after=first, upto=last)
            if len(leaves) != last - first:
                raise _no_entry(self._size, self._size)
            self._open[number] = leaves
        return self._open[number]


def _no_entry(key: int, size: int) -> NotFound:
    return NotFound("ledger.no_such_entry", "There is no entry {key} among the first {size}.", key=key, size=size)
