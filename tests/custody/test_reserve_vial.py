"""A vial of a bank is kept for the lot that will thaw it."""

from typing import Any

import pytest

from cellchain.custody import boxes, commands, queries
from cellchain.custody.invariants import INVARIANTS
from cellchain.kernel.errors import Forbidden
from tests.custody.conftest import Refuses
from tests.custody.test_lay_out_box import box, put
from tests.quality.lab import Lab


def stored(lab: Lab) -> tuple[str, str, list[str]]:
    """A bank whose vials lie in their cells, and an open lot from it."""
    bank, location = lab.lot("bank", bags=3), box(lab)
    vials = lab.containers(bank)
    for number, vial in enumerate(vials):
        put(lab, vial, location, f"A{number + 1}")
    return bank, lab.lot("product", sources=(bank,), bags=0, phase="open"), vials


def reserve(lab: Lab, vial: str, lot: str, **more: Any) -> dict[str, Any]:
    return lab.do(commands.reserve_vial, **{"by": lab.technician, "vial": vial, "lot": lot, **more})


def thaw(lab: Lab, vial: str, lot: str) -> None:
    """What the reaction to a thaw asks."""
    lab.house.do(commands.take_out_thawed, by=lab.technician, by_house=True, vial=vial, lot=lot)


def test_it_is_held_and_stands_on_the_list(lab: Lab) -> None:
    bank, lot, vials = stored(lab)
    reserve(lab, vials[1], lot)
    assert lab.last_event() == "custody:vial:reserved"
    with lab.house.read() as tx:
        view = boxes.bank_inventory(tx, bank)
        assert (view.count("Stored"), view.count("Reserved"), view.waiting) == (2, 1, (lot,))
        [pick] = boxes.picks(tx)
        assert boxes.reserved_by_lot(tx) == {lot: 1}
        assert [one.name for one in INVARIANTS if one.check(tx)] == []
    assert (pick.vial, pick.lot, pick.location_name, pick.position, pick.shelf) == (vials[1], lot, "Box 7", "A2", "2")


def test_only_one_that_is_there_from_the_lots_own_bank_and_once(lab: Lab, refuses: Refuses) -> None:
    bank, lot, vials = stored(lab)
    other = lab.containers(lab.lot("bank"))[0]
    with refuses("reservation.nowhere"):
        reserve(lab, other, lot)
    put(lab, other, box_again(lab), "A1")
    with refuses("reservation.other_bank"):
        reserve(lab, other, lot)
    reserve(lab, vials[0], lot)
    with refuses("reservation.taken"):
        reserve(lab, vials[0], lot)
    with refuses("lot.not_open"):
        reserve(lab, vials[1], lab.lot("product", sources=(bank,)))
    lab.seed(lambda tx: spend(tx, vials[2]))
    with refuses("reservation.not_a_stored_vial"):
        reserve(lab, vials[2], lot)


def box_again(lab: Lab) -> str:
    location = lab.location("Box 8", "store")
    lab.do(commands.lay_out_box, by=lab.technician, location=location, rows_count=1, columns_count=1)
    return location


def spend(tx: Any, vial: str) -> None:
    from cellchain.manufacturing.models import Container

    tx.change(tx.lock(Container, vial), phase="spent", cells_count=0)


def test_thawed_for_its_lot_its_cell_is_free(lab: Lab) -> None:
    bank, lot, vials = stored(lab)
    reserve(lab, vials[0], lot)
    thaw(lab, vials[0], lot)
    thaw(lab, vials[1], lot)
    with lab.house.read() as tx:
        assert [queries.whereabouts(tx, vial).state for vial in vials] == ["unknown", "unknown", "stored"]
        assert boxes.picks(tx) == []
        assert boxes.bank_inventory(tx, bank).count("Reserved") == 0


def test_one_that_is_kept_for_another_lot_is_not_thawed(lab: Lab, refuses: Refuses) -> None:
    bank, lot, vials = stored(lab)
    reserve(lab, vials[0], lot)
    other = lab.lot("product", sources=(bank,), bags=0, phase="open")
    with refuses("reservation.other_lot"):
        thaw(lab, vials[0], other)
    with lab.house.read() as tx:
        assert queries.whereabouts(tx, vials[0]).position == "A1"


def test_a_nurse_may_not(lab: Lab) -> None:
    _, lot, vials = stored(lab)
    with pytest.raises(Forbidden):
        reserve(lab, vials[0], lot, by=lab.nurse)
