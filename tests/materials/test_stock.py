"""What is left of a lot: booked, never below zero, and which lot comes first."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from cellchain.identity.codes import Kind, issue
from cellchain.kernel.errors import CellchainError, Refused
from cellchain.materials import commands, inventory, queries
from cellchain.materials.rules import LotFacts, Unit, stock
from cellchain.materials.rules.stock import Amount
from tests.materials.story import MaterialStory
from tests.materials.test_rules import LOT

DONATION = issue(Kind.DONATION, 1, 2026, 8)


def heparin(story: MaterialStory, amount: str | None = "500", days: int = 100) -> str:
    """An accepted lot of heparin, of which so many units arrived."""
    known = materials(story)
    more = {} if amount is None else {"amount": amount}
    lot = story.lot(known[0] if known else None, days=days, **more)
    story.do(commands.accept_lot, lot=lot)
    return lot


def materials(story: MaterialStory) -> list[int]:
    """The numbers of what is bought."""
    with story.house.read() as tx:
        return [one.id for one in queries.materials(tx)]


def take(story: MaterialStory, lot: str, units: int) -> None:
    """So many units went into a harvest bag."""
    function = commands.book_harvest_use
    story.house.do(function, by=story.technician, by_house=True, donation=DONATION, lot=lot, units=units)


def left(story: MaterialStory, lot: str) -> int | None:
    with story.house.read() as tx:
        return queries.lot_facts(tx, lot).left_milli


def test_what_arrived_is_left_until_it_is_booked(story: MaterialStory) -> None:
    lot = heparin(story)
    assert left(story, lot) == 500_000
    take(story, lot, 120)
    assert left(story, lot) == 380_000
    take(story, lot, 380)
    assert left(story, lot) == 0
    with pytest.raises(Refused) as refusal:
        take(story, lot, 1)
    assert refusal.value.code == "material.not_enough"


def test_a_lot_that_nobody_counted_is_booked_all_the_same(story: MaterialStory) -> None:
    lot = heparin(story, None)
    take(story, lot, 120)
    assert left(story, lot) is None


COUNTED: LotFacts = replace(LOT, unit=Unit.ML, left_milli=2_500)


@pytest.mark.parametrize(
    ("taken", "code"),
    [
        (None, "material.amount_needed"),
        (Amount(2_501, Unit.ML), "material.not_enough"),
        (Amount(1_000, Unit.PIECE), "material.other_unit"),
    ],
)
def test_what_cannot_be_booked(taken: Amount | None, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        stock.left_after(COUNTED, taken)
    assert refusal.value.code == code
    assert stock.left_after(COUNTED, Amount(2_500, Unit.ML)) == 0
    assert stock.left_after(replace(COUNTED, left_milli=None), taken) is None


def test_many_writers_at_once_never_overdraw_it(story: MaterialStory) -> None:
    lot = heparin(story, "100")

    def send(_: int) -> str:
        try:
            take(story, lot, 1)
        except CellchainError as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(send, range(200)))
    assert (answers.count("done"), answers.count("material.not_enough")) == (100, 100)
    assert left(story, lot) == 0
    with story.house.read() as tx:
        assert inventory.booked_left(tx, lot) == 0


def test_the_lot_that_ends_first_comes_first(story: MaterialStory) -> None:
    late, soon, over, empty = (heparin(story, days=days) for days in (90, 40, 2, 30))
    take(story, empty, 500)
    story.lot(materials(story)[0], days=10)
    story.house.clock.advance(timedelta(days=3))
    with story.house.read() as tx:
        chosen = queries.lot_facts(tx, late)
        first = inventory.first_of_material(tx, chosen.material)
        assert first is not None
        assert first.code == soon
        assert inventory.first_of_kind(tx, chosen.kind) == first
        [one] = inventory.stocks(tx)
        hint = stock.hint(chosen, first)
        assert hint is not None
        assert soon in str(hint)
        assert stock.hint(first, first) is None
        assert queries.lot_line(tx, over).problem is not None
    assert (one.left_milli, one.lots_count, one.is_low) == (1_000_000, 2, False)
