"""What QA makes of an excursion."""

from typing import Any

import pytest

from cellchain.custody import commands, queries
from cellchain.custody.timeline import timeline
from cellchain.kernel.errors import Forbidden
from tests.custody.conftest import Places, Refuses, at_ward
from tests.custody.test_record_temperatures import readings, record
from tests.quality.lab import Lab


def test_qa_decides_about_an_excursion(lab: Lab, places: Places, refuses: Refuses) -> None:
    record(lab, places, 9_000)
    at_ward(lab, places)
    record_again: dict[str, Any] = {
        "excursion": 1,
        "outcome": "usable",
        "assessment": "Ten minutes, covered by the stability data",
    }
    lab.do(commands.assess_excursion, by=lab.qa, **record_again)
    with lab.house.read() as tx:
        assert queries.custody_problems(tx, places.bag) == []
        assert timeline(tx, places.bag)[-1].kind == "assessed"
    with refuses("excursion.phase"):
        lab.do(commands.assess_excursion, by=lab.qa, **record_again)


def test_unusable_stays_a_reason(lab: Lab, places: Places) -> None:
    record(lab, places, 9_000)
    at_ward(lab, places)
    lab.do(commands.assess_excursion, by=lab.qa, excursion=1, outcome="unusable", assessment="Two hours at 9 °C")
    with lab.house.read() as tx:
        assert [code for code, _ in queries.custody_problems(tx, places.bag)] == ["custody.unusable"]


def test_nobody_judges_what_they_noticed(lab: Lab, places: Places, refuses: Refuses) -> None:
    both = lab.house.actor("technician", "qa")
    fields: dict[str, Any] = {"readings": readings(lab, 9_000)}
    lab.do(commands.record_temperatures, by=both, subject=places.bag, **fields)
    with refuses("excursion.own"):
        lab.do(commands.assess_excursion, by=both, excursion=1, outcome="usable", assessment="Short")


def test_who_may_not(lab: Lab, places: Places) -> None:
    with pytest.raises(Forbidden):
        lab.do(commands.record_temperatures, by=lab.nurse, subject=places.bag, readings=readings(lab, 4_000))
    with pytest.raises(Forbidden):
        lab.do(commands.assess_excursion, by=lab.technician, excursion=1, outcome="usable", assessment="Short")
