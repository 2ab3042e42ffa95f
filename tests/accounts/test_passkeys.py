"""Passkeys: added by their person, opening a session alone, and signing one order and no other."""

import json
from collections.abc import Callable

import pytest

from cellchain.accounts import commands
from cellchain.accounts.gate import SecondStep
from cellchain.accounts.second_factor import ceremony, challenges, passkeys, queries
from cellchain.accounts.second_factor import commands as factors
from cellchain.kernel.errors import CellchainError, NeedsSignature, SignInNeeded, TooMany
from cellchain.ledger.actor import Actor
from cellchain.web.session import PasskeyAsked
from tests.accounts.device import Device, b64
from tests.accounts.story import Office
from tests.accounts.test_gate import denied
from tests.trial.story import refuses

ACT, OTHER_ACT = "a" * 64, "b" * 64


def with_passkey(office: Office, *roles: str, device: Device | None = None) -> tuple[Actor, Device]:
    """Somebody with a passkey."""
    actor = office.as_person(office.person("worker", *roles), *roles)
    device = device or Device()
    add(office, actor, device)
    return actor, device


def add(office: Office, actor: Actor, device: Device) -> int:
    """The device is added."""
    options = office.gate.factors.asks_to_add(actor.person, "worker", "Worker")
    return int(office.do(passkeys.add_passkey, by=actor, name="Blue key", answer=device.adds(options))["passkey"])


def come_in(office: Office, answer: str) -> Actor:
    """Sign in with what a device answered."""
    return office.gate.sign_in_by_passkey(answer, device=None, by_cookie=True).session.actor


def test_it_opens_a_session_without_a_name(office: Office) -> None:
    actor, device = with_passkey(office, "technician")
    options = office.gate.factors.asks_who()
    assert options["userVerification"] == "required"
    assert not options.get("allowCredentials")
    came = come_in(office, device.proves(options))
    assert (came.person, came.may("manufacturing.start_step")) == (actor.person, True)
    assert office.events()[-2:] == ["accounts:passkey:used", "accounts:session:opened"]
    with office.house.read() as tx:
        row = queries.passkeys_of(tx, actor.person)[0]
    assert (row.sign_count, row.used_at) == (1, office.house.clock.now())


def test_the_password_alone_does_not_open_any_more(office: Office) -> None:
    with_passkey(office)
    with pytest.raises(SecondStep) as step:
        office.sign_in()
    assert (step.value.factors.code, step.value.factors.passkeys) == (False, 1)
    denied(
        lambda: office.gate.sign_in_with_code(step.value.ticket, "123456", device=None, by_cookie=True),
        "sign_in.code_wrong",
    )


def _lies() -> dict[str, Callable[[Device], None]]:
    def elsewhere(device: Device) -> None:
        device.origin = "https://cellchain.example.net"

    def other_house(device: Device) -> None:
        device.rp = "example.net"

    def nobody_asked(device: Device) -> None:
        device.verifies = False

    def went_back(device: Device) -> None:
        device.count = -1

    def another_key(device: Device) -> None:
        device.key = Device().key

    def unknown(device: Device) -> None:
        device.credential = b"unknown"

    return {one.__name__: one for one in (elsewhere, other_house, nobody_asked, went_back, another_key, unknown)}


@pytest.mark.parametrize("lie", _lies())
def test_what_is_no_proof(office: Office, lie: str) -> None:
    _, device = with_passkey(office)
    come_in(office, device.proves(office.gate.factors.asks_who()))
    _lies()[lie](device)
    denied(lambda: come_in(office, device.proves(office.gate.factors.asks_who())), "sign_in.passkey_wrong")
    assert office.events()[-1] == "accounts:session:denied"


def test_an_answer_counts_once_and_not_for_long(office: Office) -> None:
    _, device = with_passkey(office)
    answer = device.proves(office.gate.factors.asks_who())
    come_in(office, answer)
    denied(lambda: come_in(office, answer), "sign_in.passkey_wrong")
    late = device.proves(office.gate.factors.asks_who())
    office.wait(minutes=5)
    denied(lambda: come_in(office, late), "sign_in.passkey_wrong")
    never_asked = device.proves({"challenge": b64(bytes(32))})
    denied(lambda: come_in(office, never_asked), "sign_in.passkey_wrong")


@pytest.mark.parametrize(
    "answer", ["", "[]", "{}", "no json", '{"rawId": 5}', '{"rawId": "é"}', "null", '"' + "x" * 99]
)
def test_whatever_else_a_browser_sends(office: Office, answer: str) -> None:
    with_passkey(office)
    denied(lambda: come_in(office, answer), "sign_in.passkey_wrong")


def test_wrong_answers_make_one_wait(office: Office) -> None:
    _, device = with_passkey(office)
    for _ in range(5):
        denied(lambda: come_in(office, device.proves({"challenge": b64(bytes(32))})), "sign_in.passkey_wrong")
    with pytest.raises(TooMany):
        come_in(office, device.proves(office.gate.factors.asks_who()))


def test_who_is_locked_stays_out(office: Office) -> None:
    actor, device = with_passkey(office, "technician")
    office.do(commands.lock, person=actor.person)
    denied(lambda: come_in(office, device.proves(office.gate.factors.asks_who())), "session.person_locked")


# -- adding and ending -----------------------------------------------------------------------------------------------


def test_it_is_added_by_who_was_asked(office: Office) -> None:
    mine, other = (office.as_person(office.person(name)) for name in ("worker", "other"))
    device = Device()
    answer = device.adds(office.gate.factors.asks_to_add(mine.person, "worker", "Worker"))
    with refuses("passkey.expired"):
        office.do(passkeys.add_passkey, by=other, name="Blue key", answer=answer)
    with refuses("passkey.malformed"):
        office.do(passkeys.add_passkey, by=mine, name="Blue key", answer="{}")
    wrong = Device(origin="https://example.net").adds(office.gate.factors.asks_to_add(mine.person, "worker", "Worker"))
    with refuses("passkey.not_verified"):
        office.do(passkeys.add_passkey, by=mine, name="Blue key", answer=wrong)
    office.do(passkeys.add_passkey, by=mine, name="Blue key", answer=answer)
    with refuses("passkey.expired"):
        office.do(passkeys.add_passkey, by=mine, name="Blue key", answer=answer)
    with refuses("passkey.known"):
        add(office, mine, device)


def test_an_account_has_twenty_at_most(office: Office) -> None:
    actor = office.as_person(office.person("worker"))
    for _ in range(queries.PASSKEYS_MAX):
        add(office, actor, Device())
    with refuses("passkey.too_many"):
        add(office, actor, Device())


def test_letting_one_go(office: Office) -> None:
    actor, device = with_passkey(office)
    other = office.as_person(office.person("other"))
    with refuses("passkey.not_yours"):
        office.do(passkeys.end_passkey, by=other, passkey=1)
    office.do(passkeys.end_passkey, by=actor, passkey=1)
    denied(lambda: come_in(office, device.proves(office.gate.factors.asks_who())), "sign_in.passkey_wrong")
    with refuses("second_factor.phase"):
        office.do(passkeys.end_passkey, by=actor, passkey=1)
    assert office.sign_in().token


def test_the_last_one_stays_beside_a_short_password(office: Office) -> None:
    actor, _ = with_passkey(office)
    office.do(commands.set_password, by=actor, password="kelp zig")
    with refuses("second_factor.password_short"):
        office.do(passkeys.end_passkey, by=actor, passkey=1)
    add(office, actor, Device())
    office.do(passkeys.end_passkey, by=actor, passkey=1)


def test_a_reset_ends_passkeys_too(office: Office) -> None:
    actor, device = with_passkey(office)
    office.do(factors.reset_second_factor, person=actor.person)
    denied(lambda: come_in(office, device.proves(office.gate.factors.asks_who())), "sign_in.passkey_wrong")


# -- signing ---------------------------------------------------------------------------------------------------------


def asked(office: Office, actor: Actor, act: str) -> dict[str, object]:
    """What the signer's browser is asked about an act."""
    with pytest.raises(PasskeyAsked) as question:
        office.gate.reauthenticate(actor, {"passkey": ""}, act)
    return question.value.options


def test_it_signs_the_act_that_it_was_asked_about(office: Office) -> None:
    actor, device = with_passkey(office, "qa")
    signing = office.gate.reauthenticate(actor, {"passkey": device.proves(asked(office, actor, ACT))}, ACT)
    assert (signing.method, signing.at) == ("passkey", office.house.clock.now())
    assert office.events()[-1] == "accounts:passkey:used"


def test_it_signs_nothing_else(office: Office) -> None:
    actor, device = with_passkey(office, "qa")

    def signs(answer: str, act: str = ACT, by: Actor = actor) -> None:
        office.gate.reauthenticate(by, {"passkey": answer}, act)

    answer = device.proves(asked(office, actor, ACT))
    denied(lambda: signs(answer, OTHER_ACT), "signature.passkey_wrong")
    signs(answer)
    denied(lambda: signs(answer), "signature.passkey_wrong")
    denied(lambda: signs(device.proves(office.gate.factors.asks_who())), "signature.passkey_wrong")
    late = device.proves(asked(office, actor, ACT))
    office.wait(minutes=5)
    denied(lambda: signs(late), "signature.passkey_wrong")


def test_it_signs_for_its_own_person_alone(office: Office) -> None:
    actor, device = with_passkey(office, "qa")
    other = office.as_person(office.person("other", "qa"), "qa")
    with pytest.raises(NeedsSignature) as none:
        office.gate.reauthenticate(other, {"passkey": ""}, ACT)
    assert none.value.code == "signature.no_passkey"
    answer = device.proves(asked(office, actor, ACT))
    denied(lambda: office.gate.reauthenticate(other, {"passkey": answer}, ACT), "signature.passkey_wrong")


def test_wrong_signatures_count(office: Office) -> None:
    actor, device = with_passkey(office, "qa")
    for _ in range(5):
        denied(lambda: office.gate.reauthenticate(actor, {"passkey": "{}"}, ACT), "signature.passkey_wrong")
    with pytest.raises(TooMany):
        office.gate.reauthenticate(actor, {"passkey": device.proves(asked(office, actor, ACT))}, ACT)


# -- where ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "usable"),
    [
        ("https://cellchain.example.net", True),
        ("https://cellchain.example.net:8443", True),
        ("http://localhost:8000", True),
        ("http://cellchain.example.net", False),
        ("http://127.0.0.1:8000", False),
        ("https://[::1]:8000", False),
    ],
)
def test_where_browsers_make_passkeys(url: str, usable: bool) -> None:
    assert ceremony.relying_party(url, "").is_usable == usable


def test_questions_do_not_pile_up(office: Office) -> None:
    for _ in range(3):
        office.gate.factors.asks_who()
        office.wait(minutes=6)
    with office.house.database.engine.connect() as link:
        assert len(link.exec_driver_sql("SELECT * FROM accounts_challenge").fetchall()) == 1


def test_two_at_once_take_one_question_once(office: Office) -> None:
    challenge = office.house.runner.outside(lambda tx: challenges.put(tx, challenges.SIGN, person="x", bound=ACT))
    taken = office.house.runner.outside(lambda tx: challenges.take(tx, challenge, challenges.SIGN))
    assert (taken.person, taken.bound) == ("x", ACT)
    with pytest.raises(CellchainError):
        office.house.runner.outside(lambda tx: challenges.take(tx, challenge, challenges.SIGN))


def test_an_answer_is_json_of_a_browser() -> None:
    told = json.loads(Device().proves({"challenge": "AAAA"}))
    assert ceremony.challenge_in(json.dumps(told)) == bytes(3)
    with pytest.raises(SignInNeeded):
        raise SignInNeeded()
