"""What is always true of stories, actions and changes holds, and each invariant sees its own damage."""

from pathlib import Path
from typing import Any

from cellchain.platform.files import DataDir
from cellchain.quality.actions.invariants import INVARIANTS
from cellchain.quality.actions.models import Action
from cellchain.quality.changes.models import Change
from cellchain.quality.models import Deviation
from tests.quality.follow_up import Desk
from tests.quality.lab import Lab


def broken(lab: Lab) -> dict[str, list[str]]:
    with lab.house.read() as tx:
        return {item.name: found for item in INVARIANTS if (found := item.check(tx))}


def test_they_hold_and_each_sees_its_damage(lab: Lab, tmp_path: Path) -> None:
    desk = Desk(lab, DataDir(tmp_path))
    deviation, change = desk.assessed(), desk.approved()
    action = desk.planned(deviation)
    desk.explain(deviation)
    desk.complete(action)
    desk.close(deviation)
    assert broken(lab) == {}

    def damage(tx: Any) -> None:
        row = tx.lock(Action, action)
        told = {"phase": "not_effective", "judged_by": lab.second_qa.person, "judged_at": tx.now, "judgement": "No"}
        tx.change(row, **told)
        tx.change(tx.lock(Deviation, deviation), closed_by=lab.analyst.person)
        tx.change(tx.lock(Change, change), countersigned_by=lab.technician.person)

    lab.seed(damage)
    assert broken(lab) == {
        "quality.closed_deviations": [
            f"deviation {deviation} was closed by somebody who had a hand in it",
            f"deviation {deviation} is closed: deviation.action_not_effective",
        ],
        "quality.failed_actions": [f"action {action} did not help, and its deviation is closed"],
        "quality.changes": [f"change {change} is approved without two signatures of others"],
    }
