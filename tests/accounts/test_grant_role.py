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


def test_the_first_of_qa_is_countersigned_by_another_administrator(office: Office) -> None:
    """A new site has one administrator and nobody of QA: without this it could never begin."""
    second, first = office.person("second", "administrator"), office.person("first")
    other = office.as_person(second, "administrator")
    office.do(commands.grant_role, person=first, role="qa")
    with refuses("decision.own"):
        office.do(commands.countersign, decision=office.decision())
    office.do(commands.countersign, by=other, decision=office.decision())
    assert office.roles(first) == ("qa",)
    office.do(commands.grant_role, person=office.person("next"), role="qa")
    with refuses("decision.not_yours"):
        office.do(commands.countersign, by=other, decision=office.decision())
    office.do(commands.countersign, by=office.as_person(first, "qa"), decision=office.decision())


def test_two_firsts_of_qa_are_not_both_an_administrators(office: Office) -> None:
    other = office.as_person(office.person("second", "administrator"), "administrator")
    firsts = {name: office.person(name) for name in ("one", "two")}
    for person in firsts.values():
        office.do(commands.grant_role, person=person, role="qa")
    office.do(commands.countersign, by=other, decision=office.decision())
    with refuses("role.qa_at_work"):
        office.do(commands.countersign, by=other, decision=office.decision())
    office.do(commands.countersign, by=office.as_person(firsts["one"], "qa"), decision=office.decision())


def test_nobody_countersigns_a_role_of_their_own(office: Office) -> None:
    second = office.person("second", "administrator")
    office.do(commands.grant_role, person=second, role="qa")
    with refuses("role.own_countersignature"):
        office.do(commands.countersign, by=office.as_person(second, "administrator"), decision=office.decision())
    auditor = office.person("auditor", "qa")
    office.do(commands.grant_role, person=auditor, role="nurse")
    own = office.decisions()[-1]
    with refuses("role.own_countersignature"):
        office.do(commands.countersign, by=office.as_person(auditor, "qa"), decision=own)
    assert office.roles(auditor) == ("qa",)


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
