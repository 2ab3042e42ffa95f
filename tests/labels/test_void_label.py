"""Putting labels out of use: one by hand with a reason, or all of a thing because what they say holds no more."""

import pytest

from cellchain.accounts import queries as people
from cellchain.labels import commands
from tests.labels.story import BAG, BAND, OTHER_BAG, REASON, Desk
from tests.trial.story import forbids, refuses


def test_spoiled_before_it_was_applied(desk: Desk) -> None:
    made = desk.print()["label"]
    assert desk.do(commands.void_label, label=made, ending="spoil", reason=REASON)["phase"] == "spoiled"
    assert desk.live() is None
    assert desk.events()[-1] == "labels:label:voided"
    assert desk.label(made).ended_by == desk.technician.person


@pytest.mark.parametrize("ending", ["spoil", "destroy"])
def test_another_one_in_its_place_is_a_reprint(desk: Desk, ending: str) -> None:
    """Void and print would be a reprint by one person alone, and nothing on the label would tell."""
    made, badge = desk.print()["label"], desk.badge()
    desk.do(commands.void_label, label=made, ending=ending, reason=REASON)
    before = len(desk.house.entries())
    with refuses("label.reprint_needed"):
        desk.print()
    with refuses("label.reprint_needed"):
        desk.do(commands.print_labels, targets=[OTHER_BAG, BAG], design="container")
    assert [entry.event for entry in desk.house.entries()[before:]] == [
        "labels:label:printed:refused",
        "labels:labels:printed:refused",
    ]
    again = desk.do(commands.reprint_label, label=made, reason="The bag needs one.", witness_badge=badge)["label"]
    ended = desk.label(made)
    with desk.house.read() as tx:
        assert ended.witness == people.person_of_badge(tx, badge)
    assert ended.reason == f"{REASON}\nThe bag needs one."
    assert (desk.label(again).replaces, desk.said(again)["reprint"]) == (made, "1")
    with refuses("label.phase"):
        desk.reprint(made, badge)


def test_the_longest_reasons_are_both_kept(desk: Desk) -> None:
    made, longest = desk.print()["label"], "Ж" * 300
    desk.do(commands.void_label, label=made, ending="spoil", reason=longest)
    desk.do(commands.reprint_label, label=made, reason=longest, witness_badge=desk.badge())
    assert desk.label(made).reason == f"{longest}\n{longest}"


def test_what_the_house_put_out_of_use_is_printed_anew(desk: Desk) -> None:
    """The bag is meant for somebody else now: its next label says other things, and repeats nothing."""
    made = desk.print()["label"]
    desk.house.do(commands.void_labels_of, by=desk.technician, by_house=True, target=BAG, why=REASON)
    with refuses("label.phase"):
        desk.reprint(made, desk.badge())
    assert desk.label(desk.print()["label"]).replaces is None


def test_a_stopped_label_is_for_qa_to_decide_and_not_to_be_replaced(desk: Desk) -> None:
    expected, other = desk.print(), desk.print(OTHER_BAG)
    desk.confirm(other["symbol"], expected["label"])
    badge = desk.badge()
    with refuses("label.stopped"):
        desk.reprint(expected["label"], badge)
    for ending in ("spoil", "destroy"):
        with refuses("label.stopped"):
            desk.do(commands.void_label, label=expected["label"], ending=ending, reason=REASON)
    assert desk.label(expected["label"]).phase == "stopped"
    desk.do(commands.clear_label, by=desk.qa, label=expected["label"], reason=REASON)
    desk.reprint(expected["label"], badge)
    desk.do(commands.void_label, by=desk.qa, label=other["label"], ending="destroy", reason=REASON)


def test_a_label_in_use_is_destroyed_and_not_spoiled(desk: Desk) -> None:
    made = desk.print()["label"]
    desk.confirm(made)
    with refuses("label.phase"):
        desk.do(commands.void_label, label=made, ending="spoil", reason=REASON)
    assert desk.do(commands.void_label, label=made, ending="destroy", reason=REASON)["phase"] == "destroyed"
    with refuses("label.phase"):
        desk.do(commands.void_label, label=made, ending="destroy", reason=REASON)


def test_all_labels_of_a_thing(desk: Desk) -> None:
    first, other = desk.print()["label"], desk.print(OTHER_BAG)["label"]
    desk.confirm(first)
    desk.house.do(commands.void_labels_of, by=desk.technician, by_house=True, target=BAG, why=REASON)
    assert desk.label(first).phase == "destroyed"
    assert desk.label(other).phase == "printed"


def test_only_the_house_voids_them_all(desk: Desk) -> None:
    with forbids():
        desk.house.do(commands.void_labels_of, by=desk.qa, target=BAG, why=REASON)


def test_who_may_not(desk: Desk) -> None:
    made = desk.print()["label"]
    with forbids():
        desk.do(commands.void_label, by=desk.nurse, label=made, ending="spoil", reason=REASON)


def test_what_says_who_somebody_is_ends_with_the_band_itself(desk: Desk) -> None:
    made = desk.print(BAND, "wristband")
    with refuses("label.says_who"):
        desk.reprint(made["label"], desk.badge())
    with refuses("label.says_who"):
        desk.do(commands.file_label, scanned=made["symbol"])
    with refuses("label.says_who"):
        desk.do(commands.void_label, label=made["label"], ending="destroy", reason=REASON)
    assert desk.label(made["label"]).phase == "printed"
