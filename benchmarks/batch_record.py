"""`make bench`: a bench with 10,000 steps behind it beside one with 10, and the paper of a long record.

Both benches are drawn whole, in turn, from the same database in the same run, and the time of the processor is taken,
so that what the machine does meanwhile does not count. Read the ratio (it is to stay below 2), not the milliseconds. A
page of the paper is measured against the floor: a bare page of as many lines, as reportlab sets it without tables.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pypdfium2
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from benchmarks import long_record
from cellchain.accounts import queries as people
from cellchain.accounts.permissions import permissions_of
from cellchain.demo import play
from cellchain.ledger.actor import Actor
from cellchain.main import Installation, opened
from cellchain.manufacturing import bench, pages
from cellchain.platform.config import Settings
from cellchain.trace.documents import paper, record, sheets
from cellchain.web.format import SPACE
from cellchain.web.html import Page, render_text
from cellchain.web.i18n import Voice

SHORT, LONG, PRINTED = 10, 10_000, 1_450
TURNS = 60
LINES_A_PAGE = 52
ZONE = ZoneInfo("Europe/Moscow")


def main() -> None:
    """Print the figures of the two benches, the two lot pages, and the paper."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder) / "data", password_cost="cheap")
        play(settings, 1)
        with opened(settings) as installation:
            _benches(installation)
            _paper(installation)


def _benches(installation: Installation) -> None:
    lots = [long_record.make(installation.database, count, 900_000 + count) for count in (SHORT, LONG)]
    print("| page of a lot | steps | p50 ms | p95 ms | 10,000 / 10 |")
    print("|---|---|---|---|---|")
    for name, draw in (("bench", _bench), ("lot, its last steps", _lot)):
        taken: list[list[float]] = [[], []]
        for _ in range(TURNS):
            for place, lot in enumerate(lots):
                before = time.process_time()
                draw(installation, lot)
                taken[place].append((time.process_time() - before) * 1000)
        short = statistics.median(taken[0])
        for count, times in zip((SHORT, LONG), taken, strict=True):
            middle, slow = statistics.median(times), statistics.quantiles(times, n=20)[-1]
            print(f"| {name} | {count:,} | {middle:.1f} | {slow:.1f} | {middle / short:.2f} |")


def _bench(installation: Installation, lot: str) -> str:
    """The bench as a browser gets it."""
    voice = Voice("en", ZONE)
    with installation.database.read() as tx:
        actor = _technician(tx)
        view = bench.bench_view(tx, lot, voice, actor)
        page = Page("en", ZONE, tx.now)
    known: dict[str, Any] = {
        "last": None,
        "entered": {},
        "may": actor.may,
        "person": actor.person,
        "fresh": lambda: "0",
    }
    return render_text(page, "manufacturing/bench.html", view=view, **known)


def _lot(installation: Installation, lot: str) -> str:
    """What is read for the page of a lot."""
    with installation.database.read() as tx:
        return str(pages.lot_sheet(tx, lot, Voice("en", ZONE)).within_count)


def _technician(tx: Any) -> Actor:
    found = next(one for one in people.people(tx) if one.username == "technician1")
    return Actor(found.code, permissions_of(found.roles), frozenset(found.roles), "bench-1")


def _paper(installation: Installation) -> None:
    lot = long_record.make(installation.database, PRINTED, 900_000 + PRINTED)
    with installation.database.read() as tx:
        before = time.process_time()
        told = record.told(tx, lot, Voice("ru", ZONE), demonstration=True)
        read_s = time.process_time() - before
    told["ledger"] = {"entries": 0, "root": "0" * 64}
    document, set_s = _timed(lambda: sheets.draw(told))
    opened_again = pypdfium2.PdfDocument(document)
    count = len(opened_again)
    opened_again.close()
    _, floor_s = _timed(lambda: _floor(count))
    print()
    print("| paper of a record | steps | pages | read s | set s | ms a page | set / floor |")
    print("|---|---|---|---|---|---|---|")
    figures = f"{read_s:.1f} | {set_s:.1f} | {set_s / count * 1000:.0f} | {set_s / floor_s:.1f}"
    print(f"| Russian | {PRINTED:,} | {count} | {figures} |")


def _floor(count: int) -> bytes:
    """As many pages of plain lines."""
    kept = BytesIO()
    canvas = Canvas(kept, pagesize=A4, invariant=1)
    for _ in range(count):
        canvas.setFont(paper.SANS, paper.SIZE)
        for line in range(LINES_A_PAGE):
            canvas.drawString(50, 800 - 14 * line, f"Смена среды{SPACE}{line}: 2 флакона, 18.07.2025, 20:47 МСК" * 2)
        canvas.showPage()
    canvas.save()
    return kept.getvalue()


def _timed(work: Callable[[], bytes]) -> tuple[bytes, float]:
    """What it gives, and the seconds of the processor that it took."""
    before = time.process_time()
    given = work()
    return given, time.process_time() - before


if __name__ == "__main__":
    main()
