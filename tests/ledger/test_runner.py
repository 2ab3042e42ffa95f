"""The command runner: what it records, what it refuses, what it repeats, and what it does for many at once."""

import asyncio
import json
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256

import psycopg
import pytest

from cellchain.kernel.errors import Forbidden, Invalid, InvariantBroken, NotFound, Refused
from cellchain.ledger.answers import Answer
from cellchain.ledger.models import Head, Request, Signature
from tests.ledger.conftest import START, Workshop


def test_a_command_leaves_one_entry_with_the_rows_it_wrote(workshop: Workshop) -> None:
    answer = workshop.runner.run(workshop.call("fill", code="BG1", volume_ul=10, label="A", limits={"max": 5}))
    entry = workshop.entries()[-1]
    body = json.loads(entry.body)
    assert json.loads(answer.text) == {
        "result": {"code": "BG1", "phase": "filled", "volume_ul": 10},
        "entry": {"seq": 2, "hash": entry.hash},
    }
    assert entry.hash == sha256(entry.body.encode()).hexdigest()
    assert (entry.seq, entry.event, entry.subject, entry.actor) == (2, "toy:bag:filled", "BG1", workshop.actor().person)
    assert (body["version"], body["device"], body["on_behalf"], body["signature"]) == (1, "bench-1", None, None)
    assert body["facts"] == {"volume_ul": 10}
    assert body["changes"] == [
        {
            "table": "toy_bag",
            "key": "BG1",
            "before": None,
            "after": {
                "code": "BG1",
                "phase": "filled",
                "volume_ul": 10,
                "serial": None,
                "intact": True,
                "filled_at": "2026-03-02T08:00:00.000000Z",
                "expires_on": None,
                "label": "A",
                "holder": None,
                "remark": None,
                "arm": None,
                "limits": '{"max":5}',
            },
        }
    ]


def test_a_change_records_what_was_before_and_after(workshop: Workshop) -> None:
    workshop.do("fill", code="BG1", volume_ul=10)
    workshop.do("take", code="BG1", volume_ul=4)
    draw, bag = json.loads(workshop.entries()[-1].body)["changes"]
    assert draw["before"] is None
    assert draw["after"]["id"] == draw["key"] == 1
    assert bag == {"table": "toy_bag", "key": "BG1", "before": {"volume_ul": 10}, "after": {"volume_ul": 6}}


def test_a_refusal_is_recorded_and_undone(workshop: Workshop) -> None:
    workshop.do("fill", code="BG1", volume_ul=3)
    with pytest.raises(Refused, match=r"toy\.empty"):
        workshop.do("take", code="BG1", volume_ul=4)
    entry = workshop.entries()[-1]
    body = json.loads(entry.body)
    assert (entry.event, entry.subject) == ("toy:bag:drawn:refused", "BG1")
    assert (body["facts"], body["changes"]) == ({"code": "toy.empty"}, [])
    with pytest.raises(NotFound):
        workshop.do("take", code="BG9")
    with pytest.raises(Refused, match=r"record\.out_of_bounds"):
        workshop.do("write_nonsense", code="BG1")
    with pytest.raises(Refused, match=r"record\.taken"):
        workshop.do("fill", code="BG1", volume_ul=3)
    with workshop.database.read() as tx:
        assert tx.get(workshop.toy.Bag, "BG1").volume_ul == 3
    assert [entry.seq for entry in workshop.entries()] == [1, 2, 3, 4, 5, 6]
    assert workshop.verify().intact


def test_who_may_not_is_refused_and_recorded(workshop: Workshop) -> None:
    nobody = workshop.actor(2)
    nobody = type(nobody)(nobody.person)
    with pytest.raises(Forbidden):
        workshop.do("fill", by=nobody, code="BG1", volume_ul=1)
    with pytest.raises(Forbidden):
        workshop.do("discard", code="BG1")
    assert [entry.event for entry in workshop.entries()[1:]] == [
        "toy:bag:filled:refused",
        "toy:bag:discarded:refused",
    ]


def test_a_late_entry_needs_a_reason_and_no_event_lies_ahead(workshop: Workshop) -> None:
    late = START - timedelta(minutes=16)
    with pytest.raises(Invalid):
        workshop.do("fill", code="BG1", volume_ul=1, happened_at=late)
    with pytest.raises(Invalid):
        workshop.do("fill", code="BG1", volume_ul=1, happened_at=START + timedelta(minutes=1))
    workshop.do("fill", code="BG1", volume_ul=1, happened_at=late, reason="the scanner was being charged")
    body = json.loads(workshop.entries()[-1].body)
    assert (body["happened_at"], body["at"]) == ("2026-03-02T07:44:00.000000Z", "2026-03-02T08:00:00.000000Z")


def test_a_repeated_request_gets_the_same_bytes_and_does_nothing(workshop: Workshop) -> None:
    fill = workshop.call("fill", code="BG1", volume_ul=3)
    refused = workshop.call("take", code="BG1", volume_ul=4)
    for call in (fill, refused):
        first, again = workshop.runner.run(call), workshop.runner.run(call)
        assert (again.text, again.done) == (first.text, first.done)
        assert (first.replayed, again.replayed) == (False, True)
    with pytest.raises(Refused, match=r"toy\.empty") as raised:
        workshop.runner.run(refused).result()
    assert str(raised.value.text) == "BG1 holds 3 µl."
    assert len(workshop.entries()) == 3


def test_a_request_id_serves_one_order_of_one_person(workshop: Workshop) -> None:
    workshop.do("fill", code="BG1", volume_ul=3, request_id="7" * 36)
    for order in (
        workshop.call("fill", code="BG1", volume_ul=3, request_id="7" * 36, by=workshop.actor(2)),
        workshop.call("fill", code="BG1", volume_ul=4, request_id="7" * 36),
        workshop.call("take", code="BG1", request_id="7" * 36),
    ):
        with pytest.raises(Refused, match=r"request\.reused"):
            workshop.runner.run(order)
    assert len(workshop.entries()) == 2


def test_one_request_from_sixteen_threads_has_one_effect(workshop: Workshop) -> None:
    workshop.do("fill", code="BG1", volume_ul=100)
    call = workshop.call("take", code="BG1")
    answers = at_once(16, lambda _: workshop.runner.run(call))
    assert len({answer.text for answer in answers}) == 1
    assert sorted(answer.replayed for answer in answers) == [False] + [True] * 15
    assert volume(workshop) == 99
    assert len(workshop.entries()) == 3
    assert workshop.verify().intact


def test_sixteen_requests_get_what_the_rule_allows(workshop: Workshop) -> None:
    workshop.do("fill", code="BG1", volume_ul=10)
    calls = [workshop.call("take", code="BG1", by=workshop.actor(number)) for number in range(16)]
    answers = at_once(16, lambda number: workshop.runner.run(calls[number]))
    assert sum(answer.done for answer in answers) == 10
    assert {answer.refusal().code for answer in answers if not answer.done} == {"toy.empty"}
    assert volume(workshop) == 0
    events = [entry.event for entry in workshop.entries()]
    assert events.count("toy:bag:drawn") == 10
    assert events.count("toy:bag:drawn:refused") == 6
    assert workshop.verify().intact


def test_calls_of_one_turn_of_the_loop_share_a_batch(workshop: Workshop) -> None:
    workshop.do("fill", code="BG1", volume_ul=30)
    calls = [workshop.call("take", code="BG1") for _ in range(40)]

    async def all_at_once() -> list[Answer]:
        return await asyncio.gather(*[workshop.runner.submit(call) for call in calls])

    answers = asyncio.run(all_at_once())
    assert sum(answer.done for answer in answers) == 30
    assert volume(workshop) == 0
    assert workshop.verify().intact


def test_a_bug_leaves_its_neighbours_alone(workshop: Workshop) -> None:
    workshop.do("fill", code="BG1", volume_ul=10)
    calls = [workshop.call("take", code="BG1"), workshop.call("fail", code="BG1"), workshop.call("take", code="BG1")]
    first, failed, last = workshop.runner.run_batch(calls)
    assert isinstance(failed, ZeroDivisionError)
    assert isinstance(first, Answer)
    assert isinstance(last, Answer)
    assert first.done
    assert last.done
    assert [entry.event for entry in workshop.entries()[2:]] == ["toy:bag:drawn", "toy:bag:drawn"]
    assert volume(workshop) == 8
    with pytest.raises(ZeroDivisionError):
        workshop.runner.run(calls[1])
    assert workshop.verify().intact


def test_a_bug_undoes_its_command(workshop: Workshop) -> None:
    workshop.do("fill", code="BG1", volume_ul=10)
    with pytest.raises(ZeroDivisionError):
        workshop.do("fail", code="BG1")
    assert volume(workshop) == 10
    assert len(workshop.entries()) == 2
    workshop.do("take", code="BG1")
    assert workshop.verify().intact


def test_a_reaction_has_an_entry_of_its_own(workshop: Workshop) -> None:
    workshop.do("fill", code="BG1", volume_ul=1)
    workshop.do("take", code="BG1")
    drawn, discarded = workshop.entries()[-2:]
    assert (drawn.event, discarded.event) == ("toy:bag:drawn", "toy:bag:discarded")
    assert drawn.request_id == discarded.request_id
    assert json.loads(drawn.body)["on_behalf"] is None
    body = json.loads(discarded.body)
    assert body["on_behalf"] == "toy:bag:emptied -> toy/discard"
    assert body["changes"][0]["after"] == {"intact": False}
    assert workshop.verify().intact


def test_a_decision_is_signed(workshop: Workshop) -> None:
    workshop.do("fill", code="BG1", volume_ul=1)
    workshop.do("release", code="BG1")
    body = json.loads(workshop.entries()[-1].body)
    digest = sha256(b'"BG1"').hexdigest()
    assert body["signature"] == {
        "id": 1,
        "signer": workshop.actor().person,
        "meaning": "I certify this bag",
        "record_hash": digest,
    }
    with workshop.database.read() as tx:
        assert tx.get(Signature, 1).record_hash == digest


def test_a_change_without_a_lock_is_a_fault_of_ours(workshop: Workshop) -> None:
    workshop.do("fill", code="BG1", volume_ul=1)
    with pytest.raises(InvariantBroken, match="is locked before it changes"):
        workshop.do("change_unlocked", code="BG1")
    assert volume(workshop) == 1


def test_a_write_outside_a_command_is_refused(workshop: Workshop) -> None:
    bag = workshop.toy.Bag
    filled = bag(code="BG1", phase="filled", volume_ul=1, filled_at=START)
    with pytest.raises(InvariantBroken, match="outside the ledger"):
        workshop.runner.outside(lambda tx: tx.add(filled))
    with workshop.database.read() as tx:
        assert tx.find(bag, "BG1") is None
        with pytest.raises((sqlite3.OperationalError, psycopg.errors.ReadOnlySqlTransaction), match=r"read-?only"):
            tx._link.execute("DELETE FROM toy_bag")


def test_a_personal_value_never_enters_the_ledger(workshop: Workshop) -> None:
    name, remark, reason = "Ada Fictitious", "asked twice for water", "the first label was smudged"
    workshop.do("fill", code="BG1", volume_ul=1, holder=name, remark=remark, arm="MSC", reason=reason)
    workshop.do("rename", code="BG1", holder="Bea Fictitious", reason=reason)
    for entry in workshop.entries():
        for word in (name, remark, reason, "MSC", "Bea Fictitious"):
            assert word not in entry.body
    filled, renamed = (json.loads(entry.body)["changes"][0] for entry in workshop.entries()[1:])
    assert filled["after"]["holder"].startswith("sha256:")
    assert renamed["before"]["holder"] == filled["after"]["holder"]
    assert renamed["after"]["remark"] is None
    with workshop.database.read() as tx:
        assert tx.get(workshop.toy.Bag, "BG1").holder == "Bea Fictitious"
    assert workshop.entries()[-1].reason == reason
    with workshop.database.engine.connect() as connection:
        stored = connection.exec_driver_sql("SELECT holder, arm FROM toy_bag").one()
    assert all(cell.startswith("e1:") for cell in stored)
    assert workshop.verify().intact


def test_the_head_is_the_last_entry(workshop: Workshop) -> None:
    for _ in range(3):
        workshop.do("fill", code=f"BG{workshop.random.random()}"[:14], volume_ul=1)
        last = workshop.entries()[-1]
        with workshop.database.read() as tx:
            head = tx.get(Head, 1)
        assert (head.seq, head.hash, head.at) == (last.seq, last.hash, last.at)


def test_two_runners_continue_one_chain(workshop: Workshop) -> None:
    """As two processes do: each notices what the other wrote."""
    other = type(workshop)(workshop.database.url, workshop.data_dir.path, workshop.toy, seed=2)
    try:
        workshop.do("fill", code="BG1", volume_ul=5)
        other.do("take", code="BG1")
        workshop.do("take", code="BG1")
        other.do("take", code="BG1")
        assert volume(workshop) == 2
        assert [entry.seq for entry in workshop.entries()] == [1, 2, 3, 4, 5]
        assert workshop.verify().intact
    finally:
        other.close()


def test_a_stored_answer_knows_its_person(workshop: Workshop) -> None:
    workshop.do("fill", code="BG1", volume_ul=1, request_id="5" * 36)
    with workshop.database.read() as tx:
        stored = tx.get(Request, "5" * 36)
    assert (stored.person, stored.done) == (workshop.actor().person, True)


def volume(workshop: Workshop) -> int:
    with workshop.database.read() as tx:
        return tx.get(workshop.toy.Bag, "BG1").volume_ul


def at_once(count: int, work: Callable[[int], Answer]) -> list[Answer]:
    """The results of `work` in `count` threads that start together."""
    gate = threading.Barrier(count)

    def run(number: int) -> Answer:
        gate.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
