"""An enrolled station in a real browser: badges open, hand over and end a shift, and no scan is lost on the way."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from cellchain.labels.cards import CARDS
from cellchain.labels.setup import CARD
from tests.e2e.gloves import tap_pin
from tests.e2e.scan_sink_reader import Reader
from tests.e2e.screens import TABLET, assert_sound, scan
from tests.e2e.server import Demonstration

Opener = Callable[..., Page]
STATIONS = iter(range(1, 100))


class Station:
    """One browser that an administrator made a station, and the reader on its cable."""

    def __init__(self, page: Page, served: Demonstration) -> None:
        self.page, self.served = page, served
        self.people = {one["username"]: one for one in served.manifest["people"]}
        served.sign_in(page, "admin1", "/people")
        name = f"ward-{next(STATIONS)}"
        page.fill("#station", name)
        page.check("input[name=kind][value=bedside]")
        page.get_by_role("button", name="Enrol this browser").click()
        expect(page.get_by_role("rowheader", name=name)).to_be_visible()
        page.click("form[action='/sign-out'] button")
        page.wait_for_url("**/sign-in")
        self.reader = Reader(page)

    def badge(self, who: str) -> str:
        """The symbol on somebody's badge."""
        return str(self.people[who]["badge"])

    def enter_pin(self, who: str) -> None:
        """Type the PIN where the cursor waits for it, and begin the shift."""
        expect(self.page.locator("#pin")).to_be_focused()
        self.page.keyboard.type(self.people[who]["pin"], delay=150)
        self.page.get_by_role("button", name="Begin the shift").click()

    def open_shift(self, who: str, place: str = "/bedside") -> None:
        """Badge and PIN, from the page that asks for them."""
        self.page.goto(f"{self.served.url}/sign-in?next={place}")
        self.reader.scan(self.badge(who))
        self.enter_pin(who)
        self.page.wait_for_url(f"**{place}")


@pytest.fixture
def station(open_page: Opener, served: Demonstration) -> Station:
    """A bedside station with nobody signed in."""
    return Station(open_page(viewport=TABLET, bypass_csp=True, locale="en"), served)


def pair(served: Demonstration) -> tuple[str, str]:
    """Wristband and label of a bag that is ready."""
    bag = served.bags("ready", "msc")[0]
    return served.band(bag["recipient"]), bag["label"]


def scanned(page: Page) -> dict[str, str]:
    """What the question about the bag rests on."""
    return {name: page.locator(f"form.c-look input[name={name}]").input_value() for name in ("wristband", "bag")}


@pytest.mark.parametrize("prefix", ["", "]C1", "]Q1"])
def test_a_badge_and_a_pin_open_a_shift(station: Station, prefix: str) -> None:
    page = station.page
    page.goto(f"{station.served.url}/sign-in?next=/bedside")
    assert_sound(page)
    station.reader.scan(prefix + station.badge("nurse1"))
    expect(page.locator("#badge")).to_have_value(station.badge("nurse1"))
    station.enter_pin("nurse1")
    page.wait_for_url("**/bedside")


def test_a_pin_is_tapped_in_gloves(station: Station) -> None:
    """On the keypad, as dots; no card enters it, because what is scanned is written down."""
    page, pin = station.page, station.people["nurse1"]["pin"]
    page.goto(f"{station.served.url}/sign-in?next=/bedside")
    station.reader.scan(station.badge("nurse1"))
    expect(page.locator("#pin")).to_be_focused()
    cards = {card.command: card.code for card in CARDS}
    station.reader.scan(cards["7"])
    keypad = page.locator("dialog.numbers")
    expect(keypad).to_be_hidden()
    page.get_by_role("button", name="Keypad").click()
    station.reader.scan(cards["7"])
    expect(keypad.locator("[data-number=read]")).to_have_text("–")
    keypad.get_by_role("button", name="0", exact=True).click()
    keypad.get_by_role("button", name="0", exact=True).click()
    expect(keypad.locator("[data-number=read]")).to_have_text("●●")
    assert_sound(page)
    keypad.get_by_role("button", name="Clear").click()
    keypad.get_by_role("button", name="Go back").click()
    expect(page.locator("#pin")).to_have_value("")
    tap_pin(page, pin)
    page.wait_for_url("**/bedside")
    assert pin not in page.content()


def test_a_badge_is_taken_wherever_the_cursor_is(station: Station) -> None:
    page = station.page
    page.locator("#pin").focus()
    station.reader.scan(station.badge("nurse1"))
    expect(page.locator("#badge")).to_have_value(station.badge("nurse1"))
    expect(page.locator("#pin")).to_have_value("")
    page.locator("#badge").fill("")
    page.locator("h1").click()
    station.reader.scan(station.badge("nurse2"))
    expect(page.locator("#badge")).to_have_value(station.badge("nurse2"))


def test_what_is_no_badge_is_said_and_a_badge_then_is_taken(station: Station) -> None:
    page = station.page
    page.locator("h1").click()
    station.reader.scan(pair(station.served)[0])
    expect(page.get_by_role("alert")).to_have_text("This is no badge. Scan your badge.")
    expect(page.locator("#badge")).to_have_value("")
    assert_sound(page)
    station.reader.scan(station.badge("nurse1"))
    expect(page.get_by_role("alert")).to_have_count(0)
    station.enter_pin("nurse1")


def test_the_second_persons_badge_begins_their_own_check(station: Station) -> None:
    """Badge, wristband and bag in one burst: what the first person scanned is not taken over, and nothing is lost."""
    page, served = station.page, station.served
    band, label = pair(served)
    station.open_shift("nurse2")
    station.page.goto(f"{served.url}/bedside")
    station.reader.scan(station.badge("nurse1"))  # who has no shift here yet
    page.wait_for_url("**/sign-in?next=*")
    station.enter_pin("nurse1")
    page.wait_for_url("**/bedside")
    scan(page, (band, label), station.reader)
    expect(page.locator("form.c-look")).to_be_visible()

    scan(page, (station.badge("nurse2"), band), station.reader)
    expect(page.get_by_text("Scan the bag")).to_be_visible()
    expect(page.locator("h1")).to_contain_text(station.people["nurse2"].get("name", ""))
    expect(page.locator("form.c-look")).to_have_count(0)
    scan(page, (station.badge("nurse1"), label, band), station.reader)
    expect(page.locator("form.c-look")).to_be_visible()
    assert scanned(page) == {"wristband": band, "bag": label}
    page.click("form.c-look button[value=right]")
    expect(page.locator("h1")).to_have_text("The first check is done.")


def test_on_any_other_page_a_badge_hands_over_and_the_page_says_who(station: Station) -> None:
    page = station.page
    station.open_shift("nurse2", "/")
    who = page.locator(".who > div:not(.clock, .station, .quietly) strong")
    second = who.inner_text()
    station.open_shift("nurse1", "/")
    expect(who).not_to_have_text(second)
    station.reader.scan(station.badge("nurse2"))
    expect(who).to_have_text(second)


def test_a_station_is_set_as_its_reader_needs_it(station: Station) -> None:
    """A radio reader with long gaps and a prefix of its own: the setup page finds out, the station is set, it works."""
    page, reader = station.page, station.reader
    station.open_shift("technician1", "/labels/setup")
    assert page.locator("body").get_attribute("data-scan-gap") == "100"
    for symbology in CARD:
        expect(page.locator("#pad")).to_be_focused()
        with page.expect_response("**/labels/setup/reading"):
            reader.scan(f"~{CARD[symbology]}", pause_ms=137)
        reader.at += 1
    page.get_by_role("button", name="Set this station so").click()
    expect(page.get_by_text("How this station is set")).to_be_visible()
    body = page.locator("body")
    assert (body.get_attribute("data-scan-gap"), body.get_attribute("data-scan-prefix")) == ("200", "~")
    assert int(body.get_attribute("data-scan-span") or 0) > 64 * 137
    page.goto(f"{station.served.url}/manufacturing")
    expect(page.locator("form.sink[data-armed]")).to_be_visible()
    lot = station.served.manifest["lots"][0]["code"]
    reader.scan(f"~]d1{lot}", pause_ms=137)
    page.wait_for_url(f"**/manufacturing/lots/{lot}")
    # Whoever signs in there has the same reader.
    page.click("form[action='/sign-out'] button")
    page.wait_for_url("**/sign-in")
    reader.at += 1
    reader.scan(f"~{station.badge('technician2')}", pause_ms=137)
    expect(page.locator("#badge")).to_have_value(station.badge("technician2"))


def test_a_card_acknowledges_a_stop_after_a_reason_was_chosen_and_does_nothing_else_there(station: Station) -> None:
    page, served = station.page, station.served
    band, label = pair(served)
    confirm = next(card.code for card in CARDS if card.command == "CONFIRM")
    other = next(one["wristband"] for one in served.manifest["recipients"] if one["wristband"] != band)
    station.open_shift("nurse1")
    scan(page, (other, label), station.reader)
    expect(page.locator("form.c-look")).to_be_visible()
    station.reader.scan(confirm)
    expect(page.locator("#told")).to_contain_text("No button on this page does this: CONFIRM.")
    page.click("form.c-look button[value=right]")
    expect(page.locator("main[data-v=halt] h1")).to_have_text("STOP")
    station.reader.scan(confirm)
    expect(page.locator("#told")).to_contain_text("Something is not filled in or chosen yet.")
    expect(page.locator("main[data-v=halt] h1")).to_have_text("STOP")
    page.locator("main [name=cause]").first.check()
    station.reader.scan(confirm)
    page.wait_for_url("**/bedside")
