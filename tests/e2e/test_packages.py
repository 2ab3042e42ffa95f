"""Suppliers' packages in a real browser: one scan fills a receipt, and later the same symbol finds the lot."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.scan_sink_reader import GS, Reader
from tests.e2e.screens import assert_sound, scan
from tests.e2e.server import Demonstration

TRYPSIN, BAG = "09520000000042", "09520000000080"
UNKNOWN = "09520000000134"
FIELDS = ("material", "supplier_lot", "serial", "expires_on")


def package(gtin: str, lot: str, *, serial: str = "", aim: str = "]C1") -> str:
    """What a reader sends for a package: the lot in the middle, so that a separator has to follow it."""
    return f"{aim}01{gtin}10{lot}{GS}17351231" + (f"21{serial}" if serial else "")


def holds(page: Page, values: tuple[str, ...]) -> None:
    for name, value in zip(FIELDS, values, strict=True):
        expect(page.locator(f"#field-{name}")).to_have_value(value)


def number_of(page: Page, name: str) -> str:
    """The number of a material, from the list to choose from."""
    option = page.locator("#field-material option", has_text=name)
    return str(option.get_attribute("value"))


def submit(page: Page) -> None:
    page.click("form.order button[type=submit]")
    page.wait_for_url(re.compile(r"/materials/lots/ML\d{12}$"))


def test_a_lot_is_received_by_one_burst(open_page: Any, served: Demonstration) -> None:
    page = served.sign_in(open_page(bypass_csp=True, locale="en"), "technician1", "/do/materials/receive_lot")
    trypsin = number_of(page, "Recombinant trypsin")
    scan(page, [package(TRYPSIN, "TR-2031", serial="PK-1")])
    holds(page, (trypsin, "TR-2031", "PK-1", "2035-12-31"))
    expect(page.locator("#field-material option:checked")).to_have_text("Recombinant trypsin")
    expect(page.locator("#field-supplier")).to_be_focused()
    assert_sound(page)

    # Another package by accident: nothing of it is taken, and the form stays as it was.
    scan(page, [package(BAG, "BB-1")])
    expect(page.locator("#verdict [role=alert]")).to_contain_text("scan.field_filled")
    holds(page, (trypsin, "TR-2031", "PK-1", "2035-12-31"))
    # The same one again changes nothing and is no fault.
    scan(page, [package(TRYPSIN, "TR-2031", serial="PK-1")])
    expect(page.locator("#verdict [role=alert]")).to_have_count(0)

    page.fill("#field-supplier", "Example Supply")
    page.fill("#field-certificate", "COA-2031")
    submit(page)
    lot = page.url.rpartition("/")[2]
    expect(page.locator("main")).to_contain_text("TR-2031")
    expect(page.locator("main")).to_contain_text("PK-1")

    page.goto(f"{served.url}/materials")
    scan(page, [package(TRYPSIN, "TR-2031", serial="PK-1", aim="]d2")])
    page.wait_for_url(f"**/materials/lots/{lot}")
    told = served.send("/api/v1/scan", {"symbol": package(TRYPSIN, "TR-2031")}, "technician1").json()
    assert (told["kind"], told["code"], told["phase"]) == ("material_lot", lot, "quarantined")


def test_an_unknown_lot_leads_to_its_receipt(page: Page, served: Demonstration) -> None:
    served.sign_in(page, "technician1", "/materials")
    scan(page, [package(BAG, "BB-77")])
    expect(page.get_by_role("alert")).to_contain_text("supplier's lot BB-77, was not received here")
    page.get_by_role("link", name="Receive this lot").click()
    holds(page, (number_of(page, "Infusion bag 600 mL"), "BB-77", "", "2035-12-31"))
    page.goto(f"{served.url}/materials")
    scan(page, [package(UNKNOWN, "U-1")])
    page.get_by_role("alert").get_by_role("link", name="Register material").click()
    expect(page.locator("#field-gtin")).to_have_value(UNKNOWN)


def test_in_russian_with_the_russian_layout_and_lost_separators(open_page: Any, served: Demonstration) -> None:
    page = served.sign_in(open_page(locale="ru"), "technician1", "/do/materials/receive_lot")
    scan(page, [package(TRYPSIN, "TR-5")], Reader(page, layout="ru"))
    expect(page.locator("#field-supplier_lot")).to_have_value("TR-5")
    page.reload()
    scan(page, [package(TRYPSIN, "TR-5").replace(GS, "")])
    expect(page.locator("#verdict [role=alert]")).to_contain_text("gs1.ambiguous")
    expect(page.locator("#verdict [role=alert]")).to_contain_text("Настроить сканер")


@pytest.mark.parametrize(
    ("symbol", "sentence"),
    [
        (package("09520000000066", "DEMO-A5"), "says that it expires on"),
        (f"]d201{TRYPSIN}17351231", "but not which lot"),
        (f"]E0{BAG[1:]}", "but not which lot"),
        (package(TRYPSIN[:-1] + "9", "X"), "check digit of the trade number"),
        ("]d2100012", "no trade number"),
    ],
)
def test_what_finds_no_lot_says_why(served: Demonstration, symbol: str, sentence: str) -> None:
    told = served.send("/api/v1/scan", {"symbol": symbol}, "technician1")
    assert told.status_code == 200
    assert (told.json()["kind"], told.json()["code"]) == ("unknown", None)
    assert sentence in told.json()["title"]
