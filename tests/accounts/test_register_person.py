"""Somebody new: a code, a name that stays out of the ledger, no role yet."""

import pytest
from pydantic import ValidationError

from cellchain.accounts import commands, queries
from cellchain.accounts.models import Person
from tests.accounts.story import Office
from tests.trial.story import forbids, refuses


def test_a_person_has_a_code_and_no_role(office: Office) -> None:
    code = office.person("lena", secret=False)
    assert code.startswith("PS")
    assert office.roles(code) == ()
    assert office.events()[-1] == "accounts:person:registered"
    with office.house.read() as tx:
        assert tx.get(Person, code).name == "Lena"
        assert queries.display_name(tx, code) == "Lena"
        assert queries.display_name(tx, "PS000000000000") == "PS000000000000"


def test_the_name_is_not_in_the_ledger(office: Office) -> None:
    office.do(commands.register_person, username="lena", name="Elena Example", initials="L. E.")
    assert all("Elena" not in entry.body for entry in office.house.entries())


def test_a_user_name_is_given_once(office: Office) -> None:
    office.person("lena", secret=False)
    with refuses("record.taken"):
        office.person("lena", secret=False)
    assert office.events()[-1] == "accounts:person:registered:refused"


@pytest.mark.parametrize("username", ["", "a", "Lena", "le na", "1lena", "лена", "a" * 41, "../x"])
def test_a_user_name_is_plain(office: Office, username: str) -> None:
    with pytest.raises(ValidationError):
        office.do(commands.register_person, username=username, name="Lena", initials="L.")


def test_only_an_administrator_registers(office: Office) -> None:
    with forbids():
        office.do(commands.register_person, by=office.qa, username="lena", name="Lena", initials="L.")
