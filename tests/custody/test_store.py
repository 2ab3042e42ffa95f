"""Storing."""

import pytest

from cellchain.custody import commands, queries
from cellchain.custody.timeline import timeline
from cellchain.kernel.errors import Forbidden, NotFound
from tests.custody.conftest import Places, Refuses
from tests.quality.lab import Lab


def test_it_is_where_it_was_put(lab: Lab, places: Places) -> None:
    with lab.house.read() as tx:
        found = queries.whereabouts(tx, places.bag)
        assert (found.state, found.location_name, found.position) == ("stored", "Cold store", "A1")
        assert [row.subject for row in queries.stored_in(tx, places.store)] == [places.bag]
    lab.do(commands.move, by=lab.technician, subject=places.bag, location=places.store, position="B2")
    with lab.house.read() as tx:
        assert queries.whereabouts(tx, places.bag).position == "B2"
        assert [item.kind for item in timeline(tx, places.bag)] == ["stored", "stored"]
        assert len(queries.stored_now(tx)) == 1


def test_a_place_holds_one_thing_and_a_thing_has_one_place(lab: Lab, places: Places, refuses: Refuses) -> None:
    other = lab.containers(lab.lot("control"))[0]
    with refuses("custody.position_taken"):
        lab.do(commands.store, by=lab.technician, subject=other, location=places.store, position="A1")
    with refuses("custody.stored_already"):
        lab.do(commands.store, by=lab.technician, subject=places.bag, location=places.ward)
    with refuses("custody.not_stored"):
        lab.do(commands.move, by=lab.technician, subject=other, location=places.ward)
    with refuses("custody.same_place"):
        lab.do(commands.move, by=lab.technician, subject=places.bag, location=places.store)


def test_nothing_unknown(lab: Lab, places: Places) -> None:
    from cellchain.identity.codes import Kind, issue

    with pytest.raises(NotFound):
        lab.do(commands.store, by=lab.technician, subject=issue(Kind.BAG, 1, 2026, 999), location=places.store)
    with lab.house.read() as tx:
        assert queries.whereabouts(tx, issue(Kind.BAG, 1, 2026, 999)).state == "unknown"


def test_a_nurse_may_not(lab: Lab, places: Places) -> None:
    with pytest.raises(Forbidden):
        lab.do(commands.move, by=lab.nurse, subject=places.bag, location=places.ward)
    with pytest.raises(Forbidden):
        lab.do(commands.store, by=lab.nurse, subject=places.bag, location=places.ward)
