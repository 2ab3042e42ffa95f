"""Taking a role away holds at once, also for the sessions that are open."""

from cellchain.accounts import commands
from tests.accounts.story import Office
from tests.trial.story import forbids, refuses


def test_it_holds_at_once(office: Office) -> None:
    person = office.person("worker", "technician", "analyst")
    opened = office.sign_in()
    assert opened.session.actor.may("manufacturing.start_step")
    office.do(commands.revoke_role, person=person, role="technician")
    assert office.roles(person) == ("analyst",)
    assert office.gate.remembered(opened.token, by_cookie=True) is None
    assert not office.gate.find(opened.token, by_cookie=True).actor.may("manufacturing.start_step")
    assert "accounts:role:revoked" in office.events()


def test_a_proposed_role_can_be_taken_back_and_is_not_activated_then(office: Office) -> None:
    person = office.person()
    office.do(commands.grant_role, person=person, role="nurse")
    office.do(commands.revoke_role, person=person, role="nurse")
    with refuses("grant.phase"):
        office.do(commands.countersign, by=office.qa, decision=office.decision())
    assert office.roles(person) == ()


def test_a_role_that_is_not_held(office: Office) -> None:
    person = office.person()
    with refuses("role.not_held"):
        office.do(commands.revoke_role, person=person, role="nurse")
    with forbids():
        office.do(commands.revoke_role, by=office.qa, person=person, role="nurse")


def test_a_role_can_be_given_again(office: Office) -> None:
    person = office.person("worker", "technician")
    office.do(commands.revoke_role, person=person, role="technician")
    office.do(commands.grant_role, person=person, role="technician")
    assert office.roles(person) == ("technician",)


def test_the_last_administrator_keeps_the_role(office: Office) -> None:
    chief, deputy = (office.person(name, "administrator") for name in ("chief", "deputy"))
    office.do(commands.lock, person=deputy)
    with refuses("person.last_administrator"):
        office.do(commands.revoke_role, person=chief, role="administrator")
    office.do(commands.unlock, person=deputy)
    office.do(commands.revoke_role, person=chief, role="administrator")
    with refuses("person.last_administrator"):
        office.do(commands.revoke_role, person=deputy, role="administrator")
    assert (office.roles(chief), office.roles(deputy)) == ((), ("administrator",))


def test_the_last_of_qa_keeps_the_role(office: Office) -> None:
    """Nobody else could countersign that somebody becomes QA."""
    first, second = (office.person(name, "qa", "analyst") for name in ("first", "second"))
    office.do(commands.revoke_role, person=first, role="qa")
    with refuses("person.last_qa"):
        office.do(commands.revoke_role, person=second, role="qa")
    with refuses("person.last_qa"):
        office.do(commands.leave, person=second)
    office.do(commands.revoke_role, person=second, role="analyst")
    office.do(commands.lock, person=second)
    with refuses("person.last_qa"):
        office.do(commands.leave, person=second)


def test_a_role_that_never_took_effect_is_taken_back_whoever_is_left(office: Office) -> None:
    person = office.person()
    office.do(commands.grant_role, person=person, role="qa")
    office.do(commands.revoke_role, person=person, role="qa")
    assert office.roles(person) == ()
