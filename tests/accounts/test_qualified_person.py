"""The mark of a qualified person: named by an administrator, made to count by QA, ended at once."""

from datetime import date, timedelta
from typing import Any

import pytest

from cellchain.accounts import commands
from cellchain.accounts.qualified import commands as qualified
from cellchain.accounts.qualified import queries
from cellchain.accounts.rules import mark_counts
from cellchain.kernel.errors import Forbidden
from tests.accounts.story import Office
from tests.factories import START
from tests.trial.story import refuses

RESTS: dict[str, Any] = {"evidence": "Register, entry 17", "valid_from": START.date()}
DAY = timedelta(days=1)


def qualified_now(office: Office) -> frozenset[str]:
    with office.house.read() as tx:
        return queries.qualified_people(tx, office.house.clock.now())


def marked(office: Office, person: str, **more: Any) -> str:
    office.do(qualified.mark_qualified_person, person=person, **{**RESTS, **more})
    office.do(commands.countersign, by=office.qa, decision=office.decision())
    return person


@pytest.mark.parametrize(
    ("days_on", "active_at", "ended_at", "last", "counts"),
    [
        (0, START, None, None, True),
        (0, None, None, None, False),
        (0, START + DAY, None, None, False),
        (1, START, START + DAY, None, False),
        (0, START, START + DAY, None, True),
        (2, START, None, 1, False),
        (1, START, None, 1, True),
        (-1, START - 2 * DAY, None, None, False),
    ],
)
def test_when_a_mark_counts(days_on: int, active_at: Any, ended_at: Any, last: int | None, counts: bool) -> None:
    at = START + days_on * DAY
    in_days: tuple[date, date | None] = (START.date(), None if last is None else START.date() + last * DAY)
    assert mark_counts(at, at.date(), active_at=active_at, ended_at=ended_at, in_days=in_days) is counts


def test_it_counts_once_qa_has_signed_and_until_it_is_ended(office: Office) -> None:
    person = office.person("pharmacist", "qa")
    made = office.do(qualified.mark_qualified_person, person=person, **RESTS)
    assert (made["phase"], qualified_now(office)) == ("proposed", frozenset())
    office.do(commands.countersign, by=office.qa, decision=office.decision())
    assert office.events()[-2:] == ["accounts:decision:countersigned", "accounts:qualified_person:activated"]
    assert qualified_now(office) == {person}
    before = office.house.clock.now()
    office.house.clock.advance(DAY)
    office.do(qualified.end_qualified_person, by=office.qa, person=person)
    assert qualified_now(office) == frozenset()
    with office.house.read() as tx:
        assert queries.mark_at(tx, person, before) is not None
        assert queries.mark_at(tx, person, office.house.clock.now()) is None


def test_it_has_days(office: Office) -> None:
    person = marked(office, office.person("pharmacist", "qa"), valid_until=START.date() + DAY)
    office.house.clock.advance(2 * DAY)
    assert (qualified_now(office), person != "") == (frozenset(), True)


def test_somebody_whose_account_is_locked_certifies_nothing(office: Office) -> None:
    person = marked(office, office.person("pharmacist", "qa"))
    office.do(commands.lock, person=person)
    assert qualified_now(office) == frozenset()


def test_nobody_names_or_countersigns_themselves(office: Office) -> None:
    boss = office.person("boss", "administrator")
    with refuses("qualified_person.own"):
        office.do(qualified.mark_qualified_person, by=office.as_person(boss, "administrator"), person=boss, **RESTS)
    person = office.person("pharmacist", "qa")
    office.do(qualified.mark_qualified_person, person=person, **RESTS)
    with refuses("role.own_countersignature"):
        office.do(commands.countersign, by=office.as_person(person, "qa"), decision=office.decision())


def test_what_is_refused(office: Office) -> None:
    person = marked(office, office.person("pharmacist", "qa"))
    with refuses("qualified_person.named_already"):
        office.do(qualified.mark_qualified_person, person=person, **RESTS)
    with refuses("qualified_person.days"):
        office.do(
            qualified.mark_qualified_person, person=office.person("other"), **RESTS, valid_until=START.date() - DAY
        )
    office.do(qualified.end_qualified_person, person=person)
    with refuses("qualified_person.not_named"):
        office.do(qualified.end_qualified_person, person=person)
    with refuses("qualified_mark.phase"):
        with office.house.read() as tx:
            number = queries.marks_of(tx, person)[0].id
        office.house.do(qualified.activate_mark, by=office.qa, by_house=True, mark=number)


def test_qa_names_nobody(office: Office) -> None:
    with pytest.raises(Forbidden):
        office.do(qualified.mark_qualified_person, by=office.qa, person=office.person("other"), **RESTS)
