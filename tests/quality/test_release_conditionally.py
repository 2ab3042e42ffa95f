"""The first signature: before the culture is read, with what it may bring taken on."""

from datetime import timedelta

import pytest

from cellchain.kernel.errors import Forbidden
from cellchain.labels import commands as labels
from cellchain.quality import commands, queries
from cellchain.quality.rules.lifecycles import DispositionPhase, Stage
from tests.quality.conftest import Refuses
from tests.quality.lab import Lab


@pytest.mark.parametrize("kind", ["product", "control"])
def test_it_leaves_obligations_with_their_days(lab: Lab, kind: str) -> None:
    lot = lab.ready(kind)
    made = lab.do(commands.release_conditionally, by=lab.qa, lot=lot)
    assert made["phase"] == "conditionally_released"
    found = lab.disposition(lot)
    assert found.decided_by == lab.qa.person
    assert found.obligations[0].due_on == lab.today() + timedelta(days=14)
    assert str(found.obligations[0].name) == "Sterility, 14-day culture"
    entry = lab.house.entries()[-1]
    assert entry.event == "quality:lot:conditionally_released"
    assert '"meaning":"I release this lot conditionally' in entry.body


def test_who_made_or_tested_it_does_not_release_it(lab: Lab, refuses: Refuses) -> None:
    lot = lab.ready()
    maker = lab.house.actor("technician", "qa")
    tester = lab.house.actor("analyst", "qa")
    from tests.quality.test_review_batch import _performed_by

    with lab.house.read() as tx:
        sample = queries.samples_of(tx, lot)[0].code
    lab.seed(lambda tx: _performed_by(tx, lot, maker.person))
    with refuses("lot.releaser_made_it"):
        lab.do(commands.release_conditionally, by=maker, lot=lot)
    lab.do(commands.record_result, by=tester, sample=sample, stage="final", test="trilineage", value="none")
    with refuses("lot.releaser_tested_it"):
        lab.do(commands.release_conditionally, by=tester, lot=lot)


def test_without_a_specification(lab: Lab, refuses: Refuses) -> None:
    with refuses("specification.none_effective"):
        lab.do(commands.release_conditionally, by=lab.qa, lot=lab.lot())


def test_each_gate_in_turn(lab: Lab, refuses: Refuses) -> None:
    lab.specify("product")
    lot = lab.lot()
    sample = lab.sample(lot)

    def release() -> None:
        lab.do(commands.release_conditionally, by=lab.qa, lot=lot)

    with refuses("lot.tests_open"):
        release()
    lab.pass_stage(lot, sample, Stage.CONDITIONAL)
    with refuses("lot.final_test_not_started"):
        release()
    lab.start_final(lot, sample)
    with refuses("lot.labels_unreconciled"):
        release()
    lab.do(labels.reconcile, by=lab.technician, lot=lot)
    with refuses("lot.not_reviewed"):
        release()
    lab.review(lot)
    release()
    with refuses("disposition.phase"):
        release()


def test_a_test_that_failed(lab: Lab, refuses: Refuses) -> None:
    lab.specify("product")
    lot = lab.lot()
    lab.result(lab.sample(lot), "viability", "60")
    with refuses("lot.investigation_open"):
        lab.do(commands.release_conditionally, by=lab.qa, lot=lot)


def test_a_final_test_that_failed_already(lab: Lab, refuses: Refuses) -> None:
    lot = lab.ready()
    with lab.house.read() as tx:
        sample = queries.samples_of(tx, lot)[0].code
    lab.result(sample, "sterility_14d", "growth", Stage.FINAL)
    with refuses("lot.investigation_open"):
        lab.do(commands.release_conditionally, by=lab.qa, lot=lot)


def test_an_unfinished_batch_record(lab: Lab, refuses: Refuses) -> None:
    lab.specify("product")
    with refuses("lot.not_completed"):
        lab.do(commands.release_conditionally, by=lab.qa, lot=lab.lot(phase="open"))


def test_what_changes_after_the_review_needs_another_one(lab: Lab, refuses: Refuses) -> None:
    lot = lab.ready()
    lab.value(lot, "91", late_minutes=90)
    with refuses("lot.review_outdated"):
        lab.do(commands.release_conditionally, by=lab.qa, lot=lot)


def test_labels_that_do_not_add_up(lab: Lab, refuses: Refuses) -> None:
    lot = lab.ready()
    lab.label(lab.containers(lot)[0], "infusion_bag", phase="printed", lot=lot)
    with refuses("lot.labels_unreconciled"):
        lab.do(commands.release_conditionally, by=lab.qa, lot=lot)


def test_an_open_deviation(lab: Lab, refuses: Refuses) -> None:
    lot = lab.ready()
    lab.do(commands.open_deviation, by=lab.technician, subject=lot, title="Odd", description="Very odd")
    with refuses("lot.deviation_open"):
        lab.do(commands.release_conditionally, by=lab.qa, lot=lot)
    with refuses("review.exceptions_open"):
        lab.review(lot)


def test_a_hold_above_the_lot(lab: Lab, refuses: Refuses) -> None:
    donor, donation = lab.donation()
    lot = lab.ready(sources=(donation,))
    lab.do(commands.hold, by=lab.qa, subject=donor, reason="Information is awaited")
    with refuses("lot.on_hold"):
        lab.do(commands.release_conditionally, by=lab.qa, lot=lot)


def test_bags_that_expired(lab: Lab, refuses: Refuses) -> None:
    lot = lab.ready()
    lab.wait(hours=6)
    with refuses("lot.expired"):
        lab.do(commands.release_conditionally, by=lab.qa, lot=lot)


def test_a_bank_is_not_released_this_way(lab: Lab, refuses: Refuses) -> None:
    with refuses("lot.wrong_kind"):
        lab.do(commands.release_conditionally, by=lab.qa, lot=lab.lot("bank"))


def test_an_analyst_may_not(lab: Lab) -> None:
    with pytest.raises(Forbidden):
        lab.do(commands.release_conditionally, by=lab.analyst, lot=lab.lot())


def test_nothing_is_open_before_the_first_decision(lab: Lab) -> None:
    assert lab.disposition(lab.lot()).phase is DispositionPhase.QUARANTINED
