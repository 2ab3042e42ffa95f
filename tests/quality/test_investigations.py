"""A failed test: investigated by itself, done again under the rule, concluded by somebody else."""

import sqlite3
from typing import Any

import pytest

from cellchain.kernel.errors import Forbidden
from cellchain.quality import commands, queries
from cellchain.quality.investigations import commands as investigations
from cellchain.quality.investigations import pages
from cellchain.quality.investigations.invariants import INVARIANTS
from cellchain.quality.investigations.models import Investigation
from cellchain.quality.models import Result
from cellchain.quality.rules.investigations import Conclusion, InvestigationPhase
from cellchain.quality.rules.lifecycles import DispositionPhase, ResultPhase, Stage
from tests.quality.conftest import Refuses
from tests.quality.lab import Lab
from tests.quality.oos import ALL_RIGHT, FAULT, FULLY, Failed


@pytest.fixture
def failed(lab: Lab) -> Failed:
    return Failed(lab)


def broken(lab: Lab) -> dict[str, list[str]]:
    with lab.house.read() as tx:
        return {item.name: found for item in INVARIANTS if (found := item.check(tx))}


def again(failed: Failed, value: str, *, by: Any = None, sample: str = "") -> int:
    """The test done again, by the second analyst on the same sample."""
    lab = failed.lab
    fields: dict[str, Any] = {
        "sample": sample or failed.sample,
        "stage": Stage.CONDITIONAL,
        "test": "viability",
        "value": value,
    }
    made = lab.do(commands.record_result, by=by or lab.second_analyst, **fields, instrument=lab.read_with("viability"))
    return int(made["result"])


def test_it_opens_by_itself_beside_the_deviation_and_blocks_the_release(
    lab: Lab, failed: Failed, refuses: Refuses
) -> None:
    facts = failed.facts()
    assert (facts.phase, facts.test, facts.retests_max) == (InvestigationPhase.LABORATORY, "viability", 1)
    assert (facts.number, facts.deviation, facts.analyst) == ("OOS-26-001", 1, lab.analyst.person)
    events = [entry.event for entry in lab.house.entries()]
    at = events.index("quality:investigation:opened")
    assert events[at - 1] == "quality:result:verified", "in the same transaction as the verification"
    with refuses("lot.investigation_open"):
        failed.release()
    with lab.house.read() as tx:
        [found] = [item for item in queries.exceptions_of(tx, failed.lot) if item.kind.value == "failed"]
    assert (found.is_blocking, found.href) == (True, "/quality/investigations/1"), "one fault is one line"


def test_not_before_a_second_person_has_verified_the_failure(lab: Lab) -> None:
    """A slip of the pen is corrected before that, and stays readable."""
    lab.specify("product")
    result = lab.result(lab.sample(lab.lot()), "viability", "7.9", verify=False)
    made = lab.do(commands.correct_result, by=lab.analyst, why="Decimal point", result=result, value="97")
    lab.do(commands.verify_result, by=lab.second_analyst, result=made["result"])
    with lab.house.read() as tx:
        assert pages.investigation_list(tx) == []


def test_a_verified_failure_is_not_corrected_away(lab: Lab, failed: Failed, refuses: Refuses) -> None:
    with refuses("result.under_investigation"):
        lab.do(commands.correct_result, by=lab.analyst, why="Digits swapped", result=failed.result, value="97")


def test_a_cause_in_the_laboratory_invalidates_and_permits_one_retest(
    lab: Lab, failed: Failed, refuses: Refuses
) -> None:
    with refuses("retest.not_permitted"):
        again(failed, "95")
    failed.laboratory(**FAULT)
    assert failed.facts().phase is InvestigationPhase.REPORTED
    failed.conclude("invalidated")
    with lab.house.read() as tx:
        first = queries.result_facts(tx, failed.result)
    assert (first.phase, first.value, first.is_current) == (ResultPhase.INVALIDATED, "79", False)
    with refuses("lot.tests_open"):
        failed.release()
    with refuses("retest.same_analyst"):
        again(failed, "95", by=lab.analyst)
    retest = again(failed, "95")
    with refuses("retest.limit_reached"):
        again(failed, "96", sample=lab.sample(failed.lot))
    lab.do(commands.verify_result, by=lab.analyst, result=retest)
    with lab.house.read() as tx:
        assert queries.result_facts(tx, retest).retest == 1
    failed.settle()
    failed.release()
    assert lab.disposition(failed.lot).phase is DispositionPhase.CONDITIONALLY_RELEASED
    assert broken(lab) == {}


def test_without_a_cause_everything_is_looked_at_and_the_failure_stands(
    lab: Lab, failed: Failed, refuses: Refuses
) -> None:
    with refuses("investigation.phase"):
        failed.conclude("confirmed")
    failed.laboratory()
    with refuses("investigation.phase"):
        failed.conclude("confirmed")
    failed.fully()
    with refuses("investigation.no_cause"):
        failed.conclude("invalidated")
    failed.conclude("confirmed")
    assert failed.facts().conclusion is Conclusion.CONFIRMED
    with refuses("lot.test_failed"):
        failed.release()
    with refuses("retest.confirmed"):
        again(failed, "95")
    assert broken(lab) == {}


def test_a_planned_retest_explains_and_never_replaces(lab: Lab, failed: Failed, refuses: Refuses) -> None:
    """No testing into compliance: the failure stands beside the retest that passed, and nothing is averaged."""
    failed.laboratory()
    plan: dict[str, Any] = {"investigation": failed.number, "plan": "Another vial, other hands"}
    with refuses("retest.over_rule"):
        lab.do(investigations.plan_retests, by=lab.third_qa, **plan, count=2)
    lab.do(investigations.plan_retests, by=lab.third_qa, **plan, count=1)
    with refuses("retest.planned_already"):
        lab.do(investigations.plan_retests, by=lab.third_qa, **plan, count=1)
    retest = again(failed, "97")
    failed.fully()
    with refuses("investigation.retest_open"):
        failed.conclude("confirmed")
    lab.do(commands.verify_result, by=lab.analyst, result=retest)
    failed.conclude("confirmed")
    with lab.house.read() as tx:
        kind = queries.kind_of(tx, failed.lot)
        test = next(
            one for one in queries.tests_of(tx, failed.lot, kind, Stage.CONDITIONAL) if one.limit.test == "viability"
        )
    assert ([outcome.value for outcome in test.outcomes], test.is_failed) == (["fail", "pass"], True)
    with refuses("lot.test_failed"):
        failed.release()


def test_a_retest_that_fails_confirms(lab: Lab, failed: Failed, refuses: Refuses) -> None:
    failed.laboratory()
    lab.do(investigations.plan_retests, by=lab.third_qa, investigation=failed.number, plan="Once more", count=1)
    retest = again(failed, "78")
    lab.do(commands.verify_result, by=lab.analyst, result=retest)
    with lab.house.read() as tx:
        assert len(pages.investigation_list(tx)) == 1, "it belongs to the investigation that it was done under"
    failed.fully(root_cause="sampling")
    with refuses("investigation.retest_failed"):
        failed.conclude("invalidated")
    failed.conclude("confirmed")


def test_the_root_cause_in_the_measurement_invalidates_too(lab: Lab, failed: Failed) -> None:
    failed.laboratory()
    failed.fully(root_cause="sampling")
    failed.conclude("invalidated")
    with lab.house.read() as tx:
        assert queries.result_facts(tx, failed.result).phase is ResultPhase.INVALIDATED


def test_qa_sends_on_what_does_not_convince(lab: Lab, failed: Failed, refuses: Refuses) -> None:
    failed.laboratory(**FAULT)
    order: dict[str, Any] = {"investigation": failed.number, "extension": "The page shows nothing of the kind"}
    lab.do(investigations.extend_investigation, by=lab.qa, **order)
    assert failed.facts().phase is InvestigationPhase.FULL
    failed.fully()
    with refuses("investigation.no_cause"):
        failed.conclude("invalidated")


def test_a_failed_retest_of_an_invalidated_result_is_investigated_anew(
    lab: Lab, failed: Failed, refuses: Refuses
) -> None:
    failed.laboratory(**FAULT)
    failed.conclude("invalidated")
    retest = again(failed, "70")
    lab.do(commands.verify_result, by=lab.analyst, result=retest)
    second = failed.facts(retest)
    assert (second.number, second.phase) == ("OOS-26-002", InvestigationPhase.LABORATORY)
    lab.do(investigations.investigate_laboratory, by=lab.third_qa, **{**FAULT, "investigation": second.id})
    failed.conclude("invalidated", investigation=second.id)
    with refuses("retest.limit_reached"):
        again(failed, "95", by=lab.house.actor("analyst", number=3))
    assert broken(lab) == {}


def test_nobody_investigates_or_concludes_their_own(lab: Lab, failed: Failed, refuses: Refuses) -> None:
    order: dict[str, Any] = {"investigation": failed.number, **ALL_RIGHT}
    with refuses("investigation.own_test"):
        lab.do(investigations.investigate_laboratory, by=lab.analyst, **order)
    lab.do(investigations.investigate_laboratory, by=lab.qa, **order)
    failed.fully()
    with refuses("investigation.concluder_involved"):
        failed.conclude("confirmed")
    with refuses("investigation.concluder_involved"):
        lab.do(
            investigations.conclude_investigation,
            by=lab.third_qa,
            investigation=failed.number,
            conclusion="confirmed",
            reasoning="My own",
        )


def test_what_the_laboratory_has_to_say(lab: Lab, failed: Failed, refuses: Refuses) -> None:
    with refuses("investigation.cause_without_fault"):
        failed.laboratory(cause=True, evidence="None at all")
    with refuses("investigation.evidence_needed"):
        failed.laboratory(**{**FAULT, "evidence": None})


def test_the_scope_is_found_by_trace(lab: Lab) -> None:
    _, donation = lab.donation()
    lab.specify("product")
    lot, sibling = lab.lot(sources=(donation,)), lab.lot(sources=(donation,))
    stranger = lab.lot()
    result = lab.result(lab.sample(lot), "viability", "79")
    with lab.house.read() as tx:
        number = pages.investigation_list(tx)[0].facts.id
    order: dict[str, Any] = {"investigation": number, **ALL_RIGHT}
    lab.do(investigations.investigate_laboratory, by=lab.second_analyst, **order)
    with lab.house.read() as tx:
        assert dict(pages.investigation_page(tx, number, lab.qa).beside) == {sibling: [donation]}
    lab.do(investigations.investigate_fully, by=lab.qa, investigation=number, **FULLY)
    with lab.house.read() as tx:
        kept = pages.investigation_page(tx, number, lab.qa)
    assert (kept.facts.scope, stranger in kept.beside) == ([{"lot": sibling, "shares": [donation]}], False)
    assert kept.result.id == result


def test_the_signature_binds_the_conclusion(lab: Lab, failed: Failed) -> None:
    failed.confirmed()
    entry = next(one for one in lab.house.entries() if one.event == "quality:investigation:concluded")
    assert '"meaning":"I have judged this investigation and every result of it' in entry.body
    assert entry.subject == failed.lot


def test_who_may(lab: Lab, failed: Failed) -> None:
    order: dict[str, Any] = {"investigation": failed.number, "conclusion": "confirmed", "reasoning": "Because"}
    with pytest.raises(Forbidden):
        lab.do(investigations.conclude_investigation, by=lab.second_analyst, **order)
    with pytest.raises(Forbidden):
        lab.do(investigations.investigate_fully, by=lab.second_analyst, investigation=failed.number, **FULLY)
    with pytest.raises(Forbidden):
        lab.do(investigations.investigate_laboratory, by=lab.technician, investigation=failed.number, **ALL_RIGHT)


def test_each_invariant_sees_its_damage(lab: Lab, failed: Failed) -> None:
    failed.confirmed()
    use = failed.accepted()
    failed.settle()
    failed.release()
    assert broken(lab) == {}
    later = lab.house.clock.now()

    def damage(tx: Any) -> None:
        from cellchain.quality.models import ExceptionalUse

        rows = queries.results_of(tx, failed.lot)
        passed = [row for row in rows if row.outcome == "pass" and row.phase is ResultPhase.VERIFIED]
        tx.change(tx.lock(Result, passed[0].id), outcome="fail")
        tx.change(tx.lock(Result, passed[1].id), phase="invalidated")
        tx.change(tx.lock(Result, passed[2].id), retest=2)
        tx.change(tx.lock(Investigation, failed.number), concluded_at=later)
        tx.change(tx.lock(ExceptionalUse, use), evaluated_at=later)

    lab.wait(minutes=5)
    later = lab.house.clock.now()
    lab.seed(damage)
    assert set(broken(lab)) == {
        "quality.failures",
        "quality.invalidated",
        "quality.retests",
        "quality.investigated",
        "quality.exceptional",
    }
    with pytest.raises(sqlite3.IntegrityError):
        lab.seed(lambda tx: tx.change(tx.lock(Investigation, failed.number), concluded_by=lab.analyst.person))
