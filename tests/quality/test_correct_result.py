"""A result is corrected with a reason, and stays readable."""

import pytest

from cellchain.kernel.errors import Forbidden
from cellchain.quality import commands, queries
from cellchain.quality.rules.lifecycles import Outcome, ResultPhase, Stage
from tests.quality.conftest import Refuses
from tests.quality.lab import Lab


@pytest.fixture
def result(lab: Lab) -> int:
    lab.specify("product")
    return lab.result(lab.sample(lab.lot()), "viability", "19.4", verify=False)


def test_the_original_stays(lab: Lab, result: int) -> None:
    made = lab.do(commands.correct_result, by=lab.analyst, why="Digits swapped", result=result, value="91.4")
    with lab.house.read() as tx:
        original, current = queries.results_of_sample(tx, made["sample"])
    assert (original.value, original.phase, original.outcome) == ("19.4", ResultPhase.CORRECTED, Outcome.FAILED)
    assert (current.value, current.phase, current.replaces) == ("91.4", ResultPhase.ENTERED, result)
    assert current.reason == "Digits swapped"
    assert current.verified_by is None


def test_it_needs_a_reason_and_another_value(lab: Lab, result: int, refuses: Refuses) -> None:
    with refuses("result.reason_needed"):
        lab.do(commands.correct_result, by=lab.analyst, result=result, value="91.4")
    with refuses("result.unchanged"):
        lab.do(commands.correct_result, by=lab.analyst, why="Same", result=result, value="19.4")
    with refuses("result.not_a_number"):
        lab.do(commands.correct_result, by=lab.analyst, why="Odd", result=result, value="ninety")


def test_a_correction_that_fails_opens_a_deviation(lab: Lab) -> None:
    lab.specify("product")
    good = lab.result(lab.sample(lab.lot()), "viability", "90")
    made = lab.do(commands.correct_result, by=lab.analyst, why="Misread", result=good, value="60")
    with lab.house.read() as tx:
        assert len(queries.deviations_of(tx, made["lot"])) == 1


def test_neither_a_running_test_nor_a_corrected_one(lab: Lab, result: int, refuses: Refuses) -> None:
    lab.do(commands.correct_result, by=lab.analyst, why="Digits swapped", result=result, value="91.4")
    with refuses("result.phase"):
        lab.do(commands.correct_result, by=lab.analyst, why="Again", result=result, value="92")
    pending = lab.result(lab.sample(lab.lot()), "sterility_14d", None, Stage.FINAL)
    with refuses("result.phase"):
        lab.do(commands.correct_result, by=lab.analyst, why="Soon", result=pending, value="growth")


def test_a_technician_may_not(lab: Lab, result: int) -> None:
    with pytest.raises(Forbidden):
        lab.do(commands.correct_result, by=lab.technician, why="Digits swapped", result=result, value="91.4")
