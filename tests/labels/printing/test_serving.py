"""The worker while it serves: no printer waits for another, and no command waits for a printer."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cellchain.labels import commands as labels
from cellchain.labels.printing.transports import Patience
from cellchain.labels.printing.worker import PrintWorker
from tests.factories import House, make_tables
from tests.labels.printing import sink
from tests.labels.printing.shop import Shop
from tests.support.postgres import Postgres

LONG = Patience(connect_s=5, send_s=30, close_s=30)
DONE_S = 30
LABELS = 12


@contextmanager
def working(worker: PrintWorker) -> Iterator[PrintWorker]:
    """A worker at work."""
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds. What it waits for is an event; the time is only a limit."""
    deadline = time.monotonic() + DONE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_one_that_hangs_or_is_away_blocks_neither_printers_nor_commands(shop: Shop) -> None:
    with sink.printing(sink.holds) as hanging, sink.printing() as fine, working(shop.new_worker(LONG)):
        for name, port in (("hanging", hanging.port), ("away", sink.closed_port()), ("fine", fine.port)):
            shop.configure(name, port=port)
        shop.assign("hanging")
        held = [shop.print(), shop.print()]
        hanging.wait_for_connection()
        # From here on the first printer holds its label until it is released, at the end.
        shop.assign("away")
        away = shop.print()
        shop.assign("fine")
        through = [shop.print() for _ in range(3)]
        until(lambda: all(shop.delivery(job) == "sent" for job in through))
        until(lambda: shop.delivery(away) == "queued:away")
        shop.desk.do(labels.void_label, label=shop.label(held[1]), ending="spoil", reason="Not needed.")
        assert [shop.delivery(job) for job in held] == ["sending", "queued"]
        assert not hanging.release.is_set()
        hanging.release.set()
        until(lambda: [shop.delivery(job) for job in held] == ["sent", "cancelled"])
    assert (len(fine.taken), len(hanging.taken)) == (3, 1)


def test_one_job_at_a_time_in_the_order_of_printing(shop: Shop) -> None:
    with sink.printing() as printer, working(shop.new_worker(LONG)):
        shop.printer_for(printer)
        jobs = [shop.print() for _ in range(LABELS)]
        until(lambda: all(shop.delivery(job) == "sent" for job in jobs))
    assert printer.together_max == 1
    ended = [shop.job(job).started_at for job in jobs]
    assert ended == sorted(ended, key=str)
    assert len(printer.taken) == LABELS


def test_two_servers_over_postgresql_send_each_label_once(postgres: Postgres) -> None:
    url = postgres.fresh_database()
    make_tables(url)
    house, other = House(url), House(url)
    try:
        shop = Shop(house)
        second = PrintWorker(other.database, other.runner, demonstration=False, patience=LONG)
        with sink.printing() as printer, working(shop.new_worker(LONG)), working(second):
            shop.printer_for(printer)
            jobs = [shop.print() for _ in range(LABELS)]
            until(lambda: all(shop.delivery(job) == "sent" for job in jobs))
        assert len(set(printer.taken)) == len(printer.taken) == LABELS
        assert printer.together_max == 1
        assert [shop.job(job).attempts_count for job in jobs] == [1] * LABELS
    finally:
        house.close()
        other.close()
        postgres.drop(url)


def test_a_start_on_postgresql_takes_no_attempt_from_a_server_that_lives(postgres: Postgres) -> None:
    url = postgres.fresh_database()
    make_tables(url)
    house, other = House(url), House(url)
    try:
        shop = Shop(house)
        with sink.printing(sink.holds) as printer, working(shop.new_worker(LONG)):
            shop.printer_for(printer)
            job = shop.print()
            printer.wait_for_connection()
            with working(PrintWorker(other.database, other.runner, demonstration=False, patience=LONG)):
                assert shop.delivery(job) == "sending"
                printer.release.set()
                until(lambda: shop.delivery(job) == "sent")
    finally:
        house.close()
        other.close()
        postgres.drop(url)
