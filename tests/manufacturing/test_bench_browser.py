"""The bench in a real browser, under a keyboard-wedge reader."""

from playwright.sync_api import Page, expect

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


def test_a_phone_shows_it_without_sideways_scroll(plant: Plant, page: Page) -> None:
    lot, tube = plant.harvested_product()
    bag = plant.bag(lot, tube)["bag"]
    page.set_viewport_size({"width": 320, "height": 800})
    with served(plant) as address:
        for path in ("/manufacturing", f"/manufacturing/lots/{lot}", f"/manufacturing/bags/{bag}", f"/bench/{lot}"):
            page.goto(address + path)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
