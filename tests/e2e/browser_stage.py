"""The demonstration's stage, played over HTTP: each person signs in, and what the bench takes as a scan is scanned.

The clock is simulated, as the demonstration's is, because cells need weeks. Everything else is the served application.
"""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import uvicorn
from playwright.sync_api import Page, expect

from cellchain.demo.stage import Stage
from cellchain.labels import commands as labels
from cellchain.labels import queries as label_queries
from cellchain.ledger.registry import command_of
from cellchain.main import Installation, create_app
from cellchain.manufacturing import commands as manufacturing
from tests.e2e.scan_sink_reader import Reader
from tests.e2e.server import Served

# A session is idle after half an hour and over after twelve: a person signs in again before that.
IDLE = timedelta(minutes=25)
SHIFT = timedelta(hours=11)
# The labels that are scanned back on the screen: one of each harvest and bag; the dozens of vials and vessels are not.
ON_SCREEN = ("harvest_bag", "infusion_bag", "issue_tag")


@contextmanager
def hosted(installation: Installation, port: int = 0) -> Iterator[str]:
    """The application over an opened installation, served by a thread of this process. Gives its address."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", port))
    server = uvicorn.Server(uvicorn.Config(create_app(installation), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(15)
        listening.close()


@dataclass
class Sitting:
    """When somebody signed in, and when they did something last."""

    began: datetime
    used: datetime


@dataclass
class BrowserStage(Stage):
    """A stage whose people act over HTTP once `open_doors` was called; until then they set the house up."""

    served: Served | None = None
    opener: Callable[..., Page] | None = None
    sittings: dict[str, Sitting] = field(default_factory=dict)
    opened: list[Page] = field(default_factory=list)
    bench: Page | None = None
    reader: Reader | None = None
    scans: int = 0

    def open_doors(self, url: str, opener: Callable[..., Page]) -> None:
        """From now on everything goes through the served application."""
        passwords = {name: member.password for name, member in self.members.items()}
        self.served, self.opener = Served(url, self.installation.settings.data_dir, passwords), opener

    def do(
        self, who: str, function: Callable[..., Any], /, *, because: str | None = None, **fields: Any
    ) -> dict[str, Any]:
        """`who` runs `function` over HTTP; materials, equipment and the labels of bags are scanned."""
        if self.served is None:
            return super().do(who, function, because=because, **fields)
        if function is labels.confirm_label and self._design_of(fields["scanned"]) in ON_SCREEN:
            return self._scan_back(who, fields["scanned"])
        if function is manufacturing.use_material:
            return self._scan(who, fields["lot"], fields["material"])
        if function is manufacturing.use_equipment:
            return self._scan(who, fields["lot"], fields["equipment"])
        if self._is_over(who):
            self.served.forget(who)
        command = command_of(function)
        order = command.order(**fields).model_dump(mode="json", exclude_unset=True)
        return self.served.do(who, command.path, signed=command.signature is not None, **order)

    def page_of(self, who: str, next_page: str, **options: Any) -> Page:
        """A browser of `who`, signed in just now."""
        assert self.served is not None
        assert self.opener is not None
        self.opened.append(self.opener(locale="en", **options))
        return self.served.sign_in(self.opened[-1], who, next_page)

    def close_doors(self) -> None:
        """Everybody leaves: a page that asks for news asks nobody who is not there any more."""
        for page in self.opened:
            page.close()

    def _scan(self, who: str, lot: str, symbol: str) -> dict[str, Any]:
        """One scan at the bench of a lot: it has to be taken."""
        bench = f"/bench/{lot}"
        if self.bench is None or self._is_over(f"{who} {bench}"):
            if self.bench is not None:
                self.bench.context.close()
            self.bench = self.page_of(who, bench)
            self.reader = Reader(self.bench)
        reader = self.reader or Reader(self.bench)
        expect(self.bench.locator("form.sink[data-armed]")).to_be_attached()
        with self.bench.expect_response(f"**{bench}/scan") as answer:
            reader.scan(f"]d1{symbol}")
        assert answer.value.status == 200, self.bench.locator("#bench").inner_text()
        self.scans += 1
        return {}

    def _scan_back(self, who: str, symbol: str) -> dict[str, Any]:
        """A printed label, scanned on the thing it was put on: the form takes the scan, and the server says yes."""
        page = self.page_of(who, "/do/labels/confirm_label")
        expect(page.locator("form.sink[data-armed]")).to_be_attached()
        Reader(page).scan(f"]d1{symbol}")
        field = page.locator("#field-scanned")
        expect(field).to_have_value(re.compile(f"{symbol}$"))
        with page.expect_response("**/do/labels/confirm_label") as answer:
            page.locator("form:has(#field-scanned) button[type=submit]").click()
        assert answer.value.status == 303, page.locator("main").inner_text()
        page.context.close()
        self.scans += 1
        return {"confirmed": True}

    def _design_of(self, symbol: str) -> str:
        with self.installation.database.read() as tx:
            label = label_queries.standing_of(tx, symbol)
        return "" if label is None else label.design

    def _is_over(self, who: str) -> bool:
        """Whether this sitting ended or never began; it begins anew then."""
        now, sitting = self.clock.now(), self.sittings.get(who)
        over = sitting is None or now - sitting.used > IDLE or now - sitting.began > SHIFT
        self.sittings[who] = Sitting(now if sitting is None or over else sitting.began, now)
        return over
