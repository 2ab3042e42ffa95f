"""The list: balanced at every point, committed to row by row, and readable by nobody without its key."""

import random
from collections import Counter

import pytest

from cellchain.kernel.errors import Refused
from cellchain.trial import allocation
from cellchain.trial.allocation import Row

KEY = bytes(range(32))
ARMS = [("MSC", 1), ("CONTROL", 1)]
MIXES = [(4, 6, 4, 6), (6, 6, 4, 4, 4), (4, 6, 6, 6), (4, 4, 4, 4, 6), (6, 4, 6, 4, 6, 4)]


def test_300_lists_are_balanced_and_every_leaf_proves_its_row() -> None:
    for seed in range(300):
        entropy = random.Random(seed).randbytes
        sizes = MIXES[seed % len(MIXES)]
        rows = allocation.make(sizes, ARMS, entropy)
        assert [row.number for row in rows] == list(range(1, sum(sizes) + 1))
        _is_balanced(rows, largest=max(sizes))
        assert sorted(Counter(row.block for row in rows).values()) == sorted(sizes)
        sealed = [allocation.seal(row, "MSC-ILD", KEY, entropy) for row in rows]
        leaves = [row.leaf for row in sealed]
        root = allocation.root_of(leaves)
        for row in sealed:
            path = allocation.path_of(leaves, row.number)
            assert allocation.proves(row.leaf, row.number, len(rows), path, root)
            opened = allocation.unseal(row.sealed, "MSC-ILD", row.number, KEY)
            assert allocation.leaf_of("MSC-ILD", row.number, opened.arm, opened.salt) == row.leaf


def _is_balanced(rows: list[Row], largest: int) -> None:
    """After every row the arms differ by at most half the largest block; at the end of a block by nothing."""
    count: Counter[str] = Counter()
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        count[row.arm] += 1
        assert abs(count["MSC"] - count["CONTROL"]) <= largest // 2
        if following is None or following.block != row.block:
            assert count["MSC"] == count["CONTROL"]


def test_a_changed_row_proves_nothing() -> None:
    entropy = random.Random(7).randbytes
    rows = allocation.make((4, 6, 4, 6), ARMS, entropy)
    leaves = [allocation.leaf_of("MSC-ILD", row.number, row.arm, row.salt) for row in rows]
    root = allocation.root_of(leaves)
    for row in rows:
        path = allocation.path_of(leaves, row.number)
        other_arm = "CONTROL" if row.arm == "MSC" else "MSC"
        for arm, salt, study, number in (
            (other_arm, row.salt, "MSC-ILD", row.number),
            (row.arm, bytes(16), "MSC-ILD", row.number),
            (row.arm, row.salt, "OTHER", row.number),
            (row.arm, row.salt, "MSC-ILD", row.number + 1),
        ):
            leaf = allocation.leaf_of(study, number, arm, salt)
            assert not allocation.proves(leaf, row.number, len(rows), path, root)
        assert not allocation.proves(leaves[row.number - 1], row.number % len(rows) + 1, len(rows), path, root)


def test_every_order_of_a_small_block_comes_equally_often() -> None:
    entropy = random.Random(11).randbytes
    drawn = Counter("".join(allocation.shuffled("abcd", entropy)) for _ in range(24_000))
    assert len(drawn) == 24
    # Chi-squared with 23 degrees of freedom: 49.7 is passed by chance once in a thousand times; the seed is fixed.
    assert sum((count - 1_000) ** 2 / 1_000 for count in drawn.values()) < 49.7


def test_a_draw_beyond_the_last_fair_byte_is_thrown_away() -> None:
    bytes_to_come = iter([255, 254, 3])
    assert allocation.below(6, lambda _size: bytes([next(bytes_to_come)])) == 3
    assert next(bytes_to_come, None) is None


def test_the_order_of_the_blocks_is_drawn_too() -> None:
    orders = set()
    for seed in range(40):
        rows = allocation.make((4, 4, 6, 6), ARMS, random.Random(seed).randbytes)
        orders.add(tuple(size for _, size in sorted(Counter(row.block for row in rows).items())))
    assert len(orders) == 6


def test_two_to_one_gives_two_thirds() -> None:
    rows = allocation.make((6, 6), [("MSC", 2), ("CONTROL", 1)], random.Random(3).randbytes)
    assert Counter(row.arm for row in rows) == {"MSC": 8, "CONTROL": 4}


def test_sealed_rows_of_both_arms_have_one_length() -> None:
    entropy = random.Random(5).randbytes
    sealed = {
        len(allocation.seal(Row(number, arm, bytes(16), block), "MSC-ILD", KEY, entropy).sealed)
        for number, arm, block in ((1, "MSC", 1), (20, "CONTROL", 5), (399, "A" * 20, 99))
    }
    assert len(sealed) == 1


def test_a_sealed_row_opens_with_its_key_in_its_place_alone() -> None:
    sealed = allocation.seal(Row(3, "MSC", bytes(16), 1), "MSC-ILD", KEY, random.Random(5).randbytes).sealed
    assert allocation.unseal(sealed, "MSC-ILD", 3, KEY).arm == "MSC"
    for study, number, key in (("MSC-ILD", 4, KEY), ("OTHER", 3, KEY), ("MSC-ILD", 3, bytes(32))):
        with pytest.raises(Refused) as refused:
            allocation.unseal(sealed, study, number, key)
        assert refused.value.code == "allocation.does_not_open"
    with pytest.raises(Refused) as refused:
        allocation.unseal(sealed, "MSC-ILD", 3, b"")
    assert refused.value.code == "allocation.no_key"


@pytest.mark.parametrize("sizes", [(4, 6, 4, 6), (6, 6, 4, 4, 4), (4, 6, 10 - 4, 4)])
def test_mixed_blocks_that_reach_the_enrolment_are_taken(sizes: tuple[int, ...]) -> None:
    allocation.check_blocks(sizes, 2, 20)


@pytest.mark.parametrize(
    ("sizes", "code"),
    [
        ((2, 4, 6, 4, 4), "allocation.block_size"),
        ((8, 6, 6), "allocation.block_size"),
        ((5, 4, 6, 6), "allocation.block_size"),
        ((0, 4, 6, 4, 6), "allocation.block_size"),
        ((-4, 4, 6, 4, 6, 4), "allocation.block_size"),
        ((4, 6, 4), "allocation.too_short"),
        ((4, 6) * 41, "allocation.too_long"),
        ((4, 4, 4, 4, 4), "allocation.not_mixed"),
        ((6, 6, 6, 6), "allocation.not_mixed"),
    ],
)
def test_other_blocks_are_refused_and_the_sentence_names_no_size(sizes: tuple[int, ...], code: str) -> None:
    with pytest.raises(Refused) as refused:
        allocation.check_blocks(sizes, 2, 20)
    assert refused.value.code == code
    assert "4" not in str(refused.value.text).replace("400", "")
    assert "6" not in str(refused.value.text)


def test_one_size_alone_is_taken_where_two_cannot_make_the_length() -> None:
    allocation.check_blocks((6, 6), 2, 12)
    allocation.check_blocks((4, 4), 2, 8)


def test_blocks_that_cannot_hold_the_shares_are_refused() -> None:
    with pytest.raises(Refused) as refused:
        allocation.check_blocks((4, 6, 6, 6), 3, 20)
    assert refused.value.code == "allocation.block_size"


def test_a_list_stays_under_the_key_that_sealed_it() -> None:
    """After a new list key both lists open: the one from before, and the one that came later."""
    entropy = random.Random(11).randbytes
    newer = bytes(range(1, 33))
    [first, *_] = allocation.make((4, 6), ARMS, entropy)
    old, new = (allocation.seal(first, "MSC-ILD", key, entropy) for key in (KEY, newer))
    for sealed in (old, new):
        assert allocation.open_row(sealed.sealed, "MSC-ILD", 1, (newer, KEY)) == first
    for sealed, key in ((old, newer), (new, KEY)):
        with pytest.raises(Refused, match=r"allocation\.does_not_open"):
            allocation.open_row(sealed.sealed, "MSC-ILD", 1, (key,))
    with pytest.raises(Refused, match=r"allocation\.no_key"):
        allocation.open_row(old.sealed, "MSC-ILD", 1, (b"",))
