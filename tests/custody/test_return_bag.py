"""A bag comes back unused, and is never given out again."""

from typing import Any

import pytest

from cellchain.custody import commands, queries
from cellchain.kernel.errors import Forbidden
from cellchain.manufacturing.models import Container
from cellchain.quality import commands as quality_commands
from cellchain.quality import queries as quality
from cellchain.quality.rules.lifecycles import DeviationKind
from tests.custody.conftest import Places, Refuses, at_ward, badge, offer
from tests.custody.test_destroy import destroy
from tests.quality.lab import Lab


def bring_back(lab: Lab, places: Places, *, seal_intact: bool = True) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "location": places.store,
        "temperature_mc": 5_000,
        "seal_intact": seal_intact,
        "reason": "Fever before the start",
    }
    return lab.do(commands.return_bag, by=lab.nurse, bag=places.bag, **fields)


def test_it_is_back_and_stays_back(lab: Lab, places: Places, refuses: Refuses) -> None:
    at_ward(lab, places)
    bring_back(lab, places)
    entry, opened, answer = lab.house.entries()[-3:]
    assert (entry.event, entry.subject) == ("custody:bag:returned", places.bag)
    assert opened.event == "quality:deviation:opened"
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


def test_a_returned_product_is_a_deviation_of_its_own_kind(lab: Lab, places: Places, refuses: Refuses) -> None:
    """With its temperature and its seal; it is closed once the bag is destroyed before a witness."""
    at_ward(lab, places)
    bring_back(lab, places, seal_intact=False)
    with lab.house.read() as tx:
        [row] = quality.deviations_on(tx, places.bag)
    assert (row.kind, row.lot is not None) == (DeviationKind.RETURNED_PRODUCT, True)
    told: dict[str, Any] = {name: row.facts[name] for name in ("bag", "location", "temperature_mc", "seal_broken")}
    assert told == {"bag": places.bag, "location": places.store, "temperature_mc": 5_000, "seal_broken": True}
    assert str(row.account) == "It came back at 5 °C, its seal broken."
    assessed: dict[str, Any] = {"deviation": row.id, "severity": "minor", "assessment": "No effect", "reach": "thing"}
    lab.do(quality_commands.assess_deviation, by=lab.qa, **assessed)
    close: dict[str, Any] = {"deviation": row.id, "conclusion": "Destroyed"}
    with refuses("deviation.returned_not_destroyed"):
        lab.do(quality_commands.close_deviation, by=lab.second_qa, **close)
    destroy(lab, places, badge(lab, lab.second_technician.person))
    lab.do(quality_commands.close_deviation, by=lab.second_qa, **close)


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
