"""A test turns positive after the release."""

import pytest

from cellchain.kernel.errors import Forbidden
from cellchain.manufacturing.models import Container
from cellchain.quality import commands, queries
from cellchain.quality.rules.lifecycles import DispositionPhase, Severity, Stage
from tests.quality.conftest import Refuses
from tests.quality.lab import Lab


def positive(lab: Lab, lot: str) -> int:
    with lab.house.read() as tx:
        sample = queries.samples_of(tx, lot)[0].code
    return lab.result(sample, "sterility_14d", "growth", Stage.FINAL)


def test_every_bag_of_the_same_origin_is_listed_and_the_unused_are_held(lab: Lab) -> None:
    _, donation = lab.donation()
    lot = lab.released(sources=(donation,))
    sibling = lab.released(sources=(donation,))
    control = lab.released("control")
    infused, left = lab.containers(lot)
    lab.seed(lambda tx: tx.change(tx.lock(Container, infused), phase="spent", cells_count=0, volume_ul=0))
    result = positive(lab, lot)
    made = lab.do(commands.report_late_positive, by=lab.analyst, result=result, organism="Cutibacterium acnes")
    assert sorted(made["bags"]) == sorted([*lab.containers(lot), *lab.containers(sibling)])
    assert sorted(made["held"]) == sorted([lot, left, *lab.containers(sibling)])
    for bag in (left, *lab.containers(sibling)):
        assert "bag.on_hold" in lab.codes(bag)
    assert "bag.on_hold" not in lab.codes(lab.containers(control)[0])
    assert lab.disposition(lot).phase is DispositionPhase.CONDITIONALLY_RELEASED
    with lab.house.read() as tx:
        deviation = queries.deviation_facts(tx, made["deviation"])
    assert (deviation.severity, deviation.lot) == (Severity.CRITICAL, lot)
    assert str(deviation.title) == "A test turned out positive after release"
    events = [one.event for one in lab.house.entries()]
    assert "quality:late_positive:reported" in events
    assert "followup:exposures:reported" in events


def test_once(lab: Lab, refuses: Refuses) -> None:
    result = positive(lab, lab.released())
    lab.do(commands.report_late_positive, by=lab.analyst, result=result, organism="Not identified yet")
    with refuses("late_positive.reported_already"):
        lab.do(commands.report_late_positive, by=lab.qa, result=result, organism="Not identified yet")


def test_a_failure_of_a_lot_that_was_released(lab: Lab, refuses: Refuses) -> None:
    quarantined = lab.ready()
    with refuses("late_positive.not_released"):
        lab.do(commands.report_late_positive, by=lab.analyst, result=positive(lab, quarantined), organism="Growth")
    released = lab.released()
    with lab.house.read() as tx:
        passed = queries.results_of(tx, released)[0].id
    with refuses("result.not_failed"):
        lab.do(commands.report_late_positive, by=lab.analyst, result=passed, organism="Growth")


def test_a_technician_may_not(lab: Lab) -> None:
    result = positive(lab, lab.released())
    with pytest.raises(Forbidden):
        lab.do(commands.report_late_positive, by=lab.technician, result=result, organism="Growth")
