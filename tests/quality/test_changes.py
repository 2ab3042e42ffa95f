"""Change control: asked for, signed twice by others, made with evidence, judged, closed; and referred to."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cellchain.kernel.errors import Forbidden
from cellchain.manufacturing import commands as manufacturing
from cellchain.platform.files import DataDir
from cellchain.quality import commands as quality
from cellchain.quality import queries as limits
from cellchain.quality.actions import commands as actions
from cellchain.quality.changes import commands, queries
from cellchain.quality.changes.queries import ChangeFacts
from cellchain.quality.changes.rules import ChangePhase
from tests.quality.conftest import Refuses
from tests.quality.follow_up import Desk
from tests.quality.lab import Lab
from tests.quality.workshop import RECORD

SOURCE = RECORD.format(kind="product")


@pytest.fixture
def desk(lab: Lab, tmp_path: Path) -> Desk:
    return Desk(lab, DataDir(tmp_path))


def facts(lab: Lab, change: int) -> ChangeFacts:
    with lab.house.read() as tx:
        return queries.change_facts(tx, change)


def make(lab: Lab, desk: Desk, change: int) -> None:
    told: dict[str, Any] = {"account": "Every gasket is silicone", "evidence": desk.came()}
    lab.do(commands.implement_change, by=lab.second_technician, change=change, **told)


def judge(lab: Lab, change: int, *, is_effective: bool) -> None:
    told: dict[str, Any] = {"is_effective": is_effective, "judgement": "Looked at"}
    lab.do(commands.judge_change, by=lab.qa, change=change, **told)


def test_a_change_from_its_request_to_its_closing(lab: Lab, desk: Desk, refuses: Refuses) -> None:
    change = desk.requested()
    assert facts(lab, change).number == "CC-26-001"
    with refuses("change.phase"):
        make(lab, desk, change)
    lab.do(commands.approve_change, by=lab.qa, change=change)
    assert facts(lab, change).phase is ChangePhase.SIGNED
    with refuses("change.phase"):
        make(lab, desk, change)
    lab.countersign(lab.second_qa)
    assert facts(lab, change).countersigned_by == lab.second_qa.person
    make(lab, desk, change)
    with refuses("change.not_judged"):
        lab.do(commands.close_change, by=lab.qa, change=change, conclusion="Enough")
    judge(lab, change, is_effective=False)
    assert facts(lab, change).phase is ChangePhase.APPROVED
    make(lab, desk, change)
    judge(lab, change, is_effective=True)
    lab.do(commands.close_change, by=lab.third_qa, change=change, conclusion="Enough")
    after = facts(lab, change)
    assert (after.phase, [one.is_effective for one in after.made]) == (ChangePhase.CLOSED, [False, True])
    assert all("gasket" not in entry.body for entry in lab.house.entries())


def test_who_asks_for_it_or_makes_it_decides_nothing(lab: Lab, desk: Desk, refuses: Refuses) -> None:
    own = desk.requested(owner=lab.qa.person)
    for function, fields in ((commands.approve_change, {}), (commands.reject_change, {"rejection": "Not now"})):
        with refuses("change.own"):
            lab.do(function, by=lab.qa, change=own, **fields)
    lab.do(commands.approve_change, by=lab.second_qa, change=own)
    with refuses("change.own"):
        lab.countersign(lab.qa)
    lab.countersign(lab.third_qa)
    with refuses("change.not_yours"):
        make(lab, desk, own)
    told: dict[str, Any] = {"account": "Changed", "evidence": desk.came()}
    lab.do(commands.implement_change, by=lab.qa, change=own, **told)
    with refuses("change.judge_owns_it"):
        judge(lab, own, is_effective=True)


def test_a_minor_change_is_closed_without_a_check(lab: Lab, desk: Desk, refuses: Refuses) -> None:
    change = desk.approved(kind="minor", check_due_on=None, criterion=None)
    make(lab, desk, change)
    with refuses("change.no_check"):
        judge(lab, change, is_effective=True)
    lab.do(commands.close_change, by=lab.qa, change=change, conclusion="Enough")
    assert facts(lab, change).is_finished


def test_what_is_rejected_is_not_made(lab: Lab, desk: Desk, refuses: Refuses) -> None:
    change = desk.requested()
    lab.do(commands.reject_change, by=lab.qa, change=change, rejection="The rubber is better")
    with refuses("change.phase"):
        lab.do(commands.approve_change, by=lab.second_qa, change=change)
    assert facts(lab, change).rejected_by == lab.qa.person


def test_a_change_stems_from_an_action_of_the_same_deviation(lab: Lab, desk: Desk, refuses: Refuses) -> None:
    first, second = desk.assessed(), desk.assessed()
    action = desk.planned(first)
    assert facts(lab, desk.requested(action=action)).deviation == first
    with refuses("change.other_deviation"):
        desk.requested(action=action, deviation=second)
    with refuses("change.nothing_affected"):
        desk.requested(documents=[])
    with lab.house.read() as tx:
        assert [one.number for one in queries.changes_of(tx, first)] == ["CC-26-001"]


def test_a_specification_is_drafted_under_an_approved_change(lab: Lab, desk: Desk, refuses: Refuses) -> None:
    fields: dict[str, Any] = {"kind": "product", "stage": "final"}
    with refuses("change.not_approved"):
        lab.do(quality.draft_specification, by=lab.analyst, change=desk.requested(), **fields)
    change = desk.approved()
    made = lab.do(quality.draft_specification, by=lab.analyst, change=change, **fields)["specification"]
    with lab.house.read() as tx:
        assert limits.specification_facts(tx, made).change == change
        assert [key for key, *_ in queries.drafted_specifications(tx, change)] == [made]


def test_a_master_record_is_drafted_under_an_approved_change(lab: Lab, desk: Desk, refuses: Refuses) -> None:
    waits = desk.requested()
    for number, code in (("CC-26-099", "change.unknown"), (facts(lab, waits).number, "change.not_approved")):
        with refuses(code):
            lab.do(manufacturing.draft_master_record, by=lab.qa, source=SOURCE, change=number)
    change = facts(lab, desk.approved())
    made = lab.do(manufacturing.draft_master_record, by=lab.qa, source=SOURCE, change=change.number)
    with lab.house.read() as tx:
        assert [key for key, *_ in queries.drafted_records(tx, change.number)] == [made["master_record"]]
    plain = lab.do(manufacturing.draft_master_record, by=lab.qa, source=SOURCE)
    assert plain["version"] == made["version"] + 1


def test_its_days_move_too(lab: Lab, desk: Desk) -> None:
    change = desk.approved()
    day = facts(lab, change).due_on
    more: dict[str, Any] = {"number": change, "reason": "The part is late"}
    lab.do(actions.extend_due_date, by=lab.qa, dated="change", until=day + timedelta(days=7), **more)
    lab.do(actions.extend_due_date, by=lab.qa, dated="change_check", until=day + timedelta(days=400), **more)
    after = facts(lab, change)
    assert (after.due_on, after.extensions[0].before) == (day + timedelta(days=7), day)
    assert (after.check_due_on, len(after.check_extensions)) == (day + timedelta(days=400), 1)


def test_who_may_not(lab: Lab, desk: Desk) -> None:
    change = desk.requested()
    for function, fields in (
        (commands.approve_change, {}),
        (commands.reject_change, {"rejection": "None"}),
        (commands.judge_change, {"is_effective": True, "judgement": "None"}),
        (commands.close_change, {"conclusion": "None"}),
    ):
        with pytest.raises(Forbidden):
            lab.do(function, by=lab.analyst, change=change, **fields)
    with pytest.raises(Forbidden):
        lab.do(commands.implement_change, by=lab.nurse, change=change, account="None", evidence=desk.came())
