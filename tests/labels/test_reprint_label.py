"""Replacing a label: with a reason and a second person's live badge; the old one is out of use at once."""

import pytest
from pydantic import ValidationError

from cellchain.accounts import commands as accounts
from cellchain.accounts import queries as people
from cellchain.accounts.permissions import permissions_of
from cellchain.labels import commands
from cellchain.ledger.actor import Actor
from tests.labels.story import REASON, Desk
from tests.trial.story import forbids, refuses


def test_the_old_one_is_out_of_use_and_the_new_one_says_so(desk: Desk) -> None:
    old = desk.print()["label"]
    desk.confirm(old)
    badge = desk.badge()
    made = desk.reprint(old, f"]C1{badge}\r")
    with desk.house.read() as tx:
        witness = people.person_of_badge(tx, badge)
    ended, new = desk.label(old), desk.label(made["label"])
    assert (ended.phase, ended.witness, ended.reason) == ("destroyed", witness, REASON)
    assert (new.phase, new.replaces) == ("printed", old)
    assert desk.said(made["label"])["reprint"] == "1"
    assert desk.live() == made["label"]
    with refuses("label.phase"):
        desk.confirm(old)
    assert all(REASON not in entry.body for entry in desk.house.entries()), "a reason is free text"


def test_a_second_person_stands_by(desk: Desk) -> None:
    old = desk.print()["label"]
    badge = desk.badge()
    with desk.house.read() as tx:
        person = people.person_of_badge(tx, badge) or ""
    oneself = Actor(person, permissions_of(["technician"]), frozenset({"technician"}))
    with refuses("label.witness_same"):
        desk.reprint(old, badge, by=oneself)
    with refuses("label.witness_unknown"):
        desk.reprint(old, "garbage")
    with refuses("label.witness_unknown"):
        desk.reprint(old, person)
    for username, role in (("nobody", None), ("sponsor", "sponsor"), ("coordinator", "coordinator")):
        with refuses("label.witness_unknown"):
            desk.reprint(old, desk.badge(username, role))
    boss = Actor("SYSTEM", permissions_of(["administrator"]))
    desk.house.do(accounts.revoke_badge, by=boss, person=person)
    with refuses("label.witness_unknown"):
        desk.reprint(old, badge)
    assert desk.label(old).phase == "printed", "a refused reprint changes nothing"


def test_a_label_is_replaced_once(desk: Desk) -> None:
    old, badge = desk.print()["label"], desk.badge()
    made = desk.reprint(old, badge)
    with refuses("label.phase"):
        desk.reprint(old, badge)
    desk.reprint(made["label"], badge)


def test_it_needs_a_reason_and_a_role(desk: Desk) -> None:
    old, badge = desk.print()["label"], desk.badge()
    with pytest.raises(ValidationError):
        desk.do(commands.reprint_label, label=old, reason=" ", witness_badge=badge)
    with forbids():
        desk.reprint(old, badge, by=desk.nurse)
