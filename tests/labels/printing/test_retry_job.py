"""Sending a job again, or elsewhere: only what certainly did not come out, and the same label still."""

from dataclasses import replace

import pytest

from cellchain.accounts import commands as accounts
from cellchain.identity.codes import Kind, issue
from cellchain.labels import commands as labels
from cellchain.labels.printing import queries
from tests.labels.printing import sink
from tests.labels.printing.shop import STATION, Shop
from tests.trial.story import forbids, refuses


def test_what_did_not_come_out_is_the_same_label_still(shop: Shop) -> None:
    with sink.printing(sink.resets) as printer:
        shop.printer_for(printer)
        job = shop.print()
        shop.work()
        with refuses("print_job.unsettled"):
            shop.retry(job)
        shop.settle(job, "did_not")
        label = shop.label(job)
        made = shop.retry(job)
        assert made == {"job": job, "delivery": "queued", "printer": "zebra"}
        assert (shop.house.entries()[-1].event, shop.house.entries()[-1].subject) == ("labels:job:retried", label)
        printer.handler = sink.takes
        shop.work()
    assert (shop.delivery(job), shop.label(job), len(printer.taken)) == ("sent", label, 1)
    assert shop.job(job).attempts_count == 2


def test_a_line_that_waits_is_tried_now(shop: Shop) -> None:
    port = sink.closed_port()
    shop.configure(port=port)
    shop.assign()
    first, second = shop.print(), shop.print()
    shop.work()
    with sink.printing(port=port) as printer:
        shop.work()
        assert printer.taken == [], "it waits for its time"
        shop.retry(second)
        shop.work()
    assert [shop.delivery(job) for job in (first, second)] == ["sent", "sent"]


def test_it_may_go_to_another_printer_or_to_a_file(shop: Shop) -> None:
    shop.configure(port=sink.closed_port())
    shop.configure("paper", transport="download")
    shop.assign()
    first, second = shop.print(), shop.print()
    with sink.printing() as other:
        shop.configure("other", port=other.port)
        shop.retry(second, printer="other")
        shop.work()
        assert (shop.delivery(first), shop.delivery(second)) == ("queued:away", "sent")
    with refuses("printer.unknown"):
        shop.retry(first, printer="no-such")
    shop.retry(first, printer="paper")
    assert (shop.delivery(first), shop.job(first).printer) == ("offered", None)
    with refuses("print_job.done"):
        shop.retry(first)


def test_it_comes_out_where_it_is_wanted_now_and_is_looked_for_there(shop: Shop) -> None:
    """A record of another lot is not opened at a bench where a label is still to come out."""
    shop.house.do(accounts.enrol_station, by=shop.boss, station="bench-2", kind="bench", token_hash="1" * 64)
    shop.configure(port=sink.closed_port())
    shop.assign()
    job, other_lot = shop.print(), issue(Kind.LOT, 1, 2026, 99)
    there = replace(shop.desk.technician, device="bench-2")
    shop.retry(job, by=there)
    with shop.read() as tx:
        assert queries.left_at(tx, "bench-2", but=other_lot) == [shop.label(job)]
        assert queries.left_at(tx, STATION, but=other_lot) == []


def test_what_is_done_or_under_way_is_not_sent_again(shop: Shop) -> None:
    with sink.printing() as printer:
        shop.printer_for(printer)
        job = shop.print()
        shop.work()
        with refuses("print_job.done"):
            shop.retry(job)
    assert len(printer.taken) == 1


@pytest.mark.parametrize(("ending", "code"), [("void", "print_job.label_void"), ("confirm", "print_job.scanned_back")])
def test_a_label_that_needs_no_paper(shop: Shop, ending: str, code: str) -> None:
    shop.configure(port=sink.closed_port())
    shop.assign()
    job = shop.print()
    if ending == "void":
        shop.desk.do(labels.void_label, label=shop.label(job), ending="spoil", reason="Not needed.")
    else:
        shop.desk.confirm(shop.label(job))
    with refuses(code):
        shop.retry(job)


def test_it_needs_a_role(shop: Shop) -> None:
    shop.configure()
    shop.assign()
    job = shop.print()
    for role in ("inspector", "administrator", "assessor"):
        with forbids():
            shop.retry(job, by=shop.house.actor(role))
