"""The station setup page in a real browser: readers with and without faults write into it, and it says what to do."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from cellchain.labels.setup import CARD
from tests.e2e.scan_sink_reader import Reader
from tests.e2e.screens import TABLET, assert_sound
from tests.e2e.server import Demonstration

Opener = Callable[..., Page]


class Station:
    """The setup page, and a reader that scans the card on it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def scan(self, reader: Reader, symbology: str = "datamatrix", *, pause_ms: float = 0, end: str = "Enter") -> None:
        """One scan of a symbol of the card, and the answer to it."""
        with self.page.expect_response("**/labels/setup/reading") as answer:
            reader.scan(f"]d1{CARD[symbology]}", end=end, pause_ms=pause_ms)
        assert answer.value.status == 200
        expect(self.page.locator("#pad")).to_be_focused()

    def found(self, code: str, sentence: str | re.Pattern[str]) -> None:
        """Wait for a finding and its words."""
        expect(self.page.locator(f"[data-finding='setup.{code}']")).to_have_text(sentence)

    def is_well(self, word: str = "Good so far.") -> None:
        """Wait for the answer that nothing is wrong."""
        expect(self.page.locator(".reading > h2")).to_have_text(word)


@pytest.fixture
def station(open_page: Opener, served: Demonstration) -> Station:
    """The setup page, open before a nurse."""
    page = open_page(viewport=TABLET, bypass_csp=True, locale="en")
    served.sign_in(page, "nurse1", "/labels/setup")
    expect(page.locator("#pad")).to_be_focused()
    return Station(page)


def test_a_good_reader_is_called_good(station: Station) -> None:
    assert_sound(station.page)
    reader = Reader(station.page)
    station.scan(reader)
    station.is_well()
    station.found("enter", "The reader ends a scan with Enter: good.")
    station.found("gs_kept", "The separator (GS) arrives as F8: good.")
    station.found("aim", "The reader names the kind of symbol (]d1): good.")
    for symbology in ("code128", "qr"):
        station.scan(reader, symbology)
    station.is_well("This reader is set up well.")
    station.page.locator("#reading summary").click()
    expect(station.page.locator("#reading tbody tr")).to_have_count(len(f"]d1{CARD['qr']}") + 1)
    assert_sound(station.page)


def test_tab_is_fine(station: Station) -> None:
    station.scan(Reader(station.page), end="Tab")
    station.is_well()
    station.found("tab", "The reader sends Tab instead of Enter: fine.")


@pytest.mark.parametrize("with_codes", [True, False], ids=["by position", "by text"])
def test_a_russian_layout_is_understood(station: Station, with_codes: bool) -> None:
    station.scan(Reader(station.page, layout="ru", with_codes=with_codes))
    station.found("russian", "The computer's layout is Russian: understood.")


def test_a_slow_reader_gets_its_threshold(station: Station) -> None:
    station.scan(Reader(station.page), pause_ms=137)
    # The browser counts in whole milliseconds, so a gap may come out one longer or shorter.
    station.found("gaps", re.compile(r"Gaps reach 1(39|40|41) ms: set this station's threshold to 200 ms\."))
    station.is_well("This reader works. Something should change.")
    expect(station.page.locator("#reading .facts")).to_contain_text("200 ms")
    assert_sound(station.page)


def test_a_lost_separator_and_a_prefix_are_found(station: Station) -> None:
    reader = Reader(station.page)
    with station.page.expect_response("**/labels/setup/reading"):
        reader.scan("#" + CARD["qr"].replace("\x1d", ""))
    station.found("gs_lost", "The separator (GS) is lost. Switch “send control characters” on in the reader.")
    station.found("prefix", "The reader puts “#” in front: set it as this station's prefix.")


def test_a_reader_without_an_end_is_waited_for(station: Station) -> None:
    with station.page.expect_response("**/labels/setup/reading"):
        Reader(station.page).type(CARD["qr"])
    station.found("no_end", "Nothing ends the scan. Set the reader's suffix to Enter (CR).")
    station.is_well("Scans of this reader get lost.")


def test_beginning_again_forgets_what_was(station: Station) -> None:
    reader = Reader(station.page)
    station.scan(reader, pause_ms=137)
    station.page.get_by_role("button", name="Begin again").click()
    expect(station.page.locator("#reading")).to_be_empty()
    expect(station.page.locator("#pad")).to_be_focused()
    reader.at += 1
    station.scan(reader)
    station.is_well()


def test_a_scan_beside_the_field_is_not_looked_up(station: Station) -> None:
    page = station.page
    page.locator("#pad").blur()
    expect(page.locator("[data-pad=away]")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    Reader(page).scan(CARD["qr"])
    expect(page.locator("#pad")).to_be_focused()
    assert [url for url in asked if "/static/" not in url] == []


def test_a_person_leaves_the_field_with_the_keyboard(station: Station) -> None:
    station.page.keyboard.press("Tab")
    expect(station.page.get_by_role("button", name="Begin again")).to_be_focused()


def test_the_card_is_printed_in_the_readers_language(station: Station, served: Demonstration) -> None:
    page = station.page
    answer = page.request.get(f"{served.url}/labels/setup/card")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF")


def test_what_is_no_recording_is_refused(served: Demonstration, station: Station, complaints: list[str]) -> None:
    page = station.page
    token = page.locator("form.reader-test input[name=csrf]").get_attribute("value") or ""
    for scans in ("", "{}", '{"scans": []}', '{"scans": [{"keys": [{"key": 1}]}]}'):
        answer = page.request.post(
            f"{served.url}/labels/setup/reading", form={"csrf": token, "scans": scans}, headers={"origin": served.url}
        )
        assert answer.status == 422


def test_without_scripts_the_card_is_still_there(open_page: Opener, served: Demonstration) -> None:
    page = open_page(java_script_enabled=False, locale="en")
    served.sign_in(page, "nurse1", "/labels/setup")
    expect(page.locator(".reader-test")).to_be_hidden()
    expect(page.get_by_text("Watching a reader needs scripts.")).to_be_visible()
    expect(page.locator(".test-card svg")).to_have_count(3)
