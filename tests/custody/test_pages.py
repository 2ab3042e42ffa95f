"""The pages of custody."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from cellchain.custody import commands
from tests.custody.conftest import Box, Places, at_ward, offer, pack, receive, ship, take
from tests.custody.test_import_log import log_file, read_out
from tests.quality.app import app_for
from tests.quality.lab import Lab
from tests.quality.test_pages import Desk


@pytest.fixture
def desk(lab: Lab) -> Iterator[Desk]:
    made = Desk(lab)
    with TestClient(app_for(lab.house, lambda: made.actor), base_url="https://testserver") as client:
        made.client = client
        yield made


def test_what_is_on_its_way(lab: Lab, places: Places, desk: Desk) -> None:
    assert "Cold store" in desk.get("/custody")
    offer(lab, places, temperature_mc=9_000)
    page = desk.as_(lab.nurse).get("/custody")
    assert "1 container is on its way. 1 excursion waits for QA." in page.replace('<span class="soft">', "")
    assert "Ward 2" in page
    assert f"/do/custody/accept?subject={places.bag}" in page
    take(lab, places)
    assert "Nothing is on its way." in desk.get("/custody")
    desk.as_(lab.house.actor("assessor")).get("/custody", 403)


def test_the_way_of_a_bag(lab: Lab, places: Places, desk: Desk) -> None:
    here = f"/custody/{places.bag}"
    page = desk.as_(lab.technician).get(here)
    assert "Cold store, A1." in page
    assert "1 reason against its use." in page
    at_ward(lab, places)
    fields: dict[str, Any] = {"at": lab.house.clock.now(), "temperature_mc": 4_200}
    lab.do(commands.record_temperatures, by=lab.technician, subject=places.bag, readings=[fields])
    page = desk.as_(lab.nurse).get(here)
    assert "Custody is unbroken." in page
    assert "Return unused" in page
    assert "4.2" in page
    assert "Taken over at Ward 2" in page
    back: dict[str, Any] = {"location": places.store, "temperature_mc": 5_000, "seal_intact": True, "reason": "Fever"}
    lab.do(commands.return_bag, by=lab.nurse, bag=places.bag, **back)
    page = desk.get(here, language="ru")
    assert 'lang="ru"' in page
    assert "Fever" in desk.get(here)


def test_a_shipment_from_its_packing_to_its_log(lab: Lab, places: Places, box: Box, desk: Desk) -> None:
    desk.as_(lab.technician)
    assert "1 shipper may be packed." in desk.get("/custody/shippers")
    code = pack(lab, places, box)["shipment"]
    assert "packed in a shipper." in desk.get(f"/custody/{places.bag}")
    assert "being packed." in desk.get(f"/custody/shipments/{code}")
    ship(lab, places, box)
    lab.wait(minutes=40)
    assert "Example Couriers" in desk.as_(lab.nurse).get("/custody")
    assert "under way." in desk.get(f"/custody/{places.bag}")
    assert "under way to Ward 2." in desk.get(f"/custody/shipments/{code}")
    receive(lab, places, code, seal="S-2", outcome="under_hold")
    page = desk.get(f"/custody/shipments/{code}")
    assert "received at Ward 2. 1 finding." in page.replace('&#32; <span class="soft">', " ")
    assert "another one" in page
    assert "Loggers to read out" in desk.get("/custody")
    assert "40 min no logger says how warm it was." in desk.get(f"/custody/{places.bag}")
    read_out(lab, code, box, minutes=40)
    page = desk.get(f"/custody/shipments/{code}")
    assert "journey.csv" in page
    assert desk.client.get(f"/custody/shipments/{code}/log").content == log_file(lab, minutes=40)
    page = desk.get(f"/custody/{places.bag}")
    assert 'class="ser" d="M' in page
    assert "Loggers to read out" not in desk.get("/custody")
    assert "lang" in desk.get(f"/custody/shipments/{code}", language="ru")
    assert "lang" in desk.get("/custody/shippers", language="ru")


def test_unknown_codes(lab: Lab, places: Places, desk: Desk) -> None:
    desk.get("/custody/BG012600099997", 404)
    desk.get("/custody/shipments/SH012600099997", 404)
    desk.get("/custody/shipments/SH012600099997/log", 404)
    assert "No shipper is registered." in desk.get("/custody/shippers")
