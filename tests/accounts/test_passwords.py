"""Passwords and PINs: what is fit, what is kept, and what ends when one changes."""

import pytest

from cellchain.accounts import commands, passwords
from cellchain.accounts.models import Credential
from cellchain.accounts.passwords import Passwords
from cellchain.kernel.errors import SignInNeeded
from tests.accounts.story import PASSWORD, PIN, Office
from tests.trial.story import refuses


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password.too_short"),
        ("fourteen signs", "password.too_short"),
        ("a" * 20, "password.too_easy"),
        ("ab" * 10, "password.too_easy"),
        ("Password12345678", "password.too_easy"),
        ("P@ssw0rd P@ssw0rd", "password.too_easy"),
        ("qwertyuiopasdfgh", "password.too_easy"),
        ("summer2024summer", "password.too_easy"),
        ("mesenchymal stromal cells", "password.too_easy"),
        ("my worker words", "password.about_you"),
        ("w0rk3r and more words", "password.about_you"),
        ("cellchain for everybody", "password.about_you"),
    ],
)
def test_what_is_no_password(office: Office, password: str, code: str) -> None:
    person = office.person(secret=False)
    with refuses(code):
        office.do(commands.set_password, by=office.as_person(person), password=password)


@pytest.mark.parametrize(
    ("pin", "code"),
    [("12345", "pin.malformed"), ("12345a", "pin.malformed"), ("111111", "pin.too_easy"), ("121212", "pin.too_easy")],
)
def test_what_is_no_pin(office: Office, pin: str, code: str) -> None:
    person = office.person(secret=False)
    with refuses(code):
        office.do(commands.set_password, by=office.as_person(person), password=PASSWORD, pin=pin)


def test_neither_is_kept_in_plain_words(office: Office) -> None:
    person = office.person()
    with office.house.read() as tx:
        kept = tx.get(Credential, person)
    assert str(kept.password_hash).startswith("$argon2id$")
    assert str(kept.pin_hash).startswith("$argon2id$")
    for entry in office.house.entries():
        assert PASSWORD not in entry.body
        assert "argon2" not in entry.body


def test_a_password_without_a_pin_leaves_the_pin(office: Office) -> None:
    person = office.person()
    with office.house.read() as tx:
        before = tx.get(Credential, person).pin_hash
    office.do(commands.set_password, by=office.as_person(person), password="birch saline window")
    with office.house.read() as tx:
        assert tx.get(Credential, person).pin_hash == before
    assert office.sign_in(password="birch saline window").session.actor.person == person


def test_a_new_password_ends_every_session(office: Office) -> None:
    person = office.person()
    opened = office.sign_in()
    office.do(commands.set_password, by=office.as_person(person), password="birch saline window", pin=PIN)
    with pytest.raises(SignInNeeded):
        office.gate.find(opened.token, by_cookie=True)
    with pytest.raises(SignInNeeded):
        office.sign_in()


def test_hashes_are_checked_in_both_costs() -> None:
    for cost in ("cheap", "standard"):
        hasher = Passwords(cost)
        kept = hasher.hash(PASSWORD)
        assert hasher.matches(kept, PASSWORD)
        assert not hasher.matches(kept, PASSWORD + " ")
        assert not hasher.matches(None, "nobody's password")
        assert not hasher.matches("no hash", PASSWORD)


def test_the_process_has_one_hasher() -> None:
    assert passwords.configure("cheap") is passwords.current_passwords()
