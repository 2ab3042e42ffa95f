"""Every copy of a label that left, or may have, stands in the ledger with the hash of its bytes."""

from hashlib import sha256
from typing import Any

from cellchain.labels.printing import commands, downloads, invariants, queries, queue
from cellchain.labels.printing.models import Copy
from tests.labels.printing import sink
from tests.labels.printing.shop import STATION, Shop


def copies(shop: Shop, label: str) -> list[Copy]:
    with shop.read() as tx:
        return [copy for copy, _ in queries.copies_of(tx, label)]


def entries(shop: Shop, event: str) -> list[Any]:
    return [entry for entry in shop.house.entries() if entry.event == event]


def broken(shop: Shop) -> list[str]:
    with shop.read() as tx:
        return [line for invariant in invariants.INVARIANTS for line in invariant.check(tx)]


def test_what_a_printer_took(shop: Shop) -> None:
    with sink.printing() as printer:
        shop.printer_for(printer)
        job = shop.print()
        shop.work()
    [copy] = copies(shop, shop.label(job))
    assert copy.bytes_hash == sha256(printer.taken[0]).hexdigest()
    assert (copy.job, copy.attempt, copy.printer, copy.station) == (job, 1, "zebra", STATION)
    assert (copy.design, copy.design_version, copy.phase) == ("container", 1, "left")
    assert copy.left_by == shop.desk.technician.person
    [entry] = entries(shop, "labels:copy:left")
    assert entry.subject == copy.label
    assert f'"bytes_hash":"{copy.bytes_hash}"' in entry.body
    assert broken(shop) == []


def test_a_printer_that_is_away_leaves_no_copy(shop: Shop) -> None:
    shop.configure(port=9)
    shop.assign()
    job = shop.print()
    shop.work()
    assert shop.delivery(job) == "queued:away"
    assert copies(shop, shop.label(job)) == []


def test_what_broke_off_may_be_a_copy_until_somebody_looked(shop: Shop) -> None:
    with sink.printing(sink.resets) as printer:
        shop.printer_for(printer)
        missed, seen = shop.print(), shop.print()
        shop.work()
        assert [copies(shop, shop.label(job))[0].phase for job in (missed, seen)] == ["unknown", "unknown"]
        shop.settle(missed, "did_not")
        shop.settle(seen, "came_out")
        assert [copies(shop, shop.label(job))[0].phase for job in (missed, seen)] == ["not_printed", "left"]
        printer.handler = sink.takes
        shop.retry(missed)
        shop.work()
    assert [(copy.attempt, copy.phase) for copy in copies(shop, shop.label(missed))] == [
        (1, "not_printed"),
        (2, "left"),
    ]
    assert broken(shop) == []


def test_an_attempt_whose_process_is_gone(shop: Shop) -> None:
    shop.configure()
    shop.assign()
    job = shop.print()
    shop.house.runner.outside(lambda tx: queue.begin(tx, shop.job(job), "0" * 64))
    shop.new_worker().recover()
    [copy] = copies(shop, shop.label(job))
    assert (shop.delivery(job), copy.phase, copy.bytes_hash) == ("unknown:ended", "unknown", "0" * 64)


def test_each_opening_of_a_file_is_a_copy(shop: Shop) -> None:
    label = shop.label(shop.print())
    for _ in range(2):
        with shop.read() as tx:
            downloads.check(tx, shop.desk.label(label), STATION)
        downloads.note(shop.house.runner, shop.desk.technician, label, b"%PDF-1")
    made = copies(shop, label)
    assert [(copy.attempt, copy.printer, copy.phase) for copy in made] == [(0, None, "left")] * 2
    assert {copy.bytes_hash for copy in made} == {sha256(b"%PDF-1").hexdigest()}
    opened = entries(shop, "labels:copy:handed_out")
    assert [(entry.actor, entry.subject) for entry in opened] == [(shop.desk.technician.person, label)] * 2
    assert broken(shop) == []


def test_a_test_page_is_no_copy(shop: Shop) -> None:
    with sink.printing() as printer:
        shop.printer_for(printer)
        shop.house.do(commands.print_test, by=shop.boss, printer="zebra")
        shop.work()
    assert len(printer.taken) == 1
    assert entries(shop, "labels:copy:left") == []
