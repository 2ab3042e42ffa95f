"""The tree against the definitions of RFC 6962, section 2.1, written down naively."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.kernel.errors import InvariantBroken
from cellchain.ledger import merkle

SIZE_MAX = 70
ENTRIES = [sha256(f"entry {number}".encode()).digest() for number in range(SIZE_MAX)]


def split(size: int) -> int:
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def naive_root(entries: list[bytes]) -> bytes:
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    middle = split(len(entries))
    return sha256(b"\x01" + naive_root(entries[:middle]) + naive_root(entries[middle:])).digest()


def naive_path(index: int, entries: list[bytes]) -> list[bytes]:
    if len(entries) == 1:
        return []
    middle = split(len(entries))
    if index < middle:
        return [*naive_path(index, entries[:middle]), naive_root(entries[middle:])]
    return [*naive_path(index - middle, entries[middle:]), naive_root(entries[:middle])]


def naive_subproof(old: int, entries: list[bytes], whole: bool) -> list[bytes]:
    if old == len(entries):
        return [] if whole else [naive_root(entries)]
    middle = split(len(entries))
    if old <= middle:
        return [*naive_subproof(old, entries[:middle], whole), naive_root(entries[middle:])]
    return [*naive_subproof(old - middle, entries[middle:], False), naive_root(entries[:middle])]


ROOTS = [naive_root(ENTRIES[:size]) for size in range(SIZE_MAX + 1)]


def test_known_roots() -> None:
    """The vectors that implementations of RFC 6962 share, for leaves of any length."""
    leaves = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
    assert merkle.root(leaves).hex() == "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"
    assert merkle.root(leaves[:1]).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert merkle.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_the_root_grows_as_defined() -> None:
    tree = merkle.Accumulator()
    for size in range(SIZE_MAX + 1):
        assert tree.size == size
        assert tree.root() == merkle.root(ENTRIES[:size]) == ROOTS[size]
        if size < SIZE_MAX:
            tree.add(ENTRIES[size])


@pytest.mark.parametrize("size", range(1, SIZE_MAX + 1))
def test_each_entry_is_proven_and_no_other(size: int) -> None:
    entries = ENTRIES[:size]
    for index in range(size):
        proof = merkle.inclusion_proof(entries, index)
        assert proof == naive_path(index, entries)
        assert merkle.verify_inclusion(entries[index], index, size, proof, ROOTS[size])
        assert not merkle.verify_inclusion(b"\x07" * 32, index, size, proof, ROOTS[size])
        assert not merkle.verify_inclusion(entries[index], index, size, proof, b"\x07" * 32)
        assert not merkle.verify_inclusion(entries[index], index, size, [*proof, b"\x07" * 32], ROOTS[size])
        if proof:
            assert not merkle.verify_inclusion(entries[index], index, size, proof[:-1], ROOTS[size])
        if size > 1:
            other = (index + 1) % size
            assert not merkle.verify_inclusion(entries[index], other, size, proof, ROOTS[size])


@pytest.mark.parametrize("size", range(SIZE_MAX + 1))
def test_each_older_tree_is_proven_and_no_other(size: int) -> None:
    entries = ENTRIES[:size]
    for old in range(size + 1):
        proof = merkle.consistency_proof(entries, old)
        assert proof == (naive_subproof(old, entries, True) if 0 < old < size else [])
        assert merkle.verify_consistency(old, size, ROOTS[old], ROOTS[size], proof)
        assert not merkle.verify_consistency(old, size, b"\x07" * 32, ROOTS[size], proof)
        assert not merkle.verify_consistency(old, size, ROOTS[old], ROOTS[size], [*proof, b"\x07" * 32])
        if old > 0:
            assert not merkle.verify_consistency(old, size, ROOTS[old], b"\x07" * 32, proof)
        if proof:
            assert not merkle.verify_consistency(old, size, ROOTS[old], ROOTS[size], proof[:-1])


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_proof_with_one_bit_changed_proves_nothing(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, SIZE_MAX))
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size - 1))
    bit = data.draw(st.integers(0, 255))
    inclusion = merkle.inclusion_proof(ENTRIES[:size], index)
    where = data.draw(st.integers(0, len(inclusion) - 1))
    inclusion[where] = flipped(inclusion[where], bit)
    assert not merkle.verify_inclusion(ENTRIES[index], index, size, inclusion, ROOTS[size])
    consistency = merkle.consistency_proof(ENTRIES[:size], old)
    where = data.draw(st.integers(0, len(consistency) - 1))
    consistency[where] = flipped(consistency[where], bit)
    assert not merkle.verify_consistency(old, size, ROOTS[old], ROOTS[size], consistency)


def flipped(value: bytes, bit: int) -> bytes:
    return (int.from_bytes(value, "big") ^ (1 << bit)).to_bytes(32, "big")


def test_what_lies_outside_the_tree_has_no_proof() -> None:
    with pytest.raises(InvariantBroken):
        merkle.inclusion_proof(ENTRIES[:3], 3)
    with pytest.raises(InvariantBroken):
        merkle.consistency_proof(ENTRIES[:3], 4)
    assert not merkle.verify_inclusion(ENTRIES[0], 0, 0, [], merkle.EMPTY_ROOT)
    assert not merkle.verify_inclusion(ENTRIES[0], -1, 3, [], ROOTS[3])
    assert not merkle.verify_consistency(4, 3, ROOTS[4], ROOTS[3], [])
    assert not merkle.verify_consistency(2, 4, ROOTS[2], ROOTS[4], [])
