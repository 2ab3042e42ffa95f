"""A bag comes back unused, and is never given out again."""

from typing import Any

import pytest

from cellchain.custody import commands, queries
from cellchain.kernel.errors import Forbidden
from cellchain.manufacturing.models import Container
from tests.custody.conftest import Places, Refuses, at_ward, offer
from tests.quality.lab import Lab


def bring_back(lab: Lab, places: Places) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "location": places.store,
        "temperature_mc": 5_000,
        "seal_intact": True,
        "reason": "Fever before the start",
    }
    return lab.do(commands.return_bag, by=lab.nurse, bag=places.bag, **fields)


def test_it_is_back_and_stays_back(lab: Lab, places: Places, refuses: Refuses) -> None:
    at_ward(lab, places)
    bring_back(lab, places)
    entry, answer = lab.house.entries()[-2:]
    assert (entry.event, entry.subject) == ("custody:bag:returned", places.bag)
    assert answer.event == "trial:infusion:due_again"
    with lab.house.read() as tx:
        assert queries.is_returned(tx, places.bag)
        assert not queries.at_ward(tx, places.bag)
        assert {code for code, _ in queries.custody_problems(tx, places.bag)} == {
            "custody.returned",
            "custody.not_at_ward",
        }
    with refuses("custody.returned"):
        offer(lab, places)
    with refuses("return.already"):
        bring_back(lab, places)


def test_only_what_the_ward_has(lab: Lab, places: Places, refuses: Refuses) -> None:
    with refuses("return.not_at_ward"):
        bring_back(lab, places)


def test_only_what_was_not_used(lab: Lab, places: Places, refuses: Refuses) -> None:
    at_ward(lab, places)
    lab.seed(lambda tx: tx.change(tx.lock(Container, places.bag), phase="spent", cells_count=0, volume_ul=0))
    with refuses("return.used"):
        bring_back(lab, places)


def test_an_analyst_may_not(lab: Lab, places: Places) -> None:
    fields: dict[str, Any] = {"location": places.store, "temperature_mc": 5_000, "seal_intact": True, "reason": "None"}
    with pytest.raises(Forbidden):
        lab.do(commands.return_bag, by=lab.analyst, bag=places.bag, **fields)
