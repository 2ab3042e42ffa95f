"""An exercise of a recall, and a recall with its stopwatch: start_recall, list_recall, account_for, close_recall."""

from collections.abc import Callable
from typing import Any

import pytest

from cellchain.kernel.errors import Forbidden
from cellchain.ledger.actor import Actor
from cellchain.quality import commands, queries
from cellchain.quality.recalls import queries as recalls
from cellchain.quality.recalls.rules import RecallPhase
from cellchain.quality.rules.lifecycles import DispositionPhase
from tests.quality.conftest import Refuses
from tests.quality.lab import Lab


def start(lab: Lab, kind: str = "exercise") -> tuple[int, str]:
    _, donation = lab.donation()
    lot = lab.released(sources=(donation,))
    made = lab.do(commands.start_recall, by=lab.qa, kind=kind, root=donation, reason="The yearly exercise")
    return int(made["recall"]), lot


def acknowledge(lab: Lab, number: int, by: Actor) -> None:
    with lab.house.read() as tx:
        alerts = recalls.alerts_of(tx, recall=number)
    for row in alerts:
        lab.do(commands.acknowledge_alert, by=by, alert=row.id)


def test_an_exercise_runs_to_its_end_and_stops_nothing(lab: Lab) -> None:
    sponsor = lab.house.actor("sponsor", number=1)
    number, lot = start(lab)
    lab.wait(seconds=5)
    listed = lab.do(commands.list_recall, by=lab.qa, recall=number)
    assert (listed["found"], listed["lots"]) == (2, 1)
    first, second = lab.containers(lot)
    lab.wait(minutes=10)
    acknowledge(lab, number, sponsor)
    counted = lab.do(commands.account_for, by=lab.technician, recall=number, subjects=[first], place="Shelf")
    assert (counted["found"], counted["accounted"], counted["effectiveness_permille"]) == (2, 1, 500)
    lab.do(commands.close_recall, by=lab.second_qa, recall=number, conclusion="One bag was not found in time.")
    with lab.house.read() as tx:
        facts = recalls.recall_facts(tx, number)
        assert not recalls.is_recalled(tx, first)
        assert queries.held_above(tx, lot) == []
    assert (facts.phase, facts.found_count, facts.lots_count) == (RecallPhase.CLOSED, 2, 1)
    assert facts.accounted_count == 1
    assert facts.listed_at is not None
    assert (facts.listed_at - facts.started_at).total_seconds() == 5
    assert lab.disposition(lot).phase is DispositionPhase.CONDITIONALLY_RELEASED
    assert lab.codes(second) == {"bag.issue_tag_missing"}
    events = [one.event for one in lab.house.entries() if one.event.startswith("quality:recall:")]
    assert events == [f"quality:recall:{act}" for act in ("started", "listed", "accounted", "closed")]


def test_an_exercise_is_no_recall(lab: Lab, refuses: Refuses) -> None:
    number, _ = start(lab)
    with refuses("recall.phase"):
        lab.do(commands.close_recall, by=lab.qa, recall=number, conclusion="Nothing was listed.")
    lab.do(commands.list_recall, by=lab.qa, recall=number)
    with refuses("recall.is_exercise"):
        lab.do(commands.recall, by=lab.qa, recall=number)
    with refuses("recall.listed_already"):
        lab.do(commands.list_recall, by=lab.qa, recall=number)
    with refuses("recall.unread"):
        lab.do(commands.close_recall, by=lab.qa, recall=number, conclusion="Too early to be closed.")


def test_a_recall_with_a_stopwatch(lab: Lab, refuses: Refuses) -> None:
    number, lot = start(lab, "recall")
    bag, _ = lab.containers(lot)
    seen = lab.do(commands.list_recall, by=lab.qa, recall=number)["seen"]
    with refuses("recall.not_signed"):
        lab.do(commands.close_recall, by=lab.qa, recall=number, conclusion="Nothing was signed.")
    with refuses("recall.not_open"):
        lab.do(commands.account_for, by=lab.technician, recall=number, subjects=[bag], place="Shelf")
    assert lab.codes(bag) == {"bag.issue_tag_missing"}
    with refuses("recall.scope_changed"):
        lab.do(commands.recall, by=lab.qa, recall=number, seen="0" * 64)
    lab.wait(minutes=3)
    made = lab.do(commands.recall, by=lab.qa, recall=number, seen=seen)
    assert made["recall"] == number
    assert lab.codes(bag) >= {"lot.recalled", "bag.recalled"}
    with refuses("recall.phase"):
        lab.do(commands.recall, by=lab.qa, recall=number, seen=seen)
    with refuses("recall.not_an_item"):
        other = lab.containers(lab.lot("control"))[0]
        lab.do(commands.account_for, by=lab.technician, recall=number, subjects=[other], place="Shelf")
    lab.do(commands.account_for, by=lab.technician, recall=number, subjects=[bag], place="Shelf")
    with refuses("recall.found_already"):
        lab.do(commands.account_for, by=lab.second_technician, recall=number, subjects=[bag], place="Shelf")


def test_a_start_names_something(lab: Lab, refuses: Refuses) -> None:
    with refuses("recall.no_criterion"):
        lab.do(commands.start_recall, by=lab.qa, reason="Somewhere")


def test_who_acknowledges(lab: Lab, refuses: Refuses) -> None:
    number, _ = start(lab)
    lab.do(commands.list_recall, by=lab.qa, recall=number)
    sponsor, physician = lab.house.actor("sponsor", number=1), lab.house.actor("physician", number=1)
    with lab.house.read() as tx:
        (alert,) = recalls.alerts_of(tx, recall=number)
    assert (alert.audience, alert.exercise) == ("sponsor", True)
    with refuses("alert.not_for_you"):
        lab.do(commands.acknowledge_alert, by=physician, alert=alert.id)
    lab.do(commands.acknowledge_alert, by=sponsor, alert=alert.id)
    with refuses("alert.phase"):
        lab.do(commands.acknowledge_alert, by=sponsor, alert=alert.id)


@pytest.mark.parametrize("verb", [commands.start_recall, commands.list_recall, commands.close_recall])
def test_qa_alone(lab: Lab, verb: Callable[..., Any]) -> None:
    fields: dict[str, Any] = {"recall": 1} if verb is not commands.start_recall else {"root": None, "reason": "Why not"}
    if verb is commands.close_recall:
        fields["conclusion"] = "Nothing was ever found."
    with pytest.raises(Forbidden):
        lab.do(verb, by=lab.analyst, **fields)
