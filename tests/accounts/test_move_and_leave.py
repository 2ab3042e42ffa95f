"""One act for who changes roles; and everything that ends with somebody who leaves."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from cellchain.accounts import commands, queries
from cellchain.accounts.directory import commands as directory
from cellchain.accounts.directory.queries import links_of, person_behind, signing_pin_set_at
from cellchain.accounts.expiry import commands as expiry
from cellchain.accounts.expiry.queries import said_of
from cellchain.accounts.models import Credential
from cellchain.accounts.moves import commands as moves
from cellchain.accounts.moves.queries import moves_of
from cellchain.accounts.qualified import commands as qualified
from cellchain.accounts.qualified.queries import marks_of
from cellchain.accounts.second_factor.queries import factors_of, recovery_left
from tests.accounts.device import Device
from tests.accounts.directory.test_links import ISSUER, arrival
from tests.accounts.story import PIN, Office
from tests.accounts.test_gate import denied
from tests.accounts.test_passkeys import add
from tests.accounts.test_second_factor import enrolled
from tests.trial.story import forbids, refuses

WHY = "Goes from the laboratory to the ward."


def move(office: Office, person: str, ends: tuple[str, ...], begins: tuple[str, ...], **more: Any) -> dict[str, Any]:
    return office.do(moves.move_person, person=person, ends=ends, begins=begins, reason=WHY, **more)


def test_the_old_role_ends_at_once_and_the_guarded_one_waits(office: Office) -> None:
    person = office.person("worker", "technician", "analyst")
    opened = office.sign_in()
    made = move(office, person, ("technician",), ("nurse", "coordinator"))
    assert made["ended"] == ["technician"]
    assert [(one["role"], one["phase"]) for one in made["begun"]] == [("nurse", "proposed"), ("coordinator", "active")]
    assert office.roles(person) == ("analyst", "coordinator")
    assert not office.gate.find(opened.token, by_cookie=True).actor.may("manufacturing.start_step")
    office.do(commands.countersign, by=office.qa, decision=office.decision())
    assert office.roles(person) == ("analyst", "coordinator", "nurse")
    with office.house.read() as tx:
        (moved,) = moves_of(tx, person)
    assert (moved.ended, moved.begun, moved.reason) == (["technician"], ["nurse", "coordinator"], WHY)
    assert office.events().count("accounts:person:moved") == 1, "one act, one entry"


def test_new_roles_may_have_a_last_day(office: Office) -> None:
    person = office.person("worker", "technician")
    until = office.house.clock.now().date() + timedelta(days=3)
    move(office, person, ("technician",), ("analyst",), last_day=until)
    assert office.roles(person) == ("analyst",)
    office.wait(days=4)
    assert office.roles(person) == ()


@pytest.mark.parametrize(
    ("ends", "begins", "code"),
    [
        ((), (), "move.nothing"),
        (("technician",), ("technician",), "move.same_role"),
        (("analyst",), ("nurse",), "role.not_held"),
        ((), ("technician",), "move.held_already"),
    ],
)
def test_what_is_no_move(office: Office, ends: tuple[str, ...], begins: tuple[str, ...], code: str) -> None:
    person = office.person("worker", "technician")
    with refuses(code):
        move(office, person, ends, begins)
    assert office.roles(person) == ("technician",)


def test_who_may_not_move(office: Office) -> None:
    person = office.person("boss", "administrator", secret=False)
    office.person("deputy", "administrator", secret=False)
    order: dict[str, Any] = {"person": person, "ends": ("administrator",), "begins": ("analyst",), "reason": WHY}
    with refuses("move.own"):
        office.do(moves.move_person, by=office.as_person(person, "administrator"), **order)
    with forbids():
        office.do(moves.move_person, by=office.qa, **order)
    office.do(commands.lock, person=person)
    with refuses("move.not_at_work"):
        office.do(moves.move_person, **order)


@pytest.mark.parametrize("role", ["administrator", "qa"])
def test_the_last_one_does_not_move_away(office: Office, role: str) -> None:
    person = office.person("only", role, secret=False)
    with refuses(f"person.last_{role}"):
        move(office, person, (role,), ("analyst",))
    assert office.roles(person) == (role,), "nothing of the move was done"


def test_an_expired_role_makes_room(office: Office) -> None:
    person = office.person("worker", "technician")
    today = office.house.clock.now().date()
    office.do(expiry.set_last_day, person=person, role="technician", last_day=today, reason=WHY)
    office.wait(days=1)
    with refuses("role.not_held"):
        move(office, person, ("technician",), ("analyst",))
    move(office, person, (), ("technician",))
    assert office.roles(person) == ("technician",)


# -- leaving ---------------------------------------------------------------------------------------------------------


def everything(office: Office) -> tuple[str, list[str], str]:
    """Somebody with all that an account can have: the code, the tokens of their sessions, the badge."""
    today = office.house.clock.now().date()
    actor = enrolled(office, "worker", "technician")
    person = actor.person
    add(office, actor, Device())
    office.do(commands.grant_role, person=person, role="nurse")
    badge = office.badge(person)
    office.do(qualified.mark_qualified_person, person=person, evidence="Register, entry 7", valid_from=today)
    until: dict[str, Any] = {"person": person, "role": "nurse", "reason": WHY}
    office.do(commands.countersign, by=office.qa, decision=office.decision())
    office.do(expiry.set_last_day, **until, last_day=today + timedelta(days=9))
    office.do(expiry.extend_last_day, **until, last_day=today + timedelta(days=90))
    office.do(directory.link_to_directory, person=person, code=arrival(office))
    office.do(commands.countersign, by=office.qa, decision=office.decisions()[-1])
    shift = office.gate.sign_in_by_badge(badge, PIN, device=station(office), by_cookie=True)
    anew = office.gate.sign_in_from_directory(person, device=None, anew=True)
    office.gate.enrol_signing_pin(anew.session, "49175532", None)
    shift = office.gate.sign_in_by_badge(badge, PIN, device=station(office), by_cookie=True)
    return person, [anew.token, shift.token], badge


def station(office: Office) -> str | None:
    return office.gate.station_of(office.station())


def test_everything_ends_with_who_leaves(office: Office) -> None:
    person, tokens, badge = everything(office)
    for token in tokens:
        assert office.gate.find(token, by_cookie=True).actor.person == person
    office.do(commands.leave, person=person)
    with office.house.read() as tx:
        assert queries.roles_of(tx, person) == ()
        assert {grant.phase for grant in tx.every(queries.GRANTS, person=person)} == {"revoked"}
        assert tx.every(queries.SESSIONS_OF, person=person) == []
        assert queries.person_of_badge(tx, badge) is None
        assert not factors_of(tx, person).any
        assert recovery_left(tx, person) == 0
        credential = tx.get(Credential, person)
        assert (credential.password_hash, credential.pin_hash) == (None, None)
        assert [link.phase for link in links_of(tx, person)] == ["ended"]
        assert person_behind(tx, ISSUER, "4711") is None, "a successor may be linked to it"
        assert signing_pin_set_at(tx, person) is None
        assert [mark.phase for mark in marks_of(tx, person)] == ["ended"]
        assert [said.phase for said in said_of(tx, person)] == ["withdrawn", "counts"]
    for token in tokens:
        denied(partial(office.gate.find, token, by_cookie=True), "session.unknown")
    at = station(office)
    denied(office.sign_in, "sign_in.wrong")
    denied(lambda: office.gate.sign_in_by_badge(badge, PIN, device=at, by_cookie=True), "sign_in.badge_wrong")
    denied(lambda: office.gate.sign_in_from_directory(person, device=None, anew=True), "sign_in.closed_here")
    waiting = office.decisions()
    assert len(waiting) == 2, "the mark and the extension"
    for decision, code in zip(waiting, ("qualified_mark.phase", "last_day.phase"), strict=True):
        with refuses(code):
            office.do(commands.countersign, by=office.qa, decision=decision)
