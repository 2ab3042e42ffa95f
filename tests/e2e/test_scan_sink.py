"""The scan sink in a real browser: nothing is lost, nothing is doubled, nobody's typing is taken."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.scan_sink_app import Bench
from tests.e2e.scan_sink_reader import GS, Reader
from tests.e2e.sink_gallery import BAG, LOTS, answered
from tests.e2e.sink_gallery import bench as bench
from tests.e2e.sink_gallery import gallery as gallery
from tests.e2e.sink_gallery import served as served
from tests.support.campaign import times

DELAY_S = 0.2


def test_a_scan_needs_no_focus_and_carries_where_it_was_made(gallery: Page, bench: Bench) -> None:
    Reader(gallery).scan(f"]C1{BAG}")
    answered(gallery, 1)
    [scan] = bench.received
    assert scan["symbol"] == f"]C1{BAG}"
    assert scan["capture"] == "wedge"
    assert scan["csrf"] == "token"
    assert len(scan["nonce"]) == 36
    assert gallery.locator("#scan").input_value() == f"]C1{BAG}"


def test_a_hundred_fast_scans_make_a_hundred_events_in_order(gallery: Page, bench: Bench) -> None:
    bench.delay_s = 0.2
    Reader(gallery).scans(LOTS[:100])
    expect(gallery.locator("form.sink")).to_have_attribute("data-state", "waiting")
    answered(gallery, 100, timeout_ms=60_000)
    assert bench.symbols == LOTS[:100]
    assert len({scan["nonce"] for scan in bench.received}) == 100
    expect(gallery.locator("form.sink")).to_have_attribute("data-state", "ready")


def test_twenty_scans_a_second(gallery: Page, bench: Bench) -> None:
    Reader(gallery).scans(LOTS[:20], pause_ms=20)
    answered(gallery, 20)
    assert bench.symbols == LOTS[:20]


def take_several(page: Page) -> None:
    """Let the sink be that of a page which takes the scans that wait all at once, and has no fields, as the bench."""
    page.evaluate(
        """() => {
          for (const field of document.querySelectorAll("[data-scan-kinds], form.order")) field.remove();
          document.querySelector("form.sink").dataset.scanSeveral = "";
        }"""
    )


def burst_of(page: Page, bench: Bench, count: int) -> float:
    """So many scans at twenty a second against 200 ms of delay; how long the last answer took after the last scan."""
    take_several(page)
    bench.delay_s = DELAY_S
    reader = Reader(page)
    began = reader.at
    for number, lot in enumerate(LOTS[:count]):
        # A machine that is slower than the reader sends a little later; none sends earlier.
        page.wait_for_timeout(max(0, 1000 * (began + number / 20 - time.time())))
        reader.scan(lot)
    ended = time.monotonic()
    answered(page, count, timeout_ms=20_000)
    assert bench.symbols == LOTS[:count]
    assert len({scan["nonce"] for scan in bench.received}) == count
    assert {scan["capture"] for scan in bench.received} == {"wedge"}
    expect(page.locator("form.sink")).to_have_attribute("data-state", "ready")
    return time.monotonic() - ended


@pytest.mark.campaign
def test_500_scans_at_20_a_second_make_500_events_in_order_and_none_twice(gallery: Page, bench: Bench) -> None:
    """All 500 in a campaign; `make test` has time for the first of them. The queue drains as fast as it fills."""
    count = min(len(LOTS), times(60))
    assert burst_of(gallery, bench, count) < 3
    assert bench.requests < count


def test_what_a_page_does_alone_is_sent_again_with_what_lay_behind_it(gallery: Page, bench: Bench) -> None:
    take_several(gallery)
    bench.delay_s, bench.leaves = DELAY_S, LOTS[5]
    Reader(gallery).scans(LOTS[:12])
    answered(gallery, 12)
    assert bench.symbols == LOTS[:12]
    assert len({scan["nonce"] for scan in bench.received}) == 12


def test_scans_that_travel_together_keep_their_nonces_when_they_are_sent_again(
    gallery: Page, bench: Bench, complaints: list[str]
) -> None:
    take_several(gallery)
    gallery.context.set_offline(True)
    Reader(gallery).scans(LOTS[:5])
    bench.status = 503
    gallery.context.set_offline(False)
    gallery.wait_for_timeout(1_000)
    bench.status = 200
    expect(gallery.locator("[data-seen]")).to_be_attached(timeout=20_000)
    expect(gallery.locator("form.sink")).to_have_attribute("data-state", "ready")
    assert len({scan["nonce"] for scan in bench.received}) == 5
    assert bench.symbols[-5:] == LOTS[:5]
    complaints.clear()


@pytest.mark.parametrize("with_codes", [True, False], ids=["by position", "by text, as on Android"])
def test_a_russian_layout_does_no_harm(gallery: Page, bench: Bench, with_codes: bool) -> None:
    Reader(gallery, layout="ru", with_codes=with_codes).scan(f"]C1{BAG}")
    answered(gallery, 1)
    assert bench.symbols == [f"]C1{BAG}"]


def test_symbols_and_separators_are_kept(gallery: Page, bench: Bench) -> None:
    reader = Reader(gallery)
    element_string = f"]d20104600000000015(10)6K2291{GS}17270331=&>*%"
    reader.scan(element_string)
    answered(gallery, 1)
    reader.at += 1
    reader.type("]d2")
    reader.press("]", "BracketRight", modifiers=2)
    reader.type("21AB")
    reader.press("Enter", "Enter", "\r")
    answered(gallery, 2)
    assert bench.symbols == [element_string, f"]d2{GS}21AB"]
    assert "␝" in gallery.locator("#scan").input_value()


def test_tab_ends_a_scan_without_moving_the_focus(gallery: Page, bench: Bench) -> None:
    gallery.locator("#sign-username").focus()
    Reader(gallery).scan(BAG, end="Tab")
    answered(gallery, 1)
    assert bench.symbols == [BAG]
    expect(gallery.locator("#sign-username")).to_be_focused()


def test_slow_typing_is_left_alone(gallery: Page, bench: Bench) -> None:
    field = gallery.locator("#field-remark")
    field.fill("")
    field.focus()
    Reader(gallery).type("slow words", pause_ms=130)
    gallery.keyboard.press("Enter")
    assert field.input_value() == "slow words\n"
    assert bench.received == []


def test_fewer_than_four_characters_are_no_scan(gallery: Page, bench: Bench) -> None:
    field = gallery.locator("#sign-username")
    field.fill("")
    field.focus()
    Reader(gallery).type("abc")
    gallery.wait_for_timeout(200)
    assert field.input_value() == "abc"
    assert bench.received == []


@pytest.mark.parametrize("field", ["#sign-username", "#sign-password", "#field-remark", "#field-volume_ul", "#scan"])
def test_a_burst_in_a_field_leaves_nothing_there_and_submits_nothing(gallery: Page, bench: Bench, field: str) -> None:
    place = gallery.locator(field)
    place.fill("as it was")
    place.focus()
    gallery.wait_for_timeout(150)
    Reader(gallery).scan(BAG)
    answered(gallery, 1)
    assert bench.symbols == [BAG]
    assert bench.forms == []
    assert place.input_value() == (BAG if field == "#scan" else "as it was")


@pytest.mark.parametrize("late_ms", [0, 600], ids=["told at once", "told late"])
@pytest.mark.parametrize("head", [1, 4, 12], ids=["after the first", "after four", "before the last two"])
@pytest.mark.parametrize("field", [None, "#sign-username"], ids=["anywhere", "in a field"])
def test_a_stall_inside_a_symbol_cuts_nothing_off(
    gallery: Page, bench: Bench, field: str | None, head: int, late_ms: int
) -> None:
    """Nor does a machine that stands still meanwhile and hears of the keys later than they were pressed."""
    if field is not None:
        gallery.locator(field).fill("as it was")
        gallery.locator(field).focus()
        gallery.wait_for_timeout(600)
    reader = Reader(gallery)
    reader.at = time.time()
    reader.type(BAG[:head])
    reader.at += 0.3
    gallery.wait_for_timeout(300 + late_ms)
    reader.type(BAG[head:])
    reader.press("Enter", "Enter", "\r")
    answered(gallery, 1)
    assert bench.symbols == [BAG]
    if field is not None:
        assert gallery.locator(field).input_value() == "as it was"


def test_what_a_person_typed_just_before_a_scan_stays_theirs(gallery: Page, bench: Bench) -> None:
    field = gallery.locator("#sign-username")
    field.fill("")
    field.focus()
    reader = Reader(gallery)
    reader.at = time.time()
    reader.type("x")
    reader.at += 0.3
    gallery.wait_for_timeout(300)
    reader.type(BAG)
    reader.press("Enter", "Enter", "\r")
    answered(gallery, 1)
    assert bench.symbols == [BAG]
    assert field.input_value() == "x"


def test_a_burst_presses_no_button_and_picks_no_option(gallery: Page, bench: Bench) -> None:
    gallery.evaluate("() => { document.querySelector('.btn.primary').onclick = () => { document.title = 'pressed' } }")
    gallery.locator(".btn.primary").first.focus()
    Reader(gallery).scan("AB CD EF")
    answered(gallery, 1)
    assert bench.symbols == ["AB CD EF"]
    assert gallery.title() != "pressed"


def test_a_held_key_is_no_scan(gallery: Page, bench: Bench) -> None:
    session = gallery.context.new_cdp_session(gallery)
    for repeated in (False, True, True, True, True):
        session.send(
            "Input.dispatchKeyEvent",
            {"type": "keyDown", "key": "a", "code": "KeyA", "text": "a", "autoRepeat": repeated},
        )
    Reader(gallery).press("Enter", "Enter", "\r")
    gallery.wait_for_timeout(200)
    assert bench.received == []


def test_offline_scans_wait_and_arrive_once(gallery: Page, bench: Bench, complaints: list[str]) -> None:
    reader = Reader(gallery)
    gallery.context.set_offline(True)
    reader.scans(LOTS[:5])
    sink = gallery.locator("form.sink")
    expect(sink).to_have_attribute("data-state", "offline")
    expect(sink).to_contain_text("5")
    expect(gallery.locator("#offline")).to_be_visible()
    gallery.context.set_offline(False)
    answered(gallery, 5)
    assert bench.symbols == LOTS[:5]
    expect(sink).to_have_attribute("data-state", "ready")
    expect(gallery.locator("#offline")).to_be_hidden()
    assert all("ERR_INTERNET_DISCONNECTED" in complaint for complaint in complaints)
    complaints.clear()


def test_a_busy_server_is_asked_again_under_the_same_nonce(gallery: Page, bench: Bench, complaints: list[str]) -> None:
    bench.status = 503
    Reader(gallery).scan(BAG)
    expect(gallery.locator("form.sink")).to_have_attribute("data-state", "waiting")
    bench.status = 200
    expect(gallery.locator("[data-seen]")).to_be_attached()
    assert len(bench.received) >= 2
    assert len({scan["nonce"] for scan in bench.received}) == 1
    complaints.clear()


def test_an_answer_may_name_another_page(gallery: Page, bench: Bench) -> None:
    bench.redirect = "/verdict/match"
    Reader(gallery).scan(BAG)
    gallery.wait_for_url("**/verdict/match")


def test_the_page_is_left_only_after_all_scans_arrived(gallery: Page, bench: Bench) -> None:
    bench.redirect, bench.delay_s = "/verdict/match", 0.8
    Reader(gallery).scans(LOTS[:3])
    gallery.wait_for_url("**/verdict/match")
    assert bench.symbols == LOTS[:3]


def test_a_page_module_may_take_a_scan(gallery: Page, bench: Bench) -> None:
    gallery.evaluate(
        "() => addEventListener('scan', (e) => { e.preventDefault(); window.taken = e.detail.symbol }, true)"
    )
    Reader(gallery).scan("WB-SOMETHING")
    assert gallery.evaluate("window.taken") == "WB-SOMETHING"
    assert bench.received == []


def test_a_scan_fills_the_field_that_asks_for_it(gallery: Page, bench: Bench) -> None:
    field = gallery.locator("#field-bag")
    field.fill("")
    Reader(gallery).scan(f"]d1{BAG}")
    expect(field).to_have_value(BAG)
    assert bench.received == []


def test_typing_into_the_sink_asks_why_and_says_that_it_was_typed(gallery: Page, bench: Bench) -> None:
    gallery.locator("#scan").fill(BAG)
    gallery.locator("#scan").press("Enter")
    panel = gallery.locator("form.typed")
    expect(panel).to_be_visible()
    expect(panel.locator("[name=symbol]")).to_have_value(BAG)
    panel.get_by_role("button", name="Use this code").click()
    assert bench.received == []
    panel.get_by_label("The label is damaged").check()
    panel.get_by_role("button", name="Use this code").click()
    answered(gallery, 1)
    expect(panel).to_be_hidden()
    [scan] = bench.received
    assert (scan["symbol"], scan["capture"], scan["typed_because"]) == (BAG, "typed", "label_damaged")


def test_cannot_scan_is_one_press_away(gallery: Page, bench: Bench) -> None:
    gallery.get_by_role("button", name="Cannot scan").click()
    panel = gallery.locator("form.typed")
    expect(panel.locator("[name=symbol]")).to_be_focused()
    gallery.keyboard.type(BAG, delay=130)
    panel.get_by_label("There is no symbol on it").check()
    gallery.keyboard.press("Enter")
    answered(gallery, 1)
    assert [scan["typed_because"] for scan in bench.received] == ["no_symbol"]


def test_without_scripts_the_sink_is_a_form(open_page: Callable[..., Page], bench: Bench) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(f"{bench.url}/gallery")
    page.locator("#scan").fill(BAG)
    page.locator(".sink-send").click()
    assert [(scan["symbol"], scan["capture"]) for scan in bench.received] == [(BAG, "form")]


def test_a_match_is_not_drawn_after_its_time(page: Page, bench: Bench) -> None:
    page.goto(f"{bench.url}/verdict/match")
    verdict = page.locator("main.v")
    expect(verdict).to_have_attribute("data-v", "match")
    expect(page.get_by_role("heading", name="MATCH", exact=True)).to_be_visible()
    expect(verdict).to_have_attribute("data-v", "withdrawn", timeout=6_000)
    expect(page.get_by_role("heading", name="MATCH", exact=True)).to_be_hidden()
    expect(page.get_by_role("link", name="Check again")).to_be_visible()


def test_a_match_is_not_drawn_offline_and_a_stop_is(page: Page, bench: Bench, complaints: list[str]) -> None:
    page.goto(f"{bench.url}/verdict/match")
    page.context.set_offline(True)
    expect(page.locator("main.v")).to_have_attribute("data-v", "withdrawn", timeout=2_500)
    page.context.set_offline(False)
    page.goto(f"{bench.url}/verdict/halt")
    page.context.set_offline(True)
    page.wait_for_timeout(1_200)
    expect(page.get_by_role("heading", name="STOP")).to_be_visible()
    assert all("ERR_INTERNET_DISCONNECTED" in complaint for complaint in complaints)
    complaints.clear()


def test_the_language_switch_is_a_form(gallery: Page, bench: Bench) -> None:
    gallery.get_by_role("button", name="Русский").click()
    gallery.wait_for_url("**/gallery")
    expect(gallery.locator("html")).to_have_attribute("lang", "ru")
    expect(gallery.locator("form.sink")).to_contain_text("Сканер готов")
