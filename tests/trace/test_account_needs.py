"""What Today says about accounts, roles and reviews: to whoever can do something about it, and gone when it is done."""

from datetime import date, timedelta
from typing import Any

import pytest

from cellchain.accounts import commands, queries
from cellchain.accounts.agreement import commands as agreement
from cellchain.accounts.agreement.text import VERSION
from cellchain.accounts.expiry import commands as expiry
from cellchain.accounts.one_time import commands as one_time
from cellchain.accounts.review import commands as review
from cellchain.ledger.actor import Actor
from cellchain.trace.needs import gathered
from cellchain.trace.situation import Need
from tests.accounts.conftest import office
from tests.accounts.story import Office

__all__ = ["office"]
WHY = "A contract."
AGREE = "Read and accept the agreement on electronic signatures."


def needs(office: Office, who: Actor | None = None) -> dict[str, Need]:
    """What somebody is waited for with, by its sentence: the administrator, unless somebody else is named."""
    with office.house.read() as tx:
        return {str(need.sentence): need for need in gathered(tx, who or office.admin)[1]}


def in_days(office: Office, days: int) -> date:
    return office.house.clock.now().date() + timedelta(days=days)


@pytest.fixture(autouse=True)
def _others(office: Office) -> None:
    """Somebody who stays, so that nothing is said of the last of a kind."""
    office.person("boss", "administrator", secret=False)
    office.person("quality", "qa", secret=False)


def test_an_account_that_ends_soon_and_one_that_has_ended(office: Office) -> None:
    person = office.person("student", "technician", secret=False)
    office.do(expiry.set_last_day, person=person, last_day=in_days(office, 31), reason=WHY)
    told = "Close or extend the account of Student."
    assert told not in needs(office)
    office.wait(days=1)
    need = needs(office)[told]
    assert (need.at, need.href, str(need.words)) == (in_days(office, 30), f"/people/{person}", "by, in 30 d")
    assert told not in needs(office, office.qa)
    office.wait(days=31)
    need = needs(office)[told]
    assert (need.status, str(need.detail)) == ("warn", "It has ended: nobody signs in with it.")
    assert "Give Student a role." not in needs(office)
    office.do(commands.leave, person=person)
    assert told not in needs(office)


def test_a_role_and_a_training_that_end_soon(office: Office) -> None:
    person = office.person("student", "technician", secret=False)
    office.do(expiry.set_last_day, person=person, role="technician", last_day=in_days(office, 5), reason=WHY)
    trained: dict[str, Any] = {"person": person, "topic": "Gowning", "trained_on": in_days(office, 0)}
    office.do(commands.record_training, by=office.qa, **trained, valid_until=in_days(office, 9))
    assert str(needs(office)["Look whether Student keeps a role."].detail).startswith("technician: it ends after")
    for who in (office.admin, office.qa):
        assert str(needs(office, who)["Have Student trained again."].words) == "by, in 9 d"
    assert not needs(office, office.house.actor("nurse"))
    office.do(commands.record_training, by=office.qa, **trained, valid_until=in_days(office, 400))
    office.do(expiry.extend_last_day, person=person, role="technician", reason=WHY)
    assert not {"Have Student trained again.", "Look whether Student keeps a role."} & set(needs(office))


@pytest.mark.parametrize(("role", "word"), [("administrator", "administrator"), ("qa", "QA")])
def test_the_last_of_a_kind_is_told_of_however_far_the_day(office: Office, role: str, word: str) -> None:
    one = office.person("one", role, secret=False)
    office.do(expiry.set_last_day, person=one, last_day=in_days(office, 300), reason=WHY)
    told = f"Give somebody the role of {word} for longer."
    assert told not in needs(office)
    office.do(commands.revoke_role, person=_staying(office, role), role=role)
    need = needs(office)[told]
    assert (need.status, need.at) == ("warn", in_days(office, 300))
    office.person("heir", role, secret=False)
    assert told not in needs(office)


def _staying(office: Office, role: str) -> str:
    username = {"administrator": "boss", "qa": "quality"}[role]
    with office.house.read() as tx:
        return next(one.code for one in queries.people(tx) if one.username == username)


def test_a_review_is_due_open_and_then_done(office: Office) -> None:
    worker = office.person("worker", "technician", secret=False)
    due = "Review who has access."
    assert due not in needs(office)
    office.wait(days=170)
    for who in (office.admin, office.qa):
        assert needs(office, who)[due].status == "pend"
    office.wait(days=11)
    assert needs(office)[due].status == "stop"
    number = office.do(review.open_access_review)["review"]
    assert due not in needs(office)
    assert "Answer the review of access: 3." in needs(office, office.qa)
    for person in (worker, _staying(office, "administrator"), _staying(office, "qa")):
        answer = "end" if person == worker else "keep"
        office.do(review.review_access, by=office.qa, review=number, person=person, answer=answer, remark="Looked.")
    assert "Sign the review of access." in needs(office, office.qa)
    assert "Sign the review of access." not in needs(office)
    office.do(review.close_access_review, by=office.qa, review=number)
    need = needs(office)["End the access of Worker."]
    assert need.href == f"/people/reviews/{number}#{worker}"
    assert "End the access of Worker." not in needs(office, office.qa)
    office.do(commands.leave, person=worker)
    office.do(review.settle_review_line, review=number, person=worker, done="The account is closed.")
    assert "End the access of Worker." not in needs(office)


def test_one_s_own_line_is_no_work_of_one_s_own(office: Office) -> None:
    quality = _staying(office, "qa")
    number = office.do(review.open_access_review)["review"]
    office.do(
        review.review_access, by=office.qa, review=number, person=_staying(office, "administrator"), answer="keep"
    )
    own = office.as_person(quality, "qa")
    assert not [one for one in needs(office, own) if "review of access" in one]
    assert "Answer the review of access: 1." in needs(office)


def test_a_new_way_in_is_looked_at_by_others_for_a_week(office: Office) -> None:
    """A reset that an administrator made stands out; nobody is told of their own, and time ends it."""
    person = office.person("student", "technician")
    told = "Look whether Student knows what they sign in with now."
    assert told not in needs(office)
    office.do(one_time.reset_password, person=person, code="ABCD-EFGH-2345-WXYZ")
    for who in (office.admin, office.qa):
        need = needs(office, who)[told]
        assert (need.status, need.href) == ("warn", f"/people/{person}#changes")
        assert str(need.detail).startswith("Password reset")
    assert told not in needs(office, office.as_person(person, "qa"))
    assert told not in needs(office, office.house.actor("nurse"))
    office.wait(days=8)
    assert told not in needs(office)


def test_everybody_is_asked_for_their_own_agreement_until_they_accept_it(office: Office) -> None:
    office.person("worker", "technician")
    own = office.sign_in().session.actor
    assert needs(office, own)[AGREE].href == "/account/agreement"
    office.do(agreement.accept_agreement, by=own, version=VERSION)
    assert AGREE not in needs(office, own)
