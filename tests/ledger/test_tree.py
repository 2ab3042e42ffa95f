"""Proofs without reading the whole chain, against RFC 6962 written down here once more, from the verifier's side."""

import random
from collections.abc import Sequence
from hashlib import sha256
from typing import cast

import pytest

from cellchain.kernel.errors import InvariantBroken, NotFound
from cellchain.ledger import merkle, queries
from cellchain.ledger import tree as trees
from cellchain.ledger.tree import Tree
from cellchain.platform.db import ReadTx
from tests.ledger.conftest import Workshop

ENTRIES = 30
# Runs of four entries, so that thirty make seven of them and a rest.
SMALL_RUN = 4


def tree_hash(leaves: Sequence[bytes]) -> bytes:
    """MTH of section 2.1."""
    if len(leaves) < 2:
        return sha256(b"\x00" + leaves[0]).digest() if leaves else sha256(b"").digest()
    middle = 1
    while 2 * middle < len(leaves):
        middle *= 2
    return sha256(b"\x01" + tree_hash(leaves[:middle]) + tree_hash(leaves[middle:])).digest()


def path(place: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of section 2.1.1."""
    if len(leaves) == 1:
        return []
    middle = 1
    while 2 * middle < len(leaves):
        middle *= 2
    if place < middle:
        return [*path(place, leaves[:middle]), tree_hash(leaves[middle:])]
    return [*path(place - middle, leaves[middle:]), tree_hash(leaves[:middle])]


def subproof(size: int, leaves: Sequence[bytes], *, whole: bool = True) -> list[bytes]:
    """PROOF of section 2.1.2."""
    if size == len(leaves):
        return [] if whole else [tree_hash(leaves)]
    middle = 1
    while 2 * middle < len(leaves):
        middle *= 2
    if size <= middle:
        return [*subproof(size, leaves[:middle], whole=whole), tree_hash(leaves[middle:])]
    return [*subproof(size - middle, leaves[middle:], whole=False), tree_hash(leaves[:middle])]


@pytest.fixture
def filled(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    monkeypatch.setattr(trees, "RUN", SMALL_RUN)
    for number in range(ENTRIES - 1):
        workshop.do("fill", code=f"BG{number}", volume_ul=1)
    return workshop


def leaves_of(workshop: Workshop) -> list[bytes]:
    return [bytes.fromhex(entry.hash) for entry in workshop.entries()]


def test_every_entry_of_every_size_is_proven(filled: Workshop) -> None:
    leaves, tree = leaves_of(filled), Tree()
    with filled.database.read() as tx:
        assert tree.size(tx) == ENTRIES
        for size in range(1, ENTRIES + 1):
            root = tree_hash(leaves[:size])
            assert tree.root(tx, size) == root
            for entry in range(1, size + 1):
                proof = tree.proof(tx, entry, size)
                assert (proof.root, proof.hash) == (root.hex(), leaves[entry - 1].hex())
                assert list(proof.path) == [node.hex() for node in path(entry - 1, leaves[:size])]


def test_every_size_begins_with_every_smaller_one(filled: Workshop) -> None:
    leaves, tree = leaves_of(filled), Tree()
    with filled.database.read() as tx:
        for size in range(1, ENTRIES + 1):
            for old in range(1, size + 1):
                proof = tree.consistency(tx, old, size)
                assert list(proof.path) == [node.hex() for node in subproof(old, leaves[:size])]
                assert proof.old_root == tree_hash(leaves[:old]).hex()
                assert proof.root == tree_hash(leaves[:size]).hex()


def test_it_goes_on_with_a_chain_that_grew(filled: Workshop) -> None:
    tree = Tree()
    with filled.database.read() as tx:
        tree.proof(tx, 1, ENTRIES)
    for _ in range(5):
        filled.do("fill", code=f"BX{_}", volume_ul=1)
    leaves = leaves_of(filled)
    with filled.database.read() as tx:
        assert tree.proof(tx, 33, 35).root == tree_hash(leaves[:35]).hex()


def test_what_lies_outside_has_no_proof(filled: Workshop) -> None:
    tree = Tree()
    with filled.database.read() as tx:
        for entry, size in ((0, 5), (6, 5), (1, ENTRIES + 1), (ENTRIES + 9, ENTRIES + 9), (-1, 3), (1, 2**40)):
            with pytest.raises(NotFound):
                tree.proof(tx, entry, size)
            with pytest.raises(NotFound):
                tree.consistency(tx, entry, size)


def test_an_entry_rewritten_under_it_gets_no_proof(filled: Workshop) -> None:
    tree = Tree()
    with filled.database.read() as tx:
        tree.proof(tx, 6, ENTRIES)
    filled.unguarded(f"UPDATE ledger_entry SET hash = '{'ab' * 32}' WHERE seq = 6")
    with filled.database.read() as tx, pytest.raises(InvariantBroken, match="entry 6"):
        tree.proof(tx, 6, ENTRIES)


LARGE = 100_003


def test_a_long_chain_is_proven_by_two_runs_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is asked of 100,000 entries reads two runs of hashes, and every answer holds for whoever checks it."""
    leaves = [sha256(str(number).encode()).digest() for number in range(LARGE)]
    read: list[int] = []

    def hashes(_tx: object, after: int = 0, upto: int | None = None) -> list[bytes]:
        read.append(len(leaves[after:upto]))
        return leaves[after:upto]

    monkeypatch.setattr(queries, "hashes", hashes)
    monkeypatch.setattr(queries, "each_hash", lambda *asked, **more: iter(hashes(*asked, **more)))
    tree, tx, draw = Tree(), cast(ReadTx, None), random.Random(6962)
    assert tree.size(tx) == LARGE
    roots = {size: merkle.root(leaves[:size]) for size in (1, 1_023, 1_024, 1_025, 65_536, 65_537, 99_328, LARGE)}
    for size, root in roots.items():
        assert tree.root(tx, size) == root
        for entry in {1, size, *(draw.randint(1, size) for _ in range(20))}:
            read.clear()
            proof = tree.proof(tx, entry, size)
            assert sum(read) <= LARGE % trees.RUN + 2 * trees.RUN
            nodes = [bytes.fromhex(node) for node in proof.path]
            assert merkle.verify_inclusion(leaves[entry - 1], entry - 1, size, nodes, root)
    for old_size, old_root in roots.items():
        for size in (one for one in roots if one >= old_size):
            read.clear()
            held = tree.consistency(tx, old_size, size)
            assert sum(read) <= LARGE % trees.RUN + 2 * trees.RUN
            nodes = [bytes.fromhex(node) for node in held.path]
            assert merkle.verify_consistency(old_size, size, old_root, roots[size], nodes)


def test_a_long_chain_keeps_little() -> None:
    """Two hashes a run, and every range of runs of a few subtrees of them."""
    kept = trees._Subtrees()
    for number in range(1_000):
        kept.add(sha256(bytes([number % 256])).digest())
    assert sum(map(len, kept.levels)) < 2_000
    assert all(len(kept.over(0, last)) <= 10 for last in range(1, 1_001))
