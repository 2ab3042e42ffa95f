"""One person destroys, another watches."""

from typing import Any

import pytest

from cellchain.custody import commands, queries
from cellchain.custody.timeline import timeline
from cellchain.kernel.errors import Forbidden
from cellchain.manufacturing import queries as manufacturing
from tests.custody.conftest import Places, Refuses, badge, offer
from tests.quality.lab import Lab


def destroy(lab: Lab, places: Places, witness_badge: str) -> dict[str, Any]:
    fields: dict[str, Any] = {"reason": "Came back unused", "witness_badge": witness_badge}
    return lab.do(commands.destroy, by=lab.technician, subject=places.bag, **fields)


def test_it_is_gone_for_good(lab: Lab, places: Places, refuses: Refuses) -> None:
    made = destroy(lab, places, f"]C1{badge(lab, lab.second_technician.person)}\r")
    assert made["witness"] == lab.second_technician.person
    with lab.house.read() as tx:
        assert manufacturing.container_facts(tx, places.bag).phase == "discarded"
        assert queries.whereabouts(tx, places.bag).state == "destroyed"
        assert "custody.destroyed" in {code for code, _ in queries.custody_problems(tx, places.bag)}
        assert timeline(tx, places.bag)[-1].other == lab.second_technician.person
        assert {edge.source for edge in queries.edges_to(tx, places.bag)} == {
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


def test_not_while_it_is_offered(lab: Lab, places: Places, refuses: Refuses) -> None:
    offer(lab, places)
    with refuses("hand_over.open"):
        destroy(lab, places, badge(lab, lab.second_technician.person))


def test_an_analyst_may_not(lab: Lab, places: Places) -> None:
    with pytest.raises(Forbidden):
        lab.do(commands.destroy, by=lab.analyst, subject=places.bag, reason="None", witness_badge="x")
