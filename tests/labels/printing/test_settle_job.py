"""A job that broke off: a person looks at the printer, and says so with a reason."""

import pytest
from pydantic import ValidationError
from sqlmodel import select

from cellchain.labels.printing import commands
from cellchain.labels.printing.models import PrintDecision
from tests.labels.printing import sink
from tests.labels.printing.shop import REASON, Shop
from tests.trial.story import forbids, refuses

DECISIONS = select(PrintDecision)


@pytest.fixture
def broken(shop: Shop) -> int:
    """A job that broke off."""
    with sink.printing(sink.resets) as printer:
        shop.printer_for(printer)
        job = shop.print()
        shop.work()
    assert shop.stuck() == [(job, "unknown")]
    return job


@pytest.mark.parametrize(("outcome", "delivery"), [("came_out", "sent"), ("did_not", "not_printed")])
def test_what_was_seen_is_recorded(shop: Shop, broken: int, outcome: str, delivery: str) -> None:
    made = shop.settle(broken, outcome)
    assert made == {"job": broken, "delivery": delivery, "printer": "zebra"}
    last = shop.house.entries()[-1]
    assert (last.event, last.subject) == ("labels:job:settled", shop.label(broken))
    assert f'"decided":"{outcome}"' in last.body
    assert REASON not in last.body, "a reason is free text"
    with shop.read() as tx:
        [decision] = tx.many(DECISIONS, limit=10)
    assert (decision.job, decision.label, decision.decided) == (broken, shop.label(broken), outcome)
    assert (decision.reason, decision.decided_by) == (REASON, shop.desk.technician.person)


def test_what_came_out_waits_for_nobody_and_what_did_not_still_does(shop: Shop, broken: int) -> None:
    shop.settle(broken, "did_not")
    assert shop.stuck() == [(broken, "not_printed")]
    with refuses("print_job.not_unknown"):
        shop.settle(broken, "came_out")


def test_a_label_that_was_scanned_back_came_out(shop: Shop, broken: int) -> None:
    shop.desk.confirm(shop.label(broken))
    assert shop.stuck() == []
    with refuses("print_job.scanned_back"):
        shop.settle(broken, "did_not")
    shop.settle(broken, "came_out")


def test_only_what_nobody_knows_is_settled(shop: Shop) -> None:
    with sink.printing() as printer:
        shop.printer_for(printer)
        job = shop.print()
        with refuses("print_job.not_unknown"):
            shop.settle(job, "came_out")
        shop.work()
        with refuses("print_job.not_unknown"):
            shop.settle(job, "did_not")
    with refuses("record.not_found"):
        shop.settle(999, "came_out")


def test_it_needs_a_reason_and_a_role(shop: Shop, broken: int) -> None:
    with pytest.raises(ValidationError):
        shop.desk.do(commands.settle_job, job=broken, outcome="came_out", reason=" ")
    for role in ("inspector", "administrator", "assessor"):
        with forbids():
            shop.settle(broken, "came_out", by=shop.house.actor(role))
    shop.settle(broken, "came_out", by=shop.desk.nurse)
