"""What Today says about deviations, actions and changes: to the owner, to QA, and gone when it is done."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cellchain.ledger.actor import Actor
from cellchain.platform.files import DataDir
from cellchain.quality.changes import commands as changes
from cellchain.trace.needs import gathered
from cellchain.trace.situation import Need
from tests.quality.conftest import lab
from tests.quality.follow_up import Desk
from tests.quality.lab import Lab
from tests.quality.test_open_deviation import opened

__all__ = ["lab"]


@pytest.fixture
def desk(lab: Lab, tmp_path: Path) -> Desk:
    return Desk(lab, DataDir(tmp_path))


def needs(lab: Lab, who: Actor) -> dict[str, Need]:
    """What somebody is waited for with, by its sentence."""
    with lab.house.read() as tx:
        return {str(need.sentence): need for need in gathered(tx, who)[1]}


def test_a_deviation_is_assessed_then_closed_by_another(lab: Lab, desk: Desk) -> None:
    number = opened(lab, lab.lot())
    need = needs(lab, lab.qa)["Assess deviation DV-26-001."]
    assert (need.at, need.href) == (lab.today() + timedelta(days=3), f"/quality/deviations/{number}")
    assert not needs(lab, lab.analyst)
    lab.wait(days=5)
    assert needs(lab, lab.qa)["Assess deviation DV-26-001."].status == "stop"
    second = desk.assessed("minor")
    assert "Close deviation DV-26-002." in needs(lab, lab.second_qa)
    assert "Close deviation DV-26-002." not in needs(lab, lab.qa)
    desk.close(second)
    assert not [one for one in needs(lab, lab.second_qa) if "DV-26-002" in one]


def test_an_action_waits_for_its_owner_and_then_for_qa(lab: Lab, desk: Desk) -> None:
    deviation = desk.assessed()
    action = desk.planned(deviation)
    assert needs(lab, lab.technician)["Do action CA-26-001."].href == f"/quality/actions/{action}"
    assert "Do action CA-26-001." not in needs(lab, lab.second_technician)
    assert not [one for one in needs(lab, lab.qa) if "CA-26-001" in one]
    lab.wait(days=9)
    assert needs(lab, lab.technician)["Do action CA-26-001."].status == "stop"
    assert [one for one in needs(lab, lab.qa) if one.startswith("CA-26-001 of E. Example")]
    desk.complete(action)
    assert not needs(lab, lab.technician)
    assert "Judge whether CA-26-001 helped." in needs(lab, lab.qa)
    desk.judge(action, is_effective=True)
    assert not [one for one in needs(lab, lab.qa) if "CA-26-001" in one]


def test_a_change_waits_for_two_others_and_then_for_its_owner(lab: Lab, desk: Desk) -> None:
    change = desk.requested()
    assert "Decide about change CC-26-001." in needs(lab, lab.qa)
    assert not needs(lab, lab.second_technician)
    lab.do(changes.approve_change, by=lab.qa, change=change)
    assert "Decide about change CC-26-001." not in needs(lab, lab.qa)
    lab.countersign(lab.second_qa)
    assert list(needs(lab, lab.second_technician)) == ["Make change CC-26-001."]
    lab.wait(days=20)
    assert [one for one in needs(lab, lab.qa) if one.startswith("CC-26-001 of E. Example")]
    told: dict[str, Any] = {"account": "Every gasket is silicone", "evidence": desk.came()}
    lab.house.do(changes.implement_change, by=lab.second_technician, change=change, **told)
    assert "Judge whether CC-26-001 helped." in needs(lab, lab.qa)
    verdict: dict[str, Any] = {"is_effective": True, "judgement": "Looked at"}
    lab.house.do(changes.judge_change, by=lab.qa, change=change, **verdict)
    assert "Close change CC-26-001." in needs(lab, lab.second_qa)
