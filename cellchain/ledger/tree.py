"""The tree over the chain while the program runs: proofs and roots without reading the chain anew for each of them.

Of each complete run of 1,024 entries the root is kept, 32 bytes, and of each complete subtree above them; the run that
an entry lies in and the last run are read when they are asked for. A chain is read whole once, at the first question;
after that only what it grew by. So a question takes two runs and a path, however long the chain is.
"""

import threading
from itertools import islice

from cellchain.kernel.ensure import ensure
from cellchain.kernel.errors import NotFound
from cellchain.kernel.values import dataclass
from cellchain.ledger import merkle, queries
from cellchain.ledger.merkle import Span
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


class _Subtrees:
    """The roots of all complete subtrees of whole runs: `levels[k]` of those over 2^k runs each, from the left."""

    def __init__(self) -> None:
        self.levels: list[list[bytes]] = [[]]

    @property
    def runs(self) -> int:
        """How many runs are complete."""
        return len(self.levels[0])

    def add(self, run: bytes) -> None:
        """Append the root of the next run, and of every subtree that it completes."""
        node, level = run, 0
        self.levels[0].append(node)
        while not len(self.levels[level]) % 2:
            node = merkle.node_hash(*self.levels[level][-2:])
            level += 1
            if level == len(self.levels):
                self.levels.append([])
            self.levels[level].append(node)

    def over(self, first: int, last: int) -> list[bytes]:
        """The largest complete subtrees that make up the runs from `first` to `last`, the last not among them."""
        nodes = []
        while first < last:
            level = (last - first).bit_length() - 1
            if first:
                level = min(level, (first & -first).bit_length() - 1)
            nodes.append(self.levels[level][first >> level])
            first += 1 << level
        return nodes


class Tree:
    """The roots of the runs so far. It goes on with what it saw: a chain rewritten under it gives no proof any more.

    Several threads may ask it; each gives the transaction whose chain it means.
    """

    def __init__(self) -> None:
        self._kept = _Subtrees()
        self._lock = threading.Lock()

    def size(self, tx: ReadTx) -> int:
        """The number of entries of the chain, all of them in their place. Raises InvariantBroken where one is not."""
        self._grow(tx)
        known = self._kept.runs * RUN
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
        old_root = reading.root((0, old_size))
        return Consistency(old_size, size, path, old_root.hex(), reading.root((0, size)).hex())

    def _ready(self, tx: ReadTx, size: int) -> _Subtrees:
        self._grow(tx)
        if self._kept.runs < size // RUN:
            raise _no_entry(size, size)
        return self._kept

    def _grow(self, tx: ReadTx) -> None:
        """Take the runs that were completed since."""
        with self._lock:
            digests = queries.each_hash(tx, after=self._kept.runs * RUN)
            while len(run := list(islice(digests, RUN))) == RUN:
                self._kept.add(merkle.root(run))


class _Reading:
    """One question about the first `size` entries: each run that lies open is read once."""

    def __init__(self, kept: _Subtrees, tx: ReadTx, size: int) -> None:
        self._kept = kept
        self._tx = tx
        self._size = size
        self._open: dict[int, list[bytes]] = {}
        self._rests: dict[int, bytes] = {}

    def leaf(self, index: int) -> bytes:
        """The hash of the entry at `index`, from 0."""
        return self._leaves(index // RUN)[index % RUN]

    def root(self, span: Span) -> bytes:
        """The root over a subtree: such a span lies in one run, or begins where a run begins."""
        first, last = span
        number = first // RUN
        if last - first < RUN and last <= (number + 1) * RUN:
            return merkle.root(self._leaves(number)[first - number * RUN : last - number * RUN])
        nodes = self._kept.over(number, last // RUN)
        if last % RUN:
            nodes.append(self._rest(last))
        node = nodes.pop()
        while nodes:
            node = merkle.node_hash(nodes.pop(), node)
        return node

    def _rest(self, last: int) -> bytes:
        """The root over what lies behind the last whole run up to `last`: several spans of one question end with it."""
        if last not in self._rests:
            self._rests[last] = merkle.root(self._leaves(last // RUN)[: last % RUN])
        return self._rests[last]

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
