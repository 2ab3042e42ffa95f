"""Every screen, as the person whose work it is sees it: sound for everybody, and nothing offered that is refused."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from cellchain.accounts.permissions import permissions_of
from cellchain.ledger.registry import REGISTRY
from scripts.screen_story import Screen, Story
from scripts.screens import SCREENS
from tests.e2e.screens import assert_sound
from tests.e2e.server import Demonstration

Opener = Callable[..., Page]
DESK = {"width": 1280, "height": 900}
OFFERED = "() => [...document.querySelectorAll('a[href^=\"/do/\"]')].map(one => one.getAttribute('href'))"
ASKED = "() => [...document.querySelectorAll('form[action^=\"/do/\"]')].map(one => one.getAttribute('action'))"


@pytest.fixture(scope="module")
def story(served: Demonstration) -> Story:
    """The served demonstration, with what has to happen before some screens can be seen."""
    return Story(served)


def refused(served: Demonstration, page: Page, who: str) -> list[str]:
    """The commands that the page offers to somebody whose roles do not hold them."""
    roles = next(one["roles"] for one in served.manifest["people"] if one["username"] == who)
    held = permissions_of(roles)
    offered = {urlsplit(href).path.removeprefix("/do/") for href in [*page.evaluate(OFFERED), *page.evaluate(ASKED)]}
    return sorted(path for path in offered if REGISTRY[path].permission not in held)


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_a_screen_is_sound_and_offers_what_may_be_done(
    screen: Screen, story: Story, open_page: Opener, complaints: list[str]
) -> None:
    page = open_page(viewport=DESK, bypass_csp=True, locale="en", reduced_motion="reduce")
    if screen.who is not None:
        story.served.enter(page, screen.who)
    page.goto(f"{story.served.url}{screen.where if isinstance(screen.where, str) else screen.where(story)}")
    if screen.act is not None:
        screen.act(story, page)
    if screen.who is not None:
        assert refused(story.served, page, screen.who) == []
    assert_sound(page)
    if screen.name == "error-not-found":
        assert [one for one in complaints if "status of 404" not in one] == []
        complaints.clear()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["reader-setup", "scan-log", "ledger", "today-qa"])
def test_long_russian_words_stay_on_the_screen(name: str, width: int, story: Story, open_page: Opener) -> None:
    screen = next(one for one in SCREENS if one.name == name)
    assert screen.who is not None
    page = open_page(viewport={"width": width, "height": 900}, locale="ru", reduced_motion="reduce")
    story.served.enter(page, screen.who)
    page.goto(f"{story.served.url}{screen.where}")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
