"""A vial that is not needed after all."""

import pytest

from cellchain.custody import boxes, commands
from cellchain.kernel.errors import Forbidden
from tests.custody.conftest import Refuses
from tests.custody.test_reserve_vial import reserve, stored
from tests.quality.lab import Lab


def test_it_is_let_go_and_can_be_kept_again(lab: Lab, refuses: Refuses) -> None:
    _, lot, vials = stored(lab)
    reserve(lab, vials[0], lot)
    answer = lab.do(commands.release_reservation, by=lab.technician, vial=vials[0])
    assert answer == {"vial": vials[0], "lot": None}
    assert lab.last_event() == "custody:vial:let_go"
    with refuses("reservation.none"):
        lab.do(commands.release_reservation, by=lab.technician, vial=vials[0])
    reserve(lab, vials[0], lot)
    with lab.house.read() as tx:
        assert boxes.reserved_by_lot(tx) == {lot: 1}


def test_a_nurse_may_not(lab: Lab) -> None:
    _, lot, vials = stored(lab)
    reserve(lab, vials[0], lot)
    with pytest.raises(Forbidden):
        lab.do(commands.release_reservation, by=lab.nurse, vial=vials[0])
