"""The gallery as a bench with a scan sink, for the tests of the sink: fixtures to import, and what they scan."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from cellchain.identity.codes import Kind, issue
from cellchain.web.html import UsualReader
from tests.e2e.scan_sink_app import Bench, running

BAG = issue(Kind.BAG, 1, 2026, 412)
LOTS = [issue(Kind.LOT, 1, 2026, number) for number in range(1, 501)]


@pytest.fixture(scope="module")
def served() -> Iterator[Bench]:
    """The gallery, running for all tests of one file."""
    with running() as bench:
        yield bench


@pytest.fixture
def bench(served: Bench) -> Bench:
    """The same, having received nothing."""
    for kept in (served.received, served.forms, served.reported):
        kept.clear()
    served.delay_s, served.status, served.redirect = 0.0, 200, None
    served.requests, served.leaves, served.reader = 0, "", UsualReader()
    return served


@pytest.fixture
def gallery(page: Page, bench: Bench) -> Page:
    """The gallery, opened, its sink armed."""
    page.goto(f"{bench.url}/gallery")
    expect(page.locator("form.sink[data-armed]")).to_be_visible()
    return page


def answered(page: Page, count: int, timeout_ms: int = 10_000) -> None:
    """Wait until the answer to the last of `count` scans is shown."""
    expect(page.locator(f"[data-seen='{count}']")).to_be_attached(timeout=timeout_ms)
