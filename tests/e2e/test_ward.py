"""A running infusion on a tablet: a hold is on the screen within seconds, and nothing that a nurse enters is lost."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.bedside.world import INSPECTION
from tests.e2e.screens import PHONE, TABLET, assert_sound
from tests.e2e.server import Demonstration
from tests.e2e.tablets import RunningClock
from tests.e2e.test_bedside import sign_out

Opener = Callable[..., Page]
SHOWN_WITHIN_S = 5.0
# What Chromium and htmx write into the console about a network that is away.
DROPPED = ("ERR_INTERNET_DISCONNECTED", "htmx:afterRequest", "htmx:sendError")


@pytest.fixture
def nurse(open_page: Opener, served: Demonstration) -> Page:
    """A nurse's tablet."""
    page = open_page(viewport=TABLET, bypass_csp=True, locale="en")
    return served.sign_in(page, "nurse1", "/bedside")


def started(served: Demonstration, number: int) -> tuple[dict[str, Any], int]:
    """A bag that runs, and the number of its infusion. Each test takes one of its own."""
    bag = served.bags("ready")[number]
    scans = {"wristband": served.band(bag["recipient"]), "bag": bag["label"]}
    for who in ("nurse1", "nurse2"):
        assert served.do(who, "bedside/check", **scans, inspection=INSPECTION)["verdict"] == "MATCH"
    run = served.do("nurse1", "bedside/start_infusion", **scans, planned_minutes=120)["infusion"]
    return bag, int(run)


def entries(served: Demonstration, event: str, bag: str) -> list[dict[str, Any]]:
    """The entries of one kind about a bag."""
    found, after = list[dict[str, Any]](), 0
    while page := served.get(f"/api/v1/ledger/entries?after={after}&limit=1000", "qa1").json()["entries"]:
        found += [entry for entry in page if entry["event"] == event and entry["subject"] == bag]
        after = page[-1]["seq"]
    return found


def armed(page: Page) -> Page:
    """The page once its scripts run: before that its buttons lead to plain forms."""
    expect(page.locator("#ward[data-armed]")).to_be_attached()
    return page


def enter(page: Page, verb: str, **fields: str) -> None:
    """Open an act's sheet by its button, fill it in and send it."""
    armed(page).locator(f"main [data-opens={verb}]").first.click()
    sheet = page.locator(f"#act-{verb}")
    for name, value in fields.items():
        field = sheet.locator(f"[name={name}]")
        if field.first.get_attribute("type") == "radio":
            sheet.locator(f"[name={name}][value='{value}']").check()
        else:
            field.fill(value)
    sheet.locator("button[type=submit]").click()


VITALS = {"pulse_per_min": "82", "oxygen_percent": "94", "systolic_mmhg": "124", "diastolic_mmhg": "76"}
VITALS |= {"breaths_per_min": "19", "temperature_mc": "36.7"}


def test_a_hold_is_on_the_screen_within_five_seconds(nurse: Page, served: Demonstration) -> None:
    """Over an open sheet too; it stays until the physician has decided, and what was typed is still there."""
    bag, run = started(served, 0)
    nurse.goto(f"{served.url}/bedside/infusions/{run}")
    assert_sound(nurse)
    armed(nurse).locator("main [data-opens=record_observation]").first.click()
    nurse.fill("#act-record_observation [name=pulse_per_min]", "82")
    assert_sound(nurse)
    hold = {"subject": bag["code"], "reason": "The supplier warned of this lot."}
    begun = time.monotonic()
    served.do("qa1", "quality/hold", **hold)
    expect(nurse.locator("main[data-v=halt] h1")).to_have_text("STOP")
    took = time.monotonic() - begun
    assert took < SHOWN_WITHIN_S, f"the STOP took {took:.1f} s"
    expect(nurse.locator("dialog[open]")).to_have_count(0)
    assert nurse.input_value("#act-record_observation [name=pulse_per_min]") == "82"
    assert_sound(nurse)
    box = nurse.locator("main[data-v=halt]").bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, TABLET["width"])

    enter(nurse, "pause", kind="clamped")
    expect(nurse.locator("main")).to_contain_text("The infusion is paused. Keep the clamp closed.")
    seen = nurse.locator("main").get_attribute("hx-get").partition("seen=")[2].replace("%20", " ")  # type: ignore[union-attr]
    decision = {"infusion": run, "choice": "go_on", "why": "Seen at the bed.", "seen": seen.replace("%3A", ":")}
    served.do("physician1", "bedside/decide_running", signed=True, **decision)
    expect(nurse.locator("main.run")).to_contain_text("The physician decided: it goes on.")


def test_a_tablet_is_never_behind_the_server(nurse: Page, served: Demonstration) -> None:
    """Its acts bear its own time: a pause in the second of the start would have happened before what it follows."""
    for _ in range(10):
        before = datetime.now(UTC)
        nurse.goto(f"{served.url}/bedside")
        counted_from = nurse.evaluate("document.documentElement.dataset.now")
        assert before < datetime.fromisoformat(counted_from) < datetime.now(UTC) + timedelta(milliseconds=1)


def test_what_is_entered_without_a_network_is_sent_once_each_in_order(
    nurse: Page, served: Demonstration, complaints: list[str]
) -> None:
    bag, run = started(served, 1)
    nurse.goto(f"{served.url}/bedside/infusions/{run}")
    expect(nurse.locator("#ward")).to_be_hidden()
    armed(nurse).context.set_offline(True)
    enter(nurse, "record_observation", **VITALS)
    enter(nurse, "pause", kind="clamped")
    enter(nurse, "report_reaction", term="Chills", grade="2", action="observed")
    offline_until = time.monotonic()
    waiting = nurse.locator("#ward li")
    expect(waiting).to_have_count(3)
    expect(waiting.first).to_contain_text("Waits for the network.")
    # Nothing lies over the buttons that are wanted in a hurry.
    nurse.locator("main [data-opens=report_reaction]").click(trial=True)
    assert nurse.evaluate("document.documentElement.scrollWidth") <= TABLET["width"]
    nurse.wait_for_timeout(2_500)
    came_back = time.monotonic()
    nurse.context.set_offline(False)
    expect(nurse.locator("#ward")).to_be_hidden()
    expect(nurse.locator("h1")).to_have_text("Infusion is paused")
    events = ["bedside:observation:recorded", "bedside:infusion:paused", "bedside:reaction:recorded"]
    [vitals], [pause], [reaction] = (entries(served, event, bag["code"]) for event in events)
    assert vitals["seq"] < pause["seq"] < reaction["seq"]
    for entry in (vitals, pause, reaction):
        away = datetime.fromisoformat(entry["at"]) - datetime.fromisoformat(json.loads(entry["body"])["happened_at"])
        assert away.total_seconds() >= came_back - offline_until - 1, (
            "the event's own time, not when the network was back"
        )
    assert all(any(word in complaint for word in DROPPED) for complaint in complaints), complaints
    complaints.clear()


def test_what_the_server_refuses_is_shown_and_kept(nurse: Page, served: Demonstration, complaints: list[str]) -> None:
    """Somebody else paused it meanwhile: this pause is refused, and stays with its reason, over a reload too."""
    _, run = started(served, 2)
    nurse.set_viewport_size(PHONE)
    nurse.goto(f"{served.url}/bedside/infusions/{run}")
    armed(nurse).context.set_offline(True)
    enter(nurse, "pause", kind="clamped")
    served.do("nurse2", "bedside/pause", infusion=run)
    enter(nurse, "report_reaction", term="Chills", grade="1", action="observed")
    nurse.context.set_offline(False)
    line = nurse.locator("#ward li")
    expect(line).to_have_count(1)
    expect(line).to_contain_text("The server did not take it.")
    expect(nurse.locator("main")).to_contain_text("Chills, grade 1")
    nurse.reload()
    expect(line).to_have_count(1)
    assert_sound(nurse)
    line.get_by_role("button", name="I have entered it in another way").click()
    expect(nurse.locator("#ward")).to_be_hidden()
    assert all(any(word in complaint for word in DROPPED) for complaint in complaints), complaints
    complaints.clear()


def test_what_waits_outlives_an_idle_lock_and_is_sent_for_whoever_entered_it(
    house: tuple[Demonstration, RunningClock], open_page: Opener, complaints: list[str]
) -> None:
    """The network is away for longer than a session lasts. Somebody else who signs in is told, and sends nothing."""
    served, clock = house
    bag, run = started(served, 0)
    where = f"/bedside/infusions/{run}"
    page = served.sign_in(open_page(viewport=TABLET, locale="en"), "nurse1", where)
    armed(page).context.set_offline(True)
    enter(page, "pause", kind="clamped")
    expect(page.locator("#ward li")).to_have_count(1)
    clock.advance(timedelta(minutes=40))
    page.context.set_offline(False)
    expect(page.locator("#main")).to_contain_text("Nobody used this tablet for a while, so it is locked.")
    expect(page.locator("h1")).to_have_text("Infusion is running")
    page.get_by_role("link", name="Sign in and send").click()
    page.wait_for_url(lambda url: "/sign-in?next=" in url)

    served.sign_in(page, "nurse2", where)
    expect(armed(page).locator("#ward li")).to_contain_text("Entered by somebody else on this tablet.")
    expect(page.locator("h1")).to_have_text("Infusion is running")
    sign_out(page, served)
    served.forget("qa1")
    assert entries(served, "bedside:infusion:paused", bag["code"]) == []

    served.sign_in(page, "nurse1", where)
    expect(page.locator("h1")).to_have_text("Infusion is paused")
    expect(page.locator("#ward")).to_be_hidden()
    [pause] = entries(served, "bedside:infusion:paused", bag["code"])
    body = json.loads(pause["body"])
    assert datetime.fromisoformat(pause["at"]) - datetime.fromisoformat(body["happened_at"]) > timedelta(minutes=40)
    [start] = entries(served, "bedside:infusion:started", bag["code"])
    assert pause["actor"] == start["actor"], "whoever entered it, which is who started it"
    expect(page.locator(".run-course")).to_contain_text("entered late")
    complaints.clear()
