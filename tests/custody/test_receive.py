"""What arrives is looked at: taken in, taken in under hold, or not at all."""

from dataclasses import replace
from typing import Any

import pytest

from cellchain.custody import commands, queries
from cellchain.custody.timeline import timeline
from cellchain.kernel.errors import Forbidden
from cellchain.quality import queries as quality
from tests.custody.conftest import Box, Places, Refuses, label, pack, receive, sent, ship
from tests.custody.test_hand_over import codes
from tests.custody.test_import_log import read_out
from tests.quality.lab import Lab


def test_the_ward_has_it(lab: Lab, places: Places, box: Box, refuses: Refuses) -> None:
    code = sent(lab, places, box)
    made = receive(lab, places, code)
    assert (made["phase"], made["excursion"], made["subjects"]) == ("received", False, [places.bag])
    with lab.house.read() as tx:
        assert queries.at_ward(tx, places.bag)
        assert queries.whereabouts(tx, places.bag).location == places.ward
        assert [row.code for row in queries.unread_loggers(tx)] == [code]
        assert [item.kind for item in timeline(tx, places.bag)] == ["stored", "packed", "shipped", "received"]
    assert codes(lab, places.bag) == {"custody.chain_broken"}, "until its logger is read out"
    read_out(lab, code, box, minutes=40)
    assert codes(lab, places.bag) == set()
    with refuses("shipment.phase"):
        receive(lab, places, code)


def test_who_sent_it_does_not_take_it_in(lab: Lab, places: Places, box: Box, refuses: Refuses) -> None:
    code = sent(lab, places, box)
    seen: dict[str, Any] = dict.fromkeys(("seal_intact", "packaging_intact", "labels_legible"), True)
    seen |= {"seal": "S-1", "temperature_mc": 4_500, "labels": (places.label,), "outcome": "accepted"}
    with refuses("hand_over.same_person"):
        lab.do(commands.receive, by=lab.technician, shipment=code, **seen)


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({"seal": "S-2"}, "seal"),
        ({"seal_intact": False}, "seal"),
        ({"packaging_intact": False}, "packaging"),
        ({"labels_legible": False}, "label"),
        ({"temperature_mc": 8_001}, "temperature"),
        ({"labels": ()}, "missing"),
    ],
)
def test_whatever_is_wrong_is_under_hold_until_qa_has_decided(
    lab: Lab, places: Places, box: Box, refuses: Refuses, wrong: dict[str, Any], kind: str
) -> None:
    code = sent(lab, places, box)
    with refuses("receipt.findings"):
        receive(lab, places, code, **wrong)
    assert receive(lab, places, code, **wrong, outcome="under_hold")["excursion"]
    with lab.house.read() as tx:
        [found] = queries.open_excursions(tx)
        assert (found.kind, found.subject, found.shipment) == (kind, places.bag, code)
        [deviation] = quality.deviations_on(tx, places.bag)
        assert deviation.rule == "custody:excursion:noticed"
    assert "custody.excursion_open" in codes(lab, places.bag)
    lab.do(commands.assess_excursion, by=lab.qa, excursion=found.id, outcome="usable", assessment="Looked at by QA")
    assert "custody.excursion_open" not in codes(lab, places.bag)


def test_what_is_missing_is_nowhere(lab: Lab, places: Places, box: Box) -> None:
    code = sent(lab, places, box)
    receive(lab, places, code, labels=(), outcome="under_hold")
    lab.wait(minutes=6)
    with lab.house.read() as tx:
        assert queries.whereabouts(tx, places.bag).state == "unknown"
        gap, _, _ = queries.chain_of(tx, places.bag)
        assert gap is not None
        assert gap.kind == "unlogged"
        assert not queries.at_ward(tx, places.bag)
        assert timeline(tx, places.bag)[-2].kind == "missing"


def test_longer_under_way_than_its_shipper_holds(lab: Lab, places: Places, box: Box, refuses: Refuses) -> None:
    code = sent(lab, places, box)
    lab.wait(minutes=6 * 60 - 40)
    lab.wait(seconds=1)
    with refuses("receipt.findings"):
        receive(lab, places, code)
    receive(lab, places, code, outcome="under_hold")
    with lab.house.read() as tx:
        assert [row.kind for row in queries.open_excursions(tx)] == ["late"]


def test_only_what_was_packed_is_inside(lab: Lab, places: Places, box: Box, refuses: Refuses) -> None:
    code = sent(lab, places, box)
    other = lab.containers(lab.lot())[0]
    strange = label(lab, other)
    for refusal, labels in {
        "receipt.not_packed": (places.label, strange),
        "receipt.scanned_twice": (places.label, places.label),
        "hand_over.not_a_label": (places.bag,),
    }.items():
        with refuses(refusal):
            receive(lab, places, code, labels=labels)


def test_under_hold_without_a_finding_needs_a_word(lab: Lab, places: Places, box: Box, refuses: Refuses) -> None:
    code = sent(lab, places, box)
    with refuses("receipt.note_needed"):
        receive(lab, places, code, outcome="under_hold")
    receive(lab, places, code, outcome="under_hold", note="The courier came through rain")
    with lab.house.read() as tx:
        [found] = queries.open_excursions(tx)
    assert (found.kind, found.account) == ("reported", "The courier came through rain")


def test_a_refused_shipment_goes_back_and_waits_for_qa(lab: Lab, places: Places, box: Box, refuses: Refuses) -> None:
    code = sent(lab, places, box)
    with refuses("hand_over.same_person"):
        lab.do(commands.refuse_shipment, by=lab.technician, shipment=code, reason="Crushed")
    made = lab.do(commands.refuse_shipment, by=lab.nurse, shipment=code, reason="Crushed")
    assert made["phase"] == "going_back"
    with lab.house.read() as tx:
        assert queries.whereabouts(tx, places.bag).state == "under_way"
    with refuses("shipment.phase"):
        lab.do(commands.refuse_shipment, by=lab.nurse, shipment=code, reason="Crushed")
    with refuses("hand_over.same_person"):
        receive(lab, places, code)
    seen: dict[str, Any] = dict.fromkeys(("seal_intact", "packaging_intact", "labels_legible"), True)
    seen |= {"seal": "S-1", "temperature_mc": 4_500, "labels": (places.label,), "outcome": "accepted"}
    lab.do(commands.receive, by=lab.technician, shipment=code, **seen)
    with lab.house.read() as tx:
        assert queries.whereabouts(tx, places.bag).location == places.store
        assert not queries.at_ward(tx, places.bag)
        kinds = [item.kind for item in timeline(tx, places.bag)]
    assert sorted(kinds) == sorted(["stored", "packed", "shipped", "refused", "excursion", "received"])
    assert "custody.excursion_open" in codes(lab, places.bag)


def test_what_came_back_is_put_where_somebody_says(lab: Lab, places: Places, box: Box, refuses: Refuses) -> None:
    code = sent(lab, places, box)
    with refuses("receipt.other_place"):
        receive(lab, places, code, location=places.store)
    lab.do(commands.refuse_shipment, by=lab.second_technician, shipment=code, reason="Crushed")
    receive(lab, places, code, location=places.courier)
    with lab.house.read() as tx:
        assert queries.whereabouts(tx, places.bag).location == places.courier


def test_two_bags_one_found(lab: Lab, places: Places, box: Box) -> None:
    bag = lab.containers(lab.lot())[0]
    other = replace(places, bag=bag, label=label(lab, bag))
    lab.do(commands.store, by=lab.technician, subject=bag, location=places.store)
    pack(lab, places, box)
    pack(lab, other, box)
    code = ship(lab, places, box)["shipment"]
    receive(lab, places, code, outcome="under_hold")
    with lab.house.read() as tx:
        assert [(row.kind, row.subject) for row in queries.open_excursions(tx)] == [("missing", bag)]
        assert queries.at_ward(tx, places.bag)


def test_an_analyst_may_not(lab: Lab, places: Places, box: Box) -> None:
    code = sent(lab, places, box)
    with pytest.raises(Forbidden):
        lab.do(commands.refuse_shipment, by=lab.analyst, shipment=code, reason="None")
