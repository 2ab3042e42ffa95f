"""Two acts about who works here at one moment, on both databases: whatever comes first, somebody stays, and no day is
longer than two have signed."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from cellchain import composition
from cellchain.accounts import commands, passwords
from cellchain.accounts.expiry import commands as expiry
from cellchain.accounts.expiry.queries import held
from cellchain.accounts.models import Person
from cellchain.accounts.moves import commands as moves
from cellchain.accounts.review import commands as review
from cellchain.accounts.review import queries
from cellchain.accounts.rules import Role
from cellchain.ledger.actor import Actor, Signing
from cellchain.ledger.answers import Answer
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call
from tests.accounts.story import Office
from tests.factories import House, make_tables
from tests.support.campaign import times
from tests.trial.story import refuses

ROUNDS = times(4)
WHY = "For the race."


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    """An office with the house's own reactions, on either database."""
    passwords.configure("cheap")
    make_tables(database_url)
    house = House(database_url, reactions=composition.REACTIONS)
    yield Office(house)
    house.close()


def call(office: Office, function: Any, by: Actor, **fields: Any) -> Call:
    command = command_of(function)
    signing = Signing("password", office.house.clock.now()) if command.signature is not None else None
    return Call(command, command.order(**fields), by, office.house.request_id(), signing=signing)


def at_once(office: Office, *calls: Call) -> list[Answer]:
    """All calls at the same moment, each from a thread of its own. Raises whatever any of them raises."""
    line = threading.Barrier(len(calls))

    def send(one: Call) -> Answer:
        line.wait()
        return office.house.runner.run(one)

    with ThreadPoolExecutor(len(calls)) as threads:
        return [sent.result() for sent in [threads.submit(send, one) for one in calls]]


def in_days(office: Office, days: int) -> date:
    return office.house.clock.now().date() + timedelta(days=days)


@pytest.mark.parametrize("role", ["administrator", "qa"])
def test_two_who_end_each_other_s_role_leave_one(office: Office, role: str) -> None:
    one, other = (office.person(name, role, secret=False) for name in ("one", "other"))
    until = {"last_day": in_days(office, 5), "reason": WHY}
    answers = at_once(
        office,
        call(office, expiry.set_last_day, office.admin, person=one, **until),
        call(office, expiry.set_last_day, office.second_admin, person=other, role=role, **until),
    )
    assert sorted(answer.done for answer in answers) == [False, True]
    (refusal,) = [answer.refusal() for answer in answers if not answer.done]
    assert refusal.code == f"last_day.last_{role}"
    with office.house.read() as tx:
        assert sum(row.last_day is None for row in held(tx, Role(role))) == 1


def test_an_extension_is_signed_while_it_is_overtaken(office: Office) -> None:
    for number in range(ROUNDS):
        person = office.person(f"nurse{number}", "nurse", secret=False)
        named: dict[str, Any] = {"person": person, "role": "nurse", "reason": WHY}
        office.do(expiry.set_last_day, **named, last_day=in_days(office, 20))
        office.do(expiry.extend_last_day, **named, last_day=in_days(office, 90))
        signed, shortened = at_once(
            office,
            call(office, commands.countersign, office.qa, decision=office.decisions()[-1]),
            call(office, expiry.set_last_day, office.admin, **named, last_day=in_days(office, 10)),
        )
        assert shortened.done, "ten days are fewer than twenty, and than ninety"
        with office.house.read() as tx:
            (day,) = [one.last_day for one in held(tx, Role.NURSE) if one.person == person]
        assert day == in_days(office, 10), "it was said last, or what it overtook never counted"
        assert signed.done or signed.refusal().code == "last_day.phase"


def test_somebody_moves_and_leaves_at_once(office: Office) -> None:
    for number in range(ROUNDS):
        person = office.person(f"worker{number}", "technician", secret=False)
        order: dict[str, Any] = {"person": person, "ends": ("technician",), "begins": ("analyst",), "reason": WHY}
        moved, left = at_once(
            office,
            call(office, moves.move_person, office.admin, **order),
            call(office, commands.leave, office.second_admin, person=person),
        )
        assert left.done
        assert office.roles(person) == ()
        assert moved.done or moved.refusal().code == "move.not_at_work"


def test_a_line_is_answered_while_the_review_is_signed(office: Office) -> None:
    for number in range(ROUNDS):
        person = office.person(f"worker{number}", "technician", secret=False)
        made = int(office.do(review.open_access_review)["review"])
        with office.house.read() as tx:
            people = [row.code for row in tx.every(queries.HERE)]
        for one in people:
            office.do(review.review_access, by=office.qa, review=made, person=one, answer="keep")
        order: dict[str, Any] = {"review": made, "person": person, "answer": "end", "remark": WHY}
        signed, answered = at_once(
            office,
            call(office, review.close_access_review, office.qa, review=made),
            call(office, review.review_access, office.admin, **order),
        )
        assert signed.done
        assert answered.done or answered.refusal().code == "access_review.closed"
        with office.house.read() as tx:
            said = {line.person: line.answer for line in queries.lines_of(tx, queries.review_facts(tx, made))}
            assert tx.get(Person, person).code == person
        assert said[person] == ("end" if answered.done else "keep")


def test_one_of_many_opens_the_review(office: Office) -> None:
    office.person("worker", secret=False)
    answers = at_once(office, *[call(office, review.open_access_review, office.qa) for _ in range(8)])
    assert sum(answer.done for answer in answers) == 1
    codes = {answer.refusal().code for answer in answers if not answer.done}
    assert codes <= {"access_review.open_already", "record.taken"}


def test_what_ends_is_over_on_both_databases(office: Office) -> None:
    """The days are compared by the database, which each stores in its own way."""
    office.person("boss", "administrator", secret=False)
    person = office.person("student", "administrator", "analyst", secret=False)
    named: dict[str, Any] = {"person": person, "reason": WHY}
    office.do(expiry.set_last_day, **named, role="administrator", last_day=in_days(office, 1))
    office.wait(days=1)
    assert office.roles(person) == ("administrator", "analyst")
    office.wait(days=1)
    assert office.roles(person) == ("analyst",)


def test_a_session_is_asked_for_its_account_and_roles_on_both_databases(office: Office) -> None:
    office.person("boss", "administrator", secret=False)
    person = office.person("student", "administrator", "analyst")
    named: dict[str, Any] = {"person": person, "reason": WHY}
    office.do(expiry.set_last_day, **named, role="administrator", last_day=in_days(office, 0))
    office.do(expiry.set_last_day, **named, last_day=in_days(office, 1))
    office.wait(hours=15, minutes=59)
    opened = office.sign_in("student")
    order = {"username": "late", "name": "Late", "initials": "L"}
    office.wait(minutes=2)
    late = call(office, commands.register_person, opened.session.actor, **order)
    with refuses("role.ended"):
        office.house.runner.run(late)
    assert office.gate.find(opened.token, by_cookie=True).actor.roles == {"analyst"}
    office.wait(hours=12)
    actor = office.sign_in("student").session.actor
    office.wait(hours=11, minutes=59, seconds=30)  # a session lasts for twelve hours
    with refuses("account.ended"):
        office.house.runner.run(call(office, commands.set_password, actor, password="x" * 20))
