"""Sealed, in a courier's hands."""

from typing import Any

import pytest
from pydantic import ValidationError

from cellchain.custody import commands, queries
from cellchain.custody.describe import describe
from cellchain.kernel.errors import Forbidden
from cellchain.materials.models import Equipment
from tests.custody.conftest import Box, Places, Refuses, equipment, pack, sent, ship
from tests.quality.lab import Lab


def test_it_is_under_way(lab: Lab, places: Places, box: Box, refuses: Refuses) -> None:
    code = sent(lab, places, box)
    with lab.house.read() as tx:
        assert queries.whereabouts(tx, places.bag).state == "under_way"
        assert "custody.under_way" in {code for code, _ in queries.custody_problems(tx, places.bag)}
        [row] = queries.shipments_open(tx)
        assert (row.code, row.courier, row.courier_code, row.seal) == (code, "Example Couriers", "C-7", "S-1")
        found = describe(tx, code, lab.second_technician)
        assert found is not None
        assert [action.path for action in found.actions] == ["custody/receive"]
        assert describe(tx, code, lab.house.actor("assessor")) is None
        gap, exposed, _ = queries.chain_of(tx, places.bag)
        assert gap is not None
        assert (gap.kind, gap.minutes, exposed.minutes) == ("no_receipt", 40, 2)
    with refuses("custody.under_way"):
        lab.do(commands.store, by=lab.technician, subject=places.bag, location=places.store)
    with refuses("shipment.phase"):
        ship(lab, places, box)


def test_the_shipper_and_whoever_packed_it_are_found_by_trace(lab: Lab, places: Places, box: Box) -> None:
    sent(lab, places, box)
    with lab.house.read() as tx:
        sources = {edge.source for edge in queries.edges_to(tx, [places.bag])}
        assert sources == {lab.technician.person, box.shipper, box.logger}
        for source in sources:
            assert [edge.target for edge in queries.edges_from(tx, [source])] == [places.bag]


def test_what_holds_it_back(lab: Lab, places: Places, box: Box, refuses: Refuses) -> None:
    with refuses("shipment.nothing_packed"):
        ship(lab, places, box)
    pack(lab, places, box)
    overdue = equipment(lab, "logger", days=-1)
    wrong: dict[str, dict[str, Any]] = {
        "shipment.no_logger": {"logger": None},
        "equipment.wrong_kind": {"logger": box.shipper},
        "equipment.calibration_overdue": {"logger": overdue},
        "hand_over.same_place": {"to_location": places.store},
    }
    for code, other in wrong.items():
        with refuses(code):
            ship(lab, places, box, **other)
    lab.seed(lambda tx: tx.change(tx.lock(Equipment, box.shipper), qualification_due=tx.now.date().replace(day=1)))
    with refuses("equipment.qualification_overdue"):
        ship(lab, places, box)


def test_too_warm_at_the_start_waits_for_qa(lab: Lab, places: Places, box: Box) -> None:
    pack(lab, places, box)
    assert ship(lab, places, box, temperature_mc=8_001)["excursion"]
    with lab.house.read() as tx:
        [found] = queries.open_excursions(tx)
    assert (found.kind, found.temperature_mc) == ("temperature", 8_001)


@pytest.mark.parametrize("code", ["", "Ivan Petrov", "C" * 21, "C.7"])
def test_a_couriers_code_is_no_name(lab: Lab, places: Places, box: Box, code: str) -> None:
    pack(lab, places, box)
    with pytest.raises(ValidationError):
        ship(lab, places, box, courier_code=code)


def test_a_nurse_may_not(lab: Lab, places: Places, box: Box) -> None:
    fields: dict[str, Any] = {"to_location": places.ward, "courier": "Example", "courier_code": "C", "seal": "S"}
    with pytest.raises(Forbidden):
        lab.do(commands.ship, by=lab.nurse, shipper=box.shipper, temperature_mc=4_000, **fields)
