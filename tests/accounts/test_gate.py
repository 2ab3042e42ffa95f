"""Coming in: names and passwords, badges at stations, what a session lasts, what a failed attempt costs."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from cellchain.accounts import commands
from cellchain.accounts.rules import ATTEMPTS_WINDOW, wait_after
from cellchain.kernel.errors import CellchainError, NeedsSignature, SignInNeeded, TooMany
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
