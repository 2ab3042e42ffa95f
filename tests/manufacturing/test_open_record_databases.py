"""On both databases: two people open a record at one station at once, and what waits there is found."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest

from cellchain.accounts import commands as accounts
from cellchain.accounts import passwords
from cellchain.labels import commands as labels
from cellchain.labels import scan_back, worn
from cellchain.labels.printing import downloads, invariants
from cellchain.labels.printing import queries as printing
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call
from cellchain.manufacturing import commands, stations
from tests.factories import House, make_tables
from tests.labels.story import LOT, Desk
from tests.labels.test_print_labels import bags
from tests.manufacturing.conftest import REACTIONS, staffed
from tests.manufacturing.test_open_record import BOSS

AT_ONCE = 12


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    """A house over either database."""
    passwords.configure("cheap")
    make_tables(database_url)
    made = House(database_url, reactions=REACTIONS)
    yield made
    made.close()


def test_one_opener_wins_and_one_closer(house: House) -> None:
    plant, _ = staffed(house)
    plant.do(accounts.enrol_station, by=BOSS, station="bench-1", kind="bench", token_hash="1" * 64)
    lots = [plant.open("control") for _ in range(3)]
    actors = [plant.technician, plant.verifier]

    def at_once(function: Any, *wanted: str) -> list[Any]:
        command, line = command_of(function), Barrier(AT_ONCE)

        def send(turn: int) -> Any:
            order = command.order.model_validate({"lot": wanted[turn % len(wanted)]})
            call = Call(command, order, actors[turn % 2], f"{turn:08x}-0000-4000-8000-{len(house.entries()):012x}")
            line.wait()
            return house.runner.run(call)

        with ThreadPoolExecutor(AT_ONCE) as threads:
            return list(threads.map(send, range(AT_ONCE)))

    answers = at_once(commands.open_record, *lots)
    assert sum(answer.done for answer in answers) == 1
    refused = {answer.refusal().code for answer in answers if not answer.done}
    assert refused <= {"record.open_already", "record.other_open", "record.taken"}
    with house.read() as tx:
        lot = stations.open_at(tx, "bench-1")
    assert lot in lots
    answers = at_once(commands.close_record, str(lot))
    assert sum(answer.done for answer in answers) == 1
    assert {answer.refusal().code for answer in answers if not answer.done} <= {
        "record.not_open",
        "station_record.phase",
    }
    with house.read() as tx:
        assert stations.open_at(tx, "bench-1") is None


def test_what_was_printed_is_found(house: House) -> None:
    desk = Desk(house)
    desk.approve("container")
    desk.technician = replace(desk.technician, device="bench-1")
    targets = bags(30)
    made = desk.do(labels.print_labels, targets=targets, design="container")
    first = made["labels"][0]["label"]
    desk.confirm(first)
    with house.read() as tx:
        assert len(printing.left_at(tx, "bench-1", but="LT0126000099")) == 29
        assert (printing.left_at(tx, "bench-1", but=LOT), printing.left_at(tx, "bench-2", but="")) == ([], [])
        [pile] = scan_back.piles(tx, ["technician"])
        standing = worn.in_lot(tx, LOT, [(target, ("container",)) for target in targets])
    assert (pile.lot, pile.count) == (LOT, 29)
    assert [str(one.phase) for one in standing] == ["confirmed", *["printed"] * 29]
    downloads.note(house.runner, desk.technician, made["labels"][1]["label"], b"%PDF-1")
    with house.read() as tx:
        assert [line for one in invariants.INVARIANTS for line in one.check(tx)] == []
        assert len(printing.copies_of(tx, made["labels"][1]["label"])) == 1
