"""Coming in: names and passwords, badges at stations, what a session lasts, what a failed attempt costs."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from cellchain.accounts import commands
from cellchain.accounts import gate as gates
from cellchain.accounts.rules import ATTEMPTS_WINDOW, wait_after
from cellchain.accounts.sessions import found
from cellchain.kernel.errors import CellchainError, NeedsSignature, SignInNeeded, TooMany
from cellchain.notices import queries as notices
from cellchain.platform.db import ReadTx
from tests.accounts.story import IDLE, LONGEST, PASSWORD, PIN, Office


def denied(call: Callable[[], object], code: str) -> None:
    """Expects to be turned away, for this reason."""
    with pytest.raises(CellchainError) as error:
        call()
    assert error.value.code == code


# -- name and password -----------------------------------------------------------------------------------------------


def test_the_right_words_open_a_session(office: Office) -> None:
    person = office.person("worker", "technician")
    opened = office.sign_in("  Worker ")
    assert opened.session.actor.person == person
    assert opened.expires_at == office.house.clock.now() + LONGEST
    assert office.gate.remembered(opened.token, by_cookie=True) == opened.session
    assert office.events()[-1] == "accounts:session:opened"


def test_every_token_is_another(office: Office) -> None:
    office.person()
    one, other = office.sign_in(), office.sign_in()
    assert one.token != other.token
    assert one.session.csrf != other.session.csrf


def test_the_database_holds_no_token(office: Office) -> None:
    office.person()
    opened = office.sign_in()
    with office.house.database.engine.connect() as link:
        rows = link.exec_driver_sql("SELECT * FROM accounts_web_session").fetchall()
    assert len(rows) == 1
    assert opened.token not in str(rows)
    assert all(opened.token not in entry.body for entry in office.house.entries())


def test_wrong_words(office: Office) -> None:
    office.person()
    denied(lambda: office.sign_in(password="not the words"), "sign_in.wrong")
    denied(lambda: office.sign_in("nobody"), "sign_in.wrong")
    denied(lambda: office.sign_in(password=""), "sign_in.wrong")
    assert office.events()[-1] == "accounts:session:denied"


def test_nobody_without_a_password_signs_in(office: Office) -> None:
    office.person(secret=False)
    denied(lambda: office.sign_in(password=""), "sign_in.wrong")
    denied(lambda: office.sign_in(password="nobody's password"), "sign_in.wrong")


def test_the_name_that_was_tried_is_not_in_the_ledger(office: Office) -> None:
    denied(lambda: office.sign_in("hunter2-my-password"), "sign_in.wrong")
    with office.house.database.engine.connect() as link:
        kept = link.exec_driver_sql("SELECT * FROM accounts_failed_sign_in").fetchall()
    assert "hunter2" not in str(kept)
    assert all("hunter2" not in entry.body for entry in office.house.entries())


# -- waiting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failed", "seconds"), [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (10, 32), (14, 512), (40, 900)]
)
def test_how_long_to_wait(failed: int, seconds: int) -> None:
    assert wait_after(failed) == timedelta(seconds=seconds)


def test_four_failures_cost_nothing_and_then_one_waits(office: Office) -> None:
    person = office.person()
    for _ in range(5):
        denied(lambda: office.sign_in(password="not the words"), "sign_in.wrong")
    with pytest.raises(TooMany) as waiting:
        office.sign_in()
    seconds = waiting.value.text.params["seconds"]
    assert isinstance(seconds, int)
    assert seconds >= 1
    office.wait(seconds=2)
    denied(lambda: office.sign_in(password="not the words"), "sign_in.wrong")
    office.wait(seconds=1)
    denied(office.sign_in, "attempts.too_many")
    office.wait(seconds=2)
    assert office.sign_in().session.actor.person == person


def test_another_name_does_not_wait(office: Office) -> None:
    office.person()
    other = office.person("other")
    for _ in range(5):
        denied(lambda: office.sign_in(password="not the words"), "sign_in.wrong")
    assert office.sign_in("other").session.actor.person == other


def test_after_the_window_it_is_forgotten(office: Office) -> None:
    person = office.person()
    for _ in range(5):
        denied(lambda: office.sign_in(password="not the words"), "sign_in.wrong")
    office.wait(seconds=ATTEMPTS_WINDOW.total_seconds() + 1)
    denied(lambda: office.sign_in(password="not the words"), "sign_in.wrong")
    assert office.sign_in().session.actor.person == person


# -- how long a session lasts ----------------------------------------------------------------------------------------


def still_in(office: Office, token: str) -> bool:
    """Whether a token opens the door now, asked as the web asks."""
    try:
        return (office.gate.remembered(token, by_cookie=True) or office.gate.find(token, by_cookie=True)) is not None
    except SignInNeeded:
        return False


def test_idle_for_too_long(office: Office) -> None:
    office.person()
    opened = office.sign_in()
    office.wait(seconds=IDLE.total_seconds())
    assert still_in(office, opened.token)
    office.wait(seconds=IDLE.total_seconds() + 1)
    assert not still_in(office, opened.token)
    denied(lambda: office.gate.find(opened.token, by_cookie=True), "session.idle")


def test_a_page_that_asks_by_itself_is_nobody_being_there(office: Office) -> None:
    """It keeps no session awake; after the session idled it goes on watching, and does nothing else."""
    office.person()
    opened = office.sign_in()

    def watched() -> CellchainError | None:
        gate = office.gate
        remembered = gate.remembered(opened.token, by_cookie=True, watching=True)
        session = gate.find(opened.token, by_cookie=True, watching=True)
        assert remembered is None or (remembered.locked is None) == (session.locked is None)
        return session.locked

    office.wait(minutes=20)
    assert watched() is None
    office.wait(minutes=11)
    idled = watched()
    assert idled is not None
    assert idled.code == "session.idle"
    denied(lambda: office.gate.find(opened.token, by_cookie=True), "session.idle")
    office.wait(hours=12)
    denied(lambda: office.gate.find(opened.token, by_cookie=True, watching=True), "session.ended")


def test_each_use_counts_as_being_there(office: Office) -> None:
    office.person()
    opened = office.sign_in()
    for _ in range(5):
        office.wait(minutes=29)
        assert still_in(office, opened.token)


def test_twelve_hours_are_the_end(office: Office) -> None:
    office.person()
    opened = office.sign_in()
    while office.house.clock.now() + timedelta(minutes=20) < opened.expires_at:
        office.wait(minutes=20)
        assert still_in(office, opened.token)
    office.house.clock.advance_to(opened.expires_at)
    assert not still_in(office, opened.token)
    denied(lambda: office.gate.find(opened.token, by_cookie=True), "session.ended")


def test_signed_out(office: Office) -> None:
    office.person()
    opened = office.sign_in()
    office.gate.sign_out(opened.session)
    assert not still_in(office, opened.token)
    assert office.events()[-1] == "accounts:session:closed"


def test_a_cookies_session_is_no_scripts_session(office: Office) -> None:
    office.person()
    opened = office.sign_in(by_cookie=True)
    assert office.gate.remembered(opened.token, by_cookie=False) is None
    assert office.gate.find(opened.token, by_cookie=False).by_cookie is False


# -- badges at stations ----------------------------------------------------------------------------------------------


def test_badge_and_pin_at_a_station_alone(office: Office) -> None:
    person = office.person("worker", "technician")
    badge = office.badge(person)
    gate = office.gate
    denied(lambda: gate.sign_in_by_badge(badge, PIN, device=None, by_cookie=True), "sign_in.no_station")
    device = gate.station_of(office.station())
    denied(lambda: gate.sign_in_by_badge(badge, "000000", device=device, by_cookie=True), "sign_in.badge_wrong")
    denied(lambda: gate.sign_in_by_badge(person, PIN, device=device, by_cookie=True), "sign_in.badge_wrong")
    denied(lambda: gate.sign_in_by_badge(badge, PASSWORD, device=device, by_cookie=True), "sign_in.badge_wrong")
    opened = gate.sign_in_by_badge(f"]C1{badge}\r", PIN, device=device, by_cookie=True)
    assert (opened.session.actor.person, opened.session.actor.device) == (person, "bench-1")


def test_a_revoked_badge_opens_nothing(office: Office) -> None:
    person = office.person()
    badge = office.badge(person)
    device = office.gate.station_of(office.station())
    office.do(commands.revoke_badge, person=person)
    denied(lambda: office.gate.sign_in_by_badge(badge, PIN, device=device, by_cookie=True), "sign_in.badge_wrong")


def test_pins_are_not_tried_through(office: Office) -> None:
    badge = office.badge(office.person())
    device = office.gate.station_of(office.station())
    for _ in range(5):
        denied(
            lambda: office.gate.sign_in_by_badge(badge, "999888", device=device, by_cookie=True), "sign_in.badge_wrong"
        )
    denied(lambda: office.gate.sign_in_by_badge(badge, PIN, device=device, by_cookie=True), "attempts.too_many")


def test_the_badge_alone_goes_back_to_an_open_shift(office: Office) -> None:
    person = office.person("worker", "technician")
    badge = office.badge(person)
    device = office.gate.station_of(office.station())
    denied(lambda: office.gate.switch_by_badge(badge, device=device), "sign_in.no_shift")
    first = office.gate.sign_in_by_badge(badge, PIN, device=device, by_cookie=True)
    office.wait(minutes=20)
    again = office.gate.switch_by_badge(badge, device=device)
    assert again.session.actor.person == person
    assert again.expires_at == first.expires_at, "switching back makes no shift longer"
    assert not still_in(office, first.token)
    denied(lambda: office.gate.switch_by_badge(badge, device=None), "sign_in.no_shift")
    denied(lambda: office.gate.switch_by_badge(badge, device="bench-2"), "sign_in.no_shift")


def test_an_idle_or_ended_shift_needs_the_pin_again(office: Office) -> None:
    badge = office.badge(office.person())
    device = office.gate.station_of(office.station())
    opened = office.gate.sign_in_by_badge(badge, PIN, device=device, by_cookie=True)
    office.wait(seconds=IDLE.total_seconds() + 1)
    denied(lambda: office.gate.switch_by_badge(badge, device=device), "sign_in.no_shift")
    opened = office.gate.sign_in_by_badge(badge, PIN, device=device, by_cookie=True)
    office.gate.sign_out(opened.session)
    denied(lambda: office.gate.switch_by_badge(badge, device=device), "sign_in.no_shift")


def test_a_locked_person_has_no_shift(office: Office) -> None:
    person = office.person()
    badge = office.badge(person)
    device = office.gate.station_of(office.station())
    office.gate.sign_in_by_badge(badge, PIN, device=device, by_cookie=True)
    office.do(commands.lock, person=person)
    denied(lambda: office.gate.switch_by_badge(badge, device=device), "sign_in.no_shift")
    denied(lambda: office.gate.sign_in_by_badge(badge, PIN, device=device, by_cookie=True), "sign_in.badge_wrong")


# -- signing ---------------------------------------------------------------------------------------------------------


def test_a_signer_is_who_is_signed_in(office: Office) -> None:
    person = office.person("worker", "qa")
    office.person("other", "qa")
    actor = office.as_person(person, "qa")
    signing = office.gate.reauthenticate(actor, {"username": "Worker ", "password": PASSWORD})
    assert (signing.method, signing.at) == ("password", office.house.clock.now())
    for proof, code in (
        (None, "signature.needed"),
        ({}, "signature.needed"),
        ({"username": "worker", "password": ""}, "signature.needed"),
        ({"username": "other", "password": PASSWORD}, "signature.not_you"),
        ({"username": "nobody", "password": PASSWORD}, "signature.not_you"),
        ({"username": "worker", "password": "not the words"}, "signature.wrong"),
    ):
        with pytest.raises(NeedsSignature) as needed:
            office.gate.reauthenticate(actor, proof)
        assert needed.value.code == code


def test_wrong_signatures_make_one_wait_too(office: Office) -> None:
    actor = office.as_person(office.person("worker", "qa"), "qa")
    for _ in range(5):
        with pytest.raises(NeedsSignature):
            office.gate.reauthenticate(actor, {"username": "worker", "password": "not the words"})
    with pytest.raises(TooMany):
        office.gate.reauthenticate(actor, {"username": "worker", "password": PASSWORD})


def test_spraying_names_from_an_address_is_not_free(office: Office) -> None:
    office.person()

    def tried(name: str, address: str, password: str = "not the words at all") -> object:
        return office.gate.sign_in(name, password, device=None, by_cookie=False, address=address)

    for number in range(5):
        denied(partial(tried, f"name{number}", "far"), "sign_in.wrong")
    denied(lambda: tried("name9", "far"), "attempts.too_many")
    assert tried("worker", "near", PASSWORD)
    office.house.clock.advance(ATTEMPTS_WINDOW)
    denied(lambda: tried("name9", "far"), "sign_in.wrong")


def test_one_persons_typing_errors_hold_up_nobody_else_at_their_address(office: Office) -> None:
    office.person()
    for _ in range(6):
        with pytest.raises(CellchainError):
            office.gate.sign_in("other", "not the words", device=None, by_cookie=False, address="ward")
    assert office.gate.sign_in("worker", PASSWORD, device=None, by_cookie=False, address="ward").token


def test_guesses_from_elsewhere_do_not_keep_the_owner_from_their_station(office: Office) -> None:
    office.person()
    for _ in range(7):
        with pytest.raises(CellchainError):
            office.gate.sign_in("worker", "not the words", device=None, by_cookie=False, address="far")
    denied(lambda: office.gate.sign_in("worker", PASSWORD, device=None, by_cookie=False), "attempts.too_many")
    assert office.gate.sign_in("worker", PASSWORD, device="bench-1", by_cookie=True).token


def test_guesses_at_a_name_keep_nobody_from_signing(office: Office) -> None:
    """Whoever knows a name could otherwise hold up a release from anywhere in the network."""
    actor = office.as_person(office.person("worker", "qa"), "qa")
    for _ in range(7):
        with pytest.raises(CellchainError):
            office.gate.sign_in("worker", "not the words", device=None, by_cookie=False, address="far")
    assert office.gate.reauthenticate(actor, {"username": "worker", "password": PASSWORD}).method == "password"


# -- numbers of badges -----------------------------------------------------------------------------------------------


def test_numbers_of_badges_are_not_tried_through_at_a_station(office: Office) -> None:
    """A badge alone opens no more than a shift that is open; even so, whoever stands there does not count upwards."""
    badge = office.badge(office.person())
    device = office.gate.station_of(office.station())
    shift = office.gate.sign_in_by_badge(badge, PIN, device=device, by_cookie=True)
    for number in range(5):
        denied(partial(office.gate.switch_by_badge, f"PS26010000{number}", device=device), "sign_in.no_shift")
    denied(lambda: office.gate.switch_by_badge(badge, device=device), "attempts.too_many")
    assert office.gate.sign_in_by_badge(badge, PIN, device=device, by_cookie=True).token, "the PIN counts by itself"
    assert still_in(office, shift.token)
    office.wait(seconds=2)
    assert office.gate.switch_by_badge(badge, device=device).token


def test_a_badge_without_a_shift_is_no_guess(office: Office) -> None:
    badge, device = office.badge(office.person()), office.gate.station_of(office.station())
    for _ in range(8):
        denied(lambda: office.gate.switch_by_badge(badge, device=device), "sign_in.no_shift")


# -- what is kept in mind --------------------------------------------------------------------------------------------


def test_what_changed_while_a_session_was_read_is_not_kept_in_mind(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread reads a session, the role is taken away, and only then does the thread keep what it read."""
    person = office.person("worker", "technician", "analyst")
    opened = office.sign_in()
    read = found.find_session

    def slowly(*arguments: Any) -> Any:
        session = read(*arguments)
        office.do(commands.revoke_role, person=person, role="analyst")
        return session

    office.gate._remembered.clear()
    monkeypatch.setattr(gates, "find_session", slowly)
    assert "analyst" in office.gate.find(opened.token, by_cookie=True).actor.roles, "it was read before"
    monkeypatch.undo()
    assert office.gate.remembered(opened.token, by_cookie=True) is None
    assert office.gate.find(opened.token, by_cookie=True).actor.roles == {"technician"}


def test_a_station_that_was_taken_back_while_they_were_read_is_none(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = office.station()
    many = ReadTx.many

    def slowly(tx: ReadTx, *arguments: Any, **named: Any) -> Any:
        found = many(tx, *arguments, **named)
        monkeypatch.undo()
        office.do(commands.enrol_station, station="bench-1", kind="bench", token_hash="0" * 64)
        return found

    monkeypatch.setattr(ReadTx, "many", slowly)
    assert office.gate.station_of(token) == "bench-1", "it was read before"
    assert office.gate.station_of(token) is None


# -- what is told to the person --------------------------------------------------------------------------------------


def told(office: Office, person: str) -> list[str]:
    """The kinds of notices that wait for somebody."""
    with office.house.read() as tx:
        return [line.kind.key for line in notices.waiting(tx, person)]


def guess(office: Office, count: int, username: str = "worker") -> None:
    for _ in range(count):
        denied(lambda: office.sign_in(username, password="not the words"), "sign_in.wrong")
        office.wait(seconds=40)


def test_whose_password_is_guessed_hears_of_it(office: Office) -> None:
    person, other = office.person("worker", "technician"), office.person("other", "technician")
    guess(office, 9)
    assert told(office, person) == []
    guess(office, 1)
    assert (told(office, person), told(office, other)) == (["sign_in_guessed"], [])
    entry = next(entry for entry in reversed(office.house.entries()) if entry.event == "accounts:session:denied")
    assert (entry.subject, json.loads(entry.body)["facts"]) == (person, {"method": "password"})


def test_a_name_that_is_nobodys_tells_nobody(office: Office) -> None:
    person = office.person("worker", "technician")
    guess(office, 10, "nobody")
    assert told(office, person) == []
    assert next(e for e in reversed(office.house.entries()) if e.event == "accounts:session:denied").subject is None


def test_coming_in_after_several_failures_is_told(office: Office) -> None:
    person = office.person("worker", "technician")
    guess(office, 4)
    office.sign_in()
    assert told(office, person) == []
    guess(office, 1)
    opened = office.sign_in()
    assert told(office, person) == ["sign_in_guessed"]
    entry = next(entry for entry in reversed(office.house.entries()) if entry.event == "accounts:session:opened")
    assert json.loads(entry.body)["facts"]["failed_before"] == 5
    assert opened.session.actor.person == person


# -- one browser, one session ----------------------------------------------------------------------------------------


def test_the_session_that_a_browser_had_before_ends(office: Office) -> None:
    person = office.person()
    first = office.sign_in()
    second = office.sign_in()
    office.gate.leave(first.token, second)
    office.gate.leave(second.token, second)
    office.gate.leave("no such token", second)
    assert (still_in(office, first.token), still_in(office, second.token)) == (False, True)
    other = office.person("other")
    third = office.sign_in("other")
    office.gate.leave(second.token, third)
    assert not still_in(office, second.token), "away from a station somebody else's ends as well"
    assert office.events()[-1] == "accounts:session:closed"
    assert (office.house.entries()[-1].subject, other) != (other, person)


def test_somebody_elses_shift_waits_for_its_badge_and_its_token_opens_nothing(office: Office) -> None:
    person, other = office.person(), office.person("other")
    badge, others = office.badge(person), office.badge(other)
    device = office.gate.station_of(office.station())
    shift = office.gate.sign_in_by_badge(badge, PIN, device=device, by_cookie=True)
    second = office.gate.sign_in_by_badge(others, PIN, device=device, by_cookie=True)
    office.gate.leave(shift.token, second)
    assert office.events()[-1] == "accounts:session:parked"
    assert not still_in(office, shift.token)
    again = office.gate.switch_by_badge(badge, device=device)
    assert (again.session.actor.person, again.expires_at) == (person, shift.expires_at)


def test_so_many_sessions_of_a_person_and_the_idlest_makes_room(office: Office) -> None:
    office.house.database.house = replace(office.house.database.house, sessions_a_person_max=3)
    office.person()
    office.person("other")
    elsewhere = office.sign_in("other")
    tokens = []
    for _ in range(3):
        tokens.append(office.sign_in().token)
        office.wait(minutes=2)
    office.gate.find(tokens[0], by_cookie=True)
    fourth = office.sign_in()
    assert [still_in(office, token) for token in tokens] == [True, False, True]
    assert still_in(office, fourth.token)
    assert still_in(office, elsewhere.token)
