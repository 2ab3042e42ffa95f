"""What the pages of manufacturing say, to whom."""

import pytest

from cellchain.manufacturing import commands
from tests.manufacturing.conftest import CONTROL_RECORD, Plant
from tests.manufacturing.pages import client, words

LOT_PAGES = ("/manufacturing/lots/{lot}", "/bench/{lot}")


def test_the_list_answers_how_many_are_open(plant: Plant) -> None:
    browser = client(plant)
    assert "No batch is open." in words(browser.get("/manufacturing").text)
    lot, _ = plant.seeded()
    said = words(browser.get("/manufacturing").text)
    assert "1 batch is open. Every completed step is verified." in said
    assert "71 h 59 min" in said or "72 h 00 min" in said
    assert "change the medium by" in said
    plant.wait(hours=73)
    assert "Overdue" in words(browser.get("/manufacturing").text)
    plant.do(commands.clear_line, location=plant.location("Room 4.13"))
    page = browser.get("/manufacturing").text
    assert "Room 4.13" in page
    assert "/do/manufacturing/verify_clearance?clearance=" in page
    assert f'href="/bench/{lot}"' in page


def test_the_chain_line_stands_in_the_order_of_the_cells(plant: Plant) -> None:
    plant.seeded()
    plant.bank(vials=2)
    said = words(client(plant).get("/manufacturing").text)
    assert said.index("P0") < said.index("Bank")


def test_a_lot_answers_with_what_lies_outside(plant: Plant) -> None:
    lot, tube = plant.harvested_product()
    browser = client(plant)
    said = words(browser.get(f"/manufacturing/lots/{lot}").text)
    assert "next: suspend cells in saline." in said
    plant.start(lot, "suspension")
    fields = {"dose_count": 174_000_000, "viability_permille": 914, "saline": plant.lots["saline"]}
    bag = plant.do(commands.suspend, lot=lot, container=tube, **fields)["bag"]
    said = words(browser.get(f"/manufacturing/lots/{lot}").text)
    assert "1 value outside a limit." in said
    assert "Out of limit, 0.06 low" in said
    assert "1.80 to 2.20 × 10⁸" in said
    assert f'href="/manufacturing/bags/{bag}"' in browser.get(f"/manufacturing/lots/{lot}").text
    assert "Growth" in said


def test_a_corrected_value_shows_both(plant: Plant) -> None:
    lot = plant.open("bank", plant.donation()["donation"])
    plant.start(lot, "receipt")
    value = plant.do(commands.record_value, lot=lot, parameter="marrow_volume", value=45)["value"]
    plant.do(commands.correct_value, value=value, corrected=54, reason="Two digits were exchanged.")
    page = client(plant).get(f"/manufacturing/lots/{lot}").text
    assert "<del>45.0 mL</del>".replace(" ", "\u00a0") in page
    assert "Two digits were exchanged." in page


def test_the_growth_is_drawn(plant: Plant) -> None:
    lot, _ = plant.seeded()
    plant.passage(lot, 3_000_000, 1_000_000, days=12)
    plant.passage(lot, 16_000_000, 1_000_000, days=6)
    plant.passage(lot, 1_800_000, 800_000, days=6, reason="Many cells floated.")
    page = client(plant).get(f"/manufacturing/lots/{lot}").text
    assert 'class="chart"' in page
    assert "P1 · 3.00" in page
    assert "cells were lost" in page


def test_a_container_tells_its_way(plant: Plant) -> None:
    lot, vessels = plant.seeded()
    browser = client(plant)
    said = words(browser.get(f"/manufacturing/containers/{vessels[0]}").text)
    assert "1.75 × 10⁷ cells in 35 mL." in said
    assert "100,000 cells/cm² seeded" in said
    tube = plant.harvest(lot, "bank", 5_000_000)["container"]
    assert "used up." in words(browser.get(f"/manufacturing/containers/{vessels[0]}").text)
    assert "Passaged" in words(browser.get(f"/manufacturing/containers/{tube}").text)
    marrow = plant.donation()["container"]
    assert "It begins here." in words(browser.get(f"/manufacturing/containers/{marrow}").text)


def test_a_bag_shows_its_clock(plant: Plant) -> None:
    lot, tube = plant.harvested_product()
    bag = plant.bag(lot, tube)["bag"]
    browser = client(plant)
    answer = browser.get(f"/manufacturing/containers/{bag}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/manufacturing/bags/{bag}")
    said = words(browser.get(f"/manufacturing/bags/{bag}").text)
    assert "2.00 × 10⁸ viable cells in 400 mL." in said
    assert "6 h 00 min" in said
    plant.wait(hours=6)
    assert "expired at" in words(browser.get(f"/manufacturing/bags/{bag}").text)


def test_a_control_bag_and_lot_have_their_pages(plant: Plant) -> None:
    lot = plant.open("control")
    plant.start(lot, "preparation")
    bag = plant.do(commands.prepare_control, lot=lot, saline=plant.lots["saline"])["bag"]
    browser = client(plant)
    assert "400 mL of saline." in words(browser.get(f"/manufacturing/bags/{bag}").text)
    assert "no cells" in words(browser.get(f"/manufacturing/lots/{lot}").text)
    plant.do(commands.discard_batch, lot=lot, reason="Opened by mistake.")
    assert "discarded." in words(browser.get(f"/manufacturing/lots/{lot}").text)
    assert "Nothing is done in this lot any more." in words(browser.get(f"/bench/{lot}").text)


def test_a_master_record_is_read_before_it_is_approved(plant: Plant) -> None:
    number = plant.do(commands.draft_master_record, by=plant.qa, source=CONTROL_RECORD)["master_record"]
    page = client(plant, plant.second_qa).get(f"/manufacturing/master-records/{number}")
    assert "version 2 is a draft." in words(page.text)
    assert "390 to 410 mL" in words(page.text)
    assert f"/do/manufacturing/review_master_record?master_record={number}" in page.text
    assert "review_master_record" not in client(plant, plant.qa).get(f"/manufacturing/master-records/{number}").text
    plant.do(commands.review_master_record, by=plant.verifier, master_record=number)
    page = client(plant, plant.second_qa).get(f"/manufacturing/master-records/{number}")
    assert "version 2 was reviewed and waits for approval." in words(page.text)
    assert f"/do/manufacturing/approve_master_record?master_record={number}" in page.text
    assert "approve_master_record" not in client(plant, plant.qa).get(f"/manufacturing/master-records/{number}").text
    said = words(client(plant).get("/manufacturing/master-records").text)
    assert "3 master records are effective. 1 waits for signatures." in said


@pytest.mark.parametrize("path", ["/manufacturing", "/manufacturing/master-records", *LOT_PAGES])
def test_pages_are_for_those_who_may_read(plant: Plant, path: str) -> None:
    address = path.format(lot=plant.open("control"))
    assert client(plant, plant.house.actor("inspector")).get(address).status_code == 200
    assert client(plant, plant.house.actor("assessor")).get(address).status_code == 403


@pytest.mark.parametrize(
    "path",
    ["/manufacturing/lots/LT012600999999", "/manufacturing/containers/CT012600999999", "/manufacturing/bags/nothing"],
)
def test_what_is_not_there_is_not_found(plant: Plant, path: str) -> None:
    assert client(plant).get(path).status_code == 404


def test_every_page_speaks_russian(plant: Plant) -> None:
    lot, tube = plant.harvested_product()
    bag = plant.bag(lot, tube)["bag"]
    browser = client(plant, language="ru")
    for path in ("/manufacturing", f"/manufacturing/lots/{lot}", f"/manufacturing/bags/{bag}", f"/bench/{lot}"):
        answer = browser.get(path)
        assert (answer.status_code, answer.headers["content-language"]) == (200, "ru")
    assert "Суспендировать клетки в физрастворе" in browser.get(f"/manufacturing/lots/{lot}").text
