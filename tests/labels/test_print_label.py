"""Printing: one live label for each thing and design, with a serial of its own."""

import pytest
from pydantic import ValidationError

from cellchain.identity.codes import Kind, issue
from tests.labels.story import BAG, BAND, LOT, OTHER_BAG, Desk
from tests.trial.story import forbids, refuses


def test_a_label_has_a_serial_that_its_symbol_carries(desk: Desk) -> None:
    made = desk.print()
    assert made["label"].startswith("LB")
    assert made["symbol"] == made["label"]
    assert (made["target"], made["phase"]) == (BAG, "printed")
    row = desk.label(made["label"])
    assert (row.lot, row.printed_by, row.replaces) == (LOT, desk.technician.person, None)
    assert desk.said(made["label"])["label_code"] == made["label"]
    assert (desk.events()[-1], desk.house.entries()[-1].subject) == ("labels:label:printed", BAG)


def test_a_wristband_carries_its_own_code(desk: Desk) -> None:
    made = desk.print(BAND, "wristband")
    assert made["symbol"] == BAND
    assert made["label"] != BAND


def test_the_name_on_a_label_is_not_in_the_ledger(desk: Desk) -> None:
    made = desk.print(BAND, "wristband")
    assert desk.said(made["label"])["name.en"] == "Example Person"
    assert all("Example Person" not in entry.body for entry in desk.house.entries())


def test_one_live_label_for_each_thing_and_design(desk: Desk) -> None:
    first = desk.print()["label"]
    with refuses("label.already_printed"):
        desk.print()
    desk.confirm(first)
    with refuses("label.already_printed"):
        desk.print()
    assert desk.print(OTHER_BAG)["label"] != first
    assert desk.live() == first


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("content.ru", "Ш" * 64, "label.too_long"),
        ("content.ru", "研究所", "label.unprintable"),
        ("storage", "", "label.field_missing"),
    ],
)
def test_what_would_not_print_is_not_issued(desk: Desk, field: str, value: str, code: str) -> None:
    """Also where it came up only since the label was printed: the one that is out stays what it is."""
    first, witness = desk.print(OTHER_BAG)["label"], desk.badge()
    desk.labeller.other = {field: value}
    with refuses(code):
        desk.print()
    assert desk.live() is None
    with refuses(code):
        desk.reprint(first, witness)
    assert desk.live(OTHER_BAG) == first


def test_what_wears_no_label(desk: Desk) -> None:
    with refuses("label.no_labels"):
        desk.print(issue(Kind.SHIPMENT, 1, 2026, 1))
    with refuses("label.design_unknown"):
        desk.print(design="no_such_design")
    with forbids():
        desk.print(by=desk.house.actor("assessor"))


@pytest.mark.parametrize("target", ["", "bg012600000149", "BG01260000014", "BG0126000001499", "../x", "BG01260000014x"])
def test_what_is_no_target(desk: Desk, target: str) -> None:
    with pytest.raises(ValidationError):
        desk.print(target)
