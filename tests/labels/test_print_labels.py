"""Printing the labels of many things in one act: all of them or none, at a cost that grows as their number."""

from typing import Any

import pytest
from pydantic import ValidationError

from cellchain.identity.codes import Kind, issue
from cellchain.labels import commands, worn
from cellchain.labels.printing import queries as printing
from cellchain.labels.rules import of_one_lot
from cellchain.ledger.describe import LabelData
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call
from cellchain.platform.db import ReadTx
from cellchain.platform.write import WriteTx
from tests.labels.story import BAG, BAND, LOT, OTHER_BAG, Desk, Labeller
from tests.trial.story import forbids, refuses


def bags(count: int, first: int = 100) -> tuple[str, ...]:
    return tuple(issue(Kind.BAG, 1, 2026, first + number) for number in range(count))


def together(desk: Desk, targets: tuple[str, ...]) -> dict[str, Any]:
    return desk.do(commands.print_labels, targets=targets, design="container")


def test_each_has_a_serial_and_a_job_of_its_own(desk: Desk) -> None:
    targets = bags(12)
    made = desk.do(commands.print_labels, targets=targets, design="container")
    assert (made["lot"], made["count"]) == (LOT, 12)
    assert [one["target"] for one in made["labels"]] == list(targets)
    serials = [one["label"] for one in made["labels"]]
    assert len(set(serials)) == 12
    assert [desk.said(serial)["label_code"] for serial in serials] == serials
    with desk.house.read() as tx:
        jobs = {job.id for serial in serials if (job := printing.job_of(tx, serial)) is not None}
    assert len(jobs) == 12
    entry = desk.house.entries()[-1]
    assert (entry.event, entry.subject) == ("labels:labels:printed", LOT)
    assert '"count":12' in entry.body


def test_all_of_them_or_none(desk: Desk) -> None:
    """One of them wears its label already, or one cannot be drawn: nothing of the others is issued."""
    targets = bags(5)
    desk.print(targets[3])
    with refuses("label.already_printed"):
        together(desk, targets)
    assert [desk.live(target) is not None for target in targets] == [False, False, False, True, False]
    desk.labeller.other = {"content.ru": "Ш" * 64}
    with refuses("label.too_long"):
        together(desk, bags(3, first=300))
    assert desk.live(bags(1, first=300)[0]) is None


def test_the_same_request_prints_once(desk: Desk) -> None:
    command = command_of(commands.print_labels)
    order = command.order.model_validate({"targets": bags(4), "design": "container"})
    call = Call(command, order, desk.technician, desk.house.request_id())
    first, again = (desk.house.runner.run(call) for _ in range(2))
    assert (first.text, again.replayed) == (again.text, True)


def test_a_thing_that_is_named_twice_gets_one_label(desk: Desk) -> None:
    assert together(desk, (BAG, OTHER_BAG, BAG))["count"] == 2


def test_two_lots_never_leave_in_one_act(desk: Desk) -> None:
    other_lot = issue(Kind.LOT, 1, 2026, 8)

    class TwoLots(Labeller):
        def label(self, tx: ReadTx, code: str, design: str) -> LabelData:
            data = super().label(tx, code, design)
            return LabelData(data.fields, group=other_lot if code == OTHER_BAG else LOT)

    desk.house.database.house.labellers["BG"] = TwoLots()
    with refuses("label.mixed_lots"):
        together(desk, (BAG, OTHER_BAG))
    assert (of_one_lot([LOT, LOT]), of_one_lot([None]), of_one_lot([])) == (LOT, None, None)
    with refuses("label.mixed_lots"):
        of_one_lot([None, LOT])


def test_who_may_not(desk: Desk) -> None:
    with forbids():
        desk.do(commands.print_labels, by=desk.house.actor("assessor"), targets=(BAG,), design="container")
    with refuses("label.not_yours"):
        desk.do(commands.print_labels, by=desk.nurse, targets=(BAG,), design="container")
    with refuses("label.not_yours"):
        desk.do(commands.print_labels, targets=(BAND,), design="wristband")


@pytest.mark.parametrize("targets", [(), bags(1_001), ("no code",)])
def test_what_is_no_list(desk: Desk, targets: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError):
        together(desk, targets)


def test_the_cost_grows_as_the_number(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Statements a label do not depend on how many there are, up to the thousand that one act takes."""
    sent: list[str] = []
    before = WriteTx._run

    def counted(self: WriteTx, prepared: object, values: object) -> object:
        sent.append("")
        return before(self, prepared, values)  # type: ignore[arg-type]

    monkeypatch.setattr(WriteTx, "_run", counted)
    costs = []
    for count, first in ((10, 1_000), (100, 2_000), (1_000, 3_000)):
        sent.clear()
        assert together(desk, bags(count, first=first))["count"] == count
        costs.append(len(sent))
    small, middle, large = costs
    assert (large - middle) * 90 == (middle - small) * 900, costs


def test_how_a_label_stands_on_its_thing(desk: Desk) -> None:
    def standing(target: str) -> str:
        with desk.house.read() as tx:
            one = worn.on_thing(tx, target, "container")
            [same] = worn.in_lot(tx, LOT, [(target, ("container",))])
        assert one == same
        return "due" if one.phase is None else str(one.phase)

    assert standing(BAG) == "due"
    first = desk.print()["label"]
    assert standing(BAG) == "printed"
    desk.confirm(first)
    assert standing(BAG) == "confirmed"
    second = desk.print(OTHER_BAG)["label"]
    desk.confirm(first, expected=second)
    assert standing(OTHER_BAG) == "stopped"
