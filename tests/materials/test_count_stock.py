"""Counting what is left."""

import pytest

from cellchain.kernel.errors import Forbidden, NotFound
from cellchain.materials import commands, inventory, queries
from cellchain.materials.invariants import INVARIANTS
from tests.materials.story import MaterialStory
from tests.materials.test_stock import heparin, take


def test_a_count_is_right_and_its_difference_is_kept(story: MaterialStory) -> None:
    lot = heparin(story)
    take(story, lot, 100)
    answer = story.do(commands.count_stock, lot=lot, counted="390.5", reason="Spilled 9.5 IU")
    assert answer == {"lot": lot, "left": "390.5", "unit": "IU"}
    assert story.house.entries()[-1].event == "materials:lot:counted"
    with story.house.read() as tx:
        [count] = inventory.counts_of(tx, lot)
        assert (count.counted_milli, count.difference_milli, count.reason) == (390_500, -9_500, "Spilled 9.5 IU")
        assert inventory.booked_left(tx, lot) == 390_500
        assert [one.name for one in INVARIANTS if one.check(tx)] == []


def test_from_then_on_a_lot_is_counted(story: MaterialStory) -> None:
    lot = heparin(story, None)
    take(story, lot, 30)
    story.do(commands.count_stock, lot=lot, counted="70", reason="First count")
    take(story, lot, 20)
    with story.house.read() as tx:
        assert queries.lot_facts(tx, lot).left_milli == 50_000
        assert inventory.booked_left(tx, lot) == 50_000


def test_not_an_unknown_one_and_not_by_anybody(story: MaterialStory) -> None:
    with pytest.raises(NotFound):
        story.do(commands.count_stock, lot="ML012600007755", counted="1", reason="Count")
    with pytest.raises(Forbidden):
        story.do(commands.count_stock, by=story.house.actor("nurse"), lot=heparin(story), counted="1", reason="Count")
