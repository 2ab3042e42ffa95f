"""Nobody guesses the next allocation better than chance and the scheme itself allow.

The best guesser sees every allocation so far, knows that blocks hold four or six, and even how many of each; only
their order and what is in them stay hidden. What such a guesser can reach is worked out exactly, and simulated trials
are held against it: 300 in `make test`, 10,000 in `make trials`.
"""

import random
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from itertools import permutations
from math import comb, sqrt
from statistics import mean, stdev

import pytest

from cellchain.trial import allocation
from tests.support.campaign import times

ARMS = [("MSC", 1), ("CONTROL", 1)]
SIZES = (4, 4, 6, 6)
ENROLMENT = sum(SIZES)
TRIALS = 300
SURE = 4.5  # standard errors; a right generator is this far off once in 150,000 runs
Order = tuple[int, ...]


@cache
def orders(sizes: Order) -> tuple[Order, ...]:
    """Every order of the blocks, each equally likely."""
    return tuple(sorted(set(permutations(sizes))))


def weights(sizes: Order, history: Sequence[str]) -> list[tuple[Fraction, Fraction]]:
    """For each order of the blocks, how likely it makes `history`, and the chance that MSC comes next."""
    return [weight_of(order, tuple(history)) for order in orders(sizes)]


def weight_of(order: Order, history: tuple[str, ...]) -> tuple[Fraction, Fraction]:
    """Permuted blocks: the arms left in a block are drawn at random, one after another."""
    weight, at = Fraction(1), 0
    for size in order:
        left = {"MSC": size // 2, "CONTROL": size // 2}
        for arm in history[at : at + size]:
            weight *= Fraction(left[arm], sum(left.values()))
            left[arm] -= 1
        if at + size > len(history):
            return weight, Fraction(left["MSC"], sum(left.values()))
        at += size
    return weight, Fraction(0)


def guess(history: Sequence[str]) -> str:
    """The arm that is more likely to come next, for whoever knows all that may be known."""
    found = weights(SIZES, history)
    msc = sum(weight * chance for weight, chance in found)
    return "MSC" if 2 * msc >= sum(weight for weight, _ in found) else "CONTROL"


def hits(arms: Sequence[str], guesser: Callable[[Sequence[str]], str] = guess) -> int:
    """How many of a trial's allocations a guesser names before they are revealed."""
    return sum(guesser(arms[:at]) == arm for at, arm in enumerate(arms))


def drawn(seed: int, entropy: allocation.Entropy | None = None) -> list[str]:
    """The arms of one simulated trial, from the product's own list."""
    made = allocation.make(SIZES, ARMS, entropy or random.Random(seed).randbytes)
    return [row.arm for row in made]


@cache
def theory(sizes: Order) -> Fraction:
    """How many allocations of a trial the best guesser names on average: the likelier arm at every point.

    Histories that leave every order in the same place are as good as one, so the sum runs over their places.
    """
    here: dict[tuple[tuple[Fraction, Fraction], ...], tuple[int, tuple[str, ...]]] = {
        tuple(weights(sizes, ())): (1, ())
    }
    total = Fraction(0)
    for _ in range(sum(sizes)):
        ahead: dict[tuple[tuple[Fraction, Fraction], ...], tuple[int, tuple[str, ...]]] = {}
        for state, (count, history) in here.items():
            msc = sum((weight * chance for weight, chance in state), Fraction(0)) / len(state)
            both = sum((weight for weight, _ in state), Fraction(0)) / len(state)
            total += count * max(msc, both - msc)
            for arm, share in (("MSC", msc), ("CONTROL", both - msc)):
                if share:
                    longer = (*history, arm)
                    after = tuple(weights(sizes, longer))
                    ahead[after] = (count + ahead.get(after, (0, ()))[0], longer)
        here = ahead
    return total


def off(seeds: range, entropy: allocation.Entropy | None = None) -> float:
    """By how many standard errors the guesser did better than theory."""
    reached = [hits(drawn(seed, entropy)) for seed in seeds]
    spread = max(stdev(reached), 0.1)
    return (mean(reached) - float(theory(SIZES))) / (spread / sqrt(len(reached)))


def test_theory_is_what_counting_every_list_says() -> None:
    """One block of four by hand: a coin, then two of three, a coin or what is left, and the last for certain."""
    assert theory((4,)) == Fraction(17, 6)
    lists = set(permutations(["MSC"] * 3 + ["CONTROL"] * 3))
    best = sum(max(left.count("MSC"), left.count("CONTROL")) / len(left) for one in lists for left in parts(one))
    assert float(theory((6,))) == pytest.approx(best / comb(6, 3))


def parts(arms: Sequence[str]) -> list[Sequence[str]]:
    """What is left of a block at each of its draws."""
    return [arms[at:] for at in range(len(arms))]


def test_the_best_guesser_reaches_what_theory_says_and_no_more() -> None:
    assert 0.5 < float(theory(SIZES)) / ENROLMENT < 0.75
    assert abs(off(range(times(TRIALS)))) < SURE


def test_the_arms_are_never_further_apart_than_a_block_allows() -> None:
    """Inside a block by half of it, and at its end not at all: in every simulated trial, after every allocation."""
    furthest = 0
    for seed in range(times(TRIALS)):
        made = allocation.make(SIZES, ARMS, random.Random(seed).randbytes)
        apart = 0
        for at, row in enumerate(made):
            apart += 1 if row.arm == "MSC" else -1
            size = sum(one.block == row.block for one in made)
            assert abs(apart) <= size // 2
            if at + 1 == len(made) or made[at + 1].block != row.block:
                assert apart == 0
            furthest = max(furthest, abs(apart))
    assert furthest == max(SIZES) // 2


def test_a_list_that_is_not_drawn_would_be_found_out() -> None:
    """The same measure, of a generator whose every draw is the same: the guesser does far better."""
    assert off(range(times(TRIALS)), lambda length: bytes(length)) > SURE


def test_every_simulated_trial_is_committed_to_and_no_other_list_is() -> None:
    for seed in range(times(TRIALS)):
        chance = random.Random(seed)
        rows = allocation.make(SIZES, ARMS, chance.randbytes)
        leaves = [allocation.leaf_of("MSC-ILD", row.number, row.arm, row.salt) for row in rows]
        root, at = allocation.root_of(leaves), chance.randrange(len(rows))
        row, path = rows[at], allocation.path_of(leaves, at + 1)
        assert allocation.proves(leaves[at], row.number, len(rows), path, root)
        other = "CONTROL" if row.arm == "MSC" else "MSC"
        changed = allocation.leaf_of("MSC-ILD", row.number, other, row.salt)
        assert not allocation.proves(changed, row.number, len(rows), path, root)
        assert allocation.root_of([*leaves[:at], changed, *leaves[at + 1 :]]) != root
