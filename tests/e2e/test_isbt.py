"""ISBT 128 in a real browser: off, stated by an administrator, and from then on a number finds its donation."""

from typing import Any

from playwright.sync_api import expect

from tests.e2e.screens import assert_sound, scan
from tests.e2e.server import Demonstration

DIN, CHECKED = "=A99991712345600", "A9999 17 123456 9"


def told(served: Demonstration, symbol: str) -> dict[str, Any]:
    """What the API answers to a scan."""
    answer = served.send("/api/v1/scan", {"symbol": symbol}, "technician1")
    assert answer.status_code == 200
    return dict(answer.json())


def test_from_off_to_a_number_that_finds_its_donation(open_page: Any, served: Demonstration) -> None:
    donation = next(iter(served.manifest["donations"]))["code"]
    off = told(served, DIN)
    assert (off["kind"], off["code"]) == ("unknown", None)
    assert "switched off here" in off["title"]
    assert "An administrator" in off["title"]

    office = served.sign_in(open_page(bypass_csp=True, locale="en"), "admin1", "/labels/isbt")
    expect(office.locator("h1")).to_contain_text("ISBT 128 is off.")
    assert_sound(office)
    office.get_by_role("link", name="State registration").click()
    office.fill("#field-facility", "A9999")
    office.fill("#field-registration", "Example licence")
    office.fill("#field-registered_on", "2026-01-15")
    office.locator("[name='signature.username']").fill("admin1")
    office.locator("[name='signature.password']").fill(served.passwords["admin1"])
    office.locator("form.sign button[type=submit], .sign form button[type=submit]").first.click()
    expect(office.locator("h1")).to_contain_text("ISBT 128 is on for A9999.")
    expect(office.locator("main")).not_to_contain_text("Bound numbers")

    bench = served.sign_in(open_page(bypass_csp=True, locale="en"), "technician1", "/labels")
    scan(bench, [f"]d1{DIN}"])
    expect(bench.get_by_role("alert")).to_contain_text(f"{CHECKED} stands for nothing here yet. Bind it to a donation")
    bench.get_by_role("alert").get_by_role("link", name="Bind this number").click()
    expect(bench.locator("#field-number")).to_have_value(DIN)
    scan(bench, [donation])
    expect(bench.locator("#field-thing")).to_have_value(donation)
    bench.click("form.order button[type=submit]")
    bench.wait_for_url(f"**/donations/{donation}")

    # A label that was printed once more has other flags, and is of the same donation.
    bench.goto(f"{served.url}/labels")
    scan(bench, ["]C0=A99991712345605"])
    bench.wait_for_url(f"**/donations/{donation}")
    assert (told(served, DIN)["kind"], told(served, DIN)["code"]) == ("donation", donation)
    assert "check character" in told(served, "=A99991712345670")["title"]
    assert "another number of parts" in told(served, f"=+03000{DIN}=<S12954A0")["title"]
    bench.goto(f"{served.url}/labels/isbt")
    expect(bench.locator("main")).to_contain_text(CHECKED)
    assert_sound(bench)


def test_a_scan_fills_the_number_alone(open_page: Any, served: Demonstration) -> None:
    """After the registration of the test before: another number goes into the form, and its thing is still to scan."""
    if "switched off" in told(served, DIN)["title"]:
        signed = {"facility": "A9999", "registration": "Example", "registered_on": "2026-01-15"}
        served.do("admin1", "labels/state_registration", signed=True, **signed)
    page = served.sign_in(open_page(locale="ru"), "technician1", "/do/labels/bind_number")
    scan(page, ["]d1=A99991734562800"])
    expect(page.locator("#field-number")).to_have_value("=A99991734562800")
    expect(page.locator("#field-thing")).to_be_focused()
