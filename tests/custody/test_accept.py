"""Into another pair of hands, or not."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cellchain.custody import commands, queries
from cellchain.custody.models import HandOver
from cellchain.identity.codes import Kind
from cellchain.identity.numbering import issue
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing.models import Container
from cellchain.quality import queries as quality
from tests.custody.conftest import Places, Refuses, label, offer, take
from tests.custody.test_hand_over import codes
from tests.quality.lab import Lab
from tests.quality.workshop import row


def test_nobody_takes_what_they_give(lab: Lab, places: Places, refuses: Refuses) -> None:
    offer(lab, places)
    with refuses("hand_over.same_person"):
        lab.do(commands.accept, by=lab.technician, label=places.label, temperature_mc=4_000, seal="S-1")
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
        assert (warm.temperature_mc, warm.kind) == (8_001, "temperature")
        assert (seal.temperature_mc, seal.kind) == (None, "seal")
        deviations = quality.deviations_on(tx, places.bag)
    assert [item.rule for item in deviations] == ["custody:excursion:noticed"] * 2


def marrow(lab: Lab, places: Places, *, hours_left: float) -> Places:
    """A labelled harvest bag in the store, with so many hours left until it has to be worked on."""

    def work(tx: CommandTx) -> str:
        made = tx.add(
            row(
                Container,
                code=issue(tx, Kind.CONTAINER),
                kind="harvest_bag",
                content="marrow",
                phase="in_use",
                cells_grown_count=0,
                volume_ul=60_000,
                volume_made_ul=60_000,
                made_at=tx.now - timedelta(hours=1),
                made_by=lab.technician.person,
                expires_at=tx.now + timedelta(hours=hours_left),
            )
        )
        return str(made.code)

    code = lab.seed(work)
    bag = replace(places, bag=code, label=label(lab, code, design="harvest_bag"))
    lab.do(commands.store, by=lab.technician, subject=bag.bag, location=bag.store, position="A2")
    return bag


@pytest.mark.parametrize(
    ("hours_left", "temperature_mc", "rules"),
    [
        (2, 5_000, []),
        (2, 20_500, ["custody:excursion:noticed"]),
        (0.5, 5_000, ["custody:arrival:late"]),
        (0.5, 20_500, ["custody:arrival:late", "custody:excursion:noticed"]),
    ],
)
def test_marrow_that_comes_late_or_warm_is_told_to_quality(
    lab: Lab, places: Places, hours_left: float, temperature_mc: int, rules: list[str]
) -> None:
    bag = marrow(lab, places, hours_left=hours_left)
    offer(lab, bag)
    lab.wait(minutes=45)
    assert take(lab, bag, temperature_mc=temperature_mc)["excursion"] is (temperature_mc > 8_000)
    with lab.house.read() as tx:
        found = quality.deviations_on(tx, bag.bag)
        assert queries.whereabouts(tx, bag.bag).location == places.ward
    assert sorted(item.rule or "" for item in found) == rules


@pytest.mark.parametrize(("temperature_mc", "outside"), [(2_000, False), (8_000, False), (1_999, True), (8_001, True)])
def test_the_range_is_two_to_eight_degrees(lab: Lab, places: Places, temperature_mc: int, outside: bool) -> None:
    offer(lab, places)
    assert take(lab, places, temperature_mc=temperature_mc)["excursion"] is outside


def test_both_scan_the_label_on_the_bag_and_where_they_stand_is_kept(lab: Lab, places: Places) -> None:
    offer(lab, places)
    take(lab, places)
    with lab.house.read() as tx:
        row = tx.get(HandOver, 1)
    assert (row.given_label, row.taken_label) == (places.label, places.label)
    assert (row.given_device, row.taken_device) == ("bench-1", "bench-1")


def test_a_bag_changes_hands_by_its_own_label_alone(lab: Lab, places: Places, refuses: Refuses) -> None:
    other = lab.containers(lab.lot("control"))[0]
    strange, tag = label(lab, other), label(lab, places.bag, design="issue_tag")
    offer(lab, places)
    fields: dict[str, Any] = {"temperature_mc": 4_000, "seal": "S-1"}
    for code, scan in {
        "hand_over.scan_needed": {"subject": places.bag},
        "hand_over.nothing_scanned": {},
        "hand_over.other_thing": {"subject": places.bag, "label": strange},
        "hand_over.none": {"label": strange},
        "hand_over.not_a_label": {"label": tag},
    }.items():
        with refuses(code):
            lab.do(commands.accept, by=lab.nurse, **scan, **fields)
    for symbol in ("nonsense", places.bag, places.label.lower()):
        with refuses("hand_over.not_a_label"):
            lab.do(commands.accept, by=lab.nurse, label=symbol, **fields)


def test_a_void_label_stands_for_nothing(lab: Lab, places: Places, refuses: Refuses) -> None:
    void = label(lab, places.bag, "destroyed")
    with refuses("label.void"):
        lab.do(commands.accept, by=lab.nurse, label=void, temperature_mc=4_000, seal="S-1")


def test_a_long_hand_over_spends_the_budget(lab: Lab, places: Places) -> None:
    offer(lab, places)
    lab.wait(minutes=31)
    made = take(lab, places)
    assert made["excursion"]
    assert codes(lab, places.bag) == {"custody.excursion_open", "custody.budget_spent"}
    with lab.house.read() as tx:
        [found] = queries.open_excursions(tx)
        [deviation] = quality.deviations_on(tx, places.bag)
    assert (found.kind, found.minutes) == ("budget", 31)
    assert deviation.rule == "custody:excursion:noticed"
    lab.do(commands.assess_excursion, by=lab.qa, excursion=found.id, outcome="usable", assessment="Stable for 2 h")
    assert codes(lab, places.bag) == set()
