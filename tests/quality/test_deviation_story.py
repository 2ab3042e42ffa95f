"""A deviation from its class to its closing: what it reaches, what is held, why it happened, who may end it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cellchain.kernel.errors import Forbidden
from cellchain.platform.files import DataDir
from cellchain.quality import commands, queries
from cellchain.quality.actions import commands as actions
from cellchain.quality.deviations import commands as deviations
from cellchain.quality.deviations.queries import Story, story
from cellchain.quality.deviations.rules import Reach
from cellchain.quality.rules.lifecycles import DeviationKind, DeviationPhase, HoldPhase, Severity
from tests.quality.conftest import Refuses
from tests.quality.follow_up import Desk
from tests.quality.lab import Lab
from tests.quality.test_open_deviation import opened

RECIPIENT = "RC012600000151"


@pytest.fixture
def desk(lab: Lab, tmp_path: Path) -> Desk:
    return Desk(lab, DataDir(tmp_path))


def told(lab: Lab, number: int) -> Story:
    with lab.house.read() as tx:
        return story(tx, number)


def test_the_assessment_keeps_what_the_trace_found(lab: Lab, desk: Desk) -> None:
    """Also whose the bags are; that stays out of the open ledger."""
    bank = lab.lot("bank", bags=1)
    lot = lab.lot("product", sources=(bank,), bags=2)
    bags = lab.containers(lot)
    handed = lab.house.database.house
    mine = {bags[0]: [RECIPIENT]}
    lab.house.database.house = replace(handed, onward=lambda tx, code: mine.get(code, ()))
    found = told(lab, desk.assessed(lot=bank)).assessments[0].found
    assert found.lots == tuple(sorted((bank, lot)))
    assert set(found.bags) == set(bags)
    assert found.vials == tuple(lab.containers(bank))
    assert found.recipients == (RECIPIENT,)
    assert all(RECIPIENT not in entry.body for entry in lab.house.entries())


def test_how_far_the_trace_goes_is_chosen(lab: Lab, desk: Desk) -> None:
    bank = lab.lot("bank", bags=1)
    lot, sibling = (lab.lot("product", sources=(bank,), bags=2) for _ in range(2))
    bag = lab.containers(lot)[0]
    reached = {}
    for reach in Reach:
        number = opened(lab, bag)
        lab.do(
            commands.assess_deviation,
            by=lab.qa,
            deviation=number,
            severity="minor",
            assessment="It may matter",
            reach=reach,
        )
        found = told(lab, number).assessments[0].found
        reached[reach] = (set(found.lots), set(found.bags))
    assert reached[Reach.THING] == (set(), {bag})
    assert reached[Reach.LOT] == ({lot}, set(lab.containers(lot)))
    assert reached[Reach.ORIGIN][0] == {bank, lot, sibling}
    assert reached[Reach.ORIGIN][1] == {*lab.containers(lot), *lab.containers(sibling)}


def test_a_later_assessment_names_the_one_that_it_replaces(lab: Lab, desk: Desk, refuses: Refuses) -> None:
    number = desk.assessed("minor")
    again: dict[str, Any] = {"deviation": number, "severity": "critical", "assessment": "It reached a recipient"}
    with refuses("deviation.assessed_meanwhile"):
        lab.do(commands.assess_deviation, by=lab.third_qa, **again)
    first = told(lab, number).assessments[0]
    lab.do(commands.assess_deviation, by=lab.third_qa, replaces=first.id, **again)
    after = told(lab, number)
    assert [one.severity for one in after.assessments] == [Severity.CRITICAL, Severity.MINOR]
    assert after.row.severity is Severity.CRITICAL
    assert {lab.qa.person, lab.third_qa.person} <= after.concerned.people


def test_one_act_holds_everything_that_the_trace_found(lab: Lab, desk: Desk, refuses: Refuses) -> None:
    lot = lab.lot()
    bags = lab.containers(lot)
    first, second = desk.assessed(lot=lot), desk.assessed(lot=lot)
    held = lab.do(deviations.contain_deviation, by=lab.qa, deviation=first, reason="Until it is clear")["held"]
    assert held == [lot, *sorted(bags)]
    assert lab.last_event() == "quality:deviation:contained"
    assert {"bag.on_hold", "lot.on_hold"} <= lab.codes(bags[0])
    with refuses("deviation.held_already"):
        lab.do(deviations.contain_deviation, by=lab.qa, deviation=first, reason="Once more")
    # Another deviation holds the same things on its own account: lifting the first hold frees nothing.
    lab.do(deviations.contain_deviation, by=lab.qa, deviation=second, reason="For another reason")
    for hold in told(lab, first).contained:
        lab.do(commands.lift_hold, by=lab.second_qa, hold=hold.id, reason="Cleared")
    assert {one.phase for one in told(lab, first).contained} == {HoldPhase.LIFTED}
    assert {"bag.on_hold", "lot.on_hold"} <= lab.codes(bags[0])
    assert told(lab, second).holds_count == 3


def test_a_containment_finds_something(lab: Lab, desk: Desk, refuses: Refuses) -> None:
    made = lab.do(
        commands.open_deviation, by=lab.technician, subject=lab.location(), title="Warm room", description="24 degrees"
    )
    with refuses("deviation.nothing_to_hold"):
        lab.do(deviations.contain_deviation, by=lab.qa, deviation=made["deviation"], reason="To be safe")


def test_a_major_deviation_is_closed_with_its_cause_and_its_actions(lab: Lab, desk: Desk, refuses: Refuses) -> None:
    number = desk.assessed()
    action = desk.planned(number)
    with refuses("deviation.cause_missing"):
        desk.close(number)
    desk.explain(number)
    with refuses("deviation.action_undone"):
        desk.close(number)
    desk.complete(action)
    with refuses("deviation.closer_involved"):
        desk.close(number, by=lab.qa)
    desk.close(number)
    after = told(lab, number)
    assert (after.row.phase, after.row.closed_by) == (DeviationPhase.CLOSED, lab.second_qa.person)
    assert after.causes[0].whys == ("It leaked", "It was old")


def test_an_action_that_did_not_help_opens_the_deviation_again(lab: Lab, desk: Desk, refuses: Refuses) -> None:
    number = desk.assessed()
    action = desk.planned(number)
    desk.explain(number)
    desk.complete(action)
    desk.close(number)
    lab.wait(days=50)
    desk.judge(action, is_effective=False)
    after = told(lab, number)
    assert (after.row.phase, after.row.closed_by, after.row.conclusion) == (DeviationPhase.ASSESSED, None, None)
    [reopened] = after.reopenings
    assert (reopened.conclusion, reopened.closed_by) == ("It is enough", lab.second_qa.person)
    with refuses("deviation.action_not_effective"):
        desk.close(number)
    with refuses("action.follows_other"):
        desk.planned(desk.assessed(), follows=action)
    following = desk.planned(number, follows=action)
    with refuses("deviation.action_undone"):
        desk.close(number)
    desk.complete(following)
    desk.judge(following, is_effective=True)
    desk.close(number)
    assert told(lab, number).row.phase is DeviationPhase.CLOSED


def test_a_cause_that_is_found_again_stands_beside_the_first(lab: Lab, desk: Desk, refuses: Refuses) -> None:
    number = opened(lab, lab.lot())
    with refuses("deviation.not_assessed"):
        desk.explain(number)
    lab.do(commands.assess_deviation, by=lab.qa, deviation=number, severity="major", assessment="It may matter")
    desk.explain(number)
    with refuses("deviation.cause_unchanged"):
        desk.explain(number)
    again: dict[str, Any] = {"deviation": number, "kind": "method", "account": "Nobody looked"}
    lab.do(deviations.determine_root_cause, by=lab.third_qa, **again)
    after = told(lab, number)
    assert [one.kind for one in after.causes] == ["method", "machine"]
    assert {lab.analyst.person, lab.third_qa.person} == after.concerned.investigators
    desk.close(number)
    with refuses("deviation.closed"):
        lab.do(deviations.determine_root_cause, by=lab.qa, deviation=number, kind="person", account="Too late")


def test_a_complaint_is_answered_before_it_is_closed(lab: Lab, desk: Desk, refuses: Refuses) -> None:
    bag = lab.containers(lab.lot())[0]
    complaint: dict[str, Any] = {
        "subject": bag,
        "title": "A scratched port",
        "description": "The ward saw it on opening",
    }
    complaint |= {"complainant": "Ward 2, the charge nurse", "came_by": "Telephone"}
    now = lab.house.clock.now()
    with refuses("complaint.in_future"):
        lab.do(deviations.record_complaint, by=lab.qa, received_at=now + timedelta(hours=1), **complaint)
    with refuses("record.not_found"):
        lab.do(
            deviations.record_complaint,
            by=lab.qa,
            received_at=now,
            **{**complaint, "subject": "BG012600999951"},
        )
    made = lab.do(deviations.record_complaint, by=lab.technician, received_at=now, **complaint)
    number = made["deviation"]
    before = told(lab, number)
    assert before.row.kind is DeviationKind.COMPLAINT
    assert before.complaint is not None
    assert before.complaint.received_by == lab.technician.person
    lab.do(commands.assess_deviation, by=lab.qa, deviation=number, severity="minor", assessment="No effect")
    with refuses("deviation.complaint_unanswered"):
        desk.close(number)
    with refuses("complaint.not_one"):
        lab.do(deviations.answer_complaint, by=lab.qa, deviation=desk.assessed("minor"), answer="Nobody asked")
    lab.do(deviations.answer_complaint, by=lab.qa, deviation=number, answer="A scratch of the cover alone")
    with refuses("complaint.answered_already"):
        lab.do(deviations.answer_complaint, by=lab.qa, deviation=number, answer="Once more")
    desk.close(number)
    assert all("scratch" not in entry.body for entry in lab.house.entries())


def test_who_may_not(lab: Lab, desk: Desk) -> None:
    number = desk.assessed()
    for function, fields in (
        (deviations.contain_deviation, {"reason": "To be safe"}),
        (deviations.answer_complaint, {"answer": "None"}),
    ):
        with pytest.raises(Forbidden):
            lab.do(function, by=lab.analyst, deviation=number, **fields)
    with pytest.raises(Forbidden):
        lab.do(deviations.determine_root_cause, by=lab.technician, deviation=number, kind="person", account="Nobody")
    late: dict[str, Any] = {"received_at": lab.house.clock.now(), "complainant": "Ward", "came_by": "Visit"}
    with pytest.raises(Forbidden):
        lab.do(deviations.record_complaint, by=lab.nurse, subject=lab.lot(), title="Odd", description="Odd", **late)


def test_more_time_moves_the_closing_and_keeps_the_day_before(lab: Lab, desk: Desk, refuses: Refuses) -> None:
    number = desk.assessed()
    day = told(lab, number).due_on
    assert day == lab.today() + timedelta(days=30)
    more: dict[str, Any] = {"dated": "deviation", "number": number, "reason": "The laboratory abroad is slow"}
    lab.do(actions.extend_due_date, by=lab.qa, until=day + timedelta(days=10), **more)
    after = told(lab, number)
    assert (after.due_on, after.extensions[0].before) == (day + timedelta(days=10), day)
    with refuses("extension.not_later"):
        lab.do(actions.extend_due_date, by=lab.qa, until=day, **more)
    unassessed: dict[str, Any] = {**more, "number": opened(lab, lab.lot())}
    with refuses("extension.nothing_due"):
        lab.do(actions.extend_due_date, by=lab.qa, until=day + timedelta(days=10), **unassessed)


def test_the_numbers_of_queries_and_story_agree(lab: Lab, desk: Desk) -> None:
    number = desk.assessed()
    with lab.house.read() as tx:
        assert queries.deviation_facts(tx, number) == story(tx, number).row
