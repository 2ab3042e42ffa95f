"""Review by exception: what it brings up, what has to be decided, and who may sign."""

from typing import Any

import pytest

from cellchain.kernel.errors import Forbidden, NotFound
from cellchain.labels import commands as labels
from cellchain.manufacturing.models import StepRecord
from cellchain.quality import commands, queries
from cellchain.quality.rules.lifecycles import Stage
from tests.quality.conftest import Refuses
from tests.quality.lab import Lab


def keys(lab: Lab, lot: str) -> dict[str, str]:
    with lab.house.read() as tx:
        return {item.key.split(":")[0]: item.kind.value for item in queries.exceptions_of(tx, lot)}


@pytest.fixture
def lot(lab: Lab) -> str:
    """A product lot with all its results, and its labels counted."""
    lab.specify("product")
    lot = lab.lot()
    sample = lab.sample(lot)
    lab.pass_stage(lot, sample, Stage.CONDITIONAL)
    lab.start_final(lot, sample)
    lab.do(labels.reconcile, by=lab.technician, lot=lot)
    return lot


def test_a_sound_lot_brings_up_only_what_is_pending(lab: Lab, lot: str) -> None:
    assert keys(lab, lot) == {"pending": "pending"}
    with lab.house.read() as tx:
        found = {one.check.key: one.found.in_order_count for one in queries.findings_of(tx, lot).made}
    assert (found["tests_passed"], found["tests_verified"], found["verification"], found["training"]) == (18, 18, 1, 2)
    made = lab.do(commands.review_batch, by=lab.qa, lot=lot)
    assert made["exceptions"] == 2
    entry = lab.house.entries()[-1]
    assert entry.event == "quality:batch:reviewed"
    assert '"meaning":"I have reviewed this batch record' in entry.body


def test_everything_that_is_not_plainly_right(lab: Lab) -> None:
    lab.specify("product")
    lot = lab.lot()
    first = lab.value(lot, "64")
    lab.value(lot, "75", replaces=first, late_minutes=90, why="Misread")
    sample = lab.sample(lot)
    lab.result(sample, "viability", "60")
    wrong = lab.result(sample, "volume", "40", verify=False)
    lab.do(commands.correct_result, by=lab.analyst, why="Digit missed", result=wrong, value="400")
    lab.seed(lambda tx: _unverify(tx, lot))
    found = keys(lab, lot)
    assert found == {
        "step": "unverified",
        "value": "out_of_limit",
        "corrected": "corrected",
        "missing": "missing",
        "result": "failed",
        "unverified": "unverified",
        "result_corrected": "corrected",
        "deviation": "deviation_open",
        "labels": "labels",
    }


def _unverify(tx: Any, lot: str) -> None:
    from tests.quality.workshop import _STEP

    row = tx.lock(StepRecord, tx.one(_STEP, lot=lot).id)
    tx.change(row, phase="completed", verifier=None, verified_at=None)


def test_a_late_value_is_accepted_before_the_signature(lab: Lab, lot: str, refuses: Refuses) -> None:
    number = lab.value(lot, "91", late_minutes=90)
    with refuses("review.exceptions_open"):
        lab.do(commands.review_batch, by=lab.qa, lot=lot)
    lab.do(commands.accept_exception, by=lab.qa, lot=lot, exception=f"late:{number}", note="Gloved")
    with refuses("exception.decided"):
        lab.do(commands.accept_exception, by=lab.qa, lot=lot, exception=f"late:{number}")
    lab.do(commands.review_batch, by=lab.qa, lot=lot)


def test_what_is_wrong_is_put_right_not_accepted(lab: Lab, refuses: Refuses) -> None:
    lab.specify("product")
    lot = lab.lot()
    with refuses("exception.put_right"):
        lab.do(commands.accept_exception, by=lab.qa, lot=lot, exception="labels")
    with pytest.raises(NotFound):
        lab.do(commands.accept_exception, by=lab.qa, lot=lot, exception="value:99")


def test_what_was_shown_is_what_is_signed(lab: Lab, lot: str, refuses: Refuses) -> None:
    with lab.house.read() as tx:
        seen = queries.findings_of(tx, lot).digest
    number = lab.value(lot, "91", late_minutes=90)
    lab.do(commands.accept_exception, by=lab.qa, lot=lot, exception=f"late:{number}")
    with refuses("review.changed"):
        lab.do(commands.review_batch, by=lab.qa, lot=lot, seen=seen)


def test_nobody_reviews_what_they_made_or_tested(lab: Lab, lot: str, refuses: Refuses) -> None:
    both = lab.house.actor("technician", "qa")
    tester = lab.house.actor("analyst", "qa")
    with lab.house.read() as tx:
        made = queries.results_of(tx, lot)[-1].id
    lab.seed(lambda tx: _performed_by(tx, lot, both.person))
    with refuses("lot.releaser_made_it"):
        lab.do(commands.review_batch, by=both, lot=lot)
    with refuses("lot.releaser_made_it"):
        lab.do(commands.accept_exception, by=both, lot=lot, exception=f"pending:{made}")
    lab.do(commands.record_result, by=tester, sample=_sample(lab, lot), stage="final", test="trilineage", value="none")
    with refuses("lot.releaser_tested_it"):
        _settle_and_review(lab, lot, tester)


def _sample(lab: Lab, lot: str) -> str:
    with lab.house.read() as tx:
        return queries.samples_of(tx, lot)[0].code


def _performed_by(tx: Any, lot: str, person: str) -> None:
    from tests.quality.workshop import _STEP

    row = tx.lock(StepRecord, tx.one(_STEP, lot=lot).id)
    tx.change(row, performer=person)


def _settle_and_review(lab: Lab, lot: str, by: Any) -> None:
    with lab.house.read() as tx:
        entered = [item for item in queries.results_of(tx, lot) if item.phase == "entered"]
    lab.do(commands.verify_result, by=lab.analyst, result=entered[0].id)
    lab.do(commands.review_batch, by=by, lot=lot)


def test_the_batch_must_be_complete(lab: Lab, refuses: Refuses) -> None:
    lab.specify("product")
    lot = lab.lot(phase="open")
    with refuses("lot.not_completed"):
        lab.do(commands.review_batch, by=lab.qa, lot=lot)


def test_an_analyst_may_not(lab: Lab, lot: str) -> None:
    with pytest.raises(Forbidden):
        lab.do(commands.review_batch, by=lab.analyst, lot=lot)
    with pytest.raises(Forbidden):
        lab.do(commands.accept_exception, by=lab.analyst, lot=lot, exception="labels")
