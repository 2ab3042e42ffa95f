"""A final result that failed or is overdue refuses the conditional release of its siblings until QA has decided."""

from datetime import datetime, timedelta

import pytest

from cellchain.kernel.errors import Forbidden
from cellchain.quality import commands, queries
from cellchain.quality.rules.lifecycles import DispositionPhase, Stage
from tests.quality.conftest import Refuses
from tests.quality.lab import Lab


def pending(lab: Lab, lot: str) -> int:
    """The result of the 14-day culture of a lot."""
    with lab.house.read() as tx:
        return next(row.id for row in queries.results_of(tx, lot) if row.test == "sterility_14d" and row.is_current)


def soon(lab: Lab, **span: int) -> datetime:
    return lab.house.clock.now() + timedelta(**span)


def release(lab: Lab, lot: str) -> DispositionPhase:
    lab.do(commands.review_batch, by=lab.qa, lot=lot)
    lab.do(commands.release_conditionally, by=lab.qa, lot=lot)
    return lab.disposition(lot).phase


def test_an_overdue_sibling_waits_for_a_decision(lab: Lab, refuses: Refuses) -> None:
    _, donation = lab.donation()
    first = lab.released(sources=(donation,))
    lab.wait(days=20)
    lot, unrelated = lab.ready(sources=(donation,)), lab.ready()
    assert release(lab, unrelated) is DispositionPhase.CONDITIONALLY_RELEASED
    lab.do(commands.review_batch, by=lab.qa, lot=lot)
    with refuses("lot.sibling_overdue"):
        lab.do(commands.release_conditionally, by=lab.qa, lot=lot)
    result = pending(lab, first)
    with refuses("doubt.other_origin"):
        lab.do(
            commands.decide_doubt,
            by=lab.qa,
            result=result,
            lot=unrelated,
            reason="In doubt",
            expires_at=soon(lab, days=1),
        )
    lab.do(commands.decide_doubt, by=lab.qa, result=result, lot=lot, reason="Read late", expires_at=soon(lab, days=1))
    assert lab.last_event() == "quality:doubt:decided"
    assert release(lab, lot) is DispositionPhase.CONDITIONALLY_RELEASED


def test_a_decision_ends_and_does_not_cover_what_is_worse(lab: Lab, refuses: Refuses) -> None:
    _, donation = lab.donation()
    first = lab.released(sources=(donation,))
    with refuses("doubt.none"):
        lab.do(
            commands.decide_doubt,
            by=lab.qa,
            result=pending(lab, first),
            reason="Too early",
            expires_at=soon(lab, days=1),
        )
    lab.wait(days=20)
    lot = lab.ready(sources=(donation,))
    result = pending(lab, first)
    lab.do(commands.decide_doubt, by=lab.qa, result=result, reason="Read late", expires_at=soon(lab, days=2))
    with lab.house.read() as tx:
        sample = queries.result_facts(tx, result).sample
    lab.result(sample, "sterility_14d", "growth", Stage.FINAL)
    lab.do(commands.review_batch, by=lab.qa, lot=lot)
    with refuses("lot.sibling_failed"):
        lab.do(commands.release_conditionally, by=lab.qa, lot=lot)


def test_qa_alone_and_nobody_who_had_a_hand_in_it(lab: Lab) -> None:
    with pytest.raises(Forbidden):
        lab.do(commands.decide_doubt, by=lab.analyst, result=1, reason="I tested it", expires_at=soon(lab, days=1))
