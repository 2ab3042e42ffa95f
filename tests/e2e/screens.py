"""What tests ask of any screen: that axe finds nothing, that nothing scrolls sideways, that scans arrive."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.scan_sink_reader import Reader

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
# Only what is wrong is named, by its own text: no selector is looked for, and no style sheet read once more for a rule
# that is not asked (css-orientation-lock, an experiment).
RUN_AXE = """async tags => {
    const options = {resultTypes: ['violations'], selectors: false, preload: {assets: ['media'], timeout: 10000}}
    if (tags !== null) options.runOnly = tags
    return (await axe.run(options)).violations.map(one => [one.id, one.nodes.map(node => node.html)])
}"""
# What a scheme of colours can change; everything else is the same page.
OF_COLOUR = ["cat.color"]
# Colours and places are looked at when they have arrived: nothing fades, and two frames were drawn.
STILL = "*, ::before, ::after { transition: none !important; animation: none !important }"
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
TABLET = ViewportSize(width=768, height=1024)
PHONE = ViewportSize(width=390, height=844)


def violations(page: Page, tags: list[str] | None = None) -> list[Any]:
    """What axe finds on the page as it is now, by the rules of `tags` or by all.

    The page's context has to bypass the content security policy.
    """
    if not page.evaluate("() => 'axe' in window"):
        page.add_script_tag(path=AXE)
    found: list[Any] = page.evaluate(RUN_AXE, tags)
    return found


def assert_sound(page: Page) -> None:
    """No violation in light and in dark, and no sideways scroll on a phone."""
    page.add_style_tag(content=STILL)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.evaluate(DRAWN)
    light = violations(page)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.evaluate(DRAWN)
    dark = violations(page, OF_COLOUR)
    page.emulate_media(color_scheme="light")
    before = page.viewport_size
    page.set_viewport_size(PHONE)
    page.evaluate(DRAWN)
    wide = page.evaluate("() => document.documentElement.scrollWidth")
    if before is not None:
        page.set_viewport_size(before)
    assert (light, dark) == ([], []), f"{page.url}: light {light}, dark {dark}"
    assert wide <= PHONE["width"], f"{page.url} is {wide} wide"


def scan(page: Page, symbols: Iterable[str], reader: Reader | None = None) -> None:
    """Scan one thing after another, and wait until nothing waits to be sent."""
    expect(page.locator("form.sink[data-armed]")).to_be_attached()
    (reader or Reader(page)).scans(symbols)
