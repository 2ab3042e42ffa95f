"""Approving a specification: two signatures, and neither is the drafter's."""

import pytest

from cellchain.accounts import commands as accounts
from cellchain.kernel.errors import Forbidden
from cellchain.quality import commands, queries
from cellchain.quality.rules.lifecycles import LotKind, SpecificationPhase, Stage
from tests.quality.conftest import Refuses
from tests.quality.lab import Lab


def draft(lab: Lab) -> int:
    made = lab.do(commands.draft_specification, by=lab.qa, kind="control", stage="final")
    return int(made["specification"])


def phase(lab: Lab, specification: int) -> SpecificationPhase:
    with lab.house.read() as tx:
        return queries.specification_facts(tx, specification).phase


def test_it_takes_effect_with_the_second_signature(lab: Lab) -> None:
    specification = draft(lab)
    lab.do(commands.approve_specification, by=lab.second_qa, specification=specification)
    assert phase(lab, specification) is SpecificationPhase.APPROVED
    lab.countersign(lab.third_qa)
    assert phase(lab, specification) is SpecificationPhase.EFFECTIVE
    assert lab.last_event() == "quality:specification:made_effective"


def test_the_version_before_retires(lab: Lab) -> None:
    first = lab.specification("control", Stage.FINAL)
    second = lab.specification("control", Stage.FINAL)
    assert phase(lab, first) is SpecificationPhase.RETIRED
    with lab.house.read() as tx:
        found = queries.specification_for(tx, "", LotKind.CONTROL, Stage.FINAL)
    assert found is not None
    assert (found.id, found.version) == (second, 2)


def test_the_drafter_neither_approves_nor_countersigns(lab: Lab, refuses: Refuses) -> None:
    specification = draft(lab)
    with refuses("specification.own_draft"):
        lab.do(commands.approve_specification, by=lab.qa, specification=specification)
    lab.do(commands.approve_specification, by=lab.second_qa, specification=specification)
    with refuses("specification.own_draft"):
        lab.countersign(lab.qa)
    assert phase(lab, specification) is SpecificationPhase.APPROVED


def test_one_person_does_not_sign_twice(lab: Lab, refuses: Refuses) -> None:
    lab.do(commands.approve_specification, by=lab.second_qa, specification=draft(lab))
    with refuses("decision.own"):
        lab.countersign(lab.second_qa)


def test_it_is_approved_once(lab: Lab, refuses: Refuses) -> None:
    specification = lab.specification("control", Stage.FINAL)
    with refuses("specification.phase"):
        lab.do(commands.approve_specification, by=lab.qa, specification=specification)


def test_an_analyst_may_not(lab: Lab) -> None:
    specification = draft(lab)
    with pytest.raises(Forbidden):
        lab.do(commands.approve_specification, by=lab.analyst, specification=specification)


def test_a_countersignature_of_something_else_is_none_of_ours(lab: Lab) -> None:
    person = lab.house.do(
        accounts.register_person, by=lab.house.actor("administrator"), username="x.example", name="X", initials="X"
    )
    lab.house.do(accounts.grant_role, by=lab.house.actor("administrator"), person=person["person"], role="qa")
    lab.countersign(lab.qa)
    with lab.house.read() as tx:
        assert queries.specifications(tx) == []
