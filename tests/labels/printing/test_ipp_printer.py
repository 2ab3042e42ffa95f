"""IPP against CUPS's own printer: what it takes, what it does not, and what it tells about a job that broke off."""

import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from cellchain.labels.printing import queue, transports
from cellchain.labels.printing.models import PrintJob
from cellchain.labels.printing.rules import Delivery
from tests.labels.printing import ippeve
from tests.labels.printing.ippeve import EvePrinter
from tests.labels.printing.shop import Shop

# Fewer than a printer is asked: queue.ASKS_MAX.
ROUNDS_MAX = 10


@pytest.fixture(scope="module")
def bus() -> Iterator[str]:
    with ippeve.bus() as address:
        yield address


@pytest.fixture
def printer(bus: str, tmp_path: Path) -> Iterator[EvePrinter]:
    """A printer that works."""
    with ippeve.printer(bus, tmp_path) as running:
        yield running


def use(shop: Shop, printer: EvePrinter, **told: str) -> None:
    """The station's labels go to this printer."""
    shop.configure(transport="ipp", host="localhost", port=printer.port, **told)
    shop.assign()


@pytest.mark.parametrize(("paper", "begins"), [("pdf", b"%PDF-"), ("zpl", b"^XA")])
def test_it_takes_a_label_under_its_serial(shop: Shop, printer: EvePrinter, paper: str, begins: bytes) -> None:
    use(shop, printer, paper=paper)
    job = shop.print()
    shop.work()
    assert shop.delivery(job) == "sent"
    [document] = printer.documents()
    assert shop.label(job).lower() in document.name.lower()
    assert document.read_bytes().startswith(begins)
    assert sha256(document.read_bytes()).hexdigest() == shop.job(job).bytes_hash


def test_labels_go_one_after_the_other(shop: Shop, printer: EvePrinter) -> None:
    use(shop, printer, paper="pdf")
    jobs = [shop.print() for _ in range(3)]
    work_until_sent(shop, jobs[-1])
    assert [shop.delivery(job) for job in jobs] == ["sent"] * 3
    assert [path.name.upper().split("-")[1][:14] for path in printer.documents()] == [shop.label(job) for job in jobs]


def test_one_that_is_busy_gets_the_label_later_and_once(shop: Shop, bus: str, tmp_path: Path) -> None:
    go = tmp_path / "go"
    slow = tmp_path / "slow"
    slow.write_text(f"#!/bin/sh\nwhile [ ! -e {go} ]; do sleep 0.05; done\n")
    slow.chmod(0o755)
    with ippeve.printer(bus, tmp_path, str(slow)) as printer:
        use(shop, printer, paper="pdf")
        first, second = shop.print(), shop.print()
        shop.work()
        assert [shop.delivery(first), shop.delivery(second)] == ["sent", "queued:busy"]
        shop.wait(5)
        shop.work()
        assert shop.delivery(second) == "queued:busy"
        go.touch()
        work_until_sent(shop, second)
        assert len(printer.documents()) == 2


def test_a_wrong_queue_is_refused_and_waits_for_a_person(shop: Shop, printer: EvePrinter) -> None:
    use(shop, printer, path="/printers/other")
    job = shop.print()
    shop.work()
    assert shop.delivery(job) == "blocked:refused"
    assert "0x04" in (shop.job(job).detail or "") or "HTTP 4" in (shop.job(job).detail or "")
    assert printer.documents() == []
    assert shop.stuck() == [(job, "blocked")]


def test_one_that_is_away_is_tried_again(shop: Shop, bus: str, tmp_path: Path) -> None:
    with ippeve.printer(bus, tmp_path) as printer:
        use(shop, printer)
        printer.freeze()
        job = shop.print()
        shop.work()
        assert shop.delivery(job) == "queued:away", "asking what it takes sends nothing of the label"
        printer.thaw()
        shop.wait(5)
        shop.work()
        assert shop.delivery(job) == "sent"
        assert len(printer.documents()) == 1


def test_one_that_took_it_and_fell_silent_is_asked(
    shop: Shop, printer: EvePrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(shop, printer, paper="pdf")
    job = shop.print()
    freeze_before_the_document(monkeypatch, printer)
    shop.worker.work_on("zebra")
    assert shop.delivery(job) == "unknown:silent"
    assert shop.stuck() == [(job, "unknown")]
    printer.thaw()
    work_until_sent(shop, job)
    assert shop.job(job).attempts_count == 1
    assert len(printer.documents()) == 1


def test_one_that_knows_nothing_of_it_proves_nothing(
    shop: Shop, bus: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ippeve.printer(bus, tmp_path) as printer:
        use(shop, printer, paper="pdf")
        job = shop.print()
        freeze_before_the_document(monkeypatch, printer)
        shop.worker.work_on("zebra")
    monkeypatch.undo()
    (tmp_path / "again").mkdir()
    with ippeve.printer(bus, tmp_path / "again") as fresh:
        use(shop, fresh, paper="pdf")
        for _hour in range(20):
            shop.wait(3_600)
            shop.work()
        assert shop.delivery(job) == "unknown:silent", "a printer that was switched off forgets"
        assert shop.job(job).asked_count == queue.ASKS_MAX
        assert fresh.documents() == []


def test_a_restart_asks_about_what_was_under_way(shop: Shop, printer: EvePrinter) -> None:
    use(shop, printer, paper="pdf")
    taken, lost = shop.print(), shop.print()
    shop.worker.work_on("zebra")
    # As if the process had died between the printer's answer and our note of it.
    shop.house.runner.outside(lambda tx: tx.set_outside(PrintJob, taken, delivery=Delivery.SENDING))
    shop.new_worker().recover()
    shop.house.runner.outside(lambda tx: queue.begin(tx, shop.job(lost), "0" * 64))
    shop.new_worker().recover()
    assert [shop.delivery(taken), shop.delivery(lost)] == ["unknown:ended"] * 2
    shop.work()
    assert [shop.delivery(taken), shop.delivery(lost)] == ["sent", "unknown:ended"]
    assert len(printer.documents()) == 1


def work_until_sent(shop: Shop, job: int) -> None:
    """A printer of its own process takes its time between two jobs."""
    for _round in range(ROUNDS_MAX):
        shop.work()
        if shop.delivery(job) == "sent":
            return
        shop.wait(300)
        time.sleep(0.1)
    raise AssertionError(shop.delivery(job))


def freeze_before_the_document(monkeypatch: pytest.MonkeyPatch, printer: EvePrinter) -> None:
    """The printer says what it would take, and stops before it gets it."""
    asked = transports._IppPrinter._wishes_for

    def answers_and_freezes(*given: Any) -> Any:
        wishes = asked(*given)
        printer.freeze()
        return wishes

    monkeypatch.setattr(transports._IppPrinter, "_wishes_for", answers_and_freezes)
