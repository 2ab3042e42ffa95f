"""A code instead of a password: given by an administrator, used once by its person, and nothing that anybody knows."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cellchain.accounts import commands as accounts
from cellchain.accounts.commands import SetPassword
from cellchain.accounts.models import Credential, OneTimeCode
from cellchain.accounts.one_time import rules
from cellchain.accounts.one_time.codes import waiting_code
from cellchain.accounts.one_time.commands import reset_password
from cellchain.kernel.errors import CellchainError, SignInNeeded, TooMany
from tests.accounts.story import PASSWORD, PIN, Office
from tests.trial.story import forbids, refuses

CODE = "ABCD-EFGH-2345-WXYZ"
OTHER = "ZZZZ-EFGH-2345-WXYZ"
CHOSEN = "birch saline window"


def choose(office: Office, code: str = CODE, username: str = "worker", password: str = CHOSEN, pin: str = "") -> None:
    """What the page of the code sends."""
    order = SetPassword(password=password, pin=pin or None)
    office.gate.choose_password(username, code, order, device=None, address="192.0.2.7")


def closed(office: Office, code: str = CODE, username: str = "worker") -> None:
    """The code opens nothing."""
    with pytest.raises(SignInNeeded) as error:
        choose(office, code, username)
    assert error.value.code == "sign_in.one_time_wrong"


def test_a_new_person_chooses_their_own(offices: Office) -> None:
    office = offices
    person = office.person(secret=False)
    office.do(reset_password, person=person, code=CODE)
    choose(office, pin=PIN)
    assert office.sign_in(password=CHOSEN).session.actor.person == person
    with office.house.read() as tx:
        assert tx.get(Credential, person).pin_hash is not None
    events = office.events()
    assert events.index("accounts:password:reset") < events.index("accounts:password:chosen")


def test_it_counts_once(offices: Office) -> None:
    person = offices.person()
    offices.do(reset_password, person=person, code=CODE)
    choose(offices)
    closed(offices)


def test_a_reset_closes_what_was_open(office: Office) -> None:
    person = office.person()
    opened = office.sign_in()
    office.do(reset_password, person=person, code=CODE)
    with pytest.raises(SignInNeeded):
        office.gate.find(opened.token, by_cookie=True)
    with pytest.raises(SignInNeeded):
        office.sign_in()
    with pytest.raises(SignInNeeded):
        office.sign_in(password=CODE)
    with office.house.read() as tx:
        kept = tx.get(Credential, person)
    assert (kept.password_hash, kept.pin_hash is None) == (None, False), "the badge opens shifts at stations as before"


def test_it_ends_after_a_day(office: Office) -> None:
    person = office.person()
    office.do(reset_password, person=person, code=CODE)
    office.wait(hours=23, minutes=59)
    with office.house.read() as tx:
        assert waiting_code(tx, person) is not None
    office.wait(minutes=1)
    closed(office)
    with office.house.read() as tx:
        assert waiting_code(tx, person) is None


def test_another_code_ends_the_one_before(office: Office) -> None:
    person = office.person()
    office.do(reset_password, person=person, code=CODE)
    office.do(reset_password, person=person, code=OTHER)
    closed(office)
    choose(office, OTHER)


def test_a_code_is_its_persons(office: Office) -> None:
    office.do(reset_password, person=office.person(), code=CODE)
    office.person("other")
    closed(office, CODE, "other")
    closed(office, CODE, "nobody")
    choose(office, "abcd efgh 2345 wxyz")


@pytest.mark.parametrize(
    ("password", "pin", "code"),
    [
        ("short", "", "password.too_short"),
        ("Password12345678", "", "password.too_easy"),
        ("w0rk3r and more words", "", "password.about_you"),
        (CHOSEN, "111111", "pin.too_easy"),
        (CHOSEN, "1234", "pin.malformed"),
    ],
)
def test_what_is_unfit_leaves_the_code(office: Office, password: str, pin: str, code: str) -> None:
    office.do(reset_password, person=office.person(), code=CODE)
    with refuses(code):
        choose(office, password=password, pin=pin)
    choose(office)


@pytest.mark.parametrize("verb", [accounts.lock, accounts.leave])
def test_whoever_is_locked_or_left_opens_nothing_with_it(office: Office, verb: Any) -> None:
    person = office.person()
    office.do(reset_password, person=person, code=CODE)
    office.do(verb, person=person)
    closed(office)
    if verb is accounts.leave:
        with refuses("password.gone"):
            office.do(reset_password, person=person, code=OTHER)


def test_guessing_is_slowed_down(office: Office) -> None:
    office.do(reset_password, person=office.person(), code=CODE)
    for _ in range(5):
        closed(office, OTHER)
    with pytest.raises(TooMany):
        choose(office)
    office.wait(minutes=16)
    choose(office)


def test_who_gives_codes(office: Office) -> None:
    person = office.person()
    with forbids():
        office.do(reset_password, by=office.qa, person=person, code=CODE)
    boss = office.person("boss", "administrator")
    with refuses("password.own_reset"):
        office.do(reset_password, by=office.as_person(boss, "administrator"), person=boss, code=CODE)
    with forbids():
        office.do(accounts.give_password, person=person, password=CHOSEN)


def test_the_code_is_kept_as_a_digest(office: Office) -> None:
    person = office.person()
    office.do(reset_password, person=person, code=CODE)
    with office.house.read() as tx:
        row = waiting_code(tx, person)
        assert row is not None
        kept = tx.get(OneTimeCode, row.id)
    bare = CODE.replace("-", "")
    assert bare not in kept.digest
    assert len(kept.digest) == 64
    for entry in office.house.entries():
        assert CODE not in entry.body
        assert bare not in entry.body
    with office.house.database.engine.connect() as link:
        answers = str(link.exec_driver_sql("SELECT * FROM ledger_request").fetchall())
    assert CODE not in answers, "the answer that is kept for a repeated request holds no code"


def test_own_password_ends_a_code_that_waits(office: Office) -> None:
    person = office.person()
    office.do(reset_password, person=person, code=CODE)
    office.do(accounts.set_password, by=office.as_person(person, "technician"), password=PASSWORD)
    closed(office)


def test_codes_are_random_and_readable() -> None:
    assert rules.code_from(bytes(10)) == "AAAA-AAAA-AAAA-AAAA"
    assert rules.looks_like_code(" abcd-efgh-2345-wxyz ")
    assert not rules.looks_like_code("birch saline window")


def test_eight_at_once_use_it_once(offices: Office) -> None:
    office = offices
    person = office.person()
    office.do(reset_password, person=person, code=CODE)
    line = threading.Barrier(8)

    def ask(turn: int) -> str:
        line.wait()
        try:
            choose(office, password=f"{CHOSEN} number {turn}")
        except CellchainError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(8) as threads:
        said = list(threads.map(ask, range(8)))
    assert said.count("done") == 1
    assert set(said) <= {"done", "sign_in.one_time_wrong", "attempts.too_many"}
    assert office.events().count("accounts:password:chosen") == 1
