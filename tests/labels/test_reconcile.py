"""The account of a lot's labels: printed = applied + in the record + spoiled + destroyed."""

from cellchain.identity.codes import Kind, issue
from cellchain.labels import commands, queries
from cellchain.labels.models import Reconciliation
from tests.labels.story import BAG, LOT, OTHER_BAG, REASON, Desk
from tests.trial.story import forbids, refuses

THIRD_BAG = issue(Kind.BAG, 1, 2026, 9)


def count(desk: Desk, in_record: int = 0) -> int:
    """The difference that a reconciliation finds."""
    return int(desk.do(commands.reconcile, lot=LOT, in_record_count=in_record)["difference"])


def is_reconciled(desk: Desk) -> bool:
    """Whether the lot's account is closed."""
    with desk.house.read() as tx:
        return queries.is_reconciled(tx, LOT)


def test_a_sum_that_closes(desk: Desk) -> None:
    applied, spoiled, destroyed = (desk.print(bag)["label"] for bag in (BAG, OTHER_BAG, THIRD_BAG))
    desk.confirm(applied)
    desk.do(commands.void_label, label=spoiled, ending="spoil", reason=REASON)
    desk.do(commands.void_label, label=destroyed, ending="destroy", reason=REASON)
    assert not is_reconciled(desk)
    assert count(desk) == 0
    assert is_reconciled(desk)
    with desk.house.read() as tx:
        row = tx.get(Reconciliation, 1)
    counts = (row.printed_count, row.applied_count, row.spoiled_count, row.destroyed_count, row.difference_count)
    assert counts == (3, 1, 1, 1, 0)
    assert desk.events()[-1] == "labels:lot:reconciled"


def test_a_label_that_nobody_can_account_for(desk: Desk) -> None:
    desk.confirm(desk.print()["label"])
    desk.print(OTHER_BAG)
    assert count(desk) == 1
    assert not is_reconciled(desk)
    assert count(desk, in_record=1) == 2, "nothing was filed: a typed number closes no account"
    assert not is_reconciled(desk)


def test_a_label_kept_in_the_record_is_scanned_into_it(desk: Desk) -> None:
    desk.confirm(desk.print()["label"])
    kept = desk.print(OTHER_BAG)
    desk.do(commands.file_label, scanned=kept["symbol"])
    assert desk.label(kept["label"]).phase == "in_record"
    assert count(desk) == 1, "one was filed and none counted"
    assert count(desk, in_record=1) == 0
    assert is_reconciled(desk)
    again = desk.print(OTHER_BAG)
    assert again["label"] != kept["label"], "a specimen is on nothing, so the thing gets its label still"
    with refuses("label.unknown"):
        desk.do(commands.file_label, scanned="garbage")
    with forbids():
        desk.do(commands.file_label, by=desk.house.actor("sponsor"), scanned=again["symbol"])


def test_a_label_printed_later_opens_the_account_again(desk: Desk) -> None:
    desk.confirm(desk.print()["label"])
    assert count(desk) == 0
    late = desk.print(OTHER_BAG)["label"]
    assert not is_reconciled(desk)
    desk.confirm(late)
    assert not is_reconciled(desk), "it was counted before this one was printed"
    assert count(desk) == 0
    assert is_reconciled(desk)


def test_a_lot_without_labels(desk: Desk) -> None:
    assert not is_reconciled(desk)
    assert count(desk) == 0
    assert is_reconciled(desk)


def test_who_may_not(desk: Desk) -> None:
    with forbids():
        desk.do(commands.reconcile, by=desk.nurse, lot=LOT)
