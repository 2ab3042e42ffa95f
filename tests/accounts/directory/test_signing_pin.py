"""The PIN that people of the directory sign with: set right after the directory asked who they are, and by itself
enough at a signature, whether the directory answers or not."""

from typing import Any

import pytest

from cellchain.accounts.directory import rules
from cellchain.accounts.gate import AccountsGate
from cellchain.accounts.one_time.commands import reset_password
from cellchain.kernel.errors import NeedsSignature, Refused, TooMany
from cellchain.ledger.actor import Actor
from tests.accounts.directory.story import BADGE_PIN, PASSWORD, SIGNING_PIN, Hospital
from tests.accounts.one_time.test_one_time import CODE


def gate_of(hospital: Hospital) -> AccountsGate:
    return hospital.installation.gate


def signs(hospital: Hospital, person: str, username: str, secret: str) -> str:
    """How the signature says that it was given."""
    return gate_of(hospital).reauthenticate(Actor(person), {"username": username, "password": secret}).method


def refusal(hospital: Hospital, person: str, username: str, secret: str) -> str:
    with pytest.raises(NeedsSignature) as error:
        signs(hospital, person, username, secret)
    return error.value.code


@pytest.mark.parametrize(
    ("pin", "code"),
    [
        ("8362041", "signing_pin.too_short"),
        ("", "signing_pin.too_short"),
        ("short words", "signing_pin.too_short"),
        ("11112222", "signing_pin.too_easy"),
        ("12345678", "signing_pin.too_easy"),
        ("987654321", "signing_pin.too_easy"),
        ("worker and more", "signing_pin.too_easy"),
        ("83620417", "signing_pin.same_as_badge"),
    ],
)
def test_what_is_no_signing_pin(pin: str, code: str) -> None:
    with pytest.raises(Refused) as error:
        rules.signing_pin_is_fit(pin, "worker", "83620417")
    assert error.value.code == code


@pytest.mark.parametrize("pin", ["83620418", "amber river seldom", "длинная фраза"])
def test_what_is_one(pin: str) -> None:
    rules.signing_pin_is_fit(pin, "worker", "83620417")


def test_it_is_set_right_after_the_directory_asked_for_the_password(hospital: Hospital) -> None:
    person = hospital.linked("pinner", "technician")
    visitor = hospital.visitor().enter("pinner")
    assert "Confirm at Hospital directory" in visitor.client.get("/directory/pin").text
    answer = visitor.set_pins()
    assert answer.status_code == 409
    assert "Setting a PIN takes a sign-in at the directory not older than 5 minutes" in answer.text
    assert refusal(hospital, person, "pinner", SIGNING_PIN) == "signature.no_pin"
    # The directory remembers this browser, and asks all the same.
    door = visitor.set_out(anew="1", next="/directory/pin").headers["location"]
    assert visitor.there.get(door).status_code == 200
    assert visitor.receive(visitor.come_back(door, "pinner")).who == "Pinner"
    assert visitor.set_pins().headers["location"] == "/directory/pin?set=1"
    assert signs(hospital, person, "Pinner ", SIGNING_PIN) == "signing PIN"
    hospital.wait(minutes=6)
    assert visitor.set_pins("another pin of mine").status_code == 409, "five minutes later it is asked for again"


def test_a_directory_that_did_not_ask_again_is_no_proof(hospital: Hospital) -> None:
    """It was told to ask, and says when it did: too long ago, or not at all."""
    hospital.linked("lazy", "technician")
    for told in (int(hospital.clock.now().timestamp()) - 900, None):
        hospital.directory.lies = {"auth_time": told}
        visitor = hospital.visitor().enter("lazy", anew="1")
        assert visitor.page is not None
        assert "(auth_time)" in visitor.page.text
        assert visitor.who == ""


def test_somebody_else_at_the_directory_does_not_take_over_the_session(hospital: Hospital) -> None:
    hospital.linked("mine", "technician")
    hospital.linked("theirs", "technician")
    visitor = hospital.visitor().enter("mine")
    door = visitor.set_out(anew="1", next="/directory/pin").headers["location"]
    visitor.receive(visitor.come_back(door, "theirs"))
    assert visitor.page is not None
    assert "The directory named somebody else" in visitor.page.text
    assert visitor.who == "Mine"


def test_both_entries_have_to_agree(hospital: Hospital) -> None:
    hospital.linked("typist", "technician")
    visitor = hospital.visitor().enter("typist", anew="1")
    for given in (
        {"signing_pin": SIGNING_PIN, "signing_pin_again": "83620418"},
        {"signing_pin": SIGNING_PIN, "signing_pin_again": SIGNING_PIN, "badge_pin": BADGE_PIN * 3},
        {"signing_pin": "1" * 300, "signing_pin_again": "1" * 300},
        {},
    ):
        assert visitor.post("/directory/pin", **given).status_code == 422
    assert visitor.set_pins(SIGNING_PIN, "111111").status_code == 409, "the badge's PIN has its own rule"
    assert visitor.set_pins(SIGNING_PIN, "").status_code == 303, "no PIN for the badge is none"


def test_a_pin_needs_no_directory_and_a_password_of_it_signs_nothing(hospital: Hospital) -> None:
    person = hospital.linked("signer", "technician")
    visitor = hospital.visitor().enter("signer", anew="1")
    visitor.set_pins()
    badge, station = hospital.badge_at_station(person)
    hospital.directory.down = True
    asked = len(hospital.directory.asked)
    assert signs(hospital, person, "signer", SIGNING_PIN) == "signing PIN"
    assert refusal(hospital, person, "signer", PASSWORD) == "signature.pin_wrong"
    shift = hospital.client.post("/api/v1/sign-in", json={"badge": badge, "pin": BADGE_PIN, "station": station})
    assert shift.status_code == 200, shift.text
    assert refusal(hospital, person, "signer", BADGE_PIN) == "signature.pin_wrong"
    assert len(hospital.directory.asked) == asked, "the directory was asked for nothing"
    with hospital.installation.database.engine.connect() as link:
        kept = str(link.exec_driver_sql("SELECT * FROM accounts_signing_pin").fetchall())
    assert "argon2id" in kept
    assert SIGNING_PIN not in kept


def test_a_wrong_pin_is_not_tried_for_ever(hospital: Hospital) -> None:
    person = hospital.linked("guessed", "technician")
    hospital.visitor().enter("guessed", anew="1").set_pins()
    for _ in range(5):
        assert refusal(hospital, person, "guessed", "00000000") == "signature.pin_wrong"
    with pytest.raises(TooMany):
        signs(hospital, person, "guessed", SIGNING_PIN)


def test_setting_a_pin_ends_the_other_sessions(hospital: Hospital) -> None:
    hospital.linked("twice", "technician")
    before = hospital.visitor().enter("twice")
    visitor = hospital.visitor().enter("twice", anew="1")
    assert visitor.set_pins().status_code == 303
    assert (before.who, visitor.who) == ("", "Twice")


def test_who_signs_with_a_password_needs_none(hospital: Hospital) -> None:
    from tests.accounts.directory.story import ADMIN, WORDS

    visitor = hospital.visitor()
    visitor.client.post(
        "/sign-in", data={"username": ADMIN, "password": WORDS}, headers={"sec-fetch-site": "same-origin"}
    )
    assert "You sign with your password" in visitor.client.get("/directory/pin").text
    answer = visitor.set_pins()
    assert (answer.status_code, "You sign with your password here" in answer.text) == (409, True)


@pytest.mark.parametrize(("username", "word"), [("asked", "Signing PIN"), ("first-admin", "Password")])
def test_the_form_of_a_signature_says_which_secret_it_wants(hospital: Hospital, username: str, word: str) -> None:
    from tests.accounts.directory.story import ADMIN, WORDS

    visitor: Any = hospital.visitor()
    if username == ADMIN:
        given = {"username": ADMIN, "password": WORDS}
        visitor.client.post("/sign-in", data=given, headers={"sec-fetch-site": "same-origin"})
    else:
        hospital.linked(username, "technician")
        visitor.enter(username)
    page = visitor.client.get("/do/accounts/countersign").text
    assert f'<label for="sign-password">{word}</label>' in page


def test_a_one_time_code_stands_in_for_a_directory_that_does_not_say_when_it_asked(hospital: Hospital) -> None:
    """glewlwyd 2.7 states an auth_time of 0, and many directories state none."""
    person = hospital.linked("coded", "technician")
    hospital.do(reset_password, person=person, code=CODE)
    visitor = hospital.visitor().enter("coded")
    pins = {"signing_pin": SIGNING_PIN, "signing_pin_again": SIGNING_PIN}
    assert "One-time code" in visitor.client.get("/directory/pin").text
    wrong = visitor.post("/directory/pin", code="ZZZZ-EFGH-2345-WXYZ", **pins)
    assert (wrong.status_code, "This one-time code is wrong" in wrong.text) == (409, True)
    assert visitor.post("/directory/pin", code=CODE, **pins).status_code == 303
    assert signs(hospital, person, "coded", SIGNING_PIN) == "signing PIN"
    again = visitor.post("/directory/pin", code=CODE, **pins)
    assert again.status_code == 409, "it counts once"


def test_a_code_alone_sets_no_pin_at_a_station(hospital: Hospital) -> None:
    person = hospital.linked("stationed", "technician")
    visitor = hospital.visitor().enter("stationed", anew="1")
    visitor.set_pins()
    badge, token = hospital.badge_at_station(person)
    gate = gate_of(hospital)
    shift = gate.sign_in_by_badge(badge, BADGE_PIN, device=gate.station_of(token), by_cookie=True)
    hospital.do(reset_password, person=person, code=CODE)
    shift = gate.sign_in_by_badge(badge, BADGE_PIN, device=gate.station_of(token), by_cookie=True)
    with pytest.raises(Refused) as error:
        gate.enrol_signing_pin(shift.session, "92837465", None, CODE)
    assert error.value.code == "signing_pin.not_there"
