"""A technician in gloves: at the bench everything is done by what a reader types, and the page counts every hand.

Symbols of things and of command and digit cards are scanned; the one other way in is the chooser of a counter's file.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from playwright.sync_api import Page, expect

from cellchain.labels.cards import CARDS
from tests.e2e.scan_sink_reader import Reader

CODES = {card.command: card.code for card in CARDS}
HANDS = "hands"
# Whatever a hand does to the page is trusted and has a pointer; what a card presses is neither.
WATCH = f"""
addEventListener("pointerdown", (event) => {{
  if (event.isTrusted) sessionStorage.setItem("{HANDS}", Number(sessionStorage.getItem("{HANDS}")) + 1);
}}, {{ capture: true }});
"""


def tap_pin(page: Page, pin: str) -> None:
    """Tap a PIN on the keypad of the screen, where it shows as dots; confirming it begins the shift."""
    page.get_by_role("button", name="Keypad").click()
    keypad = page.locator("dialog.numbers")
    for digit in pin:
        keypad.get_by_role("button", name=digit, exact=True).click()
    expect(keypad.locator("[data-number=read]")).to_have_text("●" * len(pin))
    keypad.get_by_role("button", name="Confirm").click()


class Gloves:
    """One person at the bench of one lot, with a reader. `scans` counts what the reader read."""

    def __init__(self, page: Page, lot: str) -> None:
        self.page, self.lot = page, lot
        self.scans = 0
        page.add_init_script(WATCH)
        page.evaluate(WATCH)
        self.reader = Reader(page)
        self.heading = page.get_by_role("heading", level=1)
        self.keypad = page.locator("dialog.numbers")
        self._armed()

    def look(self) -> None:
        """See the bench as it stands now."""
        self.page.goto(self.page.url.split("/bench/")[0] + f"/bench/{self.lot}")
        self._armed()

    def scan(self, *symbols: str) -> None:
        """Read things, or cards by what stands on them, one after another."""
        for symbol in symbols:
            self.reader.scan(CODES.get(symbol) or f"]d1{symbol}")
            self.scans += 1

    def used(self, things: Iterable[str]) -> None:
        """Materials and machines that the running step needs: each is accepted."""
        for thing in things:
            with self.page.expect_response(f"**/bench/{self.lot}/scan") as answer:
                self.scan(thing)
            assert answer.value.status == 200, self.page.locator("#bench").inner_text()

    def number(self, text: str) -> None:
        """A number by digit cards: read back large, then confirmed."""
        self.scan(*("POINT" if mark == "." else mark for mark in text))
        expect(self.keypad.locator("[data-number=read]")).to_have_text(text)
        self.scan("CONFIRM")
        expect(self.keypad).to_be_hidden()

    def start(self, title: str) -> None:
        """Start the step of this title; NEXT goes on to it where another one is offered first."""
        for _ in range(8):
            if self.heading.inner_text() == f"Next: {title}":
                break
            before = self.heading.inner_text()
            self.scan("NEXT")
            expect(self.heading).not_to_have_text(before)
            self._armed()
        self.scan("START")
        expect(self.heading).to_have_text(title)

    def count_from(self, file: Path) -> None:
        """The counter's own file: the one thing that is chosen and not scanned."""
        self.scan("FILE")
        self._at("/do/manufacturing/import_count")
        self.page.locator("input[type=file]").set_input_files(file)
        self._confirm()

    def count_chambers(self, dilution: str, chamber_nl: str, chambers: Iterable[tuple[int, int]]) -> None:
        """What was seen in each chamber, by digit cards."""
        self.scan("COUNT")
        self._at("/do/manufacturing/record_count")
        seen = [str(number) for chamber in chambers for number in chamber]
        for number in (dilution, chamber_nl, *seen):
            self.number(number)
        self._confirm()

    def act(self, opens: str, verb: str, numbers: Mapping[str, str], *more: str) -> None:
        """The step's act: opened by a container or by START, its fields filled in their order, and confirmed."""
        self.scan(opens)
        self._at(f"/do/manufacturing/{verb}")
        for symbol in more:
            self.scan(symbol)
        for name, number in numbers.items():
            self.number(number)
            expect(self.page.locator(f"#field-{name}")).to_have_value(number)
        self._confirm()

    def badge(self, symbol: str) -> None:
        """Somebody's badge: the bench is drawn anew for them."""
        with self.page.expect_navigation():
            self.scan(symbol)
        self._armed()

    def take_sample(self, *of: str) -> None:
        """The sample that the step names, out of what it made, or out of the container whose label is read."""
        self.scan("START")
        self._at("/do/quality/take_sample")
        self.scan(*of)
        expect(self.page.locator("#field-container")).not_to_have_value("")
        self._confirm()

    def print_all(self, kinds: int) -> None:
        """Print what the step made, one kind of label after another."""
        for _ in range(kinds):
            with self.page.expect_response(lambda answer: "/do/labels/print_labels" in answer.url):
                self.scan("PRINT")
        expect(self.page.locator("[data-command=PRINT]")).to_have_count(0)

    def complete(self) -> None:
        """Complete the step."""
        self.scan("NEXT")
        expect(self.heading).to_have_text(re.compile("^(Next: |Every step is done)"))

    def hands(self) -> int:
        """How often a hand touched the page."""
        return int(self.page.evaluate(f"Number(sessionStorage.getItem('{HANDS}'))"))

    def _confirm(self) -> None:
        """Send the form, and be back at the bench."""
        self.scan("CONFIRM")
        self._at(f"/bench/{self.lot}")

    def _at(self, path: str) -> None:
        self.page.wait_for_url(lambda url: path in url.split("?")[0])
        self._armed()

    def _armed(self) -> None:
        expect(self.page.locator("form.sink[data-armed]")).to_be_attached()
