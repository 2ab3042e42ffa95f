"""Pages of a real browser that note everything the browser complains about."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, expect, sync_playwright

from tests.support import chromium

# A machine that does other work too is no fault of the page; what is right is right at once all the same.
TIMEOUT_MS = 30_000
# A refusal has a truthful status, and Chromium notes each such answer in the console: that is the product at work.
REFUSALS = re.compile(r"^Failed to load resource: the server responded with a status of (401|403|409|422)\b")


@contextmanager
def launched() -> Iterator[Browser]:
    """Chromium, installed if there is none and the user may. Raises chromium.NoChromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.provide(), args=list(chromium.ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def pages(browser: Browser, complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """Opens watched pages, each with cookies of its own. Raises AssertionError at the end if there were complaints."""
    contexts: list[BrowserContext] = []

    def open_page(**options: Any) -> Page:
        contexts.append(browser.new_context(**options))
        return watch(contexts[-1].new_page(), complaints)

    try:
        yield open_page
    finally:
        for context in contexts:
            context.close()
    if complaints:
        raise AssertionError("the browser complained:\n" + "\n".join(complaints))


def watch(page: Page, complaints: list[str]) -> Page:
    """Note every console message, uncaught error and failed answer (5xx) of `page` in `complaints`."""

    def console(message: ConsoleMessage) -> None:
        if not REFUSALS.match(message.text):
            complaints.append(f"console {message.type}: {message.text} ({message.location.get('url', '')})")

    def response(answer: Response) -> None:
        if answer.status >= 500:
            complaints.append(f"status {answer.status}: {answer.request.method} {answer.url}")

    page.on("console", console)
    page.on("pageerror", lambda error: complaints.append(f"uncaught: {error}"))
    page.on("response", response)
    page.set_default_timeout(TIMEOUT_MS)
    expect.set_options(timeout=TIMEOUT_MS)
    return page
