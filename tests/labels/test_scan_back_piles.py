"""What waits to be scanned back, and for whom: by lot, and by what each role handles."""

from datetime import timedelta

from cellchain.labels import scan_back
from cellchain.labels.scan_back import Pile
from tests.labels.story import BAG, BAND, LOT, OTHER_BAG, Desk


def piles(desk: Desk, *roles: str) -> list[Pile]:
    with desk.house.read() as tx:
        return scan_back.piles(tx, roles)


def codes(desk: Desk, lot: str | None, *roles: str) -> list[str]:
    with desk.house.read() as tx:
        return [row.code for row in scan_back.waiting(tx, lot=lot, label=None, roles=roles).rows]


def test_a_lot_is_a_pile_since_its_first_label(desk: Desk) -> None:
    began = desk.house.clock.now()
    first = desk.print()["label"]
    desk.house.clock.advance(timedelta(minutes=5))
    second = desk.print(OTHER_BAG)["label"]
    assert piles(desk, "technician") == [Pile(LOT, began, 2)]
    assert codes(desk, LOT, "technician") == [first, second]
    desk.confirm(first)
    assert piles(desk, "technician") == [Pile(LOT, began + timedelta(minutes=5), 1)]
    desk.confirm(second)
    assert piles(desk, "technician") == []


def test_everybody_is_shown_what_is_their_work(desk: Desk) -> None:
    """A wristband belongs to no lot, and to the ward."""
    bag, band = desk.print(BAG)["label"], desk.print(BAND, "wristband")["label"]
    assert [(pile.lot, pile.count) for pile in piles(desk, "technician")] == [(LOT, 1)]
    assert [(pile.lot, pile.count) for pile in piles(desk, "nurse")] == [(None, 1)]
    assert piles(desk, "statistician") == []
    assert len(piles(desk, "nurse", "qa")) == 2
    assert codes(desk, None, "nurse") == [band]
    assert codes(desk, None, "technician") == []
    assert codes(desk, LOT, "technician") == [bag]
