"""One person destroys, another watches."""

from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from cellchain.custody import commands, queries
from cellchain.custody.destructions import queries as records
from cellchain.custody.timeline import timeline
from cellchain.kernel.errors import Forbidden
from cellchain.manufacturing import queries as manufacturing
from tests.custody.conftest import Places, Refuses, badge, offer
from tests.quality.app import app_for
from tests.quality.lab import Lab

NOTHING: dict[str, Any] = {
    "method": "autoclave",
    "place": "LC012600099923",
    "volume_ul": 0,
    "reason": "None",
    "witness_badge": "x",
}


def destroy(lab: Lab, places: Places, witness_badge: str) -> dict[str, Any]:
    fields: dict[str, Any] = {"method": "autoclave", "place": places.store, "volume_ul": 400_000}
    fields |= {"reason": "Came back unused", "witness_badge": witness_badge}
    return lab.do(commands.destroy, by=lab.technician, subject=places.bag, **fields)


def test_it_is_gone_for_good(lab: Lab, places: Places, refuses: Refuses) -> None:
    made = destroy(lab, places, f"]C1{badge(lab, lab.second_technician.person)}\r")
    assert made["witness"] == lab.second_technician.person
    with lab.house.read() as tx:
        assert manufacturing.container_facts(tx, places.bag).phase == "discarded"
        assert queries.whereabouts(tx, places.bag).state == "destroyed"
        assert "custody.destroyed" in {code for code, _ in queries.custody_problems(tx, places.bag)}
        assert timeline(tx, places.bag)[-1].other == lab.second_technician.person
        assert {edge.source for edge in queries.edges_to(tx, [places.bag])} == {
            lab.technician.person,
            lab.second_technician.person,
        }
    with refuses("label.void"):
        offer(lab, places)
    with refuses("custody.destroyed"):
        lab.do(commands.store, by=lab.technician, subject=places.bag, location=places.store)


def test_the_witness_is_somebody_else_with_a_live_badge(lab: Lab, places: Places, refuses: Refuses) -> None:
    with refuses("destroy.witness_same"):
        destroy(lab, places, badge(lab, lab.technician.person))
    with refuses("destroy.witness_unknown"):
        destroy(lab, places, "PS012600000197")
    with refuses("destroy.witness_unknown"):
        destroy(lab, places, badge(lab, lab.nurse.person, roles=False))


def test_the_record_is_whole_once_the_witness_has_signed(lab: Lab, places: Places, refuses: Refuses) -> None:
    second, third = lab.second_technician, lab.house.actor("technician", number=3)
    made = destroy(lab, places, badge(lab, second.person))
    with lab.house.read() as tx:
        view = records.destruction_page(tx, made["destruction"])
        assert [row.id for row in records.unsigned_by(tx, second.person)] == [made["destruction"]]
        assert records.number_of(tx, places.bag) == made["destruction"]
    assert (view.row.method, view.row.volume_ul, view.place_name) == ("autoclave", 400_000, "Cold store")
    assert [one.meaning for one in view.signatures] == ["I destroyed this, as the record says"]
    for other in (lab.technician, third):
        with refuses("destroy.other_witness"):
            lab.do(commands.witness_destruction, by=other, destruction=made["destruction"])
    lab.do(commands.witness_destruction, by=second, destruction=made["destruction"])
    with refuses("destroy.witnessed_already"):
        lab.do(commands.witness_destruction, by=second, destruction=made["destruction"])
    with lab.house.read() as tx:
        view = records.destruction_page(tx, made["destruction"])
        assert records.unsigned_by(tx, second.person) == []
    assert [one.meaning for one in view.signatures][1:] == ["I saw this destroyed, as the record says"]


def test_the_record_is_a_page_to_sign_and_print(lab: Lab, places: Places) -> None:
    made = destroy(lab, places, badge(lab, lab.second_technician.person))["destruction"]
    who = [lab.technician]
    with TestClient(app_for(lab.house, lambda: who[0]), base_url="https://testserver") as client:
        page = client.get(f"/custody/destructions/{made}").text
        assert "the witness has not signed." in page
        assert "Autoclave" in page
        assert "Cold store" in page
        assert "witness_destruction" not in page
        assert f"/custody/destructions/{made}" in client.get(f"/custody/{places.bag}").text
        who[0] = lab.second_technician
        assert f"witness_destruction?destruction={made}" in client.get(f"/custody/destructions/{made}").text
        assert "1 waits for its witness." in client.get("/custody/destructions").text
        lab.do(commands.witness_destruction, by=lab.second_technician, destruction=made)
        page = client.get(f"/custody/destructions/{made}").text
        assert "signed by both." in page
        assert "I saw this destroyed, as the record says" in page
        assert client.get("/custody/destructions/99").status_code == 404


def test_where_it_is_destroyed_is_open(lab: Lab, places: Places, refuses: Refuses) -> None:
    with refuses("record.not_found"):
        destroy(lab, replace(places, store="LC012600099923"), badge(lab, lab.second_technician.person))


def test_not_while_it_is_offered(lab: Lab, places: Places, refuses: Refuses) -> None:
    offer(lab, places)
    with refuses("hand_over.open"):
        destroy(lab, places, badge(lab, lab.second_technician.person))


def test_an_analyst_may_not(lab: Lab, places: Places) -> None:
    with pytest.raises(Forbidden):
        lab.do(commands.destroy, by=lab.analyst, subject=places.bag, **NOTHING)
    with pytest.raises(Forbidden):
        lab.do(commands.witness_destruction, by=lab.analyst, destruction=1)
