"""A certificate is issued in the ledger: its number, its lot and the hash of its file, once and for ever."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import SYSTEM, SYSTEM_ACTOR
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call
from cellchain.quality import commands
from cellchain.quality.certificates import queries
from cellchain.trace.certificates import views
from cellchain.trace.certificates.rules import Finding, Verdict
from cellchain.trace.documents import beside, queue
from cellchain.trace.documents.rules import Form, JobPhase
from tests.bedside.world import World, played
from tests.trace.test_certificates import asked, job_of, lot_of, made, worker_of


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A copy of the demonstration; papers are set and signed in this process."""
    monkeypatch.setattr(beside, "call", lambda work, *given, **_: work(*given))
    one = World(played(tmp_path_factory.getbasetemp()), tmp_path / "world")
    yield one
    one.close()


def test_whoever_holds_the_file_finds_it_in_the_ledger(world: World) -> None:
    lot = lot_of(world, "released")
    job, content = made(world, lot, Form.RELEASE)
    entry = world.entries()[-1]
    assert (entry.event, entry.actor, entry.subject) == (queries.ISSUED, SYSTEM, lot)
    facts = json.loads(entry.body)["facts"]
    assert (facts["number"], facts["digest"]) == (job.id, job.digest)
    assert facts["asked_by"] == world.actors["qa1"].person
    finding, folder = Finding(Verdict.INTACT), world.installation.folder
    with world.installation.database.read() as tx:
        found = views.checked(tx, content, finding, folder)
        changed = views.checked(tx, content + b"\n", finding, folder)
    assert found.issued is not None
    assert (found.issued.number, found.issued.lot, found.entry) == (job.id, lot, entry.seq)
    assert (changed.issued, changed.entry) == (None, None)
    again = made(world, lot, Form.RELEASE)
    assert again == (job, content)
    assert world.entries()[-1].seq == entry.seq, "asked for again it is the same, and is not issued again"


def test_a_process_that_ends_behind_the_entry_makes_no_second_file(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = asked(world, lot_of(world, "released"), Form.ANALYSIS)
    with monkeypatch.context() as broken:
        broken.setattr(queue, "finish", _cut_off)
        with pytest.raises(KeyboardInterrupt):
            worker_of(world).work_through()
    with world.installation.database.read() as tx:
        issued = queries.issued(tx, number)
    assert issued is not None
    assert job_of(world, number).phase is JobPhase.MAKING
    later = worker_of(world)
    later.recover()
    later.work_through()
    job = job_of(world, number)
    assert (job.phase, job.digest, job.facts_hash) == (JobPhase.READY, issued.digest, issued.facts_hash)
    assert [one.event for one in world.entries()].count(queries.ISSUED) == 1


def test_a_number_is_given_once(world: World) -> None:
    job, _ = made(world, lot_of(world, "released"), Form.ANALYSIS)
    with world.installation.database.read() as tx:
        known = queries.issued(tx, job.id or 0)
    command = command_of(commands.issue_certificate)
    assert known is not None
    assert command.internal, "nobody may say of a file of their own that it was issued"
    fields: dict[str, Any] = {name: getattr(known, name) for name in command.order.model_fields}
    order = command.order(**{**fields, "digest": "0" * 64})
    with pytest.raises(Refused) as caught:
        world.installation.runner.run(Call(command, order, SYSTEM_ACTOR, world.request_id(), by_house=True)).result()
    assert caught.value.code == "certificate.issued_already"


def _cut_off(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt
