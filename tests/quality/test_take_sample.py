"""Taking and discarding samples."""

from typing import Any

import pytest

from cellchain.kernel.errors import Forbidden
from cellchain.manufacturing import queries as manufacturing
from cellchain.quality import commands, queries
from cellchain.quality.describe import describe, label
from cellchain.quality.rules.lifecycles import SamplePhase
from tests.quality.conftest import Refuses
from tests.quality.lab import Lab


def test_its_volume_leaves_the_container(lab: Lab) -> None:
    lot = lab.lot(phase="open")
    bag = lab.containers(lot)[0]
    made = lab.do(commands.take_sample, by=lab.technician, container=bag, volume_ul=4_000)
    assert made["lot"] == lot
    with lab.house.read() as tx:
        sample = queries.sample_facts(tx, made["sample"])
        assert (sample.container, sample.phase, sample.taken_by) == (bag, SamplePhase.TAKEN, lab.technician.person)
        assert manufacturing.container_facts(tx, bag).volume_ul == 396_000
    entry = lab.house.entries()[-1]
    assert (entry.event, entry.subject) == ("quality:sample:taken", made["sample"])


def test_the_lot_must_be_open(lab: Lab, refuses: Refuses) -> None:
    bag = lab.containers(lab.lot(phase="completed"))[0]
    with refuses("sample.lot_not_open"):
        lab.do(commands.take_sample, by=lab.technician, container=bag, volume_ul=1)


def test_a_container_without_a_lot(lab: Lab, refuses: Refuses) -> None:
    lot = lab.lot(phase="open", bags=1)
    bag = lab.containers(lot)[0]
    from cellchain.manufacturing.models import Container

    lab.seed(lambda tx: tx.change(tx.lock(Container, bag), lot=None))
    with refuses("sample.no_lot"):
        lab.do(commands.take_sample, by=lab.technician, container=bag, volume_ul=1)


def test_no_more_than_there_is(lab: Lab, refuses: Refuses) -> None:
    bag = lab.containers(lab.lot(phase="open"))[0]
    lab.seed(lambda tx: _empty(tx, bag))
    with refuses("container.overdrawn_volume"):
        lab.do(commands.take_sample, by=lab.technician, container=bag, volume_ul=11)


def _empty(tx: Any, bag: str) -> None:
    from cellchain.manufacturing.models import Container

    tx.change(tx.lock(Container, bag), volume_ul=10)


def test_a_nurse_may_not(lab: Lab) -> None:
    bag = lab.containers(lab.lot(phase="open"))[0]
    with pytest.raises(Forbidden):
        lab.do(commands.take_sample, by=lab.nurse, container=bag, volume_ul=1)


def test_a_discarded_sample_is_tested_no_more(lab: Lab, refuses: Refuses) -> None:
    lab.specify("product")
    sample = lab.sample(lab.lot())
    lab.do(commands.discard_sample, by=lab.analyst, sample=sample, reason="Nothing left")
    assert lab.last_event() == "quality:sample:discarded"
    with refuses("sample.phase"):
        lab.result(sample, "viability", "90")


def test_it_is_described_and_labelled(lab: Lab, refuses: Refuses) -> None:
    sample = lab.sample(lab.lot())
    with lab.house.read() as tx:
        found = describe(tx, sample, lab.analyst)
        assert found is not None
        assert found.href == f"/quality/samples/{sample}"
        assert "quality/record_result" in [action.path for action in found.actions]
        assert describe(tx, sample, lab.house.actor("assessor")) is None
        data = label(tx, sample, "sample")
        assert data.fields["sample"] == sample
        assert data.fields["taken_local.en"].endswith("MSK")
        with refuses("label.wrong_design"):
            label(tx, sample, "infusion_bag")
