"""When a material is ordered, and when its lots are shown as ending."""

import pytest

from cellchain.kernel.errors import Forbidden, NotFound
from cellchain.materials import commands, inventory, queries
from tests.materials.story import MaterialStory
from tests.materials.test_stock import heparin, materials, take


def test_it_is_low_at_the_limit_and_not_above(story: MaterialStory) -> None:
    lot = heparin(story)
    number = materials(story)[0]
    story.do(commands.set_stock_limits, material=number, low="100", soon_days=14)
    assert story.house.entries()[-1].event == "materials:material:limits_set"
    take(story, lot, 399)
    with story.house.read() as tx:
        assert inventory.low_stocks(tx) == []
    take(story, lot, 1)
    with story.house.read() as tx:
        assert [(one.name, one.left_milli, one.low_milli) for one in inventory.low_stocks(tx)] == [
            ("Heparin 5000 IU/mL", 100_000, 100_000)
        ]


def test_a_lot_that_nobody_counted_makes_nothing_low(story: MaterialStory) -> None:
    heparin(story, None)
    story.do(commands.set_stock_limits, material=materials(story)[0], low="100")
    with story.house.read() as tx:
        [stock] = inventory.stocks(tx)
    assert (stock.is_low, stock.uncounted_count) == (False, 1)


def test_how_soon_is_soon(story: MaterialStory) -> None:
    lot = heparin(story, days=20)
    with story.house.read() as tx:
        assert [one.code for one in queries.expiring_lots(tx)] == [lot]
    story.do(commands.set_stock_limits, material=materials(story)[0], soon_days=19)
    with story.house.read() as tx:
        assert queries.expiring_lots(tx) == []
        assert not queries.lot_line(tx, lot).expires_soon


def test_not_an_unknown_one_and_not_by_anybody(story: MaterialStory) -> None:
    with pytest.raises(NotFound):
        story.do(commands.set_stock_limits, material=77)
    with pytest.raises(Forbidden):
        story.do(commands.set_stock_limits, by=story.house.actor("analyst"), material=story.material())
