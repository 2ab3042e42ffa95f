"""Taking a scan-back back: within a minute, by who scanned, where it was scanned."""

from dataclasses import replace
from datetime import timedelta

from cellchain.labels.scanning import commands
from tests.labels.story import BAG, Desk
from tests.trial.story import forbids, refuses


def confirmed(desk: Desk) -> str:
    label = str(desk.print()["label"])
    desk.confirm(label)
    return label


def test_the_label_waits_for_its_scan_again(desk: Desk) -> None:
    label = confirmed(desk)
    before = len(desk.house.entries())
    desk.do(commands.undo_confirmation, label=label)
    row = desk.label(label)
    assert (row.phase, row.confirmed_at, row.confirmed_by) == ("printed", None, None)
    [entry] = desk.house.entries()[before:]
    assert (entry.event, entry.subject) == ("labels:label:unconfirmed", BAG)
    assert f'"undoes":{before}' in entry.body
    desk.confirm(label)
    assert desk.label(label).phase == "confirmed"


def test_a_minute_later_it_is_too_late(desk: Desk) -> None:
    label = confirmed(desk)
    desk.house.clock.advance(timedelta(seconds=61))
    with refuses("undo.too_late"):
        desk.do(commands.undo_confirmation, label=label)
    assert desk.label(label).phase == "confirmed"


def test_another_person_or_station_does_not_take_it_back(desk: Desk) -> None:
    label = confirmed(desk)
    for who in (desk.house.actor("technician", number=2), replace(desk.technician, device="bench-2")):
        with refuses("undo.not_here"):
            desk.do(commands.undo_confirmation, by=who, label=label)


def test_what_was_never_scanned_back(desk: Desk) -> None:
    with refuses("undo.nothing"):
        desk.do(commands.undo_confirmation, label=desk.print()["label"])


def test_it_is_taken_back_once(desk: Desk) -> None:
    label = confirmed(desk)
    desk.do(commands.undo_confirmation, label=label)
    with refuses("label.phase"):
        desk.do(commands.undo_confirmation, label=label)


def test_it_is_forbidden_to_others(desk: Desk) -> None:
    label = confirmed(desk)
    with forbids():
        desk.do(commands.undo_confirmation, by=desk.house.actor("statistician"), label=label)
