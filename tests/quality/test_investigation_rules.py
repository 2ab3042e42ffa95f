"""Out of specification, as rules alone: who investigates, when a test is done again, what a conclusion rests on."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cellchain.kernel.errors import Refused
from cellchain.quality.investigations.queries import UseFacts, accepted_for
from cellchain.quality.rules import exceptional, investigations
from cellchain.quality.rules.exceptional import ExceptionalPhase
from cellchain.quality.rules.investigations import (
    CHECKS,
    INVESTIGATION,
    Conclusion,
    ConclusionFacts,
    Finding,
    InvestigationPhase,
    PriorInvestigation,
    RetestFacts,
)
from cellchain.quality.rules.lifecycles import DispositionPhase, LotKind, Stage
from tests.factories import START

ALL_RIGHT = dict.fromkeys(CHECKS, Finding.IN_ORDER)
OPEN = PriorInvestigation("OOS-26-001", InvestigationPhase.FULL, None, 1, None, frozenset({"PS1"}))
INVALID = replace(OPEN, phase=InvestigationPhase.CONCLUDED, conclusion=Conclusion.INVALIDATED)
CONFIRMED = replace(INVALID, conclusion=Conclusion.CONFIRMED)
SOUND = ConclusionFacts(
    frozenset({"PS1"}), frozenset({"PS2"}), has_cause=True, retests_open_count=0, retests_failed_count=0
)


def code_of(function: Any, *given: Any, **named: Any) -> str:
    """The code of the refusal, or what came out."""
    try:
        return str(function(*given, **named))
    except Refused as refused:
        return refused.code


@pytest.mark.parametrize(
    ("failed_open", "found", "done", "answer"),
    [
        (False, (), 0, "0"),
        (True, (), 0, "retest.not_verified"),
        (False, (OPEN,), 0, "retest.not_permitted"),
        (False, (replace(OPEN, phase=InvestigationPhase.LABORATORY),), 0, "retest.not_permitted"),
        (False, (replace(OPEN, retests_planned=1),), 0, "1"),
        (False, (replace(OPEN, retests_planned=1),), 1, "retest.limit_reached"),
        (False, (INVALID,), 0, "1"),
        (False, (INVALID,), 1, "retest.limit_reached"),
        (False, (replace(INVALID, retests_max=2),), 1, "2"),
        (False, (replace(INVALID, retests_max=0),), 0, "retest.limit_reached"),
        (False, (CONFIRMED,), 0, "retest.confirmed"),
        (False, (CONFIRMED, INVALID), 0, "retest.confirmed"),
        # A second cause does not buy more than the method permits.
        (False, (INVALID, INVALID), 1, "retest.limit_reached"),
        (False, (INVALID, OPEN), 0, "retest.not_permitted"),
    ],
)
def test_when_a_test_is_done_again(
    failed_open: bool, found: tuple[PriorInvestigation, ...], done: int, answer: str
) -> None:
    assert code_of(investigations.next_retest, RetestFacts(failed_open, found, done)) == answer


def test_a_retest_is_another_analysts() -> None:
    facts = RetestFacts(failed_open=False, investigations=(INVALID,), done_count=0)
    assert code_of(investigations.may_read_again, 1, facts, "PS1") == "retest.same_analyst"
    assert code_of(investigations.may_read_again, 1, facts, "PS2") == "None"
    assert code_of(investigations.may_read_again, 0, facts, "PS1") == "None"


@pytest.mark.parametrize(
    ("planned", "count", "allowed", "done", "answer"),
    [
        (None, 1, 1, 0, "None"),
        (None, 2, 1, 0, "retest.over_rule"),
        (None, 1, 1, 1, "retest.over_rule"),
        (1, 1, 3, 0, "retest.planned_already"),
    ],
)
def test_a_plan_keeps_to_the_method(planned: int | None, count: int, allowed: int, done: int, answer: str) -> None:
    said = code_of(investigations.may_plan, planned=planned, count=count, allowed=allowed, done=done)
    assert said == answer


@pytest.mark.parametrize(
    ("checks", "cause", "evidence", "answer"),
    [
        (ALL_RIGHT, False, None, "None"),
        ({**ALL_RIGHT, "method": Finding.NOT_IN_ORDER}, False, None, "None"),
        (ALL_RIGHT, True, "Photographs", "investigation.cause_without_fault"),
        ({**ALL_RIGHT, "method": Finding.NOT_IN_ORDER}, True, None, "investigation.evidence_needed"),
        ({**ALL_RIGHT, "method": Finding.NOT_IN_ORDER}, True, "Photographs", "None"),
    ],
)
def test_a_cause_is_a_point_with_its_evidence(
    checks: dict[str, Finding], cause: bool, evidence: str | None, answer: str
) -> None:
    assert code_of(investigations.is_whole, checks, cause=cause, evidence=evidence) == answer


@pytest.mark.parametrize(
    ("changes", "conclusion", "by", "answer"),
    [
        ({}, Conclusion.INVALIDATED, "PS3", "None"),
        ({}, Conclusion.CONFIRMED, "PS3", "None"),
        ({"has_cause": False}, Conclusion.CONFIRMED, "PS3", "None"),
        ({"has_cause": False}, Conclusion.INVALIDATED, "PS3", "investigation.no_cause"),
        ({"retests_failed_count": 1}, Conclusion.INVALIDATED, "PS3", "investigation.retest_failed"),
        ({"retests_failed_count": 1}, Conclusion.CONFIRMED, "PS3", "None"),
        ({"retests_open_count": 1}, Conclusion.CONFIRMED, "PS3", "investigation.retest_open"),
        ({}, Conclusion.CONFIRMED, "PS1", "investigation.concluder_involved"),
        ({}, Conclusion.INVALIDATED, "PS2", "investigation.concluder_involved"),
    ],
)
def test_what_a_conclusion_rests_on(changes: dict[str, Any], conclusion: Conclusion, by: str, answer: str) -> None:
    assert code_of(investigations.may_conclude, replace(SOUND, **changes), conclusion, by) == answer


def test_the_lots_beside() -> None:
    found = [("EQ1", ("LT1", "LT2")), ("LT9", ("LT9", "LT1", "LT2", "LT3"))]
    assert investigations.lots_beside(found, "LT1") == {"LT2": ["EQ1", "LT9"], "LT3": ["LT9"]}


def test_on_the_way_each_sample_stands_for_its_own_moment() -> None:
    assert investigations.concerns(Stage.FINAL, "SM1", "SM2")
    assert investigations.concerns(Stage.IN_PROCESS, "SM1", "SM1")
    assert not investigations.concerns(Stage.IN_PROCESS, "SM1", "SM2")


def test_the_phases_go_one_way() -> None:
    assert INVESTIGATION.move("find_no_laboratory_cause", "laboratory") == "full"
    assert INVESTIGATION.move("find_laboratory_cause", "laboratory") == "reported"
    for phase in ("laboratory", "full", "concluded"):
        assert code_of(INVESTIGATION.move, "conclude_investigation", phase) == "investigation.phase"


# ---- exceptional use -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({}, "None"),
        ({"conclusion": None}, "exceptional.not_confirmed"),
        ({"conclusion": Conclusion.INVALIDATED}, "exceptional.not_confirmed"),
        ({"kind": LotKind.BANK}, "exceptional.bank"),
        ({"disposition": DispositionPhase.REJECTED}, "exceptional.lot_gone"),
        ({"disposition": DispositionPhase.RECALLED}, "exceptional.lot_gone"),
        ({"asked_already": True}, "exceptional.asked_already"),
    ],
)
def test_what_is_asked_about(changes: dict[str, Any], answer: str) -> None:
    fine = {
        "kind": LotKind.PRODUCT,
        "conclusion": Conclusion.CONFIRMED,
        "disposition": DispositionPhase.QUARANTINED,
        "asked_already": False,
    }
    assert code_of(exceptional.may_ask, **{**fine, **changes}) == answer


@pytest.mark.parametrize(
    ("phase", "minutes", "told", "answer"),
    [
        (ExceptionalPhase.REQUESTED, 5, False, "None"),
        (ExceptionalPhase.TAKEN_ON, 0, False, "None"),
        (ExceptionalPhase.REQUESTED, 5, True, "exceptional.told_already"),
        (ExceptionalPhase.REQUESTED, -1, False, "exceptional.told_when"),
        (ExceptionalPhase.REQUESTED, 11, False, "exceptional.told_when"),
        (ExceptionalPhase.ACCEPTED, 5, False, "exceptional.over"),
        (ExceptionalPhase.WITHDRAWN, 5, False, "exceptional.over"),
    ],
)
def test_the_sponsor_is_told_between(phase: ExceptionalPhase, minutes: int, told: bool, answer: str) -> None:
    at, now = START + timedelta(minutes=minutes), START + timedelta(minutes=10)
    assert code_of(exceptional.may_tell, phase, told=told, told_at=at, asked_at=START, now=now) == answer


def test_qa_accepts_last_and_not_its_own_evaluation() -> None:
    fine: dict[str, Any] = {"evaluated_by": "PS1", "told": True, "results_changed": False}
    assert code_of(exceptional.may_accept, "PS2", **fine) == "None"
    assert code_of(exceptional.may_accept, "PS1", **fine) == "exceptional.own_evaluation"
    assert code_of(exceptional.may_accept, "PS2", **{**fine, "told": False}) == "exceptional.sponsor_not_told"
    assert code_of(exceptional.may_accept, "PS2", **{**fine, "results_changed": True}) == "exceptional.results_changed"


def test_the_treating_physician_signs() -> None:
    assert code_of(exceptional.is_treating, "PS1", "PS1") == "None"
    assert code_of(exceptional.is_treating, "PS1", "PS2") == "exceptional.not_treating"
    assert code_of(exceptional.is_treating, None, "PS2") == "exceptional.not_treating"


def test_a_bag_is_for_whom_every_failure_was_accepted() -> None:
    def use(recipient: str, *results: int) -> UseFacts:
        nothing: dict[str, Any] = dict.fromkeys(UseFacts.__dataclass_fields__)
        return UseFacts(**{**nothing, "recipient": recipient, "results": results})

    uses = [use("RC1", 1), use("RC2", 1, 2)]
    assert accepted_for(uses, [1]) == {"RC1", "RC2"}
    assert accepted_for(uses, [1, 2]) == {"RC2"}
    assert accepted_for(uses, [1, 3]) == frozenset()
    assert accepted_for([], [1]) == frozenset()
