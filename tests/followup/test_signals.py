"""Where events gather: exact counts, and the chance of so many."""

from decimal import Decimal
from fractions import Fraction
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as some

from cellchain.followup.safety import signals
from cellchain.followup.safety.signals import Given


def infusions(lots: dict[str, list[int]]) -> list[Given]:
    """Lots with the events after each of their infusions."""
    rows = [(lot, events) for lot, held in lots.items() for events in held]
    return [Given(number, {"lot": [lot]}, events) for number, (lot, events) in enumerate(rows)]


@settings(max_examples=60, deadline=None)
@given(some.integers(2, 8), some.data())
def test_the_tail_is_what_counting_every_way_gives(total: int, data: some.DataObject) -> None:
    with_event, group = data.draw(some.integers(0, total)), data.draw(some.integers(1, total))
    held = data.draw(some.integers(0, min(group, with_event)))
    ways = list(combinations(range(total), group))
    many = sum(sum(one < with_event for one in way) >= held for way in ways)
    assert signals.tail(total, with_event, group, held) == Fraction(many, len(ways))


def test_a_lot_that_stands_out_comes_first() -> None:
    bad, good = signals.grouped(infusions({"good": [0] * 9 + [1], "bad": [1, 2, 1]}), "lot")
    assert (bad.name, bad.infusions, bad.with_event, bad.events, bad.stands_out) == ("bad", 3, 3, 4, True)
    assert bad.chance == Fraction(4, 286)
    assert bad.chance_shown == Decimal("0.0140")
    assert not good.stands_out


def test_one_event_is_no_signal() -> None:
    only, _ = signals.grouped(infusions({"one": [1], "rest": [0] * 60}), "lot")
    assert only.chance is not None
    assert only.chance < signals.CHANCE_MOST
    assert not only.stands_out


def test_a_lot_alone_is_compared_with_nothing() -> None:
    (alone,) = signals.grouped(infusions({"only": [1, 1, 0]}), "lot")
    assert (alone.chance, alone.stands_out) == (None, False)


def test_what_is_in_no_group_of_a_kind_is_not_compared_with() -> None:
    """Saline has no donor: a donor is compared with other donors."""
    saline = [Given(100 + one, {"donor": []}, 0) for one in range(50)]
    cells = [Given(one, {"donor": ["DN1" if one < 2 else "DN2"]}, 1) for one in range(4)]
    assert [one.chance for one in signals.grouped([*saline, *cells], "donor")] == [1, 1]


def test_a_mixed_bag_belongs_to_each_of_its_donors() -> None:
    found = signals.grouped([Given(1, {"donor": ["DN1", "DN2"]}, 1), Given(2, {"donor": ["DN1"]}, 0)], "donor")
    assert {one.name: (one.infusions, one.events) for one in found} == {"DN1": (2, 1), "DN2": (1, 1)}
