"""Randomising: one row at a time, in order, never twice, never undone."""

import json
from collections import Counter
from dataclasses import replace
from typing import Any

from cellchain.identity.codes import ChainOfIdentityCode, WristbandCode
from cellchain.trial import allocation, commands, invariants, queries
from tests.factories import House
from tests.trial.story import PASSPHRASE, STUDY, Story, forbids, refuses


def test_the_next_row_is_revealed_and_the_chain_of_identity_issued(story: Story) -> None:
    recipient = story.eligible()
    result = story.do(commands.randomise, by=story.people.coordinator, recipient=recipient)
    assert result["row"] == 1
    assert ChainOfIdentityCode(result["chain_of_identity"])
    assert WristbandCode(result["wristband"])
    with story.house.read() as tx:
        facts = queries.recipient_facts(tx, recipient)
        band = queries.recipient_by_wristband(tx, result["wristband"])
        arm = queries.arm_of(tx, recipient, story.people.physician)
    assert facts.chain_of_identity == result["chain_of_identity"]
    assert band is not None
    assert (band.recipient, band.live) == (recipient, True)
    assert arm in {"MSC", "CONTROL"}


def test_anybody_can_check_the_row_against_the_root_without_learning_it(story: Story) -> None:
    committed = json.loads(story.house.entries()[-1].body)["facts"]
    for number in (1, 2, 3):
        story.randomised()
        body = json.loads(story.last_entry().body)
        facts = body["facts"]
        assert facts["row"] == number
        assert facts["root"] == committed["root"]
        leaf = bytes.fromhex(facts["leaf"])
        assert allocation.proves(leaf, number, facts["length"], facts["path"], facts["root"])
        assert "MSC" not in json.dumps({**body, "changes": _without_study(body)})
        assert "CONTROL" not in story.last_entry().body


def _without_study(body: dict[str, Any]) -> str:
    return json.dumps(body["changes"]).replace(STUDY.code, "")


def test_the_arm_is_in_no_answer_and_in_no_column(story: Story) -> None:
    recipient = story.eligible()
    result = story.do(commands.randomise, by=story.people.coordinator, recipient=recipient)
    assert "MSC" not in json.dumps(result)
    assert "CONTROL" not in json.dumps(result)
    with story.house.read() as tx:
        stored = tx._link.execute("SELECT arm FROM trial_recipient WHERE code = ?", (recipient,)).fetchone()[0]
        answer = tx._link.execute("SELECT answer FROM ledger_request ORDER BY at DESC").fetchall()
    assert stored.startswith("e1:")
    assert "CONTROL" not in str(answer)


def test_it_is_never_done_twice(story: Story) -> None:
    recipient = story.randomised()
    with refuses("recipient.phase"):
        story.do(commands.randomise, by=story.people.coordinator, recipient=recipient)


def test_the_same_request_answers_alike_and_reveals_one_row(story: Story) -> None:
    recipient = story.eligible()
    request = story.house.request_id()
    first = story.house.do(commands.randomise, by=story.people.coordinator, recipient=recipient, request_id=request)
    again = story.house.do(commands.randomise, by=story.people.coordinator, recipient=recipient, request_id=request)
    assert first == again
    with story.house.read() as tx:
        assert queries.randomised_count(tx, STUDY.code) == 1


def test_an_order_has_no_field_to_choose_with() -> None:
    from cellchain.ledger.registry import command_of

    assert set(command_of(commands.randomise).order.model_fields) == {"recipient"}


def test_only_with_consent_and_signed_eligibility(story: Story) -> None:
    with refuses("recipient.phase"):
        story.do(commands.randomise, by=story.people.coordinator, recipient=story.measured())
    withdrawn = story.eligible()
    story.do(commands.withdraw_consent, by=story.people.coordinator, recipient=withdrawn, account="Moved away.")
    with refuses("recipient.phase"):
        story.do(commands.randomise, by=story.people.coordinator, recipient=withdrawn)


def test_only_with_a_list(house: House) -> None:
    """The list is committed to before anybody comes into the study."""
    story = Story(house, committed=False)
    with refuses("allocation.none"):
        story.enrolled()


def test_who_made_the_list_does_not_reveal_it(house: House) -> None:
    from tests.trial.story import person

    story = Story(house, committed=False)
    both = person(house, "both", "statistician", "coordinator")
    story.do(
        commands.commit_allocation_list, by=both, study=STUDY.code, block_sizes=(4, 6, 4, 6), passphrase=PASSPHRASE
    )
    with refuses("allocation.own_list"):
        story.do(commands.randomise, by=both, recipient=story.eligible())


def test_a_commitment_after_the_first_recipient_is_refused(story: Story) -> None:
    story.randomised()
    with refuses("allocation.already_committed"):
        story.commit()


def test_an_altered_row_reveals_nobody(story: Story) -> None:
    recipient = story.eligible()
    with story.house.database.engine.begin() as link:
        link.exec_driver_sql("UPDATE trial_allocation_row SET leaf = '" + "0" * 64 + "' WHERE number = 1")
    with refuses("allocation.altered"):
        story.do(commands.randomise, by=story.people.coordinator, recipient=recipient)
    with story.house.read() as tx:
        findings = [finding for one in invariants.INVARIANTS for finding in one.check(tx)]
    assert "list 1: its rows do not make its root" in findings
    assert "list 1: row 1 is not what was committed to" in findings


def test_with_another_key_nothing_is_revealed(story: Story) -> None:
    recipient = story.eligible()
    story.house.database.house = type(story.house.database.house)(list_key=bytes(32))
    with refuses("allocation.does_not_open"):
        story.do(commands.randomise, by=story.people.coordinator, recipient=recipient)


def test_after_a_new_list_key_the_list_of_before_goes_on(story: Story) -> None:
    recipient = story.eligible()
    known = story.house.database.house
    story.house.database.house = replace(known, list_key=bytes(32), older_list_keys=(known.list_key,))
    assert story.do(commands.randomise, by=story.people.coordinator, recipient=recipient)["row"] == 1
    with story.house.read() as tx:
        assert [finding for one in invariants.INVARIANTS for finding in one.check(tx)] == []
        assert queries.arm_of(tx, recipient, story.people.physician) in {"MSC", "CONTROL"}


def test_the_whole_study_fills_and_stays_balanced(house: House) -> None:
    story = Story(house, committed=False)
    story.commit((4, 6, 4, 6, 6))
    arms: Counter[str | None] = Counter()
    for number in range(1, STUDY.enrolment + 1):
        recipient = story.randomised()
        with house.read() as tx:
            arms[queries.arm_of(tx, recipient, story.people.physician)] += 1
        assert abs(arms["MSC"] - arms["CONTROL"]) <= 3, number
    with refuses("study.full"):
        story.randomised()
    with house.read() as tx:
        assert [finding for one in invariants.INVARIANTS for finding in one.check(tx)] == []
        page = queries.study_page(tx, STUDY.code)
    assert (page.randomised_count, page.by_phase) == (20, {"randomised": 20, "eligible": 1})


def test_the_last_row_spends_the_list(story: Story) -> None:
    for _ in range(STUDY.enrolment):
        story.randomised()
    with story.house.read() as tx:
        commitment = queries.commitment_of(tx, STUDY.code)
    assert commitment is not None
    assert commitment.phase == "spent"


def test_a_statistician_may_not(story: Story) -> None:
    with forbids():
        story.do(commands.randomise, by=story.people.statistician, recipient=story.eligible())
