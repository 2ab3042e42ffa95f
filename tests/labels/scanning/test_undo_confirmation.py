"""Taking a scan-back back: within a minute, by who scanned, where it was scanned."""

from dataclasses import replace
from datetime import datetime, timedelta

from cellchain.labels.scanning import commands, queries
from cellchain.ledger.describe import NoBatches
from cellchain.platform.db import ReadTx
from tests.labels.story import BAG, LOT, Desk
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


def test_not_once_a_step_of_its_lot_is_completed(desk: Desk) -> None:
    """What a completed step rests on stays; a step that was completed before the scan-back does not matter."""
    asked: list[tuple[str, datetime]] = []

    class Steps(NoBatches):
        done = False

        def step_done_since(self, tx: ReadTx, lot: str, at: datetime) -> bool:
            asked.append((lot, at))
            return self.done

    steps = Steps()
    desk.house.database.house = replace(desk.house.database.house, batches=steps)
    label = confirmed(desk)
    steps.done = True
    with refuses("undo.step_completed"):
        desk.do(commands.undo_confirmation, label=label)
    assert asked[-1] == (LOT, desk.label(label).confirmed_at)
    with desk.house.read() as tx:
        assert queries.undo_until(tx, desk.label(label), desk.technician.person) is None
    steps.done = False
    with desk.house.read() as tx:
        assert queries.undo_until(tx, desk.label(label), desk.technician.person) is not None
    desk.do(commands.undo_confirmation, label=label)
    assert desk.label(label).phase == "printed"
