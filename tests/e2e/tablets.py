"""A nurse at a tablet of the ward: badge, PIN, a reader, and a thumb. Every act is counted, and nothing is typed.

The clock of the house runs, and is moved on as a story needs it.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from cellchain.kernel.clock import SimulatedClock
from cellchain.main import opened
from cellchain.platform.config import Settings
from tests.e2e.browser_stage import hosted
from tests.e2e.gloves import CODES, tap_pin
from tests.e2e.server import Demonstration
from tests.e2e.test_station import Station


class RunningClock(SimulatedClock):
    """The time of a story: it passes as ours does, and may be moved on besides."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self._began = time.monotonic()

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=time.monotonic() - self._began)


@contextmanager
def served_in_its_own_time(folder: Path) -> Iterator[tuple[Demonstration, RunningClock]]:
    """A demonstration in `folder`, served from a minute after its story ended, and its clock."""
    made_at = datetime.fromisoformat(Demonstration("http://127.0.0.1", folder).manifest["made_at"])
    clock = RunningClock(made_at + timedelta(minutes=1))
    settings = Settings(data_dir=folder, password_cost="cheap")
    with opened(settings, clock=clock) as installation, hosted(installation) as url:
        served = Demonstration(url, folder)
        yield served, clock
        served.close()


class Tablet:
    """One nurse at one enrolled tablet. `acts` names what they did, one after another."""

    def __init__(self, station: Station, who: str) -> None:
        self.page: Page = station.page
        self.reader, self.badge, self.who = station.reader, station.badge(who), who
        self.url, self.pin = station.served.url, str(station.people[who]["pin"])
        self.acts: list[str] = []

    def open_shift(self, where: str = "/bedside") -> None:
        """Badge, and PIN on the keypad of the screen."""
        self.page.goto(f"{self.url}{where}")
        expect(self.page.locator("#badge")).to_be_focused()
        self._read("badge", self.badge)
        expect(self.page.locator("#pin")).to_be_focused()
        tap_pin(self.page, self.pin)
        self.acts.append("PIN")
        self.page.wait_for_url(f"**{where}")

    def scan(self, what: str, symbol: str) -> None:
        """Read one symbol, where the page takes scans."""
        expect(self.page.locator("form.sink[data-armed]")).to_be_attached()
        self._read(what, f"]C1{symbol}")

    def card(self, name: str) -> None:
        """A command card, or the digit cards of a number."""
        self._read(name, CODES[name])

    def press(self, what: str, button: Locator) -> None:
        """One touch of the screen."""
        button.click()
        self.acts.append(what)

    def number(self, text: str) -> None:
        """A number by digit cards, read back large and confirmed."""
        for mark in text:
            self.reader.scan(CODES["POINT" if mark == "." else mark])
        keypad = self.page.locator("dialog.numbers")
        expect(keypad.locator("[data-number=read]")).to_have_text(text)
        self.reader.scan(CODES["CONFIRM"])
        expect(keypad).to_be_hidden()
        self.acts.append(f"number {text}")

    def numbers(self, form: Locator, values: Mapping[str, str]) -> None:
        """The numbers of a form, in their order: each card goes to the first field that is needed and empty."""
        for name, value in values.items():
            self.number(value)
            expect(form.locator(f"[name={name}]")).to_have_value(value)

    def sheet(self, verb: str) -> Locator:
        """Open an act of the running infusion by its button. Gives its sheet."""
        expect(self.page.locator("#ward[data-armed]")).to_be_attached()
        self.press(verb, self.page.locator(f"main [data-opens={verb}]").first)
        sheet = self.page.locator(f"#act-{verb}")
        expect(sheet).to_be_visible()
        return sheet

    def sent(self) -> None:
        """What was entered has arrived: nothing waits on the tablet."""
        expect(self.page.locator("dialog[open]")).to_have_count(0)
        expect(self.page.locator("#ward")).to_be_hidden()

    def _read(self, what: str, text: str) -> None:
        self.reader.scan(text)
        self.acts.append(what)
