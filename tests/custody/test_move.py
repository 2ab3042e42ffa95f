"""Moving."""

import pytest

from cellchain.custody import commands, queries
from cellchain.kernel.errors import Forbidden
from tests.custody.conftest import Places, Refuses, offer
from tests.quality.lab import Lab


def test_what_is_offered_stays(lab: Lab, places: Places, refuses: Refuses) -> None:
    offer(lab, places)
    with refuses("hand_over.open"):
        lab.do(commands.move, by=lab.technician, subject=places.bag, location=places.courier)


def test_it_goes_to_another_place(lab: Lab, places: Places, refuses: Refuses) -> None:
    lab.do(commands.move, by=lab.second_technician, subject=places.bag, location=places.courier)
    with lab.house.read() as tx:
        assert queries.whereabouts(tx, places.bag).location == places.courier
    assert lab.last_event() == "custody:container:moved"
    with refuses("custody.same_place"):
        lab.do(commands.move, by=lab.technician, subject=places.bag, location=places.courier)


def test_a_nurse_may_not(lab: Lab, places: Places) -> None:
    with pytest.raises(Forbidden):
        lab.do(commands.move, by=lab.nurse, subject=places.bag, location=places.ward)
