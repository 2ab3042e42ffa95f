"""Putting labels out of use: one by hand with a reason, or all of a thing because what they say holds no more."""

from cellchain.labels import commands
from tests.labels.story import BAG, BAND, OTHER_BAG, REASON, Desk
from tests.trial.story import forbids, refuses


def test_spoiled_before_it_was_applied(desk: Desk) -> None:
    made = desk.print()["label"]
    assert desk.do(commands.void_label, label=made, ending="spoil", reason=REASON)["phase"] == "spoiled"
    assert desk.live() is None
    assert desk.events()[-1] == "labels:label:voided"
    assert desk.print()["label"] != made


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
