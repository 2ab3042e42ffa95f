"""Into a shipper, and out of it again."""

from dataclasses import replace
from typing import Any

import pytest

from cellchain.custody import commands, queries
from cellchain.custody.timeline import timeline
from cellchain.kernel.errors import Forbidden
from tests.custody.conftest import (
    Box,
    Places,
    Refuses,
    at_ward,
    configure,
    equipment,
    label,
    offer,
    pack,
    sent,
    ship,
)
from tests.custody.test_lay_out_box import box as laid_out
from tests.custody.test_lay_out_box import put
from tests.quality.lab import Lab


def stored(lab: Lab, places: Places, place: str | None = None) -> Places:
    """Another bag that stands somewhere."""
    bag = lab.containers(lab.lot())[0]
    other = replace(places, bag=bag, label=label(lab, bag))
    lab.do(commands.store, by=lab.technician, subject=bag, location=place or places.store)
    return other


def test_it_lies_in_the_shipper_and_nowhere_else(lab: Lab, places: Places, box: Box, refuses: Refuses) -> None:
    made = pack(lab, places, box)
    assert made["subjects"] == [places.bag]
    with lab.house.read() as tx:
        here = queries.whereabouts(tx, places.bag)
        assert (here.state, here.location_name) == ("packed", "Cold store")
        [row] = queries.inside(tx, made["shipment"])
        assert row.label == places.label
        assert [item.kind for item in timeline(tx, places.bag)] == ["stored", "packed"]
    assert lab.last_event() == "custody:container:packed"
    for verb in (commands.store, commands.move):
        with refuses("custody.packed"):
            lab.do(verb, by=lab.technician, subject=places.bag, location=places.ward)
    with refuses("custody.packed"):
        offer(lab, places)
    with refuses("custody.packed"):
        pack(lab, places, box)


def test_a_shipper_takes_as_many_as_it_has_places(lab: Lab, places: Places, box: Box, refuses: Refuses) -> None:
    pack(lab, places, box)
    made = pack(lab, stored(lab, places), box)
    assert len(made["subjects"]) == 2
    with refuses("shipper.full"):
        pack(lab, stored(lab, places), box)


def test_a_shipper_is_packed_at_one_place(lab: Lab, places: Places, box: Box, refuses: Refuses) -> None:
    pack(lab, places, box)
    with refuses("shipper.elsewhere"):
        pack(lab, stored(lab, places, places.ward), box)


def test_only_a_shipper_that_is_qualified_today_is_packed(lab: Lab, places: Places, refuses: Refuses) -> None:
    overdue, unknown, freezer = (
        equipment(lab, "shipper", days=-1),
        equipment(lab, "shipper"),
        equipment(lab, "freezer"),
    )
    for code, shipper in {
        "equipment.qualification_overdue": overdue,
        "shipper.not_configured": unknown,
        "equipment.wrong_kind": freezer,
    }.items():
        with refuses(code):
            lab.do(commands.pack, by=lab.technician, shipper=shipper, label=places.label)


def test_a_shipper_keeps_what_the_bag_bears(lab: Lab, places: Places, refuses: Refuses) -> None:
    warm = equipment(lab, "shipper")
    configure(lab, warm, low_mc=2_000, high_mc=8_001)
    with refuses("shipper.wrong_range"):
        lab.do(commands.pack, by=lab.technician, shipper=warm, label=places.label)
    configure(lab, warm, low_mc=3_000, high_mc=6_000)
    lab.do(commands.pack, by=lab.technician, shipper=warm, label=places.label)


def test_what_may_not_be_packed(lab: Lab, places: Places, box: Box, refuses: Refuses) -> None:
    bag = lab.containers(lab.lot())[0]
    nowhere = replace(places, bag=bag, label=label(lab, bag))
    with refuses("pack.not_stored"):
        pack(lab, nowhere, box)
    with refuses("hand_over.scan_needed"):
        lab.do(commands.pack, by=lab.technician, shipper=box.shipper, subject=places.bag)
    at_ward(lab, places)
    back: dict[str, Any] = {"location": places.store, "temperature_mc": 5_000, "seal_intact": True, "reason": "Fever"}
    lab.do(commands.return_bag, by=lab.nurse, bag=places.bag, **back)
    with refuses("custody.returned"):
        pack(lab, places, box)


def test_a_shipper_that_is_under_way_is_not_packed(lab: Lab, places: Places, box: Box, refuses: Refuses) -> None:
    sent(lab, places, box)
    with refuses("shipment.phase"):
        pack(lab, stored(lab, places), box)


def test_out_again_it_stands_where_it_was_packed(lab: Lab, places: Places, box: Box, refuses: Refuses) -> None:
    other = stored(lab, places)
    code = pack(lab, places, box)["shipment"]
    pack(lab, other, box)
    lab.wait(minutes=5)
    made = lab.do(commands.unpack, by=lab.second_technician, subject=places.bag)
    assert made["subjects"] == [other.bag]
    with lab.house.read() as tx:
        assert queries.whereabouts(tx, places.bag).location == places.store
        gap, exposed, _ = queries.chain_of(tx, places.bag)
        assert (gap, exposed.minutes) == (None, 5)
    with refuses("pack.not_packed"):
        lab.do(commands.unpack, by=lab.second_technician, subject=places.bag)
    lab.wait(minutes=7)
    ship(lab, places, box)
    lab.wait(minutes=30)
    with lab.house.read() as tx:
        assert queries.chain_of(tx, places.bag)[1].minutes == 5, "what was taken out did not travel"
        assert queries.chain_of(tx, other.bag)[1].minutes == 12
    with refuses("pack.not_packed"):
        lab.do(commands.unpack, by=lab.second_technician, subject=other.bag)
    assert code


def test_out_of_a_box_and_into_a_cell_again(lab: Lab, refuses: Refuses) -> None:
    cells, vial, cold = laid_out(lab), lab.containers(lab.lot("bank"))[0], equipment(lab, "shipper")
    label(lab, vial, design="cryovial")
    configure(lab, cold, low_mc=-196_000, high_mc=-140_000)
    put(lab, vial, cells, "A1")
    lab.do(commands.pack, by=lab.technician, shipper=cold, subject=vial)
    with refuses("custody.cell_needed"):
        lab.do(commands.unpack, by=lab.technician, subject=vial)
    lab.do(commands.unpack, by=lab.technician, subject=vial, position="B2")
    with lab.house.read() as tx:
        assert queries.whereabouts(tx, vial).position == "B2"


def test_a_shipper_that_is_empty_again_is_free(lab: Lab, places: Places, box: Box, refuses: Refuses) -> None:
    first = pack(lab, places, box)["shipment"]
    lab.do(commands.unpack, by=lab.technician, subject=places.bag)
    with lab.house.read() as tx:
        found = queries.shipment(tx, first)
        assert found is not None
        assert found.phase == "emptied"
    with refuses("shipment.nothing_packed"):
        ship(lab, places, box)
    assert pack(lab, places, box)["shipment"] != first


def test_what_is_stated_of_a_shipper(lab: Lab, refuses: Refuses) -> None:
    shipper = equipment(lab, "shipper")
    with refuses("shipper.range"):
        configure(lab, shipper, low_mc=8_000, high_mc=2_000)
    with refuses("equipment.wrong_kind"):
        configure(lab, equipment(lab, "logger"))
    assert configure(lab, shipper)["holds_hours"] == 6
    assert configure(lab, shipper, holds_hours=48, report="Q-2")["holds_hours"] == 48


def test_who_may_not(lab: Lab, places: Places, box: Box) -> None:
    with pytest.raises(Forbidden):
        lab.do(commands.pack, by=lab.nurse, shipper=box.shipper, label=places.label)
    with pytest.raises(Forbidden):
        lab.do(commands.unpack, by=lab.nurse, subject=places.bag)
    fields: dict[str, Any] = {"low_mc": 2_000, "high_mc": 8_000, "holds_hours": 6, "places_count": 2, "report": "Q"}
    with pytest.raises(Forbidden):
        lab.do(commands.configure_shipper, by=lab.technician, shipper=box.shipper, **fields)
