"""The invariants of custody hold over a story, and each one sees its own damage."""

from datetime import timedelta
from typing import Any

from cellchain.custody import commands
from cellchain.custody.invariants import INVARIANTS
from cellchain.custody.models import Destruction, HandOver, Packed, Return, Shipment
from cellchain.manufacturing.models import Container
from tests.custody.conftest import Box, Places, at_ward, badge, received
from tests.custody.test_import_log import read_out
from tests.quality.lab import Lab


def broken(lab: Lab) -> set[str]:
    with lab.house.read() as tx:
        return {item.name for item in INVARIANTS if item.check(tx)}


def test_they_hold_and_each_sees_its_damage(lab: Lab, places: Places) -> None:
    at_ward(lab, places)
    lab.wait(minutes=20)
    fields: dict[str, Any] = {"location": places.store, "temperature_mc": 5_000, "seal_intact": True, "reason": "Fever"}
    lab.do(commands.return_bag, by=lab.nurse, bag=places.bag, **fields)
    witness = badge(lab, lab.second_technician.person)
    gone: dict[str, Any] = {
        "method": "incineration",
        "place": places.store,
        "volume_ul": 400_000,
        "reason": "Came back",
    }
    lab.do(commands.destroy, by=lab.technician, subject=places.bag, witness_badge=witness, **gone)
    assert broken(lab) == set()

    def damage(tx: Any) -> None:
        tx.change(tx.lock(Return, 1), returned_at=tx.now - timedelta(days=1))
        tx.change(tx.lock(Container, places.bag), phase="filled")
        assert tx.get(HandOver, 1).taker != tx.get(Destruction, 1).performer

    lab.seed(damage)
    assert broken(lab) == {"custody.destroyed", "custody.returned"}


def test_each_sees_damage_to_a_journey(lab: Lab, places: Places, box: Box) -> None:
    code = received(lab, places, box)
    read_out(lab, code, box)
    assert broken(lab) == set()

    def damage(tx: Any) -> None:
        tx.change(tx.lock(Packed, 1), taken_out_at=None, taken_out_by=None)
        tx.change(tx.lock(Shipment, code), received_by=lab.technician.person)

    lab.seed(damage)
    assert broken(lab) == {"custody.two_people", "custody.packed"}
