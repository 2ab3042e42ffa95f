"""Two nurses at two tablets give a whole infusion by scans, from opening the shift to the bag's last way.

Badges, wristband, bag, command and digit cards are read; a thumb taps the PIN, answers the one look, and opens what is
to be entered. Typing, filling and choosing by hand fail the test. The house's clock is moved on between the rounds.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.gloves import put_the_keyboard_away
from tests.e2e.screens import TABLET, assert_sound
from tests.e2e.server import Demonstration
from tests.e2e.tablets import RunningClock, Tablet
from tests.e2e.test_bedside import LOOKS
from tests.e2e.test_station import Station
from tests.e2e.test_ward import entries

Opener = Callable[..., Page]
ACTS_MAX = 6
VITALS = {
    "pulse_per_min": "82",
    "oxygen_percent": "94",
    "systolic_mmhg": "124",
    "diastolic_mmhg": "76",
    "breaths_per_min": "19",
    "temperature_mc": "36.7",
}
# What the form of the house asks, in its order.
BEFORE = ("pulse_per_min", "systolic_mmhg", "diastolic_mmhg", "breaths_per_min", "temperature_mc", "oxygen_percent")


class Story:
    """Both nurses, the pair they scan, and the time."""

    def __init__(self, house: tuple[Demonstration, RunningClock], open_page: Opener) -> None:
        self.served, self.clock = house
        stations = [Station(open_page(viewport=TABLET, bypass_csp=True, locale="en"), self.served) for _ in range(2)]
        self.first, self.second = (
            Tablet(station, who) for station, who in zip(stations, ("nurse1", "nurse2"), strict=True)
        )
        self.bag, other = self.served.bags("ready", "msc")[:2]
        self.band, self.label = self.served.band(self.bag["recipient"]), self.bag["label"]
        self.other_label = other["label"]

    def later(self, minutes: int, tablet: Tablet) -> Page:
        """Time passes, and somebody looks at the screen again."""
        self.clock.advance(timedelta(minutes=minutes))
        tablet.page.reload()
        expect(tablet.page.locator("main.run")).to_be_visible()
        return tablet.page

    def check(self, tablet: Tablet) -> None:
        """Wristband, bag, one look, alone."""
        tablet.scan("wristband", self.band)
        tablet.scan("bag", self.label)
        tablet.press("look", tablet.page.locator(f"{LOOKS} button[value=right]"))
        tablet.page.wait_for_url("**/bedside/checks/*")

    def vitals(self, tablet: Tablet) -> None:
        """The round that the screen asks for."""
        expect(tablet.page.locator(".run-next b")).to_have_text("Vital signs are due.")
        sheet = tablet.sheet("record_observation")
        tablet.numbers(sheet, VITALS)
        tablet.card("CONFIRM")
        tablet.sent()


def test_two_nurses_give_a_whole_infusion_by_scans(
    house: tuple[Demonstration, RunningClock], open_page: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = Story(house, open_page)
    first, second = story.first, story.second
    put_the_keyboard_away(monkeypatch)

    # Two people, each alone, six acts at most.
    for tablet in (first, second):
        tablet.open_shift()
        story.check(tablet)
    expect(first.page.locator("h1")).to_have_text("The first check is done.")
    expect(second.page.locator("main[data-v=match] h1").first).to_have_text("MATCH")
    of_the_check = [list(first.acts), list(second.acts)]
    vitals_before(first)
    second.card("START")
    of_the_check[1].append("START")
    assert [len(acts) for acts in of_the_check] == [5, 6]
    assert max(map(len, of_the_check)) <= ACTS_MAX
    second.page.wait_for_url("**/bedside/infusions/*")
    expect(second.page.locator("h1")).to_have_text("Infusion is running")

    # A quarter of an hour: the rate step that the study prescribes, then the first round.
    story.later(15, second)
    expect(second.page.locator(".run-next b")).to_have_text("Set the drip to 200 mL/h now.")
    second.sheet("set_rate")
    second.card("CONFIRM")
    second.sent()
    story.vitals(second)

    a_pause_and_a_wrong_bag(story, second)

    # The round of an hour; then nothing is due before the end, and one more round stands after it.
    story.later(25, second)
    story.vitals(second)
    story.later(25, second)
    expect(second.page.locator(".run-next b")).to_contain_text("Next: vital signs")
    story.later(25, second)
    story.later(25, second)
    given = ends(story, second)
    story.vitals(second)
    disposed(second)
    story.later(20, second)
    story.later(20, second)
    story.vitals(second)

    told(story, given)


def vitals_before(tablet: Tablet) -> None:
    """While the other one checks, from the page that says that the first check is done."""
    page = tablet.page
    tablet.press("vitals", page.get_by_role("link", name="Record vitals before the start"))
    page.wait_for_url(lambda url: "/do/bedside/record_observation" in url)
    expect(page.locator("form.sink[data-armed]")).to_be_attached()
    tablet.numbers(page.locator("form.order"), {name: VITALS[name] for name in BEFORE})
    tablet.card("CONFIRM")
    page.wait_for_url("**/bedside/checks/*")


def a_pause_and_a_wrong_bag(story: Story, tablet: Tablet) -> None:
    """The line comes off; the wrong bag is scanned first, and nothing flows until the right one is."""
    page = story.later(10, tablet)
    sheet = tablet.sheet("pause")
    tablet.press("kind", sheet.get_by_text("The line is disconnected"))
    tablet.card("CONFIRM")
    tablet.sent()
    expect(page.locator("h1")).to_have_text("Infusion is paused")
    card = tablet.sheet("emergency")
    assert_sound(page)
    tablet.press("back", card.get_by_role("button", name="Go back"))
    story.later(5, tablet)
    tablet.press("resume", page.get_by_role("link", name="Resume"))
    page.wait_for_url("**/scan")
    assert_sound(page)
    for label in (story.other_label, story.label):
        tablet.scan("wristband", story.band)
        tablet.scan("bag", label)
        expect(page.locator("#field-bag")).not_to_have_value("")
        tablet.card("CONFIRM")
        if label == story.other_label:
            page.wait_for_url("**/bedside/checks/*")
            expect(page.locator("main[data-v=halt] .v-word p")).to_contain_text("This is not the bag of this infusion.")
            assert_sound(page)
            tablet.press("cause", page.get_by_text("Wrong bag brought"))
            tablet.card("CONFIRM")
            page.wait_for_url("**/scan")
    page.wait_for_url("**/bedside/infusions/*")
    expect(page.locator("h1")).to_have_text("Infusion is running")


def ends(story: Story, tablet: Tablet) -> str:
    """The whole bag was given: what it held, by digit cards, and the flush of the line. Gives the volume in mL."""
    page = tablet.page
    given = page.locator(".dose dd small").first.inner_text().split()[1]
    sheet = tablet.sheet("stop_infusion")
    tablet.press("whole", sheet.get_by_text("The whole bag was given"))
    tablet.number(given)
    expect(sheet.locator("[name=volume_given_ul]")).to_have_value(given)
    tablet.press("flush", sheet.locator("[name=flush_ul]"))
    tablet.number("20")
    tablet.press("end", sheet.get_by_role("button", name="End infusion"))
    tablet.sent()
    expect(page.locator("h1")).to_have_text("Infusion is complete")
    expect(page.locator(".dose")).to_contain_text("Flush of the line: 20")
    return given


def disposed(tablet: Tablet) -> None:
    """The empty bag's last way."""
    page = tablet.page
    tablet.press("dispose", page.get_by_role("link", name="Dispose of the bag"))
    page.wait_for_url(lambda url: "/do/bedside/dispose_bag" in url)
    tablet.press("dispose", page.get_by_role("button", name="Dispose bag"))
    expect(page.locator("main.run")).to_be_visible()
    expect(page.get_by_role("link", name="Dispose of the bag")).to_have_count(0)


def told(story: Story, given: str) -> None:
    """What the ledger tells of it afterwards, in its order, each by whoever did it."""
    bag, served = story.bag["code"], story.served
    events = (
        "bedside:bag:checked",
        "bedside:observation:recorded",
        "bedside:infusion:started",
        "bedside:rate:set",
        "bedside:infusion:paused",
        "bedside:infusion:scanned_to_resume",
        "bedside:infusion:ended",
        "bedside:bag:disposed",
    )
    counts = {event: len(entries(served, event, bag)) for event in events}
    assert counts == dict(zip(events, (2, 5, 1, 1, 1, 2, 1, 1), strict=True))
    [started], [ended] = entries(served, events[2], bag), entries(served, events[6], bag)
    ran = datetime.fromisoformat(ended["at"]) - datetime.fromisoformat(started["at"])
    assert timedelta(minutes=127) < ran < timedelta(minutes=137)
    page = story.second.page
    expect(page.locator(".vitals").first).not_to_contain_text("not recorded")
    expect(page.locator(".dose")).to_contain_text(f"of {given}")
    assert_sound(page)
