"""People hear of what they sign in with: what was changed, when, and by whom."""

from cellchain.accounts import commands as accounts
from cellchain.accounts.changed import BY_OTHERS, BY_THEMSELVES, changes_of
from cellchain.accounts.one_time.commands import reset_password
from cellchain.accounts.second_factor import commands as factors
from cellchain.ledger.registry import REGISTRY
from cellchain.notices import queries as notices
from tests.accounts.one_time.test_one_time import CODE, choose
from tests.accounts.story import PASSWORD, Office
from tests.trial.story import refuses


def told(office: Office, person: str) -> list[str]:
    """The kinds of the notices that wait for somebody."""
    with office.house.read() as tx:
        return sorted(line.kind.key for line in notices.waiting(tx, person))


def changes(office: Office, person: str) -> list[tuple[str, str]]:
    with office.house.read() as tx:
        return [(one.event, one.by) for one in reversed(changes_of(tx, person))]


def test_every_event_is_one_that_a_command_leaves() -> None:
    left = {command.event for command in REGISTRY.values()}
    assert {*BY_THEMSELVES, *BY_OTHERS} <= left


def test_a_reset_and_what_follows(office: Office) -> None:
    person, other = office.person("worker", "technician"), office.person("other", "technician")
    office.do(reset_password, person=person, code=CODE)
    choose(office)
    assert told(office, person) == ["credential_changed", "credential_set"]
    assert told(office, other) == []
    assert changes(office, person) == [
        ("accounts:password:given", "SYSTEM"),
        ("accounts:password:reset", office.admin.person),
        ("accounts:password:chosen", person),
    ]


def test_what_one_does_oneself_is_told_too(office: Office) -> None:
    """It may have been somebody at a screen that was left open."""
    person = office.person("worker", "technician")
    office.do(accounts.set_password, by=office.as_person(person, "technician"), password=PASSWORD)
    assert told(office, person) == ["credential_set"]


def test_a_second_factor_that_was_reset(office: Office) -> None:
    person = office.person("worker", "technician")
    office.do(factors.reset_second_factor, person=person)
    assert told(office, person) == ["credential_changed"]
    assert changes(office, person)[-1] == ("accounts:second_factor:reset", office.admin.person)


def test_a_refused_change_is_none(office: Office) -> None:
    person = office.person("worker", "technician")
    before = changes(office, person)
    with refuses("password.too_short"):
        office.do(accounts.set_password, by=office.as_person(person, "technician"), password="short")
    assert (changes(office, person), told(office, person)) == (before, [])
