"""Slow readers, scans that do not arrive whole, and keys pressed too early: said by name, kept, never half taken."""

import time

import pytest
from playwright.sync_api import Page, Route, expect

from cellchain.web.html import UsualReader
from tests.e2e.scan_sink_app import Bench
from tests.e2e.scan_sink_reader import GS, Reader
from tests.e2e.sink_gallery import BAG, LOTS, answered
from tests.e2e.sink_gallery import bench as bench
from tests.e2e.sink_gallery import gallery as gallery
from tests.e2e.sink_gallery import served as served

GS1_TEXT = f"]d20104600000000015102345678{GS}17270331{GS}21AB"


def slowly(page: Page, text: str, pause_ms: float) -> Reader:
    """Characters as a radio reader sends them, in real time; a late machine delivers them late, as they were."""
    reader = Reader(page)
    reader.at = time.time()
    for character in text:
        page.wait_for_timeout(max(0, 1000 * (reader.at + pause_ms / 1000 - time.time())))
        reader.type(character, pause_ms)
    return reader


def reported(page: Page, bench: Bench, count: int) -> list[dict[str, str]]:
    """What the page noted in the log of raw scans by itself, once it is so many."""
    for _ in range(50):
        if len(bench.reported) >= count:
            break
        page.wait_for_timeout(100)
    return bench.reported


@pytest.mark.parametrize("field", [None, "#sign-username"], ids=["anywhere", "in a field"])
def test_a_slow_radio_reader_works_at_a_station_that_was_set_up_for_it(
    page: Page, bench: Bench, field: str | None
) -> None:
    assert len(GS1_TEXT) >= 40
    bench.reader = UsualReader(gap_ms=200, span_ms=9_000, prefix="~", suffix="#")
    page.goto(f"{bench.url}/gallery")
    expect(page.locator("form.sink[data-armed]")).to_be_visible()
    if field is not None:
        page.locator(field).fill("as it was")
        page.locator(field).focus()
        page.wait_for_timeout(600)
    slowly(page, f"~{GS1_TEXT}#", 95).press("Enter", "Enter", "\r")
    answered(page, 1)
    assert bench.symbols == [GS1_TEXT]
    if field is not None:
        assert page.locator(field).input_value() == "as it was"


def test_a_reader_that_is_too_slow_for_the_station_is_named(gallery: Page, bench: Bench) -> None:
    slowly(gallery, GS1_TEXT, 60).press("Enter", "Enter", "\r")
    told = gallery.locator("#told")
    expect(told).to_contain_text("sends too slowly")
    assert told.get_by_role("link", name="Set up the reader").get_attribute("href") == "/labels/setup"
    assert bench.received == []
    [noted] = reported(gallery, bench, 1)
    assert (noted["problem"], noted["capture"], noted["csrf"]) == ("scan.slow", "wedge", "token")


def test_a_scan_that_was_cut_off_is_said_and_kept(gallery: Page, bench: Bench) -> None:
    reader = Reader(gallery)
    reader.at = time.time()
    reader.type(BAG[:9])
    expect(gallery.locator("#told")).to_contain_text("The scan was cut off. Scan again.")
    assert bench.received == []
    assert [(one["symbol"], one["problem"]) for one in reported(gallery, bench, 1)] == [(BAG[:9], "scan.cut")]
    reader.at = time.time()
    reader.type(BAG[:9])
    expect(gallery.locator("#told")).to_contain_text("Check the reader's battery and pairing")
    expect(gallery.locator("form.sink")).to_have_attribute("data-state", "lost")
    expect(gallery.locator("form.sink")).to_contain_text("Reader lost")
    reader.scan(BAG)
    answered(gallery, 1)
    expect(gallery.locator("#told")).to_be_hidden()
    expect(gallery.locator("form.sink")).to_have_attribute("data-state", "ready")


def test_a_machine_that_stood_still_cuts_no_scan(gallery: Page, bench: Bench) -> None:
    """Half of a symbol arrives a second late, with the times at which its keys were pressed."""
    reader = Reader(gallery)
    reader.at = time.time()
    reader.type(BAG[:9])
    gallery.wait_for_timeout(1_000)
    reader.type(BAG[9:])
    reader.press("Enter", "Enter", "\r")
    answered(gallery, 1)
    assert bench.symbols == [BAG]
    expect(gallery.locator("#told")).to_be_hidden()


def test_the_late_end_of_a_cut_scan_presses_nothing(gallery: Page, bench: Bench) -> None:
    gallery.evaluate("() => { document.querySelector('.btn.primary').onclick = () => { document.title = 'pressed' } }")
    gallery.locator(".btn.primary").first.focus()
    reader = Reader(gallery)
    reader.at = time.time()
    reader.type(BAG[:9])
    expect(gallery.locator("#told")).to_be_visible()
    reader.at = time.time()
    reader.press("Enter", "Enter", "\r")
    gallery.wait_for_timeout(200)
    assert gallery.title() != "pressed"


def test_a_scan_where_nothing_takes_one_is_said_and_kept(page: Page, bench: Bench) -> None:
    page.goto(f"{bench.url}/verdict/halt")
    expect(page.locator("main.v")).to_be_visible()
    Reader(page).scan(BAG)
    expect(page.locator("#told")).to_contain_text("Nothing on this page takes a scan.")
    assert [one["problem"] for one in reported(page, bench, 1)] == ["scan.nowhere"]


def test_what_a_person_types_and_leaves_is_no_cut_scan(gallery: Page, bench: Bench) -> None:
    gallery.locator("#sign-username").fill("")
    gallery.locator("#sign-username").focus()
    slowly(gallery, "sokolova", 60)
    gallery.wait_for_timeout(200)
    gallery.locator("#sign-password").focus()
    Reader(gallery).type("a password typed by a program")
    gallery.wait_for_timeout(900)
    expect(gallery.locator("#told")).to_be_hidden()
    assert bench.reported == []


def test_keys_pressed_before_the_page_is_ready_are_not_lost(page: Page, bench: Bench) -> None:
    late: list[Route] = []
    page.route("**/static/js/app.js", lambda route: late.append(route))
    page.goto(f"{bench.url}/gallery", wait_until="commit")
    page.wait_for_selector("#sign-username", state="attached")
    Reader(page).scan(BAG)
    page.locator("#sign-username").fill("as it was")
    page.locator("#sign-username").focus()
    Reader(page).scan(LOTS[0])
    assert bench.received == []
    late[0].continue_()
    answered(page, 2)
    assert bench.symbols == [BAG, LOTS[0]]
    assert bench.forms == []
    assert page.locator("#sign-username").input_value() == "as it was"
    assert page.evaluate("typeof window.earlyKeys") == "undefined"


def test_an_enter_before_the_page_is_ready_sends_no_form(page: Page, bench: Bench) -> None:
    """Real keys, with what a browser does by itself: the end of a scan in a form's field, and on a button."""
    late: list[Route] = []
    page.route("**/static/js/app.js", lambda route: late.append(route))
    page.goto(f"{bench.url}/gallery", wait_until="commit")
    page.wait_for_selector("#sign-username", state="attached")
    page.locator("#sign-username").fill("as it was")
    for symbol, place in ((BAG, "#sign-username"), (LOTS[0], ".sink-send")):
        page.locator(place).focus()
        page.keyboard.type(symbol, delay=4)
        page.keyboard.press("Enter")
        page.wait_for_timeout(150)
    assert (bench.received, bench.forms) == ([], [])
    late[0].continue_()
    answered(page, 2)
    # Playwright's keyboard holds no shift key for a capital.
    assert [symbol.upper() for symbol in bench.symbols] == [BAG, LOTS[0]]
    assert bench.forms == []
    assert page.locator("#sign-username").input_value() == "as it was"


def test_an_enter_of_a_person_before_the_page_is_ready_is_theirs(page: Page, bench: Bench) -> None:
    page.route("**/static/js/app.js", lambda route: None)
    page.goto(f"{bench.url}/gallery", wait_until="commit")
    page.wait_for_selector(".sink-send", state="attached")
    page.evaluate("() => addEventListener('submit', (event) => { event.preventDefault(); document.title = 'sent' })")
    page.locator("#scan").focus()
    page.keyboard.type("sokolova", delay=130)
    page.keyboard.press("Enter")
    expect(page).to_have_title("sent")


def test_keys_do_what_they_always_do_where_nothing_takes_them_over(page: Page, bench: Bench) -> None:
    page.route("**/static/js/app.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.goto(f"{bench.url}/gallery")
    assert page.evaluate("typeof window.earlyKeys") == "undefined"


def test_an_answer_that_leads_to_another_page_waits_for_the_scan_that_is_arriving(gallery: Page, bench: Bench) -> None:
    """Half of a symbol on this page and half on the next one would be two scans that mean nothing."""
    bench.redirect, bench.delay_s = "/gallery?after=the-first", 0.25
    Reader(gallery).scan(LOTS[0])
    slowly(gallery, LOTS[1], 60).press("Enter", "Enter", "\r")
    gallery.wait_for_url("**/gallery?after=the-first")
    gallery.wait_for_timeout(800)
    assert bench.symbols == [LOTS[0], LOTS[1]]
    assert bench.reported == []
