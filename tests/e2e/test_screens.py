"""Every screen, as the person whose work it is sees it: sound for everybody, and nothing offered that is refused."""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from cellchain.accounts.permissions import permissions_of
from cellchain.ledger.registry import REGISTRY
from scripts.screen_story import Screen, Story
from scripts.screens import SCREENS
from tests.e2e.screens import AXE, assert_sound
from tests.e2e.server import Demonstration
from tests.support.browser import pages

Opener = Callable[..., Page]
DESK = {"width": 1280, "height": 900}
OFFERED = "() => [...document.querySelectorAll('a[href^=\"/do/\"]')].map(one => one.getAttribute('href'))"
ASKED = "() => [...document.querySelectorAll('form[action^=\"/do/\"]')].map(one => one.getAttribute('action'))"


@pytest.fixture(scope="module")
def story(served: Demonstration) -> Story:
    """The served demonstration, with what has to happen before some screens can be seen."""
    return Story(served)


class Windows:
    """A window for each person, kept from screen to screen: opening one takes as long as looking at ten screens."""

    def __init__(self, story: Story, open_one: Opener, noted: list[str]) -> None:
        self.noted = noted
        self._story, self._open = story, open_one
        self._kept: dict[str, Page] = {}

    def of(self, screen: Screen) -> Page:
        """The window of who looks at it; a fresh one where nobody is signed in, or where something is done first."""
        self.noted.clear()
        if screen.who is None or screen.act is not None:
            return self._opened(screen.who)
        if screen.who not in self._kept:
            self._kept[screen.who] = self._opened(screen.who)
        return self._kept[screen.who]

    def left(self, page: Page) -> None:
        """Leave the screen; a window that nobody keeps is shut."""
        if page in self._kept.values():
            page.goto("about:blank")
        else:
            page.context.close()

    def _opened(self, who: str | None) -> Page:
        page = self._open(viewport=DESK, bypass_csp=True, locale="en", reduced_motion="reduce")
        page.context.add_init_script(path=AXE)  # a fifth of what it takes to hand it to each screen
        if who is not None:
            self._story.served.enter(page, who)
        return page


@pytest.fixture(scope="module")
def windows(story: Story, browser: Browser) -> Iterator[Windows]:
    """The windows of everybody."""
    noted: list[str] = []
    with pages(browser, noted) as open_one:
        yield Windows(story, open_one, noted)
        noted.clear()  # each screen has asserted its own


def refused(served: Demonstration, page: Page, who: str) -> list[str]:
    """The commands that the page offers to somebody whose roles do not hold them."""
    roles = next(one["roles"] for one in served.manifest["people"] if one["username"] == who)
    held = permissions_of(roles)
    offered = {urlsplit(href).path.removeprefix("/do/") for href in [*page.evaluate(OFFERED), *page.evaluate(ASKED)]}
    return sorted(path for path in offered if REGISTRY[path].permission not in held)


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_a_screen_is_sound_and_offers_what_may_be_done(screen: Screen, story: Story, windows: Windows) -> None:
    page = windows.of(screen)
    page.goto(f"{story.served.url}{screen.where if isinstance(screen.where, str) else screen.where(story)}")
    if screen.act is not None:
        screen.act(story, page)
    if screen.who is not None:
        assert refused(story.served, page, screen.who) == []
    assert_sound(page)
    windows.left(page)
    expected = "status of 404" if screen.name == "error-not-found" else None
    assert [one for one in windows.noted if expected is None or expected not in one] == []


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["reader-setup", "scan-log", "ledger", "today-qa"])
def test_long_russian_words_stay_on_the_screen(name: str, width: int, story: Story, open_page: Opener) -> None:
    screen = next(one for one in SCREENS if one.name == name)
    assert screen.who is not None
    page = open_page(viewport={"width": width, "height": 900}, locale="ru", reduced_motion="reduce")
    story.served.enter(page, screen.who)
    page.goto(f"{story.served.url}{screen.where}")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
