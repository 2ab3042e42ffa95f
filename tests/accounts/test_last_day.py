"""Last days: set, shortened, extended; what is over gives nothing, signs nobody in, and is never the last of a kind."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.accounts import commands, queries
from cellchain.accounts.expiry import commands as expiry
from cellchain.accounts.expiry import rules
from cellchain.accounts.expiry.queries import ending_accounts, ending_roles, ending_trainings, held, said_of
from cellchain.accounts.expiry.rules import Held
from cellchain.accounts.models import Person
from cellchain.accounts.rules import GUARDED_ROLES, Role
from cellchain.kernel.errors import Refused, SignInNeeded
from cellchain.ledger.describe import House as Handed
from tests.accounts.story import PIN, Office
from tests.factories import FIELD_KEY
from tests.trial.story import forbids, refuses

WHY = "Contract of the spring term."
DAYS = st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31))


def day(office: Office, ahead: int) -> date:
    return office.house.clock.now().date() + timedelta(days=ahead)


def limit(office: Office, person: str, ahead: int, role: str | None = None) -> None:
    office.do(expiry.set_last_day, person=person, role=role, last_day=day(office, ahead), reason=WHY)


def last_day_of(office: Office, person: str) -> date | None:
    with office.house.read() as tx:
        return tx.get(Person, person).last_day


# -- an account ------------------------------------------------------------------------------------------------------


def test_an_account_counts_through_its_last_day(office: Office) -> None:
    person = office.person("student", "technician")
    limit(office, person, 1)
    office.wait(days=1)
    opened = office.sign_in("student")
    assert opened.session.actor.may("manufacturing.start_step")
    office.wait(hours=15, minutes=59)
    assert office.sign_in("student").session.actor.person == person, "it counts whole"
    office.wait(minutes=1)
    with pytest.raises(SignInNeeded) as over:
        office.sign_in("student")
    assert over.value.code == "account.ended"
    assert str(over.value.text) == "This account ended after 2026-03-03. An administrator can extend it."
    with office.house.read() as tx:
        assert queries.active_person(tx, person) is None
        assert person not in queries.holders(tx, Role.TECHNICIAN)
        assert not next(one for one in queries.people(tx) if one.code == person).works
    assert office.events()[-1] == "accounts:session:opened:refused", "the attempt has its entry"


def test_a_wrong_password_learns_nothing_of_it(office: Office) -> None:
    limit(office, office.person("student", "technician"), 0)
    office.wait(days=1)
    with pytest.raises(SignInNeeded) as wrong:
        office.sign_in("student", "not the password at all")
    assert wrong.value.code == "sign_in.wrong"


def test_nor_does_a_badge_open_a_shift(office: Office) -> None:
    person = office.person("student", "technician")
    badge, station = office.badge(person), office.gate.station_of(office.station())
    limit(office, person, 0)
    office.gate.sign_in_by_badge(badge, PIN, device=station, by_cookie=True)
    office.wait(days=1)
    with pytest.raises(SignInNeeded) as over:
        office.gate.sign_in_by_badge(badge, PIN, device=station, by_cookie=True)
    assert over.value.code == "account.ended"


def test_a_standing_session_ends_at_the_site_s_midnight(office: Office) -> None:
    """The day is the site's: at 21:00 UTC it is midnight in Moscow."""
    office.house.database.house = Handed(list_key=FIELD_KEY, zone=ZoneInfo("Europe/Moscow"))
    person = office.person("student", "technician")
    limit(office, person, 0)
    office.wait(hours=12, minutes=50)  # 20:50 UTC
    opened = office.sign_in("student")
    office.wait(minutes=9)
    assert office.gate.find(opened.token, by_cookie=True).actor.person == person
    office.wait(minutes=2)
    assert office.gate.remembered(opened.token, by_cookie=True) is None
    with pytest.raises(SignInNeeded) as over:
        office.gate.find(opened.token, by_cookie=True)
    assert over.value.code == "account.ended"


def test_a_command_that_waited_over_midnight_does_nothing(office: Office) -> None:
    """Asked again inside the transaction: whoever was let in before midnight is held against the day that it is now."""
    office.person("boss", "administrator", secret=False)
    person = office.person("student", "administrator")
    limit(office, person, 0)
    office.wait(hours=15, minutes=59)
    actor = office.sign_in("student").session.actor
    office.wait(minutes=2)
    size = len(office.events())
    with pytest.raises(SignInNeeded) as over:
        office.do(commands.register_person, by=actor, username="late", name="Late", initials="L")
    assert over.value.code == "account.ended"
    assert len(office.events()) == size, "it left nothing"


def test_neither_does_one_whose_role_has_ended(office: Office) -> None:
    office.person("boss", "administrator", secret=False)
    person = office.person("student", "administrator", "technician")
    limit(office, person, 0, "administrator")
    office.wait(hours=15, minutes=59)
    opened = office.sign_in("student")
    office.wait(minutes=2)
    with refuses("role.ended"):
        office.do(commands.register_person, by=opened.session.actor, username="late", name="Late", initials="L")
    anew = office.gate.find(opened.token, by_cookie=True).actor
    assert anew.roles == {"technician"}, "the session goes on with what still counts"
    assert office.gate.remembered(opened.token, by_cookie=True) is not None


def test_nor_one_whose_role_was_taken_meanwhile(office: Office) -> None:
    office.person("boss", "administrator")
    person = office.person("student", "administrator")
    actor = office.sign_in("student").session.actor
    office.do(commands.revoke_role, person=person, role="administrator")
    with refuses("role.ended"):
        office.do(commands.register_person, by=actor, username="late", name="Late", initials="L")


# -- a role ----------------------------------------------------------------------------------------------------------


def test_a_role_ends_by_itself_and_can_be_given_again(office: Office) -> None:
    person = office.person("student", "technician")
    office.do(commands.grant_role, person=person, role="analyst", last_day=day(office, 3))
    assert office.roles(person) == ("analyst", "technician")
    office.wait(days=4)
    assert office.roles(person) == ("technician",)
    office.do(commands.grant_role, person=person, role="analyst")
    assert office.roles(person) == ("analyst", "technician")


def test_a_role_is_not_given_until_yesterday(office: Office) -> None:
    person = office.person("student", secret=False)
    with refuses("last_day.past"):
        office.do(commands.grant_role, person=person, role="analyst", last_day=day(office, -1))


def test_a_role_that_is_not_held_has_no_last_day(office: Office) -> None:
    person = office.person("student", secret=False)
    with refuses("role.not_held"):
        limit(office, person, 3, "analyst")


# -- setting and shortening ------------------------------------------------------------------------------------------


def test_it_is_set_and_shortened_without_a_second_signature(office: Office) -> None:
    office.person("other", "nurse", secret=False)
    person = office.person("student", "nurse", secret=False)
    limit(office, person, 30, "nurse")
    limit(office, person, 10, "nurse")
    assert office.decisions() == []
    with office.house.read() as tx:
        said = said_of(tx, person)
    assert [(one.was, one.last_day) for one in said] == [
        (day(office, 30), day(office, 10)),
        (None, day(office, 30)),
    ], "nothing that was said is gone"
    assert {one.reason for one in said} == {WHY}
    assert office.events().count("accounts:last_day:set") == 2


@pytest.mark.parametrize(
    ("ahead", "code"), [(-1, "last_day.past"), (10, "last_day.same"), (11, "last_day.is_extension")]
)
def test_what_is_no_shortening(office: Office, ahead: int, code: str) -> None:
    person = office.person("student", secret=False)
    limit(office, person, 10)
    with refuses(code):
        limit(office, person, ahead)
    assert last_day_of(office, person) == day(office, 10)


def test_nobody_sets_their_own_and_only_administrators_set_any(office: Office) -> None:
    person = office.person("boss", "administrator", secret=False)
    boss = office.as_person(person, "administrator")
    for verb in (expiry.set_last_day, expiry.extend_last_day):
        with refuses("last_day.own"):
            office.do(verb, by=boss, person=person, last_day=day(office, 9), reason=WHY)
        for role in ("qa", "technician", "nurse", "inspector"):
            with forbids():
                office.do(verb, by=office.house.actor(role), person=person, last_day=day(office, 9), reason=WHY)


def test_who_has_left_gets_no_last_day(office: Office) -> None:
    person = office.person("student", secret=False)
    limit(office, person, 5)
    office.do(commands.leave, person=person)
    for verb in (expiry.set_last_day, expiry.extend_last_day):
        with refuses("last_day.left"):
            office.do(verb, person=person, last_day=day(office, 9), reason=WHY)


# -- extending -------------------------------------------------------------------------------------------------------


def test_an_administrator_extends_what_guards_no_life(office: Office) -> None:
    person = office.person("student", "technician")
    limit(office, person, 0)
    office.wait(days=2)
    said = office.do(expiry.extend_last_day, person=person, last_day=day(office, 5), reason=WHY)
    assert said["phase"] == "counts"
    assert office.sign_in("student").session.actor.person == person, "an account that has ended comes back"
    office.do(expiry.extend_last_day, person=person, reason=WHY)
    assert last_day_of(office, person) is None


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("role", sorted(GUARDED_ROLES))
def test_what_guards_lives_is_extended_by_two(office: Office, role: str, whole: bool) -> None:
    office.person("qa-at-work", "qa", secret=False)
    person = office.person("guardian", role, secret=False)
    named = None if whole else role
    limit(office, person, 3, named)
    asked = office.do(expiry.extend_last_day, person=person, role=named, last_day=day(office, 60), reason=WHY)
    assert asked["phase"] == "proposed"
    office.wait(days=4)
    with office.house.read() as tx:
        assert all(one.person != person for one in held(tx, Role(role))), "until then the day before stands"
    own = office.as_person(person, "qa")
    with refuses("role.own_countersignature"):
        office.do(commands.countersign, by=own, decision=office.decision())
    with refuses("decision.not_yours"):
        office.do(commands.countersign, by=office.second_admin, decision=office.decision())
    office.do(commands.countersign, by=office.qa, decision=office.decision())
    with office.house.read() as tx:
        assert any(one.person == person for one in held(tx, Role(role)))
    assert "accounts:last_day:activated" in office.events()


def test_a_later_word_overtakes_an_extension_that_waits(office: Office) -> None:
    person = office.person("guardian", "nurse", secret=False)
    limit(office, person, 20, "nurse")
    office.do(expiry.extend_last_day, person=person, role="nurse", last_day=day(office, 60), reason=WHY)
    limit(office, person, 10, "nurse")
    with refuses("last_day.phase"):
        office.do(commands.countersign, by=office.qa, decision=office.decision())
    with office.house.read() as tx:
        assert [one.last_day for one in held(tx, Role.NURSE)] == [day(office, 10)]


@pytest.mark.parametrize("verb", [commands.revoke_role, commands.leave])
def test_what_was_ended_meanwhile_is_not_extended(office: Office, verb: object) -> None:
    person = office.person("guardian", "nurse", secret=False)
    limit(office, person, 20, "nurse")
    office.do(expiry.extend_last_day, person=person, role="nurse", last_day=day(office, 60), reason=WHY)
    if verb is commands.leave:
        office.do(commands.leave, person=person)
    else:
        office.do(commands.revoke_role, person=person, role="nurse")
    with pytest.raises(Refused) as no:
        office.do(commands.countersign, by=office.qa, decision=office.decision())
    assert no.value.code in ("last_day.ended", "last_day.phase")
    assert office.roles(person) == ()


@pytest.mark.parametrize(
    ("present", "ahead", "code"),
    [(None, 5, "last_day.none"), (10, 10, "last_day.not_later"), (10, 3, "last_day.not_later")],
)
def test_what_is_no_extension(office: Office, present: int | None, ahead: int, code: str) -> None:
    person = office.person("student", secret=False)
    if present is not None:
        limit(office, person, present)
    with refuses(code):
        office.do(expiry.extend_last_day, person=person, last_day=day(office, ahead), reason=WHY)


# -- somebody stays --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["administrator", "qa"])
@pytest.mark.parametrize("whole", [True, False])
def test_somebody_holds_the_role_without_an_end(office: Office, role: str, whole: bool) -> None:
    one, other = (office.person(name, role, secret=False) for name in ("one", "other"))
    named = None if whole else role
    limit(office, one, 30, named)
    for ahead in (30, 40):
        with refuses(f"last_day.last_{role}"):
            limit(office, other, ahead, named)
    limit(office, other, 29, named)
    with office.house.read() as tx:
        assert rules.ends_for_good(held(tx, Role(role))) == day(office, 30), "and Today tells of it"


def test_who_has_ended_is_no_administrator_who_may_work(office: Office) -> None:
    chief, deputy = (office.person(name, "administrator", secret=False) for name in ("chief", "deputy"))
    limit(office, deputy, 0)
    office.wait(days=1)
    for verb in (commands.lock, commands.leave):
        with refuses("person.last_administrator"):
            office.do(verb, person=chief)
    with refuses("person.last_administrator"):
        office.do(commands.revoke_role, person=chief, role="administrator")


@given(one=DAYS, other=DAYS, today=st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_the_earlier_day_is_over_first(one: date | None, other: date | None, today: date) -> None:
    both = Held("P", one, other).last_day
    assert rules.is_over(both, today) == (rules.is_over(one, today) or rules.is_over(other, today))


@given(days=st.lists(DAYS, min_size=1), asked=st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_somebody_is_left_after_whatever_is_allowed(days: list[date | None], asked: date) -> None:
    others = [Held(str(number), one, None) for number, one in enumerate(days)]
    try:
        rules.somebody_lasts(Role.QA, asked, others)
    except Refused:
        assert all(one is not None and one <= asked for one in days)
    else:
        assert any(not rules.is_over(one, asked + timedelta(days=1)) for one in days)


# -- what ends soon --------------------------------------------------------------------------------------------------


def test_what_ends_soon(office: Office) -> None:
    student, guest = office.person("student", "technician", secret=False), office.person("guest", secret=False)
    limit(office, student, 30)
    limit(office, student, 29, "technician")
    limit(office, guest, 31)
    today = day(office, 0)
    for topic, on, until in (("Gowning", -9, 30), ("Pipetting", -9, 31), ("Old", -9, -1), ("Old", -1, 400)):
        fields = {"trained_on": today + timedelta(days=on), "valid_until": today + timedelta(days=until)}
        office.do(commands.record_training, by=office.qa, person=student, topic=topic, **fields)
    with office.house.read() as tx:
        assert [(one.person, one.last_day) for one in ending_accounts(tx)] == [(student, day(office, 30))]
        assert [(one.role, one.last_day) for one in ending_roles(tx)] == [(Role.TECHNICIAN, day(office, 29))]
        assert [one.topic for one in ending_trainings(tx)] == ["Gowning"], "what was learnt anew is not told"
    office.wait(days=31)
    with office.house.read() as tx:
        assert [one.person for one in ending_accounts(tx)] == [student, guest]
        assert ending_roles(tx) == [], "what has ended is not to be looked at any more"
        assert ending_trainings(tx) == [], "nor is what somebody was trained in who is not here"
    office.do(commands.leave, person=student)
    with office.house.read() as tx:
        assert [one.person for one in ending_accounts(tx)] == [guest]
