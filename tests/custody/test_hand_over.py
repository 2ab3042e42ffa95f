"""Out of one pair of hands."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cellchain.composition import IN_HANDS_OF
from cellchain.custody import commands, queries, rules
from cellchain.custody.timeline import timeline
from cellchain.kernel.errors import Forbidden
from cellchain.quality.recalls import queries as recalls
from cellchain.quality.recalls.rules import Criteria
from tests.custody.conftest import Places, Refuses, at_ward, label, offer, take
from tests.quality.lab import Lab


def codes(lab: Lab, bag: str) -> set[str]:
    with lab.house.read() as tx:
        return {code for code, _ in queries.custody_problems(tx, bag)}


def test_two_people_hand_a_bag_to_the_ward(lab: Lab, places: Places) -> None:
    assert codes(lab, places.bag) == {"custody.not_at_ward"}
    offer(lab, places)
    assert codes(lab, places.bag) == {"custody.hand_over_open"}
    with lab.house.read() as tx:
        assert [row.subject for row in queries.open_offers(tx)] == [places.bag]
        assert not queries.at_ward(tx, places.bag)
        assert queries.whereabouts(tx, places.bag).state == "offered"
    made = take(lab, places)
    assert (made["phase"], made["excursion"]) == ("accepted", False)
    assert codes(lab, places.bag) == set()
    with lab.house.read() as tx:
        assert queries.at_ward(tx, places.bag)
        assert queries.whereabouts(tx, places.bag).location == places.ward
        kinds = [item.kind for item in timeline(tx, places.bag)]
        assert kinds == ["stored", "offered", "accepted"]
        people = {edge.source for edge in queries.edges_to(tx, [places.bag])}
        assert people == {lab.technician.person, lab.nurse.person}
        assert [edge.target for edge in queries.edges_from(tx, [lab.nurse.person])] == [places.bag]
        assert queries.edges_from(tx, [places.bag]) == []


def test_a_recall_by_person_reaches_what_they_handed_over_and_took(lab: Lab, places: Places) -> None:
    lab.house.database.house = lab.handed(in_hands_of=IN_HANDS_OF)
    begin = lab.house.clock.now()
    lab.wait(hours=3)
    offer(lab, places)
    lab.wait(hours=1)
    offered_by, taken_by = lab.technician.person, lab.nurse.person

    def reached(**named: Any) -> tuple[str, ...]:
        with lab.house.read() as tx:
            return recalls.find(tx, Criteria(**named)).bags

    assert places.bag not in reached(root=taken_by), "it was offered to nobody by name"
    take(lab, places)
    lab.wait(hours=1)
    assert places.bag in reached(root=offered_by)
    assert reached(root=taken_by) == (places.bag,)
    assert reached(root=taken_by, since=begin, until=begin + timedelta(hours=2)) == ()
    assert reached(root=taken_by, since=begin + timedelta(hours=2)) == (places.bag,)


def test_it_leaves_a_known_place_for_another(lab: Lab, places: Places, refuses: Refuses) -> None:
    with refuses("hand_over.same_place"):
        offer(lab, places, to=places.store)
    other = lab.containers(lab.lot("control"))[0]
    fields: dict[str, Any] = {"subject": other, "to_location": places.ward, "temperature_mc": 4_000, "seal": "S-2"}
    fields["label"] = label(lab, other)
    with refuses("hand_over.from_unknown"):
        lab.do(commands.hand_over, by=lab.technician, **fields)
    lab.do(commands.hand_over, by=lab.technician, from_location=places.store, **fields)


def test_from_the_ward_on_it_is_the_wards_no_more(lab: Lab, places: Places) -> None:
    at_ward(lab, places)
    fields: dict[str, Any] = {
        "label": places.label,
        "to_location": places.courier,
        "temperature_mc": 4_000,
        "seal": "S-1",
    }
    lab.do(commands.hand_over, by=lab.nurse, **fields)
    lab.do(commands.accept, by=lab.technician, label=places.label, temperature_mc=4_000, seal="S-1")
    assert codes(lab, places.bag) == {"custody.not_at_ward"}


def test_an_analyst_may_not(lab: Lab, places: Places) -> None:
    orders: list[tuple[Callable[..., Any], dict[str, Any]]] = [
        (commands.accept, {"temperature_mc": 4_000, "seal": "S"}),
        (commands.hand_over, {"to_location": places.ward, "temperature_mc": 4_000, "seal": "S"}),
        (commands.refuse_hand_over, {"reason": "None"}),
    ]
    for function, fields in orders:
        with pytest.raises(Forbidden):
            lab.do(function, by=lab.analyst, subject=places.bag, **fields)


def test_nothing_changes_hands_without_a_label_that_was_scanned_back(
    lab: Lab, places: Places, refuses: Refuses
) -> None:
    vial, bare = lab.containers(lab.lot("bank"))[0], lab.containers(lab.lot())[1]
    fields: dict[str, Any] = {"to_location": places.ward, "temperature_mc": -150_000, "seal": "S-2"}
    lab.do(commands.store, by=lab.technician, subject=vial, location=places.store, position="A2")
    with refuses("container.unlabelled"):
        lab.do(commands.hand_over, by=lab.technician, subject=vial, **fields)
    printed = label(lab, bare, "printed")
    with refuses("label.unconfirmed"):
        offer(lab, replace(places, bag=bare, label=printed))
    label(lab, vial, design="cryovial")
    lab.do(commands.hand_over, by=lab.technician, subject=vial, **fields)


def test_a_label_found_in_another_place_stops_its_thing(lab: Lab, places: Places, refuses: Refuses) -> None:
    label(lab, places.bag, "stopped", "container")
    with refuses("label.stopped"):
        offer(lab, places)


def test_after_the_issue_tag_labels_are_counted_again(lab: Lab, refuses: Refuses) -> None:
    rules.labels_are_counted(is_tagged=True, is_reconciled=True)
    rules.labels_are_counted(is_tagged=False, is_reconciled=False)
    with refuses("custody.labels_unreconciled"):
        rules.labels_are_counted(is_tagged=True, is_reconciled=False)
