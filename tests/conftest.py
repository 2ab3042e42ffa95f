"""What every test may ask for: an empty database of each kind, and a page of a real browser."""

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, Page

from tests.factories import house as house
from tests.factories import tables_file as tables_file
from tests.support import browser as browsers
from tests.support import postgres as servers

# The machines of this project are shared, and a slow example is no wrong one.
settings.register_profile("house", parent=settings.get_profile(settings.get_current_profile_name()), deadline=None)
settings.load_profile("house")

GARBAGE_FIRST = 5_000  # as the program itself has it
PageOpener = Callable[..., Page]
# Tests with one of these are a group of their own within their file.
APART = ("browser", "postgres")


def pytest_sessionstart() -> None:
    """The garbage collector rests while ten thousand tests and all modules are made: all of it stays."""
    gc.disable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """From here on it looks at what tests leave behind, and at nothing that was there before."""
    gc.freeze()
    gc.set_threshold(GARBAGE_FIRST)
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file's tests together on one core, what takes longest first: no core waits for another at the end."""
    items.sort(key=_turn)
    for item in items:
        apart = next((f"-{name}" for name in APART if _needs(item, name)), "")
        item.add_marker(pytest.mark.xdist_group(f"{item.path.stem}{apart}"))


def _turn(item: pytest.Item) -> int:
    """Browsers first, then races on a server and random walks, then everything else.

    What shares the ledger's toy stays together: it is registered once in a process.
    """
    if _needs(item, "browser"):
        return 0
    return 1 if _needs(item, "postgres") or _needs(item, "toy") or item.get_closest_marker("campaign") else 2


def _needs(item: pytest.Item, fixture: str) -> bool:
    return fixture in getattr(item, "fixturenames", ())


@pytest.fixture(scope="session")
def postgres() -> Iterator[servers.Postgres]:
    """A PostgreSQL server for this run; started when the first test asks."""
    with servers.running() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of this test alone; the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'cellchain.db'}"
        return
    server: servers.Postgres = request.getfixturevalue("postgres")
    url = server.fresh_database()
    yield url
    server.drop(url)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for the tests of one file. Its event loop ends with it: asyncio.run refuses to start beside one."""
    with browsers.launched() as browser:
        yield browser


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained about so far; a test that provokes a complaint asserts it, then clears the list."""
    return []


@pytest.fixture
def open_page(browser: Browser, complaints: list[str]) -> Iterator[PageOpener]:
    """Opens a page for one more person, with cookies of its own; keywords (viewport, locale) go to its context."""
    with browsers.pages(browser, complaints) as open_one:
        yield open_one


@pytest.fixture
def page(open_page: PageOpener) -> Page:
    """A page of a real browser; the test fails at its end if the console was not empty."""
    return open_page()
