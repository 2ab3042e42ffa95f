"""Actions: planned for somebody who can, done with evidence, judged by another; days that move and stay readable."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cellchain.kernel.errors import Forbidden
from cellchain.platform.files import DataDir
from cellchain.quality.actions import commands, queries
from cellchain.quality.actions.pages import due_page
from cellchain.quality.actions.queries import ActionFacts
from cellchain.quality.actions.rules import ActionPhase
from cellchain.quality.queries.waiting import Waits, waiting
from tests.quality.conftest import Refuses
from tests.quality.follow_up import PDF, Desk
from tests.quality.lab import Lab
from tests.quality.test_open_deviation import opened
from tests.quality.workshop import person


@pytest.fixture
def desk(lab: Lab, tmp_path: Path) -> Desk:
    return Desk(lab, DataDir(tmp_path))


def facts(lab: Lab, action: int) -> ActionFacts:
    with lab.house.read() as tx:
        return queries.action_facts(tx, action)


def test_an_action_from_its_plan_to_its_effect(lab: Lab, desk: Desk, refuses: Refuses) -> None:
    deviation = desk.assessed()
    action = desk.planned(deviation)
    assert facts(lab, action).number == "CA-26-001"
    with refuses("action.phase"):
        desk.judge(action, is_effective=True)
    told: dict[str, Any] = {"action": action, "account": "Renewed"}
    with refuses("action.not_yours"):
        lab.do(commands.complete_action, by=lab.second_technician, evidence=desk.came(), **told)
    with refuses("file.not_received"):
        lab.do(commands.complete_action, by=lab.technician, evidence={"name": "x.pdf", "sha256": "0" * 64}, **told)
    with refuses("file.wrong_kind"):
        lab.do(commands.complete_action, by=lab.technician, evidence=desk.came(b"just words", "x.txt"), **told)
    desk.complete(action)
    with refuses("action.phase"):
        desk.complete(action)
    done = facts(lab, action)
    assert (done.phase, done.evidence_name) == (ActionPhase.DONE, "evidence.pdf")
    assert desk.folder.fetch(done.evidence or "") == PDF
    desk.judge(action, is_effective=True)
    judged = facts(lab, action)
    assert (judged.phase, judged.judged_by, judged.is_finished) == (ActionPhase.EFFECTIVE, lab.qa.person, True)
    assert lab.last_event() == "quality:action:judged"
    assert all("gasket" not in entry.body for entry in lab.house.entries())


def test_it_is_planned_for_somebody_who_can_on_an_assessed_deviation(lab: Lab, desk: Desk, refuses: Refuses) -> None:
    with refuses("deviation.not_assessed"):
        desk.planned(opened(lab, lab.lot()))
    deviation = desk.assessed()
    for owner in (lab.nurse.person, person(99)):
        with refuses("action.owner_cannot"):
            desk.planned(deviation, owner=owner)
    closed = desk.assessed("minor")
    desk.close(closed)
    with refuses("deviation.closed"):
        desk.planned(closed)


def test_the_owner_does_not_judge_nor_free_themselves(lab: Lab, desk: Desk, refuses: Refuses) -> None:
    deviation = desk.assessed()
    own = desk.planned(deviation, owner=lab.qa.person)
    with refuses("action.withdraws_own"):
        lab.do(commands.withdraw_action, by=lab.qa, action=own, withdrawal="No time")
    told: dict[str, Any] = {"action": own, "account": "Renewed", "evidence": desk.came()}
    lab.do(commands.complete_action, by=lab.qa, **told)
    with refuses("action.judge_owns_it"):
        desk.judge(own, is_effective=True)
    unchecked = desk.planned(desk.assessed("minor"), check_due_on=None, criterion=None)
    desk.complete(unchecked)
    assert facts(lab, unchecked).is_finished
    with refuses("action.no_check"):
        desk.judge(unchecked, is_effective=True)


def test_what_is_withdrawn_binds_nobody(lab: Lab, desk: Desk) -> None:
    deviation = desk.assessed("minor")
    action = desk.planned(deviation, owner=lab.second_qa.person)
    lab.do(commands.withdraw_action, by=lab.qa, action=action, withdrawal="The machine is gone")
    assert facts(lab, action).phase is ActionPhase.WITHDRAWN
    desk.close(deviation, by=lab.second_qa)


def test_the_day_before_stays_readable(lab: Lab, desk: Desk, refuses: Refuses) -> None:
    action = desk.planned(desk.assessed(), owner=lab.qa.person)
    day = facts(lab, action).due_on
    more: dict[str, Any] = {"dated": "action", "number": action, "reason": "The part is late"}
    with refuses("extension.own"):
        lab.do(commands.extend_due_date, by=lab.qa, until=day + timedelta(days=3), **more)
    with refuses("extension.after_check"):
        lab.do(commands.extend_due_date, by=lab.second_qa, until=day + timedelta(days=300), **more)
    for days in (3, 5):
        lab.do(commands.extend_due_date, by=lab.second_qa, until=day + timedelta(days=days), **more)
    after = facts(lab, action)
    assert after.due_on == day + timedelta(days=5)
    assert [(one.before, one.until) for one in after.extensions] == [
        (day, day + timedelta(days=3)),
        (day + timedelta(days=3), day + timedelta(days=5)),
    ]
    check: dict[str, Any] = {**more, "dated": "check"}
    lab.do(commands.extend_due_date, by=lab.second_qa, until=day + timedelta(days=400), **check)
    with refuses("extension.nothing_due"):
        told: dict[str, Any] = {"action": action, "account": "Renewed", "evidence": desk.came()}
        lab.do(commands.complete_action, by=lab.qa, **told)
        lab.do(commands.extend_due_date, by=lab.second_qa, until=day + timedelta(days=9), **more)


def test_what_is_overdue_by_age_and_owner(lab: Lab, desk: Desk) -> None:
    """The deviation falls due first, then the action; a check that nobody made falls to QA."""
    deviation = desk.assessed()
    action = desk.planned(deviation)
    done = desk.planned(deviation, due_on=lab.today(), check_due_on=lab.today() + timedelta(days=40))
    desk.complete(done)
    change = desk.approved()
    with lab.house.read() as tx:
        early = due_page(tx, None)
    assert (list(early.overdue), [one.number for one in early.soon]) == ([], ["CA-26-001", "CC-26-001"])
    lab.wait(days=45)
    with lab.house.read() as tx:
        view = due_page(tx, None)
        mine = due_page(tx, lab.technician.person)
        waits = waiting(tx)
    assert [(one.number, one.late_days, one.owner) for one in view.overdue] == [
        ("CA-26-001", 38, lab.technician.person),
        ("CC-26-001", 31, lab.second_technician.person),
        ("DV-26-001", 15, None),
        ("CA-26-002", 5, None),
    ]
    assert view.owners[0] == (None, 2)
    counted = {name: (waits[name].count, waits[name].late) for name in ("deviations", "actions", "changes", "due")}
    assert counted == {"deviations": (1, 1), "actions": (2, 2), "changes": (1, 1), "due": (4, 4)}
    assert [one.href for one in mine.overdue] == [f"/quality/actions/{action}"]
    assert change == 1


def test_a_day_that_was_moved_is_counted_where_it_stands_now(lab: Lab, desk: Desk) -> None:
    action, until = desk.planned(desk.assessed(), due_on=lab.today()), lab.today() + timedelta(days=9)
    moved: dict[str, Any] = {"dated": "action", "number": action, "until": until, "reason": "The supplier is late."}
    lab.do(commands.extend_due_date, by=lab.second_qa, **moved)
    lab.wait(days=9)
    with lab.house.read() as tx:
        assert waiting(tx)["actions"] == Waits(1)
    lab.wait(days=1)
    with lab.house.read() as tx:
        assert waiting(tx)["actions"] == Waits(1, late=1)


def test_a_day_ends_at_the_midnight_of_the_site(lab: Lab, desk: Desk) -> None:
    """What is due today is not overdue at 23:30 in Moscow, and is half an hour later, while UTC is still yesterday."""
    action = desk.planned(desk.assessed(), due_on=lab.today())
    lab.wait(hours=12, minutes=30)
    with lab.house.read() as tx:
        assert not [one for one in due_page(tx, None).overdue if one.number == facts(lab, action).number]
        assert waiting(tx)["actions"] == Waits(1)
    lab.wait(minutes=31)
    with lab.house.read() as tx:
        assert [one.late_days for one in due_page(tx, None).overdue] == [1]
        assert waiting(tx)["actions"] == Waits(1, late=1)


def test_who_may_not(lab: Lab, desk: Desk) -> None:
    action = desk.planned(desk.assessed())
    for function, fields in (
        (commands.withdraw_action, {"withdrawal": "None"}),
        (commands.judge_action, {"is_effective": True, "judgement": "None"}),
    ):
        with pytest.raises(Forbidden):
            lab.do(function, by=lab.analyst, action=action, **fields)
    with pytest.raises(Forbidden):
        lab.do(commands.complete_action, by=lab.nurse, action=action, account="None", evidence=desk.came())
