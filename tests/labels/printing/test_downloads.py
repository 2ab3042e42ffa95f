"""A label as a file: where no printer serves the station, and never beside a printer."""

from datetime import timedelta
from hashlib import sha256

from cellchain.labels.models import Label
from cellchain.labels.printing import downloads
from tests.labels.printing import sink
from tests.labels.printing.shop import STATION, Shop
from tests.labels.story import BAG
from tests.trial.story import refuses


def open_file(shop: Shop, label: str, document: bytes = b"%PDF-1") -> None:
    """What the page does."""
    with shop.read() as tx:
        downloads.check(tx, tx.get(Label, label), STATION)
    downloads.note(shop.house.runner, shop.desk.technician, label, document)


def test_without_a_printer_it_is_opened_and_leaves_its_hash(shop: Shop) -> None:
    job = shop.print()
    assert shop.delivery(job) == "offered"
    open_file(shop, shop.label(job))
    open_file(shop, shop.label(job))
    assert shop.delivery(job) == "sent"
    assert shop.job(job).bytes_hash == sha256(b"%PDF-1").hexdigest()
    shop.work()
    assert shop.job(job).attempts_count == 0


def test_no_second_copy_comes_of_a_file(shop: Shop) -> None:
    """Opened again at once is the same window; later, or once it was scanned back, it would be a twin."""
    job = shop.print()
    label = shop.label(job)
    open_file(shop, label)
    shop.house.clock.advance(timedelta(minutes=10))
    open_file(shop, label)
    shop.house.clock.advance(timedelta(seconds=1))
    with refuses("label.handed_out"):
        open_file(shop, label)
    shop.desk.confirm(label)
    with refuses("label.in_use"):
        open_file(shop, label)


def test_what_a_printer_has_or_may_have_is_no_file(shop: Shop) -> None:
    with sink.printing(sink.resets) as printer:
        shop.printer_for(printer)
        job = shop.print()
        label = shop.label(job)
        with refuses("label.at_printer"):
            open_file(shop, label)
        shop.work()
        with refuses("label.at_printer"):
            open_file(shop, label)
        shop.settle(job, "did_not")
        shop.configure("paper", transport="download")
        shop.retry(job, printer="paper")
        open_file(shop, label)
        open_file(shop, label)
        assert shop.delivery(job) == "sent"
        printer.handler = sink.takes
        sent = shop.print()
        shop.work()
        with refuses("label.at_printer"):
            open_file(shop, shop.label(sent))


def test_what_a_printer_never_gave_is_one_copy_as_a_file(shop: Shop) -> None:
    """Opened as a file, it has left: the printer that failed over it does not get it afterwards."""
    with sink.printing(sink.resets) as printer:
        shop.printer_for(printer)
        job = shop.print()
        shop.work()
        shop.settle(job, "did_not")
        open_file(shop, shop.label(job))
        assert (shop.delivery(job), shop.job(job).printer) == ("sent", None)
        printer.handler = sink.takes
        with refuses("print_job.done"):
            shop.retry(job)
        shop.work()
        assert printer.taken == []
    shop.house.clock.advance(timedelta(minutes=11))
    with refuses("label.handed_out"):
        open_file(shop, shop.label(job))


def test_a_retry_that_is_quicker_than_the_file_wins(shop: Shop) -> None:
    """The page was allowed to open it; by the time the copy is written down, the printer has it."""
    with sink.printing(sink.resets) as printer:
        shop.printer_for(printer)
        job = shop.print()
        shop.work()
        shop.settle(job, "did_not")
        with shop.read() as tx:
            downloads.check(tx, tx.get(Label, shop.label(job)), STATION)
        shop.retry(job)
        with refuses("label.at_printer"):
            downloads.note(shop.house.runner, shop.desk.technician, shop.label(job), b"%PDF-1")


def test_a_reprint_is_a_label_and_a_job_of_its_own(shop: Shop) -> None:
    with sink.printing() as printer:
        shop.printer_for(printer)
        first = shop.desk.print(BAG)["label"]
        shop.work()
        again = shop.desk.reprint(first, shop.desk.badge())["label"]
        shop.work()
    assert shop.job_of(first) != shop.job_of(again)
    assert len(set(printer.taken)) == 2, "the second one says that it is a reprint"
    with refuses("label.at_printer"):
        open_file(shop, again)
