"""A second person verifies a result."""

import pytest

from cellchain.kernel.errors import Forbidden
from cellchain.quality import commands, queries
from cellchain.quality.rules.lifecycles import Stage
from tests.quality.conftest import Refuses
from tests.quality.lab import Lab


@pytest.fixture
def result(lab: Lab) -> int:
    lab.specify("product")
    return lab.result(lab.sample(lab.lot()), "viability", "90", verify=False)


def test_another_person_verifies(lab: Lab, result: int) -> None:
    made = lab.do(commands.verify_result, by=lab.second_analyst, result=result)
    assert made["phase"] == "verified"
    with lab.house.read() as tx:
        facts = queries.result_facts(tx, result)
    assert facts.verified_by == lab.second_analyst.person
    assert lab.last_event() == "quality:result:verified"


def test_nobody_verifies_their_own(lab: Lab, result: int, refuses: Refuses) -> None:
    with refuses("result.verifier_entered"):
        lab.do(commands.verify_result, by=lab.analyst, result=result)
    assert lab.last_event() == "quality:result:verified:refused"


def test_it_is_verified_once(lab: Lab, result: int, refuses: Refuses) -> None:
    lab.do(commands.verify_result, by=lab.second_analyst, result=result)
    with refuses("result.phase"):
        lab.do(commands.verify_result, by=lab.second_analyst, result=result)


def test_a_running_test_has_nothing_to_verify(lab: Lab, refuses: Refuses) -> None:
    lab.specify("product")
    pending = lab.result(lab.sample(lab.lot()), "sterility_14d", None, Stage.FINAL)
    with refuses("result.phase"):
        lab.do(commands.verify_result, by=lab.second_analyst, result=pending)


def test_a_technician_may_not(lab: Lab, result: int) -> None:
    with pytest.raises(Forbidden):
        lab.do(commands.verify_result, by=lab.technician, result=result)
