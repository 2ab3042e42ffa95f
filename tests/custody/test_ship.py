"""In a carrier's hands."""

from typing import Any

import pytest

from cellchain.custody import commands, queries
from cellchain.custody.describe import describe
from cellchain.kernel.errors import Forbidden
from tests.custody.conftest import Places, Refuses
from tests.quality.lab import Lab


def send(lab: Lab, places: Places, temperature_mc: int = 4_000) -> str:
    fields: dict[str, Any] = {"to_location": places.courier, "carrier": "Example Couriers", "seal": "S-1"}
    made = lab.do(commands.ship, by=lab.technician, subject=places.bag, temperature_mc=temperature_mc, **fields)
    return str(made["shipment"])


def test_sent_and_received(lab: Lab, places: Places, refuses: Refuses) -> None:
    code = send(lab, places)
    with lab.house.read() as tx:
        assert queries.whereabouts(tx, places.bag).state == "under_way"
        assert "custody.under_way" in {code for code, _ in queries.custody_problems(tx, places.bag)}
        assert [row.code for row in queries.shipments_under_way(tx)] == [code]
        found = describe(tx, code, lab.second_technician)
        assert found is not None
        assert [action.path for action in found.actions] == ["custody/receive"]
        assert describe(tx, code, lab.house.actor("assessor")) is None
    with refuses("custody.under_way"):
        lab.do(commands.store, by=lab.technician, subject=places.bag, location=places.store)
    with refuses("hand_over.same_person"):
        lab.do(commands.receive, by=lab.technician, shipment=code, temperature_mc=4_000, seal="S-1")
    made = lab.do(commands.receive, by=lab.second_technician, shipment=code, temperature_mc=9_000, seal="S-2")
    assert made["excursion"]
    with lab.house.read() as tx:
        assert queries.whereabouts(tx, places.bag).location == places.courier
        assert len(queries.excursions_of(tx, places.bag)) == 2
        assert {"shipped", "received", "excursion"} <= {item.kind for item in queries.timeline(tx, places.bag)}
    with refuses("shipment.phase"):
        lab.do(commands.receive, by=lab.second_technician, shipment=code, temperature_mc=4_000, seal="S-1")


def test_a_nurse_may_not(lab: Lab, places: Places) -> None:
    with pytest.raises(Forbidden):
        lab.do(commands.receive, by=lab.nurse, shipment=send(lab, places), temperature_mc=4_000, seal="S-1")
    fields: dict[str, Any] = {"to_location": places.ward, "carrier": "Example", "seal": "S", "temperature_mc": 4_000}
    with pytest.raises(Forbidden):
        lab.do(commands.ship, by=lab.nurse, subject=places.bag, **fields)
