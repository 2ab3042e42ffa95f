"""What becomes of a label on its way to a raw printer, whatever the printer does."""

from hashlib import sha256

import pytest

from cellchain.labels import design as designs
from cellchain.labels import render
from cellchain.labels.printing import queue
from cellchain.labels.printing.rules import OVERDUE, wait_after
from cellchain.labels.printing.worker import LEASE
from cellchain.labels.raster import Resolution
from cellchain.paths import labels_dir
from tests.labels.printing import sink
from tests.labels.printing.shop import Shop


def expected(shop: Shop, job: int) -> bytes:
    """The bytes of a label as its record has them."""
    row = shop.desk.label(shop.label(job))
    data = shop.desk.said(row.code)
    drawn = render.zpl(designs.load(row.design), data, language="ru", resolution=Resolution.DPI_203)
    return drawn.encode()


def test_a_label_goes_out_as_recorded_and_leaves_its_hash(shop: Shop) -> None:
    with sink.printing() as printer:
        shop.printer_for(printer)
        job = shop.print()
        assert shop.delivery(job) == "queued"
        shop.work()
    assert printer.taken == [expected(shop, job)]
    done = shop.job(job)
    assert (done.delivery, done.attempts_count, done.problem) == ("sent", 1, None)
    assert done.bytes_hash == sha256(printer.taken[0]).hexdigest()
    assert (done.design, done.design_version) == ("container", 1)


def test_a_printer_of_pdf_gets_pdf(shop: Shop) -> None:
    with sink.printing() as printer:
        shop.printer_for(printer, paper="pdf")
        shop.print()
        shop.work()
    assert [data[:5] for data in printer.taken] == [b"%PDF-"]


def test_a_printer_that_is_away_loses_nothing_and_gets_all_in_order(shop: Shop) -> None:
    port = sink.closed_port()
    shop.configure(port=port)
    shop.assign()
    first, second, third = shop.print(), shop.print(), shop.print()
    shop.work()
    assert [shop.delivery(job) for job in (first, second, third)] == ["queued:away", "queued", "queued"]
    assert [shop.job(job).attempts_count for job in (first, second, third)] == [1, 0, 0], "the line waits as one"
    for seconds in (4, 1, 9, 1, 19, 1):
        shop.wait(seconds)
        shop.work()
    assert shop.job(first).attempts_count == 4, "after 5, 10 and 20 seconds"
    with sink.printing(port=port) as printer:
        shop.wait(300)
        shop.work()
    assert printer.taken == [expected(shop, job) for job in (first, second, third)]
    assert [shop.delivery(job) for job in (first, second, third)] == ["sent"] * 3
    assert shop.stuck() == []


def test_the_wait_is_doubled_to_five_minutes() -> None:
    waits = [wait_after(attempts).total_seconds() for attempts in (1, 2, 3, 6, 7, 8, 1_000)]
    assert waits == [5, 10, 20, 160, 300, 300, 300]


@pytest.mark.parametrize(
    ("handler", "problem"),
    [
        pytest.param(sink.resets, "cut_off", id="reset in the middle"),
        pytest.param(sink.resets_after_all, "cut_off", id="reset at the end"),
        pytest.param(sink.hangs, "silent", id="hangs"),
        pytest.param(sink.holds, "silent", id="never hangs up"),
    ],
)
def test_what_began_and_broke_off_waits_for_a_person(shop: Shop, handler: sink.Handler, problem: str) -> None:
    with sink.printing(handler) as printer:
        shop.printer_for(printer)
        job = shop.print()
        shop.work()
        assert shop.delivery(job) == f"unknown:{problem}"
        for _hour in range(3):
            shop.wait(3_600)
            shop.work()
        assert shop.job(job).attempts_count == 1, "never again by itself"
    assert shop.stuck() == [(job, "unknown")]


def test_one_that_broke_off_does_not_hold_up_the_next(shop: Shop) -> None:
    with sink.printing(sink.resets) as printer:
        shop.printer_for(printer)
        broken, fine = shop.print(), shop.print()
        shop.worker.work_on("zebra")
        printer.handler = sink.takes
        shop.work()
    assert (shop.delivery(broken), shop.delivery(fine)) == ("unknown:cut_off", "sent")


def test_after_a_restart_whatever_was_under_way_is_unknown(shop: Shop) -> None:
    with sink.printing() as printer:
        shop.printer_for(printer)
        begun, waiting = shop.print(), shop.print()
        shop.house.runner.outside(lambda tx: queue.begin(tx, shop.job(begun), "0" * 64))
        shop.new_worker().recover()
        assert shop.delivery(begun) == "unknown:ended"
        shop.work()
    assert (shop.delivery(begun), shop.delivery(waiting)) == ("unknown:ended", "sent")
    assert printer.taken == [expected(shop, waiting)]


def test_an_attempt_that_outlived_its_time_is_unknown_and_may_still_prove_that_it_went_well(shop: Shop) -> None:
    shop.configure(port=sink.closed_port())
    shop.assign()
    job = shop.print()
    shop.house.runner.outside(lambda tx: queue.begin(tx, shop.job(job), "0" * 64))
    shop.wait(LEASE.total_seconds() - 1)
    shop.work()
    assert shop.delivery(job) == "sending"
    shop.wait(1)
    shop.work()
    assert shop.delivery(job) == f"unknown:{OVERDUE}"
    shop.house.runner.outside(lambda tx: queue.finish(tx, shop.job(job), 1))
    assert shop.delivery(job) == "sent"


def test_a_late_end_overrides_no_decision_and_no_later_attempt(shop: Shop) -> None:
    with sink.printing(sink.resets) as printer:
        shop.printer_for(printer)
        job = shop.print()
        shop.work()
        shop.settle(job, "did_not")
        shop.house.runner.outside(lambda tx: queue.finish(tx, shop.job(job), 1))
        assert shop.delivery(job).startswith("not_printed")
        shop.retry(job)
        shop.house.runner.outside(lambda tx: queue.begin(tx, shop.job(job), "0" * 64))
        shop.house.runner.outside(lambda tx: queue.finish(tx, shop.job(job), 1))
        assert shop.delivery(job) == "sending"


def test_a_label_that_needs_no_paper_any_more_is_not_sent(shop: Shop) -> None:
    from cellchain.labels import commands

    with sink.printing() as printer:
        shop.printer_for(printer)
        void, back, live = shop.print(), shop.print(), shop.print()
        shop.desk.do(commands.void_label, label=shop.label(void), ending="spoil", reason="Not needed.")
        shop.desk.confirm(shop.label(back))
        shop.work()
    assert [shop.delivery(job) for job in (void, back, live)] == ["cancelled", "cancelled", "sent"]
    assert len(printer.taken) == 1


def test_a_label_voided_at_the_last_moment_is_not_begun(shop: Shop) -> None:
    from cellchain.labels import commands

    shop.configure()
    shop.assign()
    job = shop.print()
    seen = shop.job(job)
    shop.desk.do(commands.void_label, label=shop.label(job), ending="spoil", reason="Not needed.")
    assert not shop.house.runner.outside(lambda tx: queue.begin(tx, seen, "0" * 64))
    assert shop.delivery(job) == "queued"


def test_a_design_that_changed_prints_as_it_was_approved(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder holds another design by now: the label is the one that was issued, byte for byte."""
    source = (labels_dir() / "container" / "design.toml").read_text(encoding="utf-8")
    other = designs.kept("container", source.replace("size_pt = 8", "size_pt = 7"))
    with sink.printing() as printer:
        shop.printer_for(printer)
        job = shop.print()
        with monkeypatch.context() as patch:
            patch.setattr(designs, "load", lambda name: other)
            shop.work()
            changed = expected(shop, job)
    assert shop.delivery(job) == "sent"
    assert printer.taken == [expected(shop, job)]
    assert printer.taken != [changed]


def test_a_label_that_cannot_be_drawn_holds_up_nobody(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_given: object, **_more: object) -> str:
        raise ZeroDivisionError

    with sink.printing() as printer:
        shop.printer_for(printer)
        job = shop.print()
        with monkeypatch.context() as patch:
            patch.setattr(render, "zpl", fails)
            shop.worker.work_on("zebra")
        fine = shop.print()
        shop.work()
    assert (shop.delivery(job), shop.delivery(fine)) == ("blocked:fault", "sent")


def test_one_job_at_a_time_goes_to_a_printer_whoever_sends(shop: Shop) -> None:
    with sink.printing(sink.holds) as printer:
        shop.printer_for(printer)
        first, second = shop.print(), shop.print()
        shop.house.runner.outside(lambda tx: queue.begin(tx, shop.job(first), "0" * 64))
        assert not shop.worker.work_on("zebra"), "the database itself refuses the second"
        assert shop.delivery(second) == "queued"
        assert not printer.arrived.acquire(blocking=False)
