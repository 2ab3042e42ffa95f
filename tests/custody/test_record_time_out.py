"""Minutes out of controlled temperature add up over the whole way."""

from datetime import timedelta
from typing import Any

import pytest

from cellchain.custody import commands, queries
from cellchain.kernel.errors import Forbidden
from tests.custody.conftest import Places, Refuses, at_ward, offer, take
from tests.custody.test_hand_over import codes
from tests.quality.lab import Lab


def out(lab: Lab, places: Places, minutes: int, ago: int) -> dict[str, Any]:
    began = lab.house.clock.now() - timedelta(minutes=ago)
    fields: dict[str, Any] = {"taken_out_at": began, "put_back_at": began + timedelta(minutes=minutes)}
    return lab.do(
        commands.record_time_out, by=lab.nurse, subject=places.bag, reason="The refrigerator stood open", **fields
    )


def test_they_add_up_and_count_once(lab: Lab, places: Places) -> None:
    at_ward(lab, places)
    lab.wait(minutes=200)
    assert out(lab, places, 20, 190)["total_minutes"] == 20
    assert out(lab, places, 20, 180)["total_minutes"] == 30, "ten minutes are the same ones"
    made = out(lab, places, 30, 100)
    assert (made["total_minutes"], made["excursion"]) == (60, False)
    assert codes(lab, places.bag) == set()
    made = out(lab, places, 1, 50)
    assert (made["total_minutes"], made["excursion"]) == (61, True)
    assert codes(lab, places.bag) == {"custody.excursion_open", "custody.budget_spent"}


def test_one_long_time_is_too_long(lab: Lab, places: Places) -> None:
    at_ward(lab, places)
    lab.wait(minutes=60)
    assert not out(lab, places, 30, 60)["excursion"]
    assert out(lab, places, 31, 60)["excursion"]


def test_what_qa_allowed_is_allowed_until_more_is_spent(lab: Lab, places: Places) -> None:
    at_ward(lab, places)
    lab.wait(minutes=200)
    out(lab, places, 45, 190)
    lab.do(commands.assess_excursion, by=lab.qa, excursion=1, outcome="usable", assessment="Stable for one hour")
    assert codes(lab, places.bag) == set()
    assert out(lab, places, 1, 100)["excursion"]
    assert codes(lab, places.bag) == {"custody.excursion_open", "custody.budget_spent"}
    with lab.house.read() as tx:
        assert [row.minutes for row in queries.open_excursions(tx)] == [46]


def test_a_bench_counts_and_a_store_does_not(lab: Lab, places: Places) -> None:
    bench = lab.location("Bench 4", "bench")
    lab.do(commands.move, by=lab.technician, subject=places.bag, location=bench)
    lab.wait(minutes=25)
    lab.do(commands.move, by=lab.technician, subject=places.bag, location=places.store)
    lab.wait(minutes=300)
    with lab.house.read() as tx:
        assert queries.chain_of(tx, places.bag)[1].minutes == 25


def test_it_runs_on_while_nobody_acts(lab: Lab, places: Places) -> None:
    bench = lab.location("Bench 4", "bench")
    lab.do(commands.move, by=lab.technician, subject=places.bag, location=bench)
    lab.wait(minutes=31)
    assert codes(lab, places.bag) == {"custody.not_at_ward", "custody.budget_spent"}
    offer(lab, places)
    assert take(lab, places)["excursion"]


def test_times_that_cannot_be(lab: Lab, places: Places, refuses: Refuses) -> None:
    with refuses("time_out.order"):
        out(lab, places, 0, 10)
    with refuses("time_out.in_future"):
        out(lab, places, 11, 10)


def test_an_analyst_may_not(lab: Lab, places: Places) -> None:
    now = lab.house.clock.now()
    fields: dict[str, Any] = {"taken_out_at": now - timedelta(minutes=2), "put_back_at": now, "reason": "None"}
    with pytest.raises(Forbidden):
        lab.do(commands.record_time_out, by=lab.analyst, subject=places.bag, **fields)
