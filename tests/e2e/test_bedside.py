"""The bedside in a real browser, from the wristband's beep to the running infusion, and every way it says no."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from cellchain.identity.codes import Kind, issue
from tests.e2e.scan_sink_reader import Reader
from tests.e2e.screens import PHONE, TABLET, assert_sound, scan
from tests.e2e.server import Demonstration

Opener = Callable[..., Page]
PREVIEW = issue(Kind.LABEL, 1, 2026, 0)
LOOKS = "form.c-look"
RIGHT = f"{LOOKS} button[value=right]"


@pytest.fixture
def nurse(open_page: Opener, served: Demonstration) -> Opener:
    """Opens the bedside for a nurse, on a browser of their own."""

    def sign_in(who: str = "nurse1", **options: object) -> Page:
        page = open_page(**{"viewport": TABLET, "bypass_csp": True, "locale": "en", **options})
        return served.sign_in(page, who, "/bedside")

    return sign_in


def pair(served: Demonstration, number: int, content: str = "msc") -> tuple[str, str]:
    """The wristband and the label of the numbered ready bag. Tests that start an infusion take one of their own."""
    bag = served.bags("ready", content)[number]
    return served.band(bag["recipient"]), bag["label"]


def scan_both(page: Page, *symbols: str, reader: Reader | None = None) -> None:
    """Scan wristband and bag, in the order given, and wait for the question."""
    scan(page, symbols, reader)
    expect(page.locator(LOOKS)).to_be_visible()


def look(page: Page, answer: str = "right") -> None:
    """Answer the one question."""
    page.click(f"{LOOKS} button[value={answer}]")
    page.wait_for_url("**/bedside/checks/*")


def stopped(page: Page, served: Demonstration, wristband: str, label: str) -> Page:
    """One check that ends in STOP."""
    page.goto(f"{served.url}/bedside")
    scan_both(page, wristband, label)
    look(page)
    expect(page.locator("main[data-v=halt] h1")).to_have_text("STOP")
    return page


def sign_out(page: Page, served: Demonstration) -> Page:
    """Whoever is signed in in this browser leaves."""
    page.goto(served.url)
    page.click("form[action='/sign-out'] button")
    page.wait_for_url("**/sign-in")
    return page


def checks(served: Demonstration) -> int:
    """How many checks the ledger holds."""
    found, after = 0, 0
    while entries := served.get(f"/api/v1/ledger/entries?after={after}&limit=1000", "qa1").json()["entries"]:
        found += sum(entry["event"] == "bedside:bag:checked" for entry in entries)
        after = entries[-1]["seq"]
    return found


# ---- the way it should go --------------------------------------------------------------------------------------------


def test_two_nurses_check_and_start(nurse: Opener, served: Demonstration) -> None:
    """Each alone, in any order of scans; the first result stays sealed; both together are a MATCH; then it runs."""
    band, label = pair(served, 0)
    first, second = nurse("nurse1"), nurse("nurse2", viewport=PHONE)
    assert_sound(first)
    scan_both(first, band, label)
    assert_sound(first)
    look(first)
    expect(first.locator("h1")).to_have_text("The first check is done.")
    assert first.locator("[data-v]").count() == 0
    shown = first.locator("main").inner_text().upper()
    assert [word for word in ("MATCH", "STOP", "WRONG", "VERDICT") if word in shown] == []
    assert_sound(first)

    second.reload()
    scan_both(second, label, band)
    expect(second.locator(".c-head .step")).to_have_text("Check 2 of 2")
    look(second)
    expect(second.locator("main[data-v=match] h1").first).to_have_text("MATCH")
    assert second.locator(".v-people li").count() == 2
    assert_sound(second)

    second.click("form.v-act button[type=submit]")
    second.wait_for_url("**/bedside/infusions/*")
    expect(second.locator("h1")).to_have_text("Infusion is running")
    expect(second.locator(".run-act .react")).to_be_visible()
    assert_sound(second)


def test_the_russian_screens_say_it_in_russian(nurse: Opener, served: Demonstration) -> None:
    band, label = pair(served, 1)
    _, other = pair(served, 2)
    first, second = nurse("nurse1", locale="ru-RU"), nurse("nurse2", locale="ru-RU")
    scan_both(first, band, other)
    look(first)
    expect(first.locator("main[data-v=halt] h1")).to_have_text("СТОП")
    assert_sound(first)
    first.goto(f"{served.url}/bedside")
    scan_both(first, band, label)
    look(first)
    assert first.locator("[data-v]").count() == 0
    scan_both(second, band, label)
    look(second)
    expect(second.locator("main[data-v=match] h1").first).to_have_text("ВЕРНО")


# ---- the ways it says no ---------------------------------------------------------------------------------------------


def test_a_wrong_bag_stops_and_nothing_overrides_it(nurse: Opener, served: Demonstration) -> None:
    band, _ = pair(served, 2)
    _, other = pair(served, 3)
    page = stopped(nurse(), served, band, other)
    # The whole screen, but for the strip that says DEMONSTRATION.
    box = page.locator("main[data-v=halt]").bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, TABLET["width"])
    assert box["y"] < 32
    assert box["y"] + box["height"] >= TABLET["height"]
    expect(page.locator(".v-word p")).to_have_text("Wrong bag: it is for another recipient. Do not spike the bag.")
    shown = ["".join(text.split()) for text in page.locator(".v-pair .id").all_inner_texts()]
    assert shown == [served.bags("ready", "msc")[2]["recipient"], served.bags("ready", "msc")[3]["recipient"]]
    marks = [page.locator(".v-pair > p").nth(at).locator("mark").all_inner_texts() for at in (0, 1)]
    assert marks[0]
    assert marks[0] != marks[1]
    assert_sound(page)

    # The only ways on: the telephone, and the acknowledgement with its cause.
    assert page.locator("main form").count() == 1
    assert [link.get_attribute("href") for link in page.locator("main a").all()] == ["tel:5555"]
    assert page.locator("main button").all_inner_texts() == ["I have read this"]
    here = page.url
    page.click("[data-acknowledge]")
    assert page.url == here
    assert page.locator("input[name=cause]:invalid").count() > 0
    page.check("input[name=cause][value=wrong_bag]")
    page.click("[data-acknowledge]")
    page.wait_for_url(f"{served.url}/bedside")


def test_a_bag_that_looks_wrong_stops(nurse: Opener, served: Demonstration) -> None:
    page = nurse()
    scan_both(page, *pair(served, 3))
    look(page, "wrong")
    expect(page.locator(".v-word p")).to_have_text(
        "Something about the bag looks wrong. Do not use it. Keep it and call the laboratory."
    )


@pytest.mark.parametrize(
    ("bedside", "sentence"),
    [
        ("expired", "This bag has expired."),
        ("on_hold", "on hold"),
        ("infused", "This bag was started before."),
        ("assigned_unreleased", "No issue tag was scanned to this bag."),
    ],
)
def test_a_bag_in_a_wrong_state_stops_and_says_which(
    nurse: Opener, served: Demonstration, bedside: str, sentence: str
) -> None:
    bag = served.bags(bedside)[0]
    page = stopped(nurse(), served, served.band(bag["recipient"]), bag["label"])
    expect(page.locator(".v-word p")).to_contain_text(sentence)


def test_a_preview_of_a_label_stops(nurse: Opener, served: Demonstration) -> None:
    band, _ = pair(served, 3)
    page = stopped(nurse(), served, band, PREVIEW)
    expect(page.locator(".v-word p")).to_contain_text("preview")


def test_a_void_label_stops(nurse: Opener, served: Demonstration) -> None:
    bag = served.bags("ready", "saline")[1]
    badge = next(one["badge"] for one in served.manifest["people"] if one["username"] == "technician2")
    reprint = {"label": bag["label"], "reason": "Torn while it was applied.", "witness_badge": badge}
    served.do("technician1", "labels/reprint_label", **reprint)
    band = served.band(bag["recipient"])
    page = stopped(nurse(), served, band, bag["label"])
    expect(page.locator(".v-word p")).to_contain_text("void")


# ---- scanners, hands and browsers as they are ------------------------------------------------------------------------


@pytest.mark.parametrize("with_codes", [True, False], ids=["by position", "by text"])
def test_a_russian_keyboard_layout_scans_all_the_same(nurse: Opener, served: Demonstration, with_codes: bool) -> None:
    page = nurse()
    scan_both(page, *pair(served, 3), reader=Reader(page, layout="ru", with_codes=with_codes))
    assert page.locator(f"{LOOKS} input[name=bag]").input_value() == pair(served, 3)[1]


@pytest.mark.parametrize("answer_s", [0.0, 0.5], ids=["a quick network", "a slow network"])
def test_a_burst_of_both_within_a_tenth_of_a_second_loses_nothing(
    nurse: Opener, served: Demonstration, answer_s: float
) -> None:
    band, label = pair(served, 3)
    page = nurse()

    def slowly(route: Route) -> None:
        time.sleep(answer_s)
        route.continue_()

    page.route("**/bedside/scan", slowly)
    reader = Reader(page, hurried=True)
    began = reader.at
    scan_both(page, band, label, reader=reader)
    assert reader.at - began < 1
    assert page.locator(f"{LOOKS} input[name=wristband]").input_value() == band
    assert page.locator(f"{LOOKS} input[name=bag]").input_value() == label


def test_a_match_that_does_not_hold_any_more_is_not_drawn_again(nurse: Opener, served: Demonstration) -> None:
    """Loaded again while a hold stands, it keeps saying so: neither the word comes back nor its colour."""
    band, label = pair(served, 3)
    bag = next(one["code"] for one in served.bags("ready") if one["label"] == label)
    first, second = nurse("nurse1"), nurse("nurse2")
    for page in (first, second):
        scan_both(page, band, label)
        look(page)
    expect(second.locator("main[data-v=match]")).to_be_visible()
    hold = served.do("qa1", "quality/hold", subject=bag, reason="A test of this page.")["hold"]
    second.reload()
    second.wait_for_timeout(1_500)
    expect(second.locator("main.v")).to_have_attribute("data-v", "withdrawn")
    expect(second.locator(".v-withdrawn")).to_contain_text("Something changed since the check:")
    served.do("qa1", "quality/lift_hold", signed=True, hold=hold, reason="The test is over.")


def test_a_double_click_is_one_check(nurse: Opener, served: Demonstration) -> None:
    page = nurse()
    scan_both(page, *pair(served, 3))
    before = checks(served)
    page.dblclick(RIGHT)
    page.wait_for_url("**/bedside/checks/*")
    assert checks(served) == before + 1


def test_after_signing_out_an_old_tab_does_nothing_and_says_so(nurse: Opener, served: Demonstration) -> None:
    page = nurse()
    scan_both(page, *pair(served, 3))
    before = checks(served)
    sign_out(page.context.new_page(), served)
    page.click(RIGHT)
    expect(page.locator("h1")).to_have_text("Sign in first.")
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    assert checks(served) == before


def test_a_tab_of_an_earlier_session_does_nothing_and_says_so(nurse: Opener, served: Demonstration) -> None:
    page = nurse()
    scan_both(page, *pair(served, 3))
    before = checks(served)
    served.sign_in(sign_out(page.context.new_page(), served), "nurse2", "/bedside")
    page.click(RIGHT)
    expect(page.locator("h1")).to_have_text("This page is too old to be trusted. Reload it and repeat.")
    assert checks(served) == before


# ---- the other screens -----------------------------------------------------------------------------------------------


def label_page(served: Demonstration) -> str:
    return f"/labels/{served.bags('ready')[0]['label']}"


def release_page(served: Demonstration) -> str:
    return f"/quality/lots/{served.bags('ready', 'msc')[0]['lot']}"


def recipient_page(served: Demonstration) -> str:
    return f"/trial/recipients/{served.bags('ready', 'msc')[0]['recipient']}"


def trace_page(served: Demonstration) -> str:
    return f"/trace/{served.bags('ready', 'msc')[0]['code']}"


@pytest.mark.parametrize(
    ("who", "place"),
    [
        ("nurse1", "/"),
        ("qa1", "/"),
        ("qa1", release_page),
        ("physician1", recipient_page),
        ("qa1", trace_page),
        ("technician1", label_page),
        ("inspector1", "/ledger"),
    ],
    ids=["today, nurse", "today, QA", "release", "recipient", "trace", "label", "ledger"],
)
def test_a_page_is_sound(
    open_page: Opener, served: Demonstration, who: str, place: str | Callable[[Demonstration], str]
) -> None:
    page = open_page(viewport={"width": 1280, "height": 900}, bypass_csp=True, locale="en")
    served.sign_in(page, who, place if isinstance(place, str) else place(served))
    expect(page.locator("h1").first).to_be_visible()
    assert_sound(page)


def test_the_sign_in_is_sound(open_page: Opener, served: Demonstration) -> None:
    page = open_page(viewport=TABLET, bypass_csp=True, locale="en")
    page.goto(f"{served.url}/sign-in")
    assert_sound(page)
