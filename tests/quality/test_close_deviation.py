"""Deviations assessed, and closed by somebody who was not concerned."""

import pytest

from cellchain.kernel.errors import Forbidden
from cellchain.quality import commands
from cellchain.quality.rules.lifecycles import DeviationPhase, Severity
from tests.quality.conftest import Refuses
from tests.quality.lab import Lab
from tests.quality.test_open_deviation import facts, opened


def test_assessed_and_closed_by_a_person_who_was_not_concerned(lab: Lab, refuses: Refuses) -> None:
    deviation = opened(lab, lab.lot())
    with refuses("deviation.phase"):
        lab.do(commands.close_deviation, by=lab.second_qa, deviation=deviation, conclusion="Enough")
    lab.do(commands.assess_deviation, by=lab.qa, deviation=deviation, severity="minor", assessment="No effect")
    assert facts(lab, deviation).severity is Severity.MINOR
    with refuses("deviation.closer_involved"):
        lab.do(commands.close_deviation, by=lab.qa, deviation=deviation, conclusion="Enough")
    lab.do(commands.close_deviation, by=lab.second_qa, deviation=deviation, conclusion="Enough")
    assert facts(lab, deviation).phase is DeviationPhase.CLOSED
    with refuses("deviation.phase"):
        lab.do(commands.assess_deviation, by=lab.qa, deviation=deviation, severity="major", assessment="Later")


def test_whoever_opened_it_does_not_close_it(lab: Lab, refuses: Refuses) -> None:
    made = lab.do(commands.open_deviation, by=lab.second_qa, subject=lab.lot(), title="Odd", description="Very odd")
    lab.do(commands.assess_deviation, by=lab.qa, deviation=made["deviation"], severity="minor", assessment="No effect")
    with refuses("deviation.closer_involved"):
        lab.do(commands.close_deviation, by=lab.second_qa, deviation=made["deviation"], conclusion="Enough")


def test_an_analyst_neither_assesses_nor_closes(lab: Lab) -> None:
    deviation = opened(lab, lab.lot())
    with pytest.raises(Forbidden):
        lab.do(commands.assess_deviation, by=lab.analyst, deviation=deviation, severity="minor", assessment="None")
    with pytest.raises(Forbidden):
        lab.do(commands.close_deviation, by=lab.analyst, deviation=deviation, conclusion="Enough")
