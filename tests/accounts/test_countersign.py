"""The second signature: another person's, who holds what it needs, and once."""

from cellchain.accounts import commands
from tests.accounts.story import Office
from tests.trial.story import refuses


def proposed(office: Office) -> tuple[str, int]:
    """Somebody proposed as a nurse, and the decision about it."""
    person = office.person()
    office.do(commands.grant_role, person=person, role="nurse")
    return person, office.decision()


def test_it_is_signed(office: Office) -> None:
    _, decision = proposed(office)
    given = office.do(commands.countersign, by=office.qa, decision=decision)
    assert given["event"] == "accounts:role:granted"
    entry = next(one for one in office.house.entries() if one.event == "accounts:decision:countersigned")
    assert '"signer":"' + office.qa.person in entry.body


def test_not_by_who_asked(office: Office) -> None:
    person = office.person("worker", secret=False)
    both = office.house.actor("administrator", "qa")
    office.do(commands.grant_role, by=both, person=person, role="nurse")
    with refuses("decision.own"):
        office.do(commands.countersign, by=both, decision=office.decision())
    assert office.roles(person) == ()


def test_not_by_who_may_not_decide_it(office: Office) -> None:
    person, decision = proposed(office)
    for other in (office.second_admin, office.house.actor("technician")):
        with refuses("decision.not_yours"):
            office.do(commands.countersign, by=other, decision=decision)
    assert office.roles(person) == ()


def test_once(office: Office) -> None:
    _, decision = proposed(office)
    office.do(commands.countersign, by=office.qa, decision=decision)
    with refuses("decision.phase"):
        office.do(commands.countersign, by=office.house.actor("qa", number=2), decision=decision)
    with refuses("record.not_found"):
        office.do(commands.countersign, by=office.qa, decision=9_999)
