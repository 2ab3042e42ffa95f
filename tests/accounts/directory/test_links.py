"""Links: made by an administrator, signed by QA too where roles guard lives, ended at once, and what they take away."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cellchain.accounts import commands, rules
from cellchain.accounts.directory import commands as directory
from cellchain.accounts.directory import queries
from cellchain.accounts.directory.provider import Known
from cellchain.accounts.one_time.commands import reset_password
from cellchain.kernel.errors import Refused
from tests.accounts.one_time.test_one_time import CODE, choose
from tests.accounts.story import PASSWORD, Office
from tests.accounts.test_gate import denied

ISSUER = "https://directory.example"


def arrival(office: Office, subject: str = "4711") -> str:
    """Somebody signed in at the directory and is not known here: the code that they read out."""
    now = office.house.clock.now()
    known = Known(ISSUER, subject, f"shown as {subject}", None)
    return str(office.house.runner.outside(lambda tx: directory.note_arrival(tx, known, now)))


def behind(office: Office, subject: str = "4711") -> str | None:
    with office.house.read() as tx:
        return queries.person_behind(tx, ISSUER, subject)


def refused(office: Office, why: str, /, **fields: Any) -> None:
    denied(lambda: office.do(directory.link_to_directory, **fields), why)


def test_a_link_opens_the_door_and_takes_the_password_away(office: Office) -> None:
    person = office.person("worker", "technician")
    opened = office.sign_in()
    made = office.do(directory.link_to_directory, person=person, code=arrival(office))
    assert (made["person"], made["phase"], behind(office)) == (person, "active", person)
    denied(lambda: office.sign_in(password=PASSWORD), "sign_in.wrong")
    denied(lambda: office.gate.find(opened.token, by_cookie=True), "session.unknown")
    entry = office.house.entries()[-2].body
    assert "accounts:directory_link:made" in entry
    assert "4711" not in "".join(one.body for one in office.house.entries()), "the ledger never names the account"


def test_the_code_is_read_out_loud(office: Office) -> None:
    code = arrival(office)
    assert len(set(code) & set("01OIL")) == 0
    spoken = f"{code[:4]}-{code[4:]}".lower()
    assert office.do(directory.link_to_directory, person=office.person(), code=spoken)["phase"] == "active"


def test_a_code_counts_once_and_for_a_day(office: Office) -> None:
    person, other, code = office.person("one"), office.person("two"), arrival(office)
    office.wait(hours=25)
    refused(office, "directory_link.no_arrival", person=person, code=code)
    code = arrival(office)
    office.do(directory.link_to_directory, person=person, code=code)
    refused(office, "directory_link.no_arrival", person=other, code=code)


def test_one_account_is_one_person(office: Office) -> None:
    one, other = office.person("one"), office.person("two")
    office.do(directory.link_to_directory, person=one, code=arrival(office))
    refused(office, "directory_link.taken", person=other, code=arrival(office))
    refused(office, "directory_link.linked_already", person=one, code=arrival(office, "4712"))


def test_nobody_links_themselves(office: Office) -> None:
    person = office.person("boss", "administrator")
    order: dict[str, Any] = {"person": person, "code": arrival(office)}
    boss = office.as_person(person, "administrator")
    denied(lambda: office.do(directory.link_to_directory, by=boss, **order), "directory_link.own")
    office.person("second", "administrator")
    office.do(directory.link_to_directory, **order)
    denied(lambda: office.do(directory.unlink_from_directory, by=boss, person=person), "directory_link.own")


def test_one_administrator_keeps_a_password(office: Office) -> None:
    one, other = office.person("boss", "administrator"), office.person("second", "administrator")
    office.do(directory.link_to_directory, person=one, code=arrival(office))
    refused(office, "directory_link.last_local_administrator", person=other, code=arrival(office, "4712"))


def test_whoever_has_left_is_not_linked(office: Office) -> None:
    person = office.person()
    office.do(commands.leave, person=person)
    refused(office, "directory_link.gone", person=person, code=arrival(office))


@pytest.mark.parametrize("role", sorted(rules.GUARDED_ROLES))
def test_roles_that_guard_lives_take_qa_s_signature_for_the_link_too(office: Office, role: str) -> None:
    office.person("qa-at-work", "qa")
    person = office.person("guardian", role)
    made = office.do(directory.link_to_directory, person=person, code=arrival(office))
    assert made["phase"] == "proposed"
    denied(lambda: behind(office), "sign_in.link_waits")
    assert office.sign_in("guardian").session.actor.person == person, "until then nothing has changed"
    own = office.as_person(person, "qa")
    denied(lambda: office.do(commands.countersign, by=own, decision=office.decision()), "role.own_countersignature")
    office.do(commands.countersign, by=office.qa, decision=office.decision())
    assert office.events()[-2:] == ["accounts:directory_link:activated", "notices:notice:raised"]
    assert behind(office) == person
    denied(lambda: office.sign_in("guardian"), "sign_in.wrong")


def test_for_the_only_one_of_qa_another_administrator_signs(office: Office) -> None:
    person = office.person("lonely", "qa")
    office.do(directory.link_to_directory, person=person, code=arrival(office))
    office.do(commands.countersign, by=office.second_admin, decision=office.decision())
    assert behind(office) == person


def test_a_link_that_ended_opens_nothing(office: Office) -> None:
    person = office.person("worker", "technician")
    office.do(directory.link_to_directory, person=person, code=arrival(office))
    made = office.do(directory.unlink_from_directory, person=person)
    assert (made["phase"], behind(office)) == ("ended", None)
    denied(lambda: office.do(directory.unlink_from_directory, person=person), "directory_link.not_linked")
    office.give_password(person)
    assert office.sign_in().session.actor.person == person
    assert office.do(directory.link_to_directory, person=person, code=arrival(office))["phase"] == "active"


def test_a_waiting_link_that_ended_is_not_brought_back_by_a_signature(office: Office) -> None:
    person = office.person("guardian", "nurse")
    office.do(directory.link_to_directory, person=person, code=arrival(office))
    office.do(directory.unlink_from_directory, person=person)
    with pytest.raises(Refused):
        office.do(commands.countersign, by=office.qa, decision=office.decision())
    assert behind(office) is None


def test_the_directory_keeps_the_password(office: Office) -> None:
    person = office.person("worker", "technician")
    office.do(directory.link_to_directory, person=person, code=arrival(office))
    own = office.as_person(person, "technician")
    denied(lambda: office.do(commands.set_password, by=own, password=PASSWORD), "password.in_directory")
    office.do(reset_password, person=person, code=CODE)
    denied(lambda: choose(office), "password.in_directory")


@pytest.mark.parametrize("verb", ["lock", "leave", "revoke_role"])
def test_the_last_administrator_with_a_password_stays(office: Office, verb: str) -> None:
    """A directory that is away must not lock the house out of itself."""
    boss, linked = office.person("boss", "administrator"), office.person("linked", "administrator")
    office.do(directory.link_to_directory, person=linked, code=arrival(office))
    by = office.as_person(linked, "administrator")
    order: dict[str, Any] = {"person": boss, **({"role": "administrator"} if verb == "revoke_role" else {})}
    denied(lambda: office.do(getattr(commands, verb), by=by, **order), "person.last_local_administrator")
    order["person"] = linked
    office.do(getattr(commands, verb), by=office.as_person(boss, "administrator"), **order)
    third = office.person("third", "administrator")
    office.do(getattr(commands, verb), by=office.as_person(third, "administrator"), **{**order, "person": boss})


def test_somebody_who_comes_twice_at_once_has_one_code(offices: Office) -> None:
    """Two processes that see the same newcomer: one code, and no fault."""
    office = offices
    known = Known("https://directory.example", "subject-4711", "newcomer", None)
    line = threading.Barrier(8)

    def come(_: int) -> str:
        line.wait()
        return str(office.house.runner.outside(lambda tx: directory.note_arrival(tx, known, tx.now)))

    with ThreadPoolExecutor(8) as threads:
        codes = set(threads.map(come, range(8)))
    assert len(codes) == 1
    (code,) = codes
    assert len(code) == 8
    person = office.person()
    office.do(directory.link_to_directory, person=person, code=code)
    with office.house.read() as tx:
        (link,) = queries.links_of(tx, person)
    assert link.shown == "newcomer", "what is shown is sealed, and opens again"
