"""The bench in a real browser, under a keyboard-wedge reader."""

from dataclasses import replace
from datetime import timedelta

from playwright.sync_api import Page, expect

from cellchain import composition
from cellchain.materials import commands as materials
from tests.e2e.scan_sink_reader import Reader
from tests.manufacturing.conftest import Plant
from tests.manufacturing.pages import served


def test_a_reader_works_a_step_through(plant: Plant, page: Page) -> None:
    lot = plant.open("control")
    plant.start(lot, "preparation")
    expired = plant.material("bag", days=1)
    plant.wait(days=2)
    with served(plant) as address:
        page.goto(f"{address}/bench/{lot}")
        expect(page.locator("form.sink[data-armed]")).to_be_visible()
        reader = Reader(page)
        reader.scan(expired)
        expect(page.get_by_role("alert")).to_contain_text("STOP")
        expect(page.get_by_role("alert")).to_contain_text("expired")
        reader.scans([plant.lots["bag"], plant.equipment["cabinet"]])
        expect(page.locator(".last[data-v=match]")).to_contain_text("Cabinet")
        expect(page.get_by_label("What the step needs")).to_contain_text("1 of 1")
        expect(page.locator("form.sink[data-armed]")).to_have_count(1)
    running = plant.page(lot).running
    assert running is not None
    assert [item.lot for item in running.materials] == [plant.lots["bag"]]
    assert len(running.equipment) == 1


def test_a_suppliers_symbol_works_like_our_own_label(plant: Plant, page: Page) -> None:
    """One burst with the reader's prefix and a separator inside; a wrong lot first, which the bench names."""
    house, gtin = plant.house, "09520000000080"
    house.database.house = replace(house.database.house, schemes=composition.schemes, finders=composition.FINDERS)
    number = plant.do(materials.register_material, name="Bag with a GTIN", kind="bag", gtin=gtin)["material"]
    until = house.clock.now().date() + timedelta(days=30)
    fields = {"supplier": "Example Supply", "supplier_lot": "B-7", "expires_on": until, "certificate": "C-7"}
    supplied = plant.do(materials.receive_lot, material=number, **fields)["lot"]
    plant.do(materials.accept_lot, by=plant.qa, lot=supplied)
    lot = plant.open("control")
    plant.start(lot, "preparation")
    with served(plant) as address:
        page.goto(f"{address}/bench/{lot}")
        expect(page.locator("form.sink[data-armed]")).to_be_visible()
        reader = Reader(page)
        reader.scan(f"]d201{gtin}10B-9\x1d17{until:%y%m%d}")
        expect(page.get_by_role("alert")).to_contain_text("supplier's lot B-9, was not received here")
        reader.scans([f"]d201{gtin}10B-7\x1d17{until:%y%m%d}", plant.equipment["cabinet"]])
        expect(page.locator(".last[data-v=match]")).to_contain_text("Cabinet")
        expect(page.get_by_label("What the step needs")).to_contain_text("Bag with a GTIN")
    running = plant.page(lot).running
    assert running is not None
    assert [item.lot for item in running.materials] == [supplied]


def test_a_phone_shows_it_without_sideways_scroll(plant: Plant, page: Page) -> None:
    lot, tube = plant.harvested_product()
    bag = plant.bag(lot, tube)["bag"]
    page.set_viewport_size({"width": 320, "height": 800})
    with served(plant) as address:
        for path in ("/manufacturing", f"/manufacturing/lots/{lot}", f"/manufacturing/bags/{bag}", f"/bench/{lot}"):
            page.goto(address + path)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
