"""Scanning back: a label counts once it was scanned from the thing; the wrong one is told, and opens nothing else."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from cellchain.labels import commands
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call
from tests.labels.story import BAND, OTHER_BAG, REASON, Desk
from tests.trial.story import forbids, refuses


def test_scanned_back(desk: Desk) -> None:
    made = desk.print()
    assert desk.confirm(f"]d1{made['symbol']}\r", made["label"]) == {
        "label": made["label"],
        "confirmed": True,
        "code": None,
        "message": None,
    }
    row = desk.label(made["label"])
    assert (row.phase, row.confirmed_by) == ("confirmed", desk.technician.person)
    assert desk.events()[-1] == "labels:label:confirmed"


def test_a_second_scan_changes_nothing(desk: Desk) -> None:
    made = desk.print()
    desk.confirm(made["symbol"])
    before = desk.label(made["label"])
    assert desk.confirm(made["symbol"])["confirmed"] is True
    assert desk.label(made["label"]) == before


def test_a_wristband_is_scanned_by_its_own_code(desk: Desk) -> None:
    made = desk.print(BAND, "wristband", by=desk.nurse)
    assert desk.do(commands.confirm_label, by=desk.nurse, scanned=BAND)["label"] == made["label"]
    assert desk.label(made["label"]).phase == "confirmed"


def test_the_serial_of_a_label_that_carries_another_symbol_is_none(desk: Desk) -> None:
    made = desk.print(BAND, "wristband", by=desk.nurse)
    assert desk.confirm(made["label"])["code"] == "label.unknown"


def test_the_wrong_label_stops_both(desk: Desk) -> None:
    """Two labels may have changed places: neither is confirmed by scanning it again, until QA has looked."""
    expected, other = desk.print(), desk.print(OTHER_BAG)
    before = len(desk.house.entries())
    told = desk.confirm(other["symbol"], expected["label"])
    assert (told["confirmed"], told["code"]) == (False, "label.mismatch")
    assert told["message"].endswith(".")
    assert [desk.label(one["label"]).phase for one in (expected, other)] == ["stopped", "stopped"]
    [entry] = desk.house.entries()[before:]
    assert '"mismatch":"label.mismatch"' in entry.body
    for one in (expected, other):
        with refuses("label.stopped"):
            desk.confirm(one["symbol"], one["label"])
    with forbids():
        desk.do(commands.clear_label, label=expected["label"], reason=REASON)
    desk.do(commands.clear_label, by=desk.qa, label=expected["label"], reason=REASON)
    assert desk.confirm(expected["symbol"], expected["label"])["confirmed"] is True
    with refuses("label.phase"):
        desk.do(commands.clear_label, by=desk.qa, label=expected["label"], reason=REASON)


def test_a_confirmed_neighbour_stays_what_it_is(desk: Desk) -> None:
    other = desk.print(OTHER_BAG)
    desk.confirm(other["symbol"])
    expected = desk.print()
    assert desk.confirm(other["symbol"], expected["label"])["code"] == "label.mismatch"
    assert [desk.label(one["label"]).phase for one in (expected, other)] == ["stopped", "confirmed"]


def test_a_ward_confirms_no_laboratory_label_and_the_laboratory_no_wristband(desk: Desk) -> None:
    bag, band = desk.print(), desk.print(BAND, "wristband", by=desk.nurse)
    with refuses("label.not_yours"):
        desk.do(commands.confirm_label, by=desk.nurse, scanned=bag["symbol"])
    with refuses("label.not_yours"):
        desk.do(commands.confirm_label, by=desk.technician, scanned=band["symbol"])
    with refuses("label.not_yours"):
        desk.print(OTHER_BAG, by=desk.nurse)


@pytest.mark.parametrize("scanned", ["garbage", "LB000000000000", "🧬", "x" * 256])
def test_what_is_no_label(desk: Desk, scanned: str) -> None:
    told = desk.confirm(scanned)
    assert (told["label"], told["confirmed"], told["code"]) == (None, False, "label.unknown")


def test_a_label_out_of_use_is_none_any_more(desk: Desk) -> None:
    made = desk.print()
    desk.do(commands.void_label, label=made["label"], ending="spoil", reason=REASON)
    with refuses("label.phase"):
        desk.confirm(made["symbol"])


def test_no_label_is_back_before_it_was_printed(desk: Desk) -> None:
    """A scan that is entered late happened after the print all the same."""
    desk.house.clock.advance(timedelta(minutes=5))
    made = desk.print()
    desk.house.clock.advance(timedelta(minutes=5))
    command, printed_at = command_of(commands.confirm_label), desk.label(made["label"]).printed_at

    def scanned_at(at: datetime) -> dict[str, Any]:
        order = command.order.model_validate({"scanned": made["symbol"]})
        call = Call(command, order, desk.technician, desk.house.request_id(), happened_at=at)
        return desk.house.runner.run(call).result()

    with refuses("label.before_its_print"):
        scanned_at(printed_at - timedelta(seconds=1))
    assert scanned_at(printed_at)["confirmed"] is True
    assert desk.label(made["label"]).confirmed_at == printed_at


def test_who_may_not(desk: Desk) -> None:
    made = desk.print()
    with forbids():
        desk.do(commands.confirm_label, by=desk.house.actor("sponsor"), scanned=made["symbol"])
