"""Giving a role: at once, or with a second signature where the role guards lives; to oneself never."""

import pytest

from cellchain.accounts import commands
from cellchain.accounts.rules import GUARDED_ROLES, Role
from cellchain.identity.codes import Kind, issue
from tests.accounts.story import Office
from tests.trial.story import forbids, refuses


@pytest.mark.parametrize("role", sorted(set(Role) - GUARDED_ROLES))
def test_a_plain_role_holds_at_once(office: Office, role: Role) -> None:
    person = office.person()
    assert office.do(commands.grant_role, person=person, role=role)["phase"] == "active"
    assert office.roles(person) == (role,)
    assert office.events()[-1] == "accounts:role:granted"


@pytest.mark.parametrize("role", sorted(GUARDED_ROLES))
def test_a_guarded_role_waits_for_qa(office: Office, role: Role) -> None:
    person = office.person()
    assert office.do(commands.grant_role, person=person, role=role)["phase"] == "proposed"
    assert office.roles(person) == ()
    office.do(commands.countersign, by=office.qa, decision=office.decision())
    assert office.roles(person) == (role,)
    assert office.events()[-2:] == ["accounts:decision:countersigned", "accounts:role:activated"]


def test_nobody_raises_themselves(office: Office) -> None:
    own = office.person("boss", "administrator")
    with refuses("role.own"):
        office.do(commands.grant_role, by=office.as_person(own, "administrator"), person=own, role="qa")
    assert office.roles(own) == ("administrator",)


def test_a_role_is_held_once(office: Office) -> None:
    person = office.person("worker", "technician")
    with refuses("record.taken"):
        office.do(commands.grant_role, person=person, role="technician")


def test_who_may_not(office: Office) -> None:
    person = office.person()
    with forbids():
        office.do(commands.grant_role, by=office.qa, person=person, role="technician")
    with refuses("record.not_found"):
        office.do(commands.grant_role, person=issue(Kind.PERSON, 1, 2026, 999_999), role="technician")
