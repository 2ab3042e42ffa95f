"""The second signature, and what it binds."""

import pytest
from sqlmodel import col, select

from cellchain.kernel.errors import Forbidden
from cellchain.labels import commands as labels
from cellchain.ledger.models import Signature
from cellchain.quality import commands, queries
from cellchain.quality.models import Result
from cellchain.quality.rules.lifecycles import DispositionPhase, Stage
from tests.quality.conftest import Refuses
from tests.quality.lab import Lab

SIGNATURES = select(Signature).order_by(col(Signature.id))


def certify(lab: Lab, lot: str) -> None:
    """The final tests come in, somebody reviews, and the lot is certified."""
    with lab.house.read() as tx:
        sample = queries.samples_of(tx, lot)[0].code
    lab.wait(days=14)
    lab.result(sample, "sterility_14d", "no growth", Stage.FINAL)
    lab.result(sample, "trilineage", "all three", Stage.FINAL)
    lab.review(lot)
    lab.do(commands.release, by=lab.qa, lot=lot)


def signatures(lab: Lab, event: str) -> list[Signature]:
    with lab.house.read() as tx:
        return [row for row in tx.every(SIGNATURES) if row.event == event]


def test_a_lot_is_certified_once_everything_is_known(lab: Lab) -> None:
    lot = lab.released()
    certify(lab, lot)
    found = lab.disposition(lot)
    assert (found.phase, found.obligations) == (DispositionPhase.RELEASED, ())
    assert lab.phase(lot) == "closed"
    with lab.house.read() as tx:
        phases = [row.phase.value for row in queries.decisions_on(tx, lot)]
    assert phases == ["released", "conditionally_released"]


def test_not_before_the_culture_is_read(lab: Lab, refuses: Refuses) -> None:
    lot = lab.released()
    with refuses("lot.tests_open"):
        lab.do(commands.release, by=lab.qa, lot=lot)


def test_not_after_growth(lab: Lab, refuses: Refuses) -> None:
    lot = lab.released()
    with lab.house.read() as tx:
        sample = queries.samples_of(tx, lot)[0].code
    lab.result(sample, "sterility_14d", "growth", Stage.FINAL)
    with refuses("lot.investigation_open"):
        lab.do(commands.release, by=lab.qa, lot=lot)


def test_both_signatures_bind_what_they_were_over(lab: Lab) -> None:
    lot = lab.released()
    certify(lab, lot)
    for event in ("quality:lot:conditionally_released", "quality:lot:released"):
        (signature,) = signatures(lab, event)
        with lab.house.read() as tx:
            assert queries.signature_intact(tx, signature) is True
    with lab.house.read() as tx:
        standings = [queries.signed_decision(tx, row) for row in queries.decisions_on(tx, lot)]
    assert [found is not None and found.holds for found in standings] == [True, True]


def test_a_result_that_is_altered_later_breaks_the_signature(lab: Lab) -> None:
    lot = lab.released()
    (signature,) = signatures(lab, "quality:lot:conditionally_released")
    with lab.house.read() as tx:
        number = next(result.id for result in queries.results_of(tx, lot) if result.test == "viability")
    lab.seed(lambda tx: tx.change(tx.lock(Result, number), value="97"))
    with lab.house.read() as tx:
        assert queries.signature_intact(tx, signature) is False


def test_a_correction_after_the_release_shows_too(lab: Lab) -> None:
    lot = lab.released()
    (signature,) = signatures(lab, "quality:lot:conditionally_released")
    with lab.house.read() as tx:
        number = next(result.id for result in queries.results_of(tx, lot) if result.test == "viability")
    lab.do(commands.correct_result, by=lab.analyst, why="Misread", result=number, value="95")
    with lab.house.read() as tx:
        assert queries.signature_intact(tx, signature) is False


def test_signatures_over_something_else_are_not_judged_here(lab: Lab) -> None:
    lab.released()
    (signature, *_) = signatures(lab, "quality:batch:reviewed")
    with lab.house.read() as tx:
        assert queries.signature_intact(tx, signature) is None


def test_a_lot_may_be_certified_without_a_conditional_release(lab: Lab) -> None:
    lot = lab.ready("control")
    with lab.house.read() as tx:
        sample = queries.samples_of(tx, lot)[0].code
    lab.result(sample, "sterility_14d", "no growth", Stage.FINAL)
    lab.review(lot)
    lab.do(commands.release, by=lab.qa, lot=lot)
    assert lab.disposition(lot).phase is DispositionPhase.RELEASED


def test_neither_twice_nor_after_a_rejection(lab: Lab, refuses: Refuses) -> None:
    lot = lab.released()
    lab.do(commands.reject, by=lab.qa, lot=lot, reason="Growth")
    with refuses("disposition.phase"):
        lab.do(commands.release, by=lab.qa, lot=lot)


def test_an_analyst_may_not(lab: Lab) -> None:
    with pytest.raises(Forbidden):
        lab.do(commands.release, by=lab.analyst, lot=lab.lot())


def test_only_a_qualified_person_certifies(lab: Lab, refuses: Refuses) -> None:
    """Anybody of QA releases conditionally; the certificate's signature is the qualified person's."""
    other = lab.house.actor("qa", number=4)
    lot = lab.ready("control")
    with lab.house.read() as tx:
        sample = queries.samples_of(tx, lot)[0].code
    lab.do(commands.release_conditionally, by=other, lot=lot)
    lab.result(sample, "sterility_14d", "no growth", Stage.FINAL)
    lab.review(lot)
    with refuses("lot.not_qualified_person"):
        lab.do(commands.release, by=other, lot=lot)
    assert lab.disposition(lot).phase is DispositionPhase.CONDITIONALLY_RELEASED
    lab.do(commands.release, by=lab.qa, lot=lot)


def test_a_record_of_nothing(lab: Lab) -> None:
    lot = lab.lot()
    with lab.house.read() as tx:
        assert queries.release_record(tx, lot) is None
    lab.do(labels.reconcile, by=lab.technician, lot=lot)
