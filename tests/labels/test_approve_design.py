"""A design prints once QA has approved it as it lies in its folder, and not after it was changed there."""

from dataclasses import replace

import pytest

from cellchain.labels import commands, queries
from cellchain.labels import design as designs
from tests.factories import House
from tests.labels.story import Desk
from tests.trial.story import forbids, refuses


def changed(monkeypatch: pytest.MonkeyPatch, name: str, *, without: str = "") -> None:
    """The folder of a design holds something else now, `without` one of its boxes."""
    load = designs.load

    def other(asked: str) -> designs.Design:
        found = load(asked)
        boxes = tuple(box for box in found.boxes if box.name != without)
        return replace(found, digest="f" * 64, boxes=boxes) if asked == name else found

    monkeypatch.setattr(designs, "load", other)


def test_unapproved_designs_print_nothing(house: House) -> None:
    desk = Desk(house)
    with refuses("label.design_unapproved"):
        desk.print()
    assert desk.live() is None


def test_the_approval_is_signed_and_counted(house: House) -> None:
    desk = Desk(house)
    desk.approve("container")
    entry = house.entries()[-1]
    assert (entry.event, entry.subject) == ("labels:design:approved", "container")
    assert '"signer":"' + desk.qa.person in entry.body
    with house.read() as tx:
        version = queries.approved_version(tx, "container")
    assert version is not None
    assert version.version == 1


def test_the_same_design_is_approved_once(desk: Desk) -> None:
    with refuses("label.design_approved"):
        desk.approve("container")


def test_a_changed_design_waits_for_its_approval(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    changed(monkeypatch, "container")
    with refuses("label.design_unapproved"):
        desk.print()
    desk.approve("container")
    with desk.house.read() as tx:
        phases = [(row.version, row.phase) for row in tx.every(queries.VERSIONS, name="container")]
    assert phases == [(2, "approved"), (1, "retired")]
    assert desk.label(desk.print()["label"]).design_version == 2


def test_a_design_that_lacks_an_element_is_not_approved(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    changed(monkeypatch, "container", without="warning")
    with refuses("label.elements_missing"):
        desk.approve("container")


def test_every_design_of_the_folder_says_where_it_stands(desk: Desk) -> None:
    with desk.house.read() as tx:
        states = {state.name: state.approved_version for state in queries.design_states(tx)}
    assert set(states) == set(designs.names())
    assert states["container"] == 1
    assert states["badge"] is None


def test_who_may_not_and_what_is_none(desk: Desk) -> None:
    with forbids():
        desk.house.do(commands.approve_design, by=desk.technician, name="badge")
    with refuses("label.design_unknown"):
        desk.approve("no_such_design")
