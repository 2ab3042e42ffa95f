"""Locking, unlocking, leaving: sessions end, nothing more is done in the person's name, what they did stays."""

import pytest

from cellchain.accounts import commands, queries
from cellchain.kernel.errors import SignInNeeded
from tests.accounts.story import Office
from tests.trial.story import forbids, refuses


def test_a_lock_ends_every_session(office: Office) -> None:
    person = office.person("worker", "technician")
    opened = [office.sign_in(), office.sign_in(by_cookie=False)]
    office.do(commands.lock, person=person)
    for one in opened:
        assert office.gate.remembered(one.token, by_cookie=one.session.by_cookie) is None
        with pytest.raises(SignInNeeded):
            office.gate.find(one.token, by_cookie=one.session.by_cookie)
    with pytest.raises(SignInNeeded) as wrong:
        office.sign_in()
    assert wrong.value.code == "sign_in.wrong", "nobody learns that the account is there"


def test_unlocked_again(office: Office) -> None:
    person = office.person("worker", "technician")
    with refuses("person.phase"):
        office.do(commands.unlock, person=person)
    office.do(commands.lock, person=person)
    with refuses("person.phase"):
        office.do(commands.lock, person=person)
    office.do(commands.unlock, person=person)
    assert office.sign_in().session.actor.may("manufacturing.start_step")


def test_who_left(office: Office) -> None:
    person = office.person("worker", "technician")
    badge = office.badge(person)
    office.sign_in()
    office.do(commands.leave, person=person)
    assert office.roles(person) == ()
    with office.house.read() as tx:
        assert queries.person_of_badge(tx, badge) is None
    with pytest.raises(SignInNeeded):
        office.sign_in()
    with refuses("person.phase"):
        office.do(commands.unlock, person=person)


def test_only_administrators(office: Office) -> None:
    person = office.person(secret=False)
    for verb in (commands.lock, commands.unlock, commands.leave):
        with forbids():
            office.do(verb, by=office.qa, person=person)


def test_nobody_locks_themselves(office: Office) -> None:
    person = office.person("chief", "administrator")
    office.person("deputy", "administrator")
    chief = office.as_person(person, "administrator")
    for command in (commands.lock, commands.leave):
        with refuses("person.own_account"):
            office.do(command, by=chief, person=person)


def test_the_last_administrator_who_may_work_stays(office: Office) -> None:
    chief, deputy = (office.person(name, "administrator") for name in ("chief", "deputy"))
    office.do(commands.lock, person=deputy)
    for command in (commands.lock, commands.leave):
        with refuses("person.last_administrator"):
            office.do(command, person=chief)
    office.do(commands.unlock, person=deputy)
    office.do(commands.lock, person=chief)
    with refuses("person.last_administrator"):
        office.do(commands.lock, person=deputy)


def test_others_are_locked_whoever_is_left(office: Office) -> None:
    office.person("chief", "administrator")
    worker = office.person("worker", "technician")
    office.do(commands.lock, person=worker)
