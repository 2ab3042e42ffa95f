"""Into another pair of hands, or not."""

import pytest

from cellchain.custody import commands, queries
from cellchain.quality import queries as quality
from tests.custody.conftest import Places, Refuses, offer, take
from tests.custody.test_hand_over import codes
from tests.quality.lab import Lab


def test_nobody_takes_what_they_give(lab: Lab, places: Places, refuses: Refuses) -> None:
    offer(lab, places)
    with refuses("hand_over.same_person"):
        lab.do(commands.accept, by=lab.technician, subject=places.bag, temperature_mc=4_000, seal="S-1")
    with refuses("hand_over.open"):
        offer(lab, places)


def test_nothing_is_taken_that_nobody_offers(lab: Lab, places: Places, refuses: Refuses) -> None:
    with refuses("hand_over.none"):
        take(lab, places)


def test_a_refused_hand_over_leaves_it_where_it_was(lab: Lab, places: Places) -> None:
    offer(lab, places)
    made = lab.do(commands.refuse_hand_over, by=lab.nurse, subject=places.bag, reason="Label torn")
    assert made["phase"] == "refused"
    assert codes(lab, places.bag) == {"custody.not_at_ward"}
    with lab.house.read() as tx:
        assert queries.whereabouts(tx, places.bag).location == places.store
    offer(lab, places)


def test_too_warm_or_another_seal_waits_for_qa(lab: Lab, places: Places) -> None:
    offer(lab, places)
    made = take(lab, places, temperature_mc=8_001, seal="S-9")
    assert made["excursion"]
    assert codes(lab, places.bag) == {"custody.excursion_open"}
    with lab.house.read() as tx:
        warm, seal = queries.open_excursions(tx)
        assert (warm.temperature_mc, warm.seal_broken) == (8_001, False)
        assert (seal.temperature_mc, seal.seal_broken) == (None, True)
        deviations = quality.deviations_on(tx, places.bag)
    assert [item.rule for item in deviations] == ["custody:excursion:noticed"] * 2


@pytest.mark.parametrize(("temperature_mc", "outside"), [(2_000, False), (8_000, False), (1_999, True), (8_001, True)])
def test_the_range_is_two_to_eight_degrees(lab: Lab, places: Places, temperature_mc: int, outside: bool) -> None:
    offer(lab, places)
    assert take(lab, places, temperature_mc=temperature_mc)["excursion"] is outside
