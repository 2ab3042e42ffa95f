"""Drafting a specification."""

import pytest

from cellchain.kernel.errors import Forbidden
from cellchain.quality import commands, queries
from cellchain.quality.rules.lifecycles import SpecificationPhase, Stage
from tests.quality.conftest import Refuses
from tests.quality.lab import Lab

SOURCE = """
name = "Ours"
kind = "product"

[[final]]
test = "sterility_14d"
group = "safety"
kind = "one_of"
passing = ["no growth"]
failing = ["growth"]
due_days = 14
"""


def test_it_drafts_the_limits_that_the_house_brings(lab: Lab) -> None:
    made = lab.do(commands.draft_specification, by=lab.analyst, kind="product", stage="conditional")
    with lab.house.read() as tx:
        facts = queries.specification_facts(tx, made["specification"])
    assert (facts.version, facts.phase, len(facts.limits)) == (1, SpecificationPhase.DRAFT, 18)
    assert lab.last_event() == "quality:specification:drafted"


def test_a_site_writes_its_own_and_versions_count(lab: Lab) -> None:
    order = {"kind": "product", "stage": "final", "source": SOURCE}
    first = lab.do(commands.draft_specification, by=lab.qa, **order)
    made = lab.do(commands.draft_specification, by=lab.qa, **order)
    assert (first["version"], made["version"]) == (1, 2)
    with lab.house.read() as tx:
        assert queries.specification_facts(tx, made["specification"]).name == "Ours"


@pytest.mark.parametrize(("kind", "stage"), [("bank", "final"), ("bank", "conditional"), ("product", "further_use")])
def test_a_stage_that_the_kind_does_not_have(lab: Lab, refuses: Refuses, kind: str, stage: str) -> None:
    with refuses("specification.stage"):
        lab.do(commands.draft_specification, by=lab.analyst, kind=kind, stage=stage)


def test_a_malformed_text(lab: Lab, refuses: Refuses) -> None:
    with refuses("specification.malformed"):
        lab.do(commands.draft_specification, by=lab.analyst, kind="product", stage=Stage.FINAL, source="no = [")


def test_a_technician_may_not(lab: Lab) -> None:
    with pytest.raises(Forbidden):
        lab.do(commands.draft_specification, by=lab.technician, kind="bank", stage="further_use")
