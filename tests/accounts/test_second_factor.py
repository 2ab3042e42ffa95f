"""Codes of a phone and on paper: each counts once, and without one the password opens nothing any more."""

from datetime import timedelta

import pyotp
import pytest

from cellchain.accounts import commands, passwords
from cellchain.accounts.gate import AccountsGate, SecondStep
from cellchain.accounts.models import Credential
from cellchain.accounts.rules import Role
from cellchain.accounts.second_factor import commands as factors
from cellchain.accounts.second_factor import queries, rules
from cellchain.accounts.second_factor.models import Phone, RecoveryCode
from cellchain.kernel.errors import SignInNeeded, TooMany
from cellchain.ledger.actor import Actor
from cellchain.platform.config import ROLES, Settings
from tests.accounts.story import IDLE, LONGEST, PASSWORD, PIN, Office
from tests.accounts.test_gate import denied
from tests.trial.story import forbids, refuses

SECRET = rules.secret_from(bytes(range(20)))
PAPER = tuple(rules.recovery_from(bytes([number] * rules.RECOVERY_BYTES)) for number in range(rules.RECOVERY_COUNT))
SHORT = "kelp zig"


def shown(office: Office, secret: str = SECRET, **ahead: float) -> str:
    """The code that the phone shows now, or in a while."""
    return pyotp.TOTP(secret).at(office.house.clock.now() + timedelta(**ahead))


def enrolled(office: Office, username: str = "worker", *roles: str) -> Actor:
    """Somebody with a phone, half a minute later: the code of enrolling is over."""
    actor = office.as_person(office.person(username, *roles), *roles)
    office.do(factors.enrol_second_factor, by=actor, secret=SECRET, code=shown(office), recovery=PAPER)
    office.wait(seconds=30)
    return actor


def test_a_code_of_the_phone_is_asked_for_and_counts_once(office: Office) -> None:
    actor = enrolled(office)
    with pytest.raises(SecondStep) as step:
        office.sign_in()
    code = shown(office)
    opened = office.gate.sign_in_with_code(step.value.ticket, code, device=None, by_cookie=True)
    assert opened.session.actor.person == actor.person
    denied(
        lambda: office.gate.sign_in("worker", PASSWORD, device=None, by_cookie=True, code=code), "sign_in.code_wrong"
    )
    office.wait(seconds=30)
    spaced = f"{shown(office)[:3]} {shown(office)[3:]}"
    assert office.gate.sign_in("worker", PASSWORD, device=None, by_cookie=False, code=spaced).token


def test_a_wrong_password_never_gets_as_far_as_the_code(office: Office) -> None:
    enrolled(office)
    denied(lambda: office.sign_in(password="not the words at all"), "sign_in.wrong")


@pytest.mark.parametrize("code", ["", "000000", "12345", "letters", "٣٣٣٣٣٣", "A" * 40])
def test_a_wrong_code_is_none(office: Office, code: str) -> None:
    enrolled(office)
    with pytest.raises(SecondStep) as step:
        office.sign_in()
    denied(
        lambda: office.gate.sign_in_with_code(step.value.ticket, code, device=None, by_cookie=True),
        "sign_in.code_wrong",
    )


def test_wrong_codes_make_one_wait(office: Office) -> None:
    enrolled(office)
    with pytest.raises(SecondStep) as step:
        office.sign_in()
    for _ in range(5):
        denied(
            lambda: office.gate.sign_in_with_code(step.value.ticket, "000000", device=None, by_cookie=True),
            "sign_in.code_wrong",
        )
    with pytest.raises(TooMany):
        office.gate.sign_in_with_code(step.value.ticket, shown(office), device=None, by_cookie=True)
    with pytest.raises(TooMany):
        office.sign_in()


def test_a_ticket_is_five_minutes_old_at_most_and_counts_once(office: Office) -> None:
    enrolled(office)
    with pytest.raises(SecondStep) as step:
        office.sign_in()
    assert office.gate.sign_in_with_code(step.value.ticket, shown(office), device=None, by_cookie=True).token
    office.wait(seconds=30)
    for ticket in (step.value.ticket, "no ticket", "é", ""):
        denied(
            lambda: office.gate.sign_in_with_code(ticket, shown(office), device=None, by_cookie=True),  # noqa: B023
            "sign_in.too_slow",
        )
    with pytest.raises(SecondStep) as step:
        office.sign_in()
    office.wait(minutes=5)
    denied(
        lambda: office.gate.sign_in_with_code(step.value.ticket, shown(office), device=None, by_cookie=True),
        "sign_in.too_slow",
    )


def test_a_code_on_paper_opens_once(office: Office) -> None:
    actor = enrolled(office)
    assert office.gate.sign_in("worker", PASSWORD, device=None, by_cookie=True, code=PAPER[3].lower()).token
    denied(
        lambda: office.gate.sign_in("worker", PASSWORD, device=None, by_cookie=True, code=PAPER[3]),
        "sign_in.code_wrong",
    )
    with office.house.read() as tx:
        assert queries.recovery_left(tx, actor.person) == rules.RECOVERY_COUNT - 1
    fresh = tuple(rules.recovery_from(bytes([99 + number] * 10)) for number in range(rules.RECOVERY_COUNT))
    office.do(factors.renew_recovery_codes, by=actor, recovery=fresh)
    denied(
        lambda: office.gate.sign_in("worker", PASSWORD, device=None, by_cookie=True, code=PAPER[4]),
        "sign_in.code_wrong",
    )
    assert office.gate.sign_in("worker", PASSWORD, device=None, by_cookie=True, code=fresh[0]).token


def test_nothing_of_it_lies_open(office: Office) -> None:
    enrolled(office)
    with office.house.database.engine.connect() as link:
        kept = str(
            [
                *link.exec_driver_sql("SELECT * FROM accounts_phone"),
                *link.exec_driver_sql("SELECT * FROM accounts_recovery_code"),
                *link.exec_driver_sql("SELECT answer FROM ledger_request"),
            ]
        )
    for secret in (SECRET, *PAPER, *(rules.bare(one) for one in PAPER)):
        assert secret not in kept
        assert all(secret not in entry.body for entry in office.house.entries())
    with office.house.read() as tx:
        assert tx.get(Phone, 1).secret == SECRET
        assert tx.get(RecoveryCode, 1).digest != rules.bare(PAPER[0])


def test_enrolling_takes_the_code_of_now(office: Office) -> None:
    actor = office.as_person(office.person("worker"))
    for code in ("000000", shown(office, minutes=5), shown(office, minutes=-5)):
        with refuses("second_factor.code_not_now"):
            office.do(factors.enrol_second_factor, by=actor, secret=SECRET, code=code, recovery=PAPER)
    assert office.sign_in().token, "nothing was enrolled"
    assert rules.step_of(SECRET, shown(office, seconds=-30), office.house.clock.now(), 0) is not None


def test_another_phone_takes_the_place_of_the_first(office: Office) -> None:
    actor = enrolled(office)
    other = rules.secret_from(bytes(range(20, 40)))
    office.do(factors.enrol_second_factor, by=actor, secret=other, code=shown(office, other), recovery=PAPER)
    office.wait(seconds=30)
    denied(
        lambda: office.gate.sign_in("worker", PASSWORD, device=None, by_cookie=True, code=shown(office)),
        "sign_in.code_wrong",
    )
    assert office.gate.sign_in("worker", PASSWORD, device=None, by_cookie=True, code=shown(office, other)).token


def test_letting_it_go(office: Office) -> None:
    actor = enrolled(office)
    office.do(factors.end_second_factor, by=actor)
    assert office.sign_in().token
    for verb, fields in ((factors.end_second_factor, {}), (factors.renew_recovery_codes, {"recovery": PAPER})):
        with refuses("second_factor.none"):
            office.do(verb, by=actor, **fields)


def test_a_short_password_counts_beside_a_second_factor_alone(office: Office) -> None:
    actor = enrolled(office)
    office.do(commands.set_password, by=actor, password=SHORT)
    with refuses("second_factor.password_short"):
        office.do(factors.end_second_factor, by=actor)
    with pytest.raises(SecondStep):
        office.sign_in(password=SHORT)
    office.do(factors.reset_second_factor, person=actor.person)
    denied(lambda: office.sign_in(password=SHORT), "sign_in.wrong")
    with office.house.read() as tx:
        kept = tx.get(Credential, actor.person)
    assert (kept.password_hash, kept.needs_second_factor) == (None, False)
    with refuses("password.too_short"):
        office.do(commands.set_password, by=actor, password=SHORT)


def test_a_reset_is_an_administrators_and_ends_sessions(office: Office) -> None:
    actor = enrolled(office)
    opened = office.gate.sign_in("worker", PASSWORD, device=None, by_cookie=True, code=PAPER[0])
    with forbids():
        office.do(factors.reset_second_factor, by=office.qa, person=actor.person)
    boss = office.person("boss", "administrator", secret=False)
    with refuses("second_factor.own"):
        office.do(factors.reset_second_factor, by=office.as_person(boss, "administrator"), person=boss)
    office.do(factors.reset_second_factor, person=actor.person)
    with pytest.raises(SignInNeeded):
        office.gate.find(opened.token, by_cookie=True)
    assert office.sign_in().token


def test_at_a_station_badge_and_pin_stand(office: Office) -> None:
    """The PIN is the second part of the badge: nobody looks for a phone in gloves."""
    actor = enrolled(office)
    badge, token = office.badge(actor.person), office.station()
    station = office.gate.station_of(token)
    shift = office.gate.sign_in_by_badge(badge, PIN, device=station, by_cookie=True)
    assert shift.session.actor.person == actor.person


def test_who_left_leaves_no_phone(office: Office) -> None:
    actor = enrolled(office, "worker", "technician")
    office.do(commands.leave, person=actor.person)
    with office.house.read() as tx:
        assert not queries.factors_of(tx, actor.person).any
        assert queries.recovery_left(tx, actor.person) == 0


def test_a_role_may_ask_for_it(office: Office) -> None:
    """Until the phone is enrolled, a password alone opens nothing but the way to enrol."""
    strict = AccountsGate(
        office.house.database,
        office.house.runner,
        passwords.current_passwords(),
        idle=IDLE,
        longest=LONGEST,
        guarded=frozenset({"qa"}),
    )
    qa, technician = office.person("quality", "qa"), office.person("worker", "technician")
    session = strict.sign_in("quality", PASSWORD, device=None, by_cookie=True).session
    assert session.must_enrol
    assert session.actor.may("accounts.enrol_second_factor")
    assert not session.actor.may("quality.release")
    assert not session.actor.may("accounts.set_password")
    other = strict.sign_in("worker", PASSWORD, device=None, by_cookie=True).session
    assert (other.must_enrol, other.actor.person) == (False, technician)
    badge, token = office.badge(qa), office.station()
    shift = strict.sign_in_by_badge(badge, PIN, device=strict.station_of(token), by_cookie=True).session
    assert shift.actor.may("quality.release")
    office.do(factors.enrol_second_factor, by=session.actor, secret=SECRET, code=shown(office), recovery=PAPER)
    office.wait(seconds=30)
    free = strict.sign_in("quality", PASSWORD, device=None, by_cookie=True, code=shown(office)).session
    assert (free.must_enrol, free.actor.may("quality.release")) == (False, True)


def test_the_setting_names_roles() -> None:
    assert set(ROLES.split("|")) == {str(role) for role in Role}
    assert Settings(second_factor_roles="administrator,qa").roles_with_second_factor == {"administrator", "qa"}
    assert Settings().roles_with_second_factor == frozenset()
    with pytest.raises(ValueError, match="second_factor_roles"):
        Settings(second_factor_roles="administrator,everybody")
