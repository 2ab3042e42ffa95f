"""Scanning back: a label counts once it was scanned from the thing; the wrong one is told, and opens nothing else."""

import pytest

from cellchain.labels import commands
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
    made = desk.print(BAND, "wristband")
    assert desk.confirm(BAND)["label"] == made["label"]
    assert desk.label(made["label"]).phase == "confirmed"


def test_the_serial_of_a_label_that_carries_another_symbol_is_none(desk: Desk) -> None:
    made = desk.print(BAND, "wristband")
    assert desk.confirm(made["label"])["code"] == "label.unknown"


def test_the_wrong_label_confirms_neither(desk: Desk) -> None:
    expected, other = desk.print(), desk.print(OTHER_BAG)
    before = len(desk.house.entries())
    told = desk.confirm(other["symbol"], expected["label"])
    assert (told["confirmed"], told["code"]) == (False, "label.mismatch")
    assert told["message"].endswith(".")
    assert [desk.label(one["label"]).phase for one in (expected, other)] == ["printed", "printed"]
    [entry] = desk.house.entries()[before:]
    assert '"mismatch":"label.mismatch"' in entry.body


@pytest.mark.parametrize("scanned", ["garbage", "LB000000000000", "\x00", "🧬", "x" * 256])
def test_what_is_no_label(desk: Desk, scanned: str) -> None:
    told = desk.confirm(scanned)
    assert (told["label"], told["confirmed"], told["code"]) == (None, False, "label.unknown")


def test_a_label_out_of_use_is_none_any_more(desk: Desk) -> None:
    made = desk.print()
    desk.do(commands.void_label, label=made["label"], ending="spoil", reason=REASON)
    with refuses("label.phase"):
        desk.confirm(made["symbol"])


def test_who_may_not(desk: Desk) -> None:
    made = desk.print()
    with forbids():
        desk.do(commands.confirm_label, by=desk.house.actor("sponsor"), scanned=made["symbol"])
