"""The review of access: every account a line, answered by somebody else, closed by QA's signature, then done."""

from datetime import timedelta
from typing import Any

import pytest

from cellchain.accounts import commands
from cellchain.accounts.expiry import commands as expiry
from cellchain.accounts.models import AccessReview, Person
from cellchain.accounts.review import commands as review
from cellchain.accounts.review import queries, rules
from cellchain.accounts.review.queries import Line
from cellchain.accounts.review.rules import LineAnswer
from cellchain.kernel.errors import Refused
from cellchain.ledger.models import Signature
from tests.accounts.story import Office
from tests.accounts.test_second_factor import enrolled
from tests.trial.story import forbids, refuses


def opened(office: Office) -> int:
    return int(office.do(review.open_access_review)["review"])


def answer(
    office: Office, number: int, person: str, said: str = "keep", remark: str | None = None, by: Any = None
) -> None:
    office.do(review.review_access, by=by or office.qa, review=number, person=person, answer=said, remark=remark)


def close(office: Office, number: int, **more: Any) -> dict[str, Any]:
    return office.do(review.close_access_review, by=office.qa, review=number, **more)


def lines(office: Office, number: int) -> dict[str, Line]:
    with office.house.read() as tx:
        return {one.username: one for one in queries.lines_of(tx, queries.review_facts(tx, number))}


# -- opening ---------------------------------------------------------------------------------------------------------


def test_a_line_shows_what_a_reviewer_has_to_know(office: Office) -> None:
    actor = enrolled(office, "worker", "technician")
    today = office.house.clock.now().date()
    office.do(commands.grant_role, person=actor.person, role="nurse", last_day=today + timedelta(days=20))
    office.do(commands.countersign, by=office.qa, decision=office.decision())
    office.do(expiry.set_last_day, person=actor.person, last_day=today + timedelta(days=40), reason="A contract.")
    trained = {"person": actor.person, "topic": "Gowning", "trained_on": today, "valid_until": today}
    office.do(commands.record_training, by=office.qa, **trained)
    badge, station = office.badge(actor.person), office.gate.station_of(office.station())
    office.gate.sign_in_by_badge(badge, "274910", device=station, by_cookie=True)
    gone = office.person("gone", secret=False)
    office.do(commands.leave, person=gone)
    locked = office.person("locked", secret=False)
    office.do(commands.lock, person=locked)
    found = lines(office, opened(office))
    assert sorted(found) == ["locked", "worker"], "who has left is no account any more"
    seen = found["worker"].seen
    assert [(one.role, one.granted_by, one.countersigned_by, one.last_day) for one in seen.roles] == [
        ("technician", "SYSTEM", None, None),
        ("nurse", office.admin.person, office.qa.person, today + timedelta(days=20)),
    ]
    assert seen.last_day == today + timedelta(days=40)
    assert seen.last_sign_in == office.house.clock.now()
    assert (seen.phone, seen.passkeys_count, seen.badge, seen.directory) == (True, 0, True, False)
    assert [one.topic for one in seen.trainings] == ["Gowning"]
    assert (found["locked"].seen.phase, found["locked"].seen.last_sign_in) == ("locked", None)


def test_one_at_a_time_by_qa_or_an_administrator(office: Office) -> None:
    office.do(review.open_access_review, by=office.qa)
    with refuses("access_review.open_already"):
        opened(office)
    for role in ("nurse", "inspector"):
        with forbids():
            office.do(review.open_access_review, by=office.house.actor(role))


# -- answering -------------------------------------------------------------------------------------------------------


def test_it_is_answered_line_by_line_and_changed_until_it_is_closed(office: Office) -> None:
    person = office.person("worker", "technician", secret=False)
    number = opened(office)
    answer(office, number, person)
    answer(office, number, person, "end", "Contract is over.", by=office.admin)
    line = lines(office, number)["worker"]
    assert (line.answer, line.remark, line.answered_by) == ("end", "Contract is over.", office.admin.person)
    close(office, number)
    with refuses("access_review.closed"):
        answer(office, number, person)
    with forbids():
        answer(office, number, person, by=office.house.actor("nurse"))


@pytest.mark.parametrize("said", ["end", "change"])
def test_what_is_to_be_done_needs_a_remark(office: Office, said: str) -> None:
    person = office.person("worker", "technician", secret=False)
    number = opened(office)
    with refuses("access_review.remark_missing"):
        answer(office, number, person, said)


@pytest.mark.parametrize("role", ["qa", "administrator"])
def test_nobody_reviews_their_own_access(office: Office, role: str) -> None:
    person = office.person("reviewer", role, secret=False)
    number = opened(office)
    with refuses("access_review.own_line"):
        answer(office, number, person, by=office.as_person(person, role))
    assert lines(office, number)["reviewer"].answer is None


def test_a_line_that_is_not_there(office: Office) -> None:
    number = opened(office)
    person = office.person("later", secret=False)
    with refuses("access_review.no_line"):
        answer(office, number, person)
    with refuses("record.not_found"):
        answer(office, 9_999, person)


def test_what_changed_since_it_was_opened_is_marked(office: Office) -> None:
    person, other = (office.person(name, "technician", secret=False) for name in ("worker", "other"))
    number = opened(office)
    office.do(commands.grant_role, person=person, role="analyst")
    found = lines(office, number)
    assert (found["worker"].changed, found["other"].changed) == (True, False)
    for one in (person, other):
        answer(office, number, one)
    close(office, number)
    assert not lines(office, number)["worker"].changed, "a closed one is what it was"


# -- closing ---------------------------------------------------------------------------------------------------------


def test_a_line_without_an_answer_keeps_it_open(office: Office) -> None:
    one, other = (office.person(name, "technician", secret=False) for name in ("one", "other"))
    number = opened(office)
    answer(office, number, one)
    with pytest.raises(Refused) as no:
        close(office, number)
    assert (no.value.code, str(no.value.text)) == (
        "access_review.lines_open",
        "Lines without an answer: 1. Answer them before you sign.",
    )
    answer(office, number, other)
    assert close(office, number, findings="As it should be.")["lines_count"] == 2
    with refuses("access_review.phase"):
        close(office, number)


def test_qa_signs_and_nobody_else(office: Office) -> None:
    number = opened(office)
    with forbids():
        office.do(review.close_access_review, review=number)
    close(office, number)
    with office.house.read() as tx:
        row, signed = tx.get(AccessReview, number), tx.get(Signature, 1)
    assert (row.phase, row.closed_by) == ("closed", office.qa.person)
    assert (signed.signer, signed.event) == (office.qa.person, "accounts:access_review:closed")


def test_the_signature_binds_every_answer(office: Office) -> None:
    """Two reviews that differ in one answer alone are signed as two records."""
    person = office.person("worker", "technician", secret=False)
    for said, remark in (("keep", None), ("change", "Move to the store."), ("keep", None)):
        number = opened(office)
        answer(office, number, person, said, remark)
        close(office, number)
    with office.house.read() as tx:
        hashes = [tx.get(Signature, number).record_hash for number in (1, 2, 3)]
    assert hashes[0] != hashes[1]
    assert hashes[0] == hashes[2], "the clock stood still between them"


# -- what follows ----------------------------------------------------------------------------------------------------


def test_what_was_decided_waits_until_it_is_done(office: Office) -> None:
    ending, changing, kept = (office.person(name, "technician", secret=False) for name in ("ending", "moving", "kept"))
    number = opened(office)
    answer(office, number, kept)
    answer(office, number, ending, "end", "Left in May.")
    answer(office, number, changing, "change", "Works in the store now.")
    order: dict[str, Any] = {"review": number, "done": "Done as decided."}
    with refuses("access_review.nothing_to_do"):
        office.do(review.settle_review_line, person=changing, **order)
    close(office, number)
    with office.house.read() as tx:
        assert [(one.person, one.answer) for one in queries.unsettled(tx)] == [
            (ending, LineAnswer.END),
            (changing, LineAnswer.CHANGE),
        ]
    with refuses("access_review.nothing_to_do"):
        office.do(review.settle_review_line, person=kept, **order)
    with refuses("access_review.still_works"):
        office.do(review.settle_review_line, person=ending, **order)
    with forbids():
        office.do(review.settle_review_line, by=office.qa, person=ending, **order)
    office.do(commands.leave, person=ending)
    for person in (ending, changing):
        office.do(review.settle_review_line, person=person, **order)
        with refuses("access_review.settled_already"):
            office.do(review.settle_review_line, person=person, **order)
    with office.house.read() as tx:
        assert queries.unsettled(tx) == []
    assert lines(office, number)["ending"].settled == "Done as decided."


# -- when it is due --------------------------------------------------------------------------------------------------


def test_it_is_due_by_the_setting(office: Office) -> None:
    with office.house.read() as tx:
        assert queries.next_due(tx) is None, "nobody is here"
    office.person("worker", secret=False)
    first = office.house.clock.now().date()
    with office.house.read() as tx:
        assert queries.next_due(tx) == first + timedelta(days=rules.DAYS_BETWEEN)
    office.wait(days=200)
    number = opened(office)
    with office.house.read() as tx:
        assert queries.next_due(tx) is None, "one is under way"
        (person,) = tx.every(queries.HERE)
    answer(office, number, person.code)
    close(office, number)
    with office.house.read() as tx:
        assert isinstance(tx.get(Person, person.code), Person)
        assert queries.next_due(tx) == first + timedelta(days=200 + rules.DAYS_BETWEEN)
