"""One open batch record a station: which opens, which does not, and that labels of another lot do not print there."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest

from cellchain.accounts import commands as accounts
from cellchain.accounts.permissions import permissions_of
from cellchain.labels import commands as labels
from cellchain.labels import queries
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call
from cellchain.manufacturing import commands, stations
from cellchain.manufacturing.rules.lifecycles import LotPhase
from cellchain.manufacturing.rules.stations import may_close_record, may_open_record, station_needed
from cellchain.materials import describe as materials_describe
from tests.factories import START
from tests.manufacturing.conftest import LABELLERS, Plant, forbidden, refused

BOSS = Actor("SYSTEM", permissions_of(["administrator"]), frozenset({"administrator"}))


@pytest.fixture
def bench(plant: Plant) -> Plant:
    """A plant with two enrolled stations, whose containers wear labels."""
    labellers: dict[str, Any] = {**LABELLERS, "LC": materials_describe}
    plant.house.database.house = replace(plant.house.database.house, batches=stations, labellers=labellers)
    for name, token in (("bench-1", "1" * 64), ("bench-2", "2" * 64)):
        plant.do(accounts.enrol_station, by=BOSS, station=name, kind="bench", token_hash=token)
    plant.do(labels.approve_design, by=plant.qa, name="location")
    return plant


def open_at(plant: Plant, station: str) -> str | None:
    with plant.house.read() as tx:
        return stations.open_at(tx, station)


def elsewhere(plant: Plant, station: str | None = "bench-2") -> Actor:
    return replace(plant.technician, device=station)


# -- the rule --


def test_a_clear_station_opens_a_record_that_is_not_over() -> None:
    for phase in (LotPhase.OPEN, LotPhase.COMPLETED):
        may_open_record("LT1", phase, None, [])
    for phase in (LotPhase.CLOSED, LotPhase.DISCARDED):
        with refused("lot.record_over"):
            may_open_record("LT1", phase, None, [])


def test_what_stands_in_the_way() -> None:
    with refused("record.open_already"):
        may_open_record("LT1", LotPhase.OPEN, "LT1", [])
    with refused("record.other_open"):
        may_open_record("LT1", LotPhase.OPEN, "LT2", ["LB1"])
    with refused("record.labels_left"):
        may_open_record("LT1", LotPhase.OPEN, None, ["LB1", "LB2"])
    with refused("record.not_open"):
        may_close_record("LT1", "LT2")
    with refused("record.not_open"):
        may_close_record("LT1", None)
    for station in (None, "bench-9"):
        with refused("record.no_station"):
            station_needed(station, frozenset({"bench-1"}))


# -- the verbs --


def test_it_opens_where_one_stands(bench: Plant) -> None:
    lot = bench.open("control")
    opened = bench.do(commands.open_record, lot=lot)
    assert opened == {"lot": lot, "station": "bench-1", "phase": "open"}
    assert (open_at(bench, "bench-1"), open_at(bench, "bench-2")) == (lot, None)
    entry = bench.house.entries()[-1]
    assert (entry.event, entry.subject) == ("manufacturing:record:opened", lot)
    assert '"station":"bench-1"' in entry.body
    bench.do(commands.open_record, by=elsewhere(bench), lot=lot)
    assert open_at(bench, "bench-2") == lot


def test_one_at_a_time(bench: Plant) -> None:
    first, second = bench.open("control"), bench.open("control")
    bench.do(commands.open_record, lot=first)
    with refused("record.open_already"):
        bench.do(commands.open_record, lot=first)
    with refused("record.other_open"):
        bench.do(commands.open_record, lot=second)
    bench.do(commands.close_record, lot=first)
    bench.do(commands.open_record, lot=second)
    assert open_at(bench, "bench-1") == second


def test_without_a_station_there_is_no_bench(bench: Plant) -> None:
    lot = bench.open("control")
    for station in (None, "nowhere"):
        with refused("record.no_station"):
            bench.do(commands.open_record, by=elsewhere(bench, station), lot=lot)
        with refused("record.no_station"):
            bench.do(commands.close_record, by=elsewhere(bench, station), lot=lot)


def test_two_openers_at_once_one_wins(bench: Plant) -> None:
    lots = [bench.open("control") for _ in range(2)]
    command, line = command_of(commands.open_record), Barrier(8)

    def send(turn: int) -> Any:
        call = Call(
            command, command.order.model_validate({"lot": lots[turn % 2]}), bench.technician, bench.house.request_id()
        )
        line.wait()
        return bench.house.runner.run(call)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(send, range(8)))
    assert sum(answer.done for answer in answers) == 1
    codes = {answer.refusal().code for answer in answers if not answer.done}
    assert codes <= {"record.open_already", "record.other_open", "record.taken"}
    assert open_at(bench, "bench-1") in lots


def test_a_lot_that_is_given_up_is_open_nowhere(bench: Plant) -> None:
    lot = bench.open("control")
    bench.do(commands.open_record, lot=lot)
    bench.do(commands.discard_batch, lot=lot, reason="Given up.")
    assert open_at(bench, "bench-1") is None
    with refused("lot.record_over"):
        bench.do(commands.open_record, lot=lot)


def test_it_is_forbidden_to_others(bench: Plant) -> None:
    lot = bench.open("control")
    forbidden(bench, commands.open_record, lot=lot)
    bench.do(commands.open_record, lot=lot)
    forbidden(bench, commands.close_record, lot=lot)


# -- what prints there --


def test_labels_of_another_lot_do_not_print_there(bench: Plant) -> None:
    _, vessels, _ = bench.seeding()
    other = bench.open("control")
    bench.do(commands.open_record, lot=other)
    wanted = {"target": vessels[0], "design": "vessel"}
    with refused("label.other_batch"):
        bench.do(labels.print_label, **wanted)
    with refused("label.other_batch"):
        bench.do(labels.print_labels, targets=tuple(vessels), design="vessel")
    with bench.house.read() as tx:
        assert queries.labels_of(tx, vessels[0]) == []
    bench.do(labels.print_label, by=elsewhere(bench), **wanted)
    bench.do(labels.print_label, by=elsewhere(bench, None), target=vessels[1], design="vessel")


def test_what_belongs_to_no_lot_prints_anywhere(bench: Plant) -> None:
    bench.do(commands.open_record, lot=bench.open("control"))
    made = bench.do(labels.print_label, target=bench.location(), design="location")
    assert made["phase"] == "printed"


def test_labels_of_the_lot_itself_print(bench: Plant) -> None:
    lot, vessels, _ = bench.seeding()
    bench.do(commands.open_record, lot=lot)
    made = bench.do(labels.print_labels, targets=tuple(vessels), design="vessel")
    assert (made["lot"], made["count"]) == (lot, len(vessels))


def test_a_reprint_is_a_label_too(bench: Plant) -> None:
    _, vessels, _ = bench.seeding()
    label = bench.do(labels.print_label, by=elsewhere(bench), target=vessels[0], design="vessel")["label"]
    bench.do(commands.open_record, lot=bench.open("control"))
    badge = badge_of_somebody(bench)
    with refused("label.other_batch"):
        bench.do(labels.reprint_label, label=label, reason="Smeared.", witness_badge=badge)


def badge_of_somebody(plant: Plant) -> str:
    """A live badge of another technician."""
    person = plant.do(accounts.register_person, by=BOSS, username="witness", name="Example", initials="W. E.")["person"]
    plant.do(accounts.grant_role, by=BOSS, person=person, role="technician")
    return str(plant.do(accounts.issue_badge, by=BOSS, person=person)["badge"])


def test_labels_that_lie_about_keep_another_record_shut(bench: Plant) -> None:
    """What was printed here of another lot and never scanned back lies on this bench."""
    first, vessels, _ = bench.seeding()
    second = bench.open("control")
    bench.do(commands.open_record, lot=first)
    label = bench.do(labels.print_label, target=vessels[0], design="vessel")["label"]
    bench.do(commands.close_record, lot=first)
    with refused("record.labels_left"):
        bench.do(commands.open_record, lot=second)
    bench.do(commands.open_record, by=elsewhere(bench), lot=second)
    bench.do(commands.open_record, lot=first)
    bench.do(commands.close_record, lot=first)
    bench.do(labels.confirm_label, scanned=label)
    bench.do(commands.open_record, lot=second)
    assert open_at(bench, "bench-1") == second


def test_whether_a_step_was_done_since(bench: Plant) -> None:
    """What an UNDO of a scan-back asks."""
    lot = bench.open("control")
    number = bench.start(lot, "preparation")
    with bench.house.read() as tx:
        assert not stations.step_done_since(tx, lot, START)
    begun = bench.house.clock.now()
    bench.supply(lot, "control", "preparation")
    bench.do(commands.prepare_control, lot=lot, saline=bench.lots["saline"])
    bench.do(commands.record_value, lot=lot, parameter="clear", value=1)
    bench.wait(minutes=1)
    bench.finish(lot, number)
    with bench.house.read() as tx:
        assert stations.step_done_since(tx, lot, begun)
        assert not stations.step_done_since(tx, lot, bench.house.clock.now())
