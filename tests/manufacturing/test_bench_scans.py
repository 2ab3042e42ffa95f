"""Scans at the bench: several at once, typed codes, and the log that keeps every one."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

from cellchain import composition
from cellchain.identity.codes import Kind, issue
from cellchain.labels.models import RawScan
from cellchain.materials import commands as materials
from tests.manufacturing.conftest import Plant
from tests.manufacturing.pages import TOKEN, client, words

PACKAGE_GTIN = "09520000000080"


def preparing(plant: Plant) -> str:
    lot = plant.open("control")
    plant.start(lot, "preparation")
    return lot


def scans(browser: TestClient, lot: str, *symbols: str, nonces: list[str] | None = None, **more: str) -> Any:
    """Several scans in one request, as the page sends those that waited."""
    fields: dict[str, Any] = {"csrf": TOKEN, "symbol": list(symbols)}
    fields["nonce"] = nonces or [str(uuid4()) for _ in symbols]
    fields["capture"] = [more.get("capture", "wedge")] * len(symbols)
    fields["typed_because"] = [more.get("typed_because", "")] * len(symbols)
    return browser.post(f"/bench/{lot}/scan", data=fields, headers={"hx-request": "true"}, follow_redirects=False)


def kept(plant: Plant) -> list[RawScan]:
    with plant.house.read() as tx:
        return tx.many(select(RawScan).order_by(col(RawScan.at), col(RawScan.nonce)), limit=100)


def test_those_that_waited_are_done_in_their_order(plant: Plant) -> None:
    lot = preparing(plant)
    answer = scans(client(plant), lot, plant.lots["bag"], plant.equipment["cabinet"])
    assert (answer.status_code, answer.headers["x-scans"]) == (200, "2")
    assert 'data-v="match"' in answer.text
    assert plant.events()[-2:] == ["manufacturing:material:used", "manufacturing:equipment:used"]


def test_what_was_not_taken_comes_first_and_says_what_was(plant: Plant) -> None:
    lot = preparing(plant)
    band = issue(Kind.WRISTBAND, 1, 2026, 4)
    answer = scans(client(plant), lot, plant.lots["bag"], band, plant.equipment["cabinet"])
    assert (answer.status_code, answer.headers["x-scans"]) == (409, "3")
    assert "This is a wristband." in words(answer.text)
    assert "1 of 3 scans were not taken, 2 were." in words(answer.text)
    step = plant.page(lot).running
    assert step is not None
    assert (len(step.materials), len(step.equipment)) == (1, 1)


def test_sent_again_each_does_its_work_once(plant: Plant) -> None:
    lot, browser = preparing(plant), client(plant)
    nonces = [str(uuid4()), str(uuid4())]
    for _ in range(2):
        answer = scans(browser, lot, plant.lots["bag"], plant.equipment["cabinet"], nonces=nonces)
        assert answer.headers["x-scans"] == "2"
    step = plant.page(lot).running
    assert step is not None
    assert (len(step.materials), len(step.equipment)) == (1, 1)
    assert len(kept(plant)) == 2


def test_what_leads_away_is_done_alone(plant: Plant) -> None:
    lot, tube = plant.separated()
    plant.start(lot, "seeding")
    browser = client(plant)
    before = scans(browser, lot, plant.lots["medium"], tube, plant.equipment["incubator"])
    assert before.headers["x-scans"] == "1"
    alone = scans(browser, lot, tube, plant.equipment["incubator"])
    assert alone.status_code == 303
    assert "x-scans" not in alone.headers
    step = plant.page(lot).running
    assert step is not None
    assert step.equipment == ()


def test_every_scan_is_kept_with_what_came_of_it(plant: Plant) -> None:
    lot = preparing(plant)
    expired = plant.material("bag", days=1)
    plant.wait(days=2)
    symbols = [plant.equipment["cabinet"], expired, issue(Kind.WRISTBAND, 1, 2026, 4), "Ivanov Ivan", f"]C1{lot}"]
    browser = client(plant)
    for symbol in symbols:
        scans(browser, lot, symbol)
        plant.wait(seconds=1)
    assert [(row.answer, row.problem, row.is_shape) for row in kept(plant)] == [
        ("equipment", None, False),
        ("material_lot", "material.expired", False),
        ("unknown", "scan.wrong_kind", False),
        ("unknown", "identity.wrong_length", True),
        ("unknown", "scan.wrong_kind", False),
    ]
    assert {(row.person, str(row.capture)) for row in kept(plant)} == {(plant.technician.person, "wedge")}


def test_a_typed_code_needs_a_reason_and_is_recorded_as_typed(plant: Plant) -> None:
    lot, browser = preparing(plant), client(plant)
    refused = scans(browser, lot, plant.lots["bag"], capture="typed")
    assert refused.status_code == 409
    assert "A typed code needs a reason." in words(refused.text)
    typed = scans(browser, lot, plant.lots["bag"], capture="typed", typed_because="label_damaged")
    assert typed.status_code == 200
    facts = json.loads(plant.house.entries()[-1].body)["facts"]
    assert (facts["capture"], facts["typed_because"]) == ("typed", "label_damaged")
    scans(browser, lot, plant.equipment["cabinet"])
    assert "capture" not in json.loads(plant.house.entries()[-1].body)["facts"]
    assert {(str(row.capture), row.problem) for row in kept(plant)} == {
        ("typed", "scan.typed_needs_reason"),
        ("typed", None),
        ("wedge", None),
    }


@pytest.mark.parametrize("wrong", ["ML0126000004", "{0}7", "ml012600000433"])
def test_a_typed_code_needs_its_check_characters(plant: Plant, wrong: str) -> None:
    lot, browser = preparing(plant), client(plant)
    code = plant.lots["bag"]
    typed = wrong.format(code[:13]) if code[13] != "7" else f"{code[:13]}8"
    answer = scans(browser, lot, typed, capture="typed", typed_because="label_damaged")
    assert answer.status_code == 409
    step = plant.page(lot).running
    assert step is not None
    assert step.materials == ()


def test_undo_at_the_bench_without_scripts(plant: Plant) -> None:
    lot, browser = preparing(plant), client(plant)
    assert "Undo" not in words(browser.get(f"/bench/{lot}").text)
    scans(browser, lot, plant.lots["bag"])
    entry = plant.house.entries()[-1].seq
    page = browser.get(f"/bench/{lot}").text
    assert f'name="entry" value="{entry}"' in page
    assert 'data-command="UNDO"' in page
    fields = {"csrf": TOKEN, "entry": str(entry), "request_id": str(uuid4())}
    answer = browser.post(f"/bench/{lot}/undo", data=fields, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/bench/{lot}")
    said = browser.get(f"/manufacturing/lots/{lot}").text
    assert "Taken back at once:" in words(said)
    again = browser.post(f"/bench/{lot}/undo", data={**fields, "request_id": str(uuid4())})
    assert again.status_code == 409
    assert "This was taken back already." in words(again.text)


def test_the_symbol_on_a_package_goes_into_a_step_like_our_own_label(plant: Plant) -> None:
    """Bought with its trade number: the supplier's symbol is booked as the lot that it came with."""
    house = plant.house
    house.database.house = replace(house.database.house, schemes=composition.schemes, finders=composition.FINDERS)
    number = plant.do(materials.register_material, name="Bag with a GTIN", kind="bag", gtin=PACKAGE_GTIN)["material"]
    until = house.clock.now().date() + timedelta(days=30)
    fields = {"supplier": "Example Supply", "supplier_lot": "B-7", "expires_on": until, "certificate": "C-7"}
    supplied = plant.do(materials.receive_lot, material=number, **fields)["lot"]
    symbol = f"]d201{PACKAGE_GTIN}10B-7\x1d17{until:%y%m%d}"
    lot, browser = preparing(plant), client(plant)

    quarantined = scans(browser, lot, symbol)
    assert quarantined.status_code == 409
    assert "is in quarantine" in words(quarantined.text)
    plant.do(materials.accept_lot, by=plant.qa, lot=supplied)
    unknown = scans(browser, lot, symbol.replace("B-7", "B-8"))
    assert "was not received here" in words(unknown.text)
    taken = scans(browser, lot, symbol)
    assert (taken.status_code, plant.events()[-1]) == (200, "manufacturing:material:used")
    step = plant.page(lot).running
    assert step is not None
    assert [item.lot for item in step.materials] == [supplied]
    log = {(row.answer, row.problem) for row in kept(plant)}
    assert log == {
        ("material_lot", "material.quarantined"),
        ("unknown", "material.lot_not_received"),
        ("material_lot", None),
    }
