"""The bench in a real browser: its batch record is opened there, its labels print in one press and are scanned."""

from playwright.sync_api import Page, expect

from tests.e2e.scan_sink_reader import Reader
from tests.manufacturing.conftest import Plant
from tests.manufacturing.pages import served
from tests.manufacturing.test_open_record import bench as bench  # the fixture: a plant with two stations


def test_a_record_is_opened_at_the_bench_and_labels_print_in_one_press(bench: Plant, page: Page) -> None:
    lot, vessels, _ = bench.seeding()
    other = bench.open("control")
    with served(bench) as address:
        page.goto(f"{address}/bench/{lot}")
        side = page.get_by_label("What the step needs")
        side.get_by_role("button", name="Open the record here").dblclick()
        expect(side).to_contain_text("Batch record here bench-1")
        expect(side.get_by_role("button", name="Close the record")).to_be_visible()

        page.goto(f"{address}/bench/{other}")
        expect(side).to_contain_text("Labels of this lot do not print here.")

        page.goto(f"{address}/bench/{lot}")
        side.get_by_role("button", name="Print 2 labels").dblclick()
        expect(side).to_contain_text("2 to scan back")
        side.get_by_role("link", name="Scan back").click()
        expect(page.locator("h1")).to_contain_text("2 labels are to be scanned back.")
        expect(page.locator("form.sink[data-armed]")).to_be_visible()
        serials = page.locator("tbody th a").evaluate_all("rows => rows.map(row => row.href.split('/').pop())")
        Reader(page).scans(serials)
        expect(page.locator("h1")).to_contain_text("Every label here was scanned back.")

        page.goto(f"{address}/manufacturing/lots/{lot}")
        expect(page.locator("#labels")).to_contain_text("Culture vessels 0 0 2 0")
        page.goto(f"{address}/manufacturing/containers/{vessels[0]}")
        expect(page.locator("dl.facts")).to_contain_text("Scanned back")

        page.goto(f"{address}/manufacturing")
        expect(page.get_by_role("main")).to_contain_text("Labels of this lot alone print here.")
        page.get_by_role("button", name="Close the record").click()
        expect(page.get_by_role("main")).not_to_contain_text("Labels of this lot alone print here.")


def test_another_lot_is_told_where_its_labels_would_print(bench: Plant, page: Page) -> None:
    _, vessels, _ = bench.seeding()
    other = bench.open("control")
    with served(bench) as address:
        page.goto(f"{address}/bench/{other}")
        page.get_by_role("button", name="Open the record here").click()
        page.goto(f"{address}/do/labels/print_label?target={vessels[0]}&design=vessel")
        page.get_by_role("main").get_by_role("button", name="Print label").click()
        expect(page.get_by_role("main")).to_contain_text("and this label is of lot")
        expect(page.get_by_role("main")).to_contain_text("or print at another station")


def test_a_phone_shows_them_without_sideways_scroll(bench: Plant, page: Page) -> None:
    lot, vessels, _ = bench.seeding()
    page.set_viewport_size({"width": 390, "height": 844})
    with served(bench) as address:
        page.goto(f"{address}/bench/{lot}")
        page.get_by_role("button", name="Open the record here").click()
        expect(page.get_by_role("button", name="Close the record")).to_be_visible()
        own = f"/manufacturing/containers/{vessels[0]}"
        for path in (f"/bench/{lot}", f"/manufacturing/lots/{lot}", "/manufacturing", own):
            page.goto(address + path)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
