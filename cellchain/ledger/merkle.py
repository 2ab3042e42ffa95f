"""The Merkle tree of RFC 6962 over the entries: one root for the whole chain, and short proofs about it.

A leaf is made of the 32 bytes of an entry's hash. With the root of a checkpoint in hand, an inclusion proof shows that
an entry stands in that chain, and a consistency proof shows that a longer chain only added to it.
"""

from collections.abc import Sequence
from hashlib import sha256

from cellchain.kernel.ensure import ensure

EMPTY_ROOT = sha256(b"").digest()
HASH_BYTES = 32
PROOF_MAX = 64
# Leaves that are made into one subtree at once.
RUN = 1_024
# A subtree: the leaves from the first on, up to the second (from 0, the second not among them).
Span = tuple[int, int]


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf: of the 32 bytes of an entry's hash."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


class Accumulator:
    """The root of a growing tree, in memory of O(log n): the roots of its complete subtrees, the largest first."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, entry: bytes) -> None:
        """Append one entry's hash."""
        self.add_node(sha256(b"\x00" + entry).digest())

    def extend(self, entries: Sequence[bytes]) -> None:
        """Append many entries' hashes: subtrees as large as fit are made at once, faster than leaf by leaf."""
        done = 0
        while done < len(entries):
            fits = self.size & -self.size or RUN  # the last subtree so far that is whole, which the next may equal
            size = min(RUN, fits, 1 << (len(entries) - done).bit_length() - 1)
            nodes = [sha256(b"\x00" + entry).digest() for entry in entries[done : done + size]]
            while len(nodes) > 1:
                pairs = zip(nodes[::2], nodes[1::2], strict=True)
                nodes = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
            self._push(nodes[0], size)
            done += size

    def add_node(self, node: bytes) -> None:
        """Append one node: a leaf's, or the root of a complete subtree where all are of one size (but for the last)."""
        self._push(node, 1)

    def _push(self, node: bytes, size: int) -> None:
        """Append a complete subtree of `size` leaves, where those so far fill whole ones of that size."""
        rest = self.size // size
        while rest & 1:  # two complete subtrees of one size make one of the next
            node = node_hash(self._peaks.pop(), node)
            rest >>= 1
        self._peaks.append(node)
        self.size += size

    def root(self) -> bytes:
        """The root over everything added so far."""
        if not self._peaks:
            return EMPTY_ROOT
        node = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            node = node_hash(peak, node)
        return node


def root(entries: Sequence[bytes]) -> bytes:
    """The root over `entries`, the hashes of the chain from the first on."""
    tree = Accumulator()
    tree.extend(entries)
    return tree.root()


def inclusion_spans(size: int, index: int) -> list[Span]:
    """The subtrees whose roots lead from the leaf at `index` (from 0) to the root of the tree, the smallest first."""
    ensure(0 <= index < size, "a proof is about an entry of the tree")
    spans: list[Span] = []
    first, last = 0, size
    while last - first > 1:
        middle = first + _split(last - first)
        if index < middle:
            spans.append((middle, last))
            last = middle
        else:
            spans.append((first, middle))
            first = middle
    return spans[::-1]


def inclusion_proof(entries: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes that lead from the leaf at `index` (from 0) to the root over `entries`, from the leaf upwards."""
    return [root(entries[first:last]) for first, last in inclusion_spans(len(entries), index)]


def verify_inclusion(entry: bytes, index: int, size: int, proof: Sequence[bytes], expected_root: bytes) -> bool:
    """Whether `proof` shows that `entry` is the leaf at `index` of the tree of `size` with `expected_root`."""
    if not 0 <= index < size or len(proof) > PROOF_MAX:
        return False
    place, last, node = index, size - 1, leaf_hash(entry)
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            node = node_hash(sibling, node)
            while not place & 1 and place:  # the last node of a level without a sibling rises as it is
                place, last = place >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and node == expected_root


def consistency_spans(old_size: int, size: int) -> list[Span]:
    """The subtrees whose roots show that the tree of `size` begins with the tree of `old_size`."""
    ensure(0 <= old_size <= size, "a tree grows from a smaller one")
    if old_size in (0, size):
        return []
    spans: list[Span] = []
    first, last, rest = 0, size, old_size
    whole = True  # the old tree is still a complete subtree of its own, whose root the verifier knows
    while rest != last - first:
        middle = first + _split(last - first)
        if rest <= middle - first:
            spans.append((middle, last))
            last = middle
        else:
            spans.append((first, middle))
            rest -= middle - first
            first = middle
            whole = False
    if not whole:
        spans.append((first, last))
    return spans[::-1]


def consistency_proof(entries: Sequence[bytes], old_size: int) -> list[bytes]:
    """The hashes that show that the tree over `entries` begins with the tree over the first `old_size` of them."""
    return [root(entries[first:last]) for first, last in consistency_spans(old_size, len(entries))]


def verify_consistency(old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the tree of `new_size` only added to the tree of `old_size`."""
    if not 0 <= old_size <= new_size or len(proof) > PROOF_MAX:
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    if not path:
        return False
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for node in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, node)
        place, last = place >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root


def _split(size: int) -> int:
    """The largest power of two smaller than `size`: the leaves of the left subtree."""
    return 1 << (size - 1).bit_length() - 1
