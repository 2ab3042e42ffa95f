"""Laboratories, and the way of a sample: sent, received or refused, put away; tested only where it is."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from cellchain.kernel.errors import Forbidden
from cellchain.labels.models import Label
from cellchain.ledger.tx import CommandTx
from cellchain.quality import commands, queries
from cellchain.quality.laboratories import commands as laboratories
from cellchain.quality.laboratories import queries as ways
from cellchain.quality.pages.samples import plan_page, where_is
from cellchain.quality.rules.laboratories import Arrival, TransferPhase
from cellchain.quality.rules.lifecycles import SamplePhase, Stage
from tests.quality.conftest import Refuses
from tests.quality.lab import Lab


@pytest.fixture
def sample(lab: Lab) -> str:
    lab.specify("product")
    return lab.sample(lab.lot())


def ours(lab: Lab, name: str = "Our laboratory") -> int:
    return int(lab.do(laboratories.register_laboratory, by=lab.qa, name=name, kind="in_house")["laboratory"])


def contract(lab: Lab, days: int = 30) -> int:
    until = lab.today() + timedelta(days=days)
    fields: dict[str, Any] = {
        "name": "Example Contract",
        "kind": "contract",
        "agreement": "A-1",
        "agreement_until": until,
    }
    return int(lab.do(laboratories.register_laboratory, by=lab.qa, **fields)["laboratory"])


def send(lab: Lab, sample: str, laboratory: int, **more: Any) -> dict[str, Any]:
    fields = {"sample": sample, "laboratory": laboratory, "sent_as": "refrigerated", **more}
    return lab.do(laboratories.send_sample, by=lab.technician, **fields)


def receive(lab: Lab, sample: str, **more: Any) -> dict[str, Any]:
    return lab.do(laboratories.receive_sample, by=lab.analyst, **{"sample": sample, "arrival": "sound", **more})


def test_two_people_hand_a_sample_over(lab: Lab, sample: str, refuses: Refuses) -> None:
    send(lab, sample, ours(lab), seal="S-1")
    lab.wait(hours=2)
    sender_too = lab.house.actor("technician", "analyst", person=lab.technician.person, number=77)
    with refuses("sample.receiver_sent_it"):
        lab.do(laboratories.receive_sample, by=sender_too, sample=sample, arrival="sound")
    with refuses("sample.receiver_is_you"):
        receive(lab, sample, receiver="Somebody")
    receive(lab, sample, temperature_mc=4_500)
    assert lab.last_event() == "quality:sample:received"
    with lab.house.read() as tx:
        (way,) = ways.transfers_of(tx, sample)
        where = where_is(tx, queries.sample_facts(tx, sample))
    assert (way.phase, way.arrival, way.temperature_mc, way.seal) == (
        TransferPhase.RECEIVED,
        Arrival.SOUND,
        4_500,
        "S-1",
    )
    assert (way.sent_by, way.arrived_by) == (lab.technician.person, lab.analyst.person)
    assert str(where) == "Our laboratory"
    with refuses("sample.not_sent"):
        receive(lab, sample)


def test_a_contract_laboratory_is_named_from_its_receipt(lab: Lab, sample: str, refuses: Refuses) -> None:
    send(lab, sample, contract(lab))
    with refuses("sample.receiver_needed"):
        receive(lab, sample)
    receive(lab, sample, receiver="O. Example")
    with refuses("method.instrument_not_ours"):
        lab.result(sample, "mycoplasma", "negative")
    fields = {"sample": sample, "stage": Stage.CONDITIONAL, "test": "mycoplasma"}
    with refuses("result.report_needed"):
        lab.do(commands.record_result, by=lab.analyst, **fields, value="negative")
    made = lab.do(commands.record_result, by=lab.analyst, **fields, value="negative", report="R-7")["result"]
    with lab.house.read() as tx:
        result = queries.result_facts(tx, made)
        assert (result.report, result.instrument) == ("R-7", None)
        assert result.laboratory is not None
    with refuses("sample.is_there"):
        lab.do(laboratories.store_sample, by=lab.technician, sample=sample, place=lab.location(kind="store"))


def test_a_slow_test_that_they_began_is_theirs_to_finish(lab: Lab, sample: str) -> None:
    send(lab, sample, contract(lab))
    receive(lab, sample, receiver="O. Example")
    fields = {"sample": sample, "stage": Stage.FINAL, "test": "sterility_14d"}
    begun = lab.do(commands.record_result, by=lab.analyst, **fields)
    lab.wait(days=14)
    done = lab.do(commands.record_result, by=lab.analyst, **fields, value="no growth", report="R-8")
    assert done["result"] == begun["result"]


def test_nothing_is_tested_on_its_way_or_after_it_was_refused(lab: Lab, sample: str, refuses: Refuses) -> None:
    laboratory = ours(lab)
    send(lab, sample, laboratory)
    with refuses("sample.on_its_way"):
        lab.result(sample, "viability", "90")
    with refuses("sample.on_its_way"):
        send(lab, sample, laboratory)
    with refuses("sample.on_its_way"):
        lab.do(laboratories.store_sample, by=lab.technician, sample=sample, place=lab.location(kind="store"))
    with refuses("sample.not_sound"):
        receive(lab, sample, arrival="leaking")
    with refuses("sample.sound"):
        lab.do(laboratories.refuse_sample, by=lab.analyst, sample=sample, arrival="sound", reason="In doubt")
    lab.do(laboratories.refuse_sample, by=lab.analyst, sample=sample, arrival="leaking", reason="A crack in the lid")
    with refuses("sample.refused_there"):
        lab.result(sample, "viability", "90")
    send(lab, sample, laboratory)
    receive(lab, sample)
    lab.result(sample, "viability", "90")
    with refuses("sample.there_already"):
        send(lab, sample, laboratory)
    with lab.house.read() as tx:
        assert [one.phase for one in ways.transfers_of(tx, sample)] == [TransferPhase.RECEIVED, TransferPhase.REFUSED]


def test_nothing_arrives_before_it_was_sent(lab: Lab, sample: str, refuses: Refuses) -> None:
    lab.wait(hours=3)
    send(lab, sample, ours(lab))
    with refuses("sample.arrived_before_sent"):
        receive(lab, sample, why="Late", happened_at=lab.house.clock.now() - timedelta(hours=1))


def test_where_nothing_may_be_sent(lab: Lab, sample: str, refuses: Refuses) -> None:
    theirs, own = contract(lab, days=1), ours(lab)
    lab.wait(days=2)
    with refuses("laboratory.agreement_ended"):
        send(lab, sample, theirs)
    lab.do(laboratories.close_laboratory, by=lab.qa, laboratory=own)
    with refuses("laboratory.closed"):
        send(lab, sample, own)
    with refuses("laboratory.phase"):
        lab.do(laboratories.close_laboratory, by=lab.qa, laboratory=own)
    lab.do(commands.discard_sample, by=lab.technician, sample=sample, reason="Used up")
    with refuses("sample.gone"):
        send(lab, sample, ours(lab, "Another"))
    with refuses("sample.gone"):
        lab.do(laboratories.store_sample, by=lab.technician, sample=sample, place=lab.location(kind="store"))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"kind": "in_house", "agreement": "A-1"}, "laboratory.no_agreement_with_ourselves"),
        ({"kind": "contract"}, "laboratory.agreement_needed"),
        ({"kind": "contract", "agreement": "A-1", "agreement_until": "2020-01-01"}, "laboratory.agreement_needed"),
        ({"kind": "in_house", "name": "Known"}, "laboratory.known"),
    ],
)
def test_what_is_no_laboratory(lab: Lab, refuses: Refuses, fields: dict[str, Any], code: str) -> None:
    ours(lab, "Known")
    with refuses(code):
        lab.do(laboratories.register_laboratory, by=lab.qa, **{"name": "New", **fields})
    with pytest.raises(Forbidden):
        lab.do(laboratories.register_laboratory, by=lab.analyst, name="Mine", kind="in_house")


def test_a_sample_is_put_away_and_taken_out_again(lab: Lab, sample: str, refuses: Refuses) -> None:
    store = lab.location("Cold store", kind="store")
    with refuses("sample.not_a_store"):
        lab.do(laboratories.store_sample, by=lab.technician, sample=sample, place=lab.location("Bench 9"))
    lab.do(laboratories.store_sample, by=lab.technician, sample=sample, place=store, position="R1-04")
    with lab.house.read() as tx:
        facts = queries.sample_facts(tx, sample)
        assert str(where_is(tx, facts)) == "Cold store, R1-04"
    send(lab, sample, ours(lab))
    with lab.house.read() as tx:
        facts = queries.sample_facts(tx, sample)
        assert (facts.place, facts.position) == (None, None)


def test_a_retained_sample_is_kept_to_its_day(lab: Lab, refuses: Refuses) -> None:
    lab.specify("product")
    lot = lab.lot(phase="open")
    container = lab.containers(lot)[0]
    fields: dict[str, Any] = {"container": container, "volume_ul": 500}
    with refuses("sample.keep_until_needed"):
        lab.do(commands.take_sample, by=lab.technician, **fields, purpose="retention")
    with refuses("sample.keep_until_needed"):
        lab.do(commands.take_sample, by=lab.technician, **fields, purpose="retention", keep_until=lab.today())
    last = lab.today() + timedelta(days=10)
    with refuses("sample.keep_until_odd"):
        lab.do(commands.take_sample, by=lab.technician, **fields, keep_until=last)
    kept: dict[str, Any] = {"purpose": "retention", "vessel": "cryovial", "keep_until": last}
    sample = lab.do(commands.take_sample, by=lab.technician, **fields, **kept)["sample"]
    lab.wait(days=10)
    with refuses("sample.retained"):
        lab.do(commands.discard_sample, by=lab.technician, sample=sample, reason="No room")
    lab.wait(days=1)
    lab.do(commands.discard_sample, by=lab.technician, sample=sample, reason="Its time is over")
    with lab.house.read() as tx:
        assert queries.sample_facts(tx, sample).phase is SamplePhase.DISCARDED
        assert len(plan_page(tx, lot).samples) == 1


def test_a_sample_goes_nowhere_until_its_label_was_scanned_back(lab: Lab, refuses: Refuses) -> None:
    """Neither to a laboratory nor to a test: as a container, it is used under a label that was proven on it."""
    lab.specify("product")
    lot = lab.lot(phase="open")
    container = lab.containers(lot)[0]
    bare = str(lab.do(commands.take_sample, by=lab.technician, container=container, volume_ul=500)["sample"])
    to = ours(lab)
    with refuses("container.unlabelled"):
        send(lab, bare, to)
    with refuses("container.unlabelled"):
        lab.result(bare, "mycoplasma", "negative")
    label = lab.label(bare, "sample", phase="printed")

    def turned(tx: CommandTx, phase: str) -> None:
        tx.change(tx.lock(Label, label), phase=phase)

    for phase, code in (("printed", "label.unconfirmed"), ("stopped", "label.stopped")):
        lab.seed(partial(turned, phase=phase))
        with refuses(code):
            send(lab, bare, to)
        with refuses(code):
            lab.result(bare, "mycoplasma", "negative")
    lab.seed(partial(turned, phase="confirmed"))
    lab.result(bare, "mycoplasma", "negative")
    send(lab, bare, to)
