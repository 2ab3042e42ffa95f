"""A role taken in an emergency: loud, short, marked, and reviewed; on both databases."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from cellchain.accounts import commands as accounts
from cellchain.accounts.emergency import commands, queries
from cellchain.accounts.emergency.rules import EmergencyRole
from cellchain.accounts.gate import Opened
from cellchain.accounts.rules import Role
from cellchain.bedside.downtime import commands as downtime
from cellchain.kernel.errors import CellchainError, Forbidden
from cellchain.ledger.actor import Actor, Signing
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call
from cellchain.notices import queries as notices
from tests.accounts.story import Office
from tests.trial.story import forbids, refuses

WHY: dict[str, Any] = {"cause": "nobody_on_duty", "account": "The second nurse fell ill, and the bag runs out at noon."}
FOUND: dict[str, Any] = {"assessment": "All entries were read, and each of them had to be made."}


def signed_in(office: Office, username: str, *roles: str) -> Opened:
    office.person(username, *roles)
    return office.sign_in(username)


def now(office: Office, opened: Opened) -> Actor:
    """The same session, as it stands now."""
    return office.gate.find(opened.token, by_cookie=True).actor


def broken(office: Office, opened: Opened, role: str = "nurse") -> int:
    return int(office.do(commands.break_glass, by=now(office, opened), role=role, **WHY)["emergency"])


def test_the_role_counts_at_once_and_for_an_hour(offices: Office) -> None:
    office = offices
    opened = signed_in(office, "doctor", "physician")
    assert not now(office, opened).may("bedside.check")
    number = broken(office, opened)
    session = office.gate.find(opened.token, by_cookie=True)
    assert session.actor.may("bedside.check")
    assert session.actor.roles == {"physician", "nurse"}
    assert session.emergency is not None
    assert (session.emergency.number, session.emergency.role) == (number, "nurse")
    for _ in range(3):
        office.wait(minutes=19)
        assert now(office, opened).may("bedside.check")
    office.wait(minutes=2, seconds=59)
    assert now(office, opened).may("bedside.check")
    office.wait(seconds=1)
    assert office.gate.remembered(opened.token, by_cookie=True) is None
    after = office.gate.find(opened.token, by_cookie=True)
    assert not after.actor.may("bedside.check")
    assert (after.emergency, after.actor.emergency) == (None, None)


def test_it_is_signed_and_the_entry_says_what_and_why(office: Office) -> None:
    opened = signed_in(office, "doctor", "physician")
    number = broken(office, opened)
    entry = next(one for one in office.house.entries() if one.event == "accounts:emergency:begun")
    body = json.loads(entry.body)
    assert body["facts"] == {"cause": "nobody_on_duty", "emergency": number, "minutes": 60, "role": "nurse"}
    assert body["signature"]["meaning"].startswith("I take this role in an emergency")
    assert WHY["account"] not in entry.body, "free text about people stays out of the ledger"


def test_all_that_is_done_bears_its_number(offices: Office) -> None:
    office = offices
    opened = signed_in(office, "doctor", "physician")
    number = broken(office, opened)
    office.do(downtime.declare_downtime, by=now(office, opened), cause="The network of the ward is away.")
    with refuses("record.not_found"):
        office.do(downtime.end_downtime, by=now(office, opened), downtime=99)
    office.do(commands.end_emergency, by=now(office, opened), emergency=number)
    with forbids():
        office.do(downtime.declare_downtime, by=now(office, opened), cause="Without the role this is refused.")
    facts = [(one.event, json.loads(one.body)["facts"].get("emergency")) for one in office.house.entries()]
    marked = [event for event, mark in facts if mark == number]
    assert set(marked) >= {"accounts:emergency:begun", "bedside:downtime:declared", "bedside:downtime:ended:refused"}
    assert marked[-1] == "accounts:emergency:ended", "nothing after it bears the number"
    with office.house.read() as tx:
        assert [deed.event for deed in queries.deeds(tx, queries.view_of(tx, number))] == marked


def test_qa_and_administrators_hear_of_it_at_once(office: Office) -> None:
    qa, boss = office.person("auditor", "qa"), office.person("boss", "administrator")
    nurse = office.person("sister", "nurse")
    broken(office, signed_in(office, "doctor", "physician"))
    with office.house.read() as tx:
        told = {person: [line.kind.key for line in notices.waiting(tx, person)] for person in (qa, boss, nurse)}
    assert told == {qa: ["emergency_access"], boss: ["emergency_access"], nurse: []}


def test_one_at_a_time_for_a_person_and_for_a_role(offices: Office) -> None:
    office = offices
    first, second = signed_in(office, "doctor", "physician"), signed_in(office, "helper", "coordinator")
    broken(office, first)
    with refuses("emergency.running"):
        broken(office, first)
    with refuses("emergency.taken"):
        broken(office, second)
    office.wait(minutes=61)
    first, second = office.sign_in("doctor"), office.sign_in("helper")
    number = broken(office, second)
    with office.house.read() as tx:
        views = {view.number: view for view in queries.listed(tx)}
    assert [views[one].runs for one in sorted(views)] == [False, True]
    older = views[min(views)]
    assert (older.over_at - older.begun_at).total_seconds() == 3_600
    assert older.ended_by is None
    assert number == max(views)


def test_not_a_third_time_unreviewed(office: Office) -> None:
    office.person("auditor", "qa")
    opened = signed_in(office, "doctor", "physician")
    numbers = []
    for _ in range(2):
        numbers.append(broken(office, opened))
        office.do(commands.end_emergency, by=now(office, opened), emergency=numbers[-1])
    with refuses("emergency.unreviewed"):
        broken(office, opened)
    office.do(commands.review_emergency, by=office.qa, emergency=numbers[0], finding="justified", **FOUND)
    broken(office, opened)


def test_the_review(offices: Office) -> None:
    office = offices
    opened = signed_in(office, "doctor", "physician")
    number = broken(office, opened)
    with refuses("emergency.not_over"):
        office.do(commands.review_emergency, by=office.qa, emergency=number, finding="justified", **FOUND)
    with forbids():
        office.do(commands.review_emergency, emergency=number, finding="justified", **FOUND)
    office.wait(minutes=60)
    own = Actor(opened.session.actor.person, office.qa.permissions, office.qa.roles)
    with refuses("emergency.own_review"):
        office.do(commands.review_emergency, by=own, emergency=number, finding="justified", **FOUND)
    office.do(commands.review_emergency, by=office.qa, emergency=number, finding="justified", **FOUND)
    with refuses("emergency.phase"):
        office.do(commands.review_emergency, by=office.qa, emergency=number, finding="not_justified", **FOUND)
    assert "quality:deviation:opened" not in office.events()
    with office.house.read() as tx:
        assert queries.unreviewed(tx) == []


def test_what_was_not_justified_opens_a_deviation(office: Office) -> None:
    opened = signed_in(office, "doctor", "physician")
    number = broken(office, opened)
    office.do(commands.end_emergency, by=office.qa, emergency=number)
    office.do(commands.review_emergency, by=office.qa, emergency=number, finding="not_justified", **FOUND)
    assert office.events()[-1] == "quality:deviation:opened"


def test_who_ends_it(office: Office) -> None:
    opened, other = signed_in(office, "doctor", "physician"), signed_in(office, "helper", "coordinator")
    number = broken(office, opened)
    with refuses("emergency.anothers"):
        office.do(commands.end_emergency, by=now(office, other), emergency=number)
    office.do(commands.end_emergency, emergency=number)
    assert not now(office, opened).may("bedside.check")
    with refuses("emergency.phase"):
        office.do(commands.end_emergency, by=office.qa, emergency=number)


@pytest.mark.parametrize("verb", [accounts.lock, accounts.leave])
def test_whoever_is_locked_or_leaves_has_it_no_longer(office: Office, verb: Any) -> None:
    opened = signed_in(office, "doctor", "physician")
    number = broken(office, opened)
    office.do(verb, person=opened.session.actor.person)
    with office.house.read() as tx:
        assert not queries.still_runs(tx, number)


def test_a_command_that_waited_until_it_was_over_does_nothing(offices: Office) -> None:
    """A session found while the role counted, and a command that is run after QA ended it."""
    office = offices
    opened = signed_in(office, "doctor", "physician")
    number = broken(office, opened)
    actor = now(office, opened)
    office.do(commands.end_emergency, by=office.qa, emergency=number)
    entries = len(office.house.entries())
    with pytest.raises(Forbidden) as error:
        office.do(downtime.declare_downtime, by=actor, cause="Too late for this.")
    assert error.value.code == "emergency.over"
    assert len(office.house.entries()) == entries


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.PHYSICIAN, Role.COORDINATOR)])
def test_nobody_else_takes_the_nurses_role(office: Office, role: Role) -> None:
    opened = signed_in(office, "other", role)
    actor = now(office, opened)
    if actor.may("accounts.break_glass"):
        with refuses("emergency.not_yours"):
            broken(office, opened)
    else:
        with forbids():
            broken(office, opened)
    assert not {"accounts:emergency:begun"} & set(office.events())


def test_a_role_that_asks_for_a_second_factor_does_so_here_too(office: Office) -> None:
    office.house.database.house = replace(office.house.database.house, second_factor_roles=frozenset({"nurse"}))
    opened = signed_in(office, "doctor", "physician")
    with refuses("emergency.second_factor"):
        broken(office, opened)
    token = office.station()
    badge = office.badge(opened.session.actor.person)
    shift = office.gate.sign_in_by_badge(badge, "274910", device=office.gate.station_of(token), by_cookie=True)
    broken(office, shift)


def test_two_at_once_take_one(offices: Office) -> None:
    """Eight sessions of two people: one of them takes the role, once."""
    office = offices
    people = [signed_in(office, "doctor", "physician"), signed_in(office, "helper", "coordinator")]
    actors = [now(office, people[turn % 2]) for turn in range(8)]
    line = threading.Barrier(len(actors))

    def ask(actor: Actor) -> str:
        command = command_of(commands.break_glass)
        order = commands.BreakGlass(role=EmergencyRole.NURSE, **WHY)
        signing = Signing("password", office.house.clock.now())
        call = Call(command, order, actor, office.house.request_id(), signing=signing)
        line.wait()
        try:
            office.house.runner.run(call).result()
        except CellchainError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(len(actors)) as threads:
        said = list(threads.map(ask, actors))
    assert said.count("done") == 1
    assert set(said) <= {"done", "emergency.taken", "emergency.running", "record.taken"}
