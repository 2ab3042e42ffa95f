"""Badges: one live a person, a code of their own, useless once revoked."""

from cellchain.accounts import commands, queries
from tests.accounts.story import Office
from tests.trial.story import forbids, refuses


def test_a_badge_names_its_person(office: Office) -> None:
    person = office.person(secret=False)
    badge = office.badge(person)
    assert badge.startswith("PS")
    assert badge != person
    with office.house.read() as tx:
        assert queries.person_of_badge(tx, badge) == person
        assert queries.person_of_badge(tx, person) is None, "a person's code is no badge"
    assert office.events()[-1] == "accounts:badge:issued"


def test_a_new_badge_ends_the_one_before(office: Office) -> None:
    person = office.person(secret=False)
    old, new = office.badge(person), office.badge(person)
    with office.house.read() as tx:
        assert queries.person_of_badge(tx, old) is None
        assert queries.person_of_badge(tx, new) == person


def test_a_lost_badge(office: Office) -> None:
    person = office.person(secret=False)
    badge = office.badge(person)
    office.do(commands.revoke_badge, person=person)
    with office.house.read() as tx:
        assert queries.person_of_badge(tx, badge) is None
    with refuses("badge.none"):
        office.do(commands.revoke_badge, person=person)
    with forbids():
        office.do(commands.issue_badge, by=office.qa, person=person)
