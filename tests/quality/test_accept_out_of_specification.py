"""A failure accepted exceptionally, at a physician's request."""

from datetime import timedelta
from typing import Any

import pytest

from cellchain.kernel.errors import Forbidden
from cellchain.labels import commands as labels
from cellchain.quality import commands, queries
from cellchain.quality.deviations.commands import determine_root_cause
from cellchain.quality.rules.lifecycles import DispositionPhase, Stage
from tests.quality.conftest import Refuses
from tests.quality.lab import Lab, person


@pytest.fixture
def lot(lab: Lab) -> str:
    """A product lot whose viability failed by a little, everything else in order."""
    lab.specify("product")
    lot = lab.lot()
    sample = lab.sample(lot)
    lab.result(sample, "viability", "79")
    with lab.house.read() as tx:
        tests = [test.limit for test in queries.tests_of(tx, lot, queries.kind_of(tx, lot), Stage.CONDITIONAL)]
    lab.pass_stage_but(lot, sample, tests, {"viability"})
    lab.start_final(lot, sample)
    lab.do(labels.reconcile, by=lab.technician, lot=lot)
    return lot


def failed(lab: Lab, lot: str) -> int:
    with lab.house.read() as tx:
        return next(result.id for result in queries.results_of(tx, lot) if result.test == "viability")


def order(lab: Lab, result: int) -> dict[str, Any]:
    now = lab.house.clock.now()
    return {
        "result": result,
        "deviation": 1,
        "physician": person(77),
        "requested_at": now - timedelta(minutes=40),
        "request": "No other bag before the window closes",
        "risk_evaluation": "One percent below the limit, dose unchanged",
        "sponsor_told_at": now - timedelta(minutes=10),
    }


def test_the_lot_may_then_be_reviewed_and_released(lab: Lab, lot: str, refuses: Refuses) -> None:
    with refuses("lot.test_failed"):
        lab.do(commands.release_conditionally, by=lab.qa, lot=lot)
    lab.do(commands.accept_out_of_specification, by=lab.qa, **order(lab, failed(lab, lot)))
    lab.do(commands.assess_deviation, by=lab.qa, deviation=1, severity="major", assessment="Counted twice")
    cause: dict[str, Any] = {"kind": "measurement", "account": "The counter was dirty"}
    lab.house.do(determine_root_cause, by=lab.analyst, deviation=1, **cause)
    lab.do(commands.close_deviation, by=lab.second_qa, deviation=1, conclusion="Accepted at the physician's request")
    key = f"result:{failed(lab, lot)}"
    lab.do(commands.accept_exception, by=lab.qa, lot=lot, exception=key, note="Accepted under its deviation.")
    lab.review(lot)
    lab.do(commands.release_conditionally, by=lab.qa, lot=lot)
    assert lab.disposition(lot).phase is DispositionPhase.CONDITIONALLY_RELEASED


def test_what_is_refused(lab: Lab, lot: str, refuses: Refuses) -> None:
    result = failed(lab, lot)
    with lab.house.read() as tx:
        passed = next(item.id for item in queries.results_of(tx, lot) if item.test == "volume")
    other = lab.do(commands.open_deviation, by=lab.technician, subject=lab.lot(), title="Odd", description="Very odd")
    now = lab.house.clock.now()
    refused: list[tuple[str, dict[str, Any]]] = [
        ("result.not_failed", {"result": passed}),
        ("deviation.other_lot", {"deviation": other["deviation"]}),
        ("acceptance.order_of_events", {"requested_at": now + timedelta(hours=1)}),
        ("acceptance.order_of_events", {"sponsor_told_at": now - timedelta(hours=1)}),
    ]
    for code, changes in refused:
        with refuses(code):
            lab.do(commands.accept_out_of_specification, by=lab.qa, **{**order(lab, result), **changes})
    lab.do(commands.accept_out_of_specification, by=lab.qa, **order(lab, result))
    with refuses("result.accepted_already"):
        lab.do(commands.accept_out_of_specification, by=lab.qa, **order(lab, result))


def test_only_a_verified_failure(lab: Lab, refuses: Refuses) -> None:
    lab.specify("product")
    lot = lab.lot()
    result = lab.result(lab.sample(lot), "viability", "79", verify=False)
    with refuses("result.not_verified"):
        lab.do(commands.accept_out_of_specification, by=lab.qa, **order(lab, result))


def test_nobody_accepts_their_own_request(refuses: Refuses) -> None:
    from cellchain.quality.rules.release import may_accept_request
    from tests.factories import START

    with refuses("acceptance.own_request"):
        may_accept_request(own=True, requested_at=START, sponsor_told_at=START, now=START)


def test_an_analyst_may_not(lab: Lab, lot: str) -> None:
    with pytest.raises(Forbidden):
        lab.do(commands.accept_out_of_specification, by=lab.analyst, **order(lab, failed(lab, lot)))
