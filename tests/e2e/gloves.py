"""A technician in gloves: at the bench everything is done by what a reader types, and the page counts every hand.

Symbols of things and of command and digit cards are scanned. The other ways in are the chooser of a counter's file, and
the keypad on the screen, for the PIN that no card enters.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import pytest
from playwright.sync_api import ElementHandle, Frame, Keyboard, Locator, Page, expect

from cellchain.labels.cards import CARDS
from tests.e2e.scan_sink_reader import Reader

CODES = {card.command: card.code for card in CARDS}
HANDS = "hands"
# Whatever a hand does is trusted and has a pointer; what a card presses is neither. The keypad is for hands.
WATCH = f"""
addEventListener("pointerdown", (event) => {{
  const keypad = event.target.closest?.("dialog.numbers, [data-number-open]");
  if (event.isTrusted && !keypad) sessionStorage.setItem("{HANDS}", Number(sessionStorage.getItem("{HANDS}")) + 1);
}}, {{ capture: true }});
"""

TYPING: dict[type, tuple[str, ...]] = {
    Keyboard: ("type", "press", "down", "insert_text"),
    Page: ("fill", "type", "press", "check", "select_option", "click", "tap"),
    Frame: ("fill", "type", "press", "check", "select_option", "click", "tap"),
    Locator: ("fill", "type", "press", "press_sequentially", "check", "select_option", "set_checked", "tap"),
    ElementHandle: ("fill", "type", "press", "check", "select_option", "click", "tap"),
}


def put_the_keyboard_away(patch: pytest.MonkeyPatch) -> None:
    """From now on typing, filling and choosing by hand fails the test: only a reader presses keys.

    A click on a locator stays, for the keypad: the page counts every hand that is anywhere else.
    """

    def refused(*_args: Any, **_kwargs: Any) -> NoReturn:
        raise AssertionError("somebody took their gloves off: only scans, the keypad and instrument files are allowed")

    for kind, names in TYPING.items():
        for name in names:
            patch.setattr(kind, name, refused)


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

    def choose(self, words: str) -> None:
        """The digit card of the answer that says these words. Nothing was chosen before."""
        question = self.page.locator(".choices", has=self.page.locator(".choice", has_text=words))
        expect(question).to_be_visible()
        expect(question.locator(":checked")).to_have_count(0)
        answers = question.locator(".choice").all_inner_texts()
        at = next(number for number, said in enumerate(answers, 1) if words in said)
        self.scan(str(at))
        expect(question.locator(".choice", has_text=words).locator("input")).to_be_checked()

    def on(self, path: str) -> None:
        """The page has become this one, and takes scans."""
        self._at(path)

    def on_duty(self) -> None:
        """Whoever was asked for their PIN is in, and the page takes scans."""
        self.page.wait_for_url(lambda url: "/sign-in" not in url)
        self._armed()

    def confirm(self, path: str) -> None:
        """CONFIRM leads to this page."""
        self.scan("CONFIRM")
        self._at(path)

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

    def act(self, opens: str, verb: str, numbers: Mapping[str, str], *more: str, why: str = "") -> None:
        """The step's act: opened by a container or by START, its fields filled in their order, and confirmed.

        Where a number is outside its alert limit it is asked `why`, and the digit card of that answer says it.
        """
        self.scan(opens)
        self._at(f"/do/manufacturing/{verb}")
        for symbol in more:
            self.scan(symbol)
        for name, number in numbers.items():
            self.number(number)
            expect(self.page.locator(f"#field-{name}")).to_have_value(number)
        if why:
            self.scan("CONFIRM")
            expect(self.page.get_by_text("The value lies outside its alert limits.")).to_be_visible()
            self._armed()
            self.choose(why)
        self._confirm()

    def badge(self, symbol: str) -> None:
        """Somebody's badge: the page is drawn anew for them, or asks for their PIN first."""
        with self.page.expect_navigation():
            self.scan(symbol)

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
