"""Documents that people ask for: one job each, made aside while everybody works on, taken with their hash."""

import hashlib
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from benchmarks import long_record
from cellchain.ledger import merkle
from cellchain.main import create_app
from cellchain.manufacturing import batch_record
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.record_views import Tally
from cellchain.manufacturing.rules.lifecycles import ContainerKind
from cellchain.trace.documents import queue
from cellchain.trace.documents.rules import ATTEMPTS_MAX, LEASE, Form, JobPhase, Reader
from cellchain.trace.documents.worker import DocumentWorker
from cellchain.trace.models import DocumentJob
from tests.bedside.browser import OURS, Front
from tests.bedside.world import World, played
from tests.factories import House, make_tables
from tests.trace.reading import pages_of

READER = "qa1"
LONG_STEPS = 1_550
PATIENCE_S = 240
AS_PEOPLE_DO_S = 0.2


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Iterator[World]:
    """A copy of the demonstration for this test alone."""
    made = World(played(tmp_path_factory.getbasetemp()), tmp_path / "world")
    yield made
    made.close()


@pytest.fixture
def front(world: World) -> Iterator[Front]:
    """The whole application over it, its workers at work."""
    with TestClient(create_app(world.installation), base_url="https://testserver") as client:
        yield Front(client, world)


def a_lot(world: World) -> str:
    with world.installation.database.read() as tx:
        return str(next(one.code for one in manufacturing.lots(tx) if one.kind == "control"))


def worker_of(world: World) -> DocumentWorker:
    """A worker that a test drives."""
    one = world.installation
    return DocumentWorker(one.database, one.runner, one.folder, demonstration=True)


def asked(world: World, lot: str, form: Form = Form.JSON, language: Reader = Reader.EN) -> int:
    person = world.actors[READER].person
    job = world.installation.runner.outside(lambda tx: queue.ask(tx, lot, form, language, person))
    return int(job.id)


def job_of(world: World, number: int) -> DocumentJob:
    with world.installation.database.read() as tx:
        return tx.get(DocumentJob, number)


def ask(front: Front, lot: str, form: str, who: str = READER, language: str = "en") -> Any:
    """Press the button of a form."""
    head = {**front.cookie(who), **OURS, "accept-language": language}
    body = {"csrf": front.csrf(who), "form": form}
    return front.client.post(f"/documents/lots/{lot}", data=body, headers=head, follow_redirects=False)


def until(holds: Callable[[], bool]) -> None:
    """Wait for something that happens in another thread."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


# -- from the button to the file -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "language", "media_type"),
    [("pdf", "en", "application/pdf"), ("pdf", "ru", "application/pdf"), ("json", "en", "application/json")],
)
def test_it_is_asked_for_made_and_taken(front: Front, form: str, language: str, media_type: str) -> None:
    lot = a_lot(front.world)
    answer = ask(front, lot, form, language=language)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/documents/lots/{lot}")
    until(lambda: job_of(front.world, 1).phase is JobPhase.READY)
    job = job_of(front.world, 1)
    page = front.page(READER, f"/documents/lots/{lot}").text
    assert f'href="/documents/{job.id}"' in page
    assert str(job.digest)[:16] in page
    given = front.page(READER, f"/documents/{job.id}")
    assert given.headers["content-type"] == media_type
    assert given.headers["content-disposition"] == f"attachment; filename*=UTF-8''{lot}-{language}.{form}"
    assert given.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert given.headers["x-content-type-options"] == "nosniff"
    assert hashlib.sha256(given.content).hexdigest() == job.digest
    assert len(given.content) == job.size_bytes
    with front.world.installation.database.read() as tx:
        hashes = [bytes.fromhex(one.hash) for one in front.world.entries()[: job.entries_count]]
        assert merkle.root(hashes).hex() == job.root, tx.now
    if form == "json":
        found = json.loads(given.content)
        assert (found["language"], found["lot"]["code"], found["ledger"]["root"]) == (language, lot, job.root)
    else:
        assert str(job.root) in pages_of(given.content)[-1]


def test_the_page_of_the_lot_leads_there_and_shows_it(front: Front) -> None:
    lot = a_lot(front.world)
    assert f'hx-get="/documents/lots/{lot}"' in front.page("technician1", f"/manufacturing/lots/{lot}").text
    part = front.page("technician1", f"/documents/lots/{lot}", **{"hx-request": "true"}).text
    assert "<html" not in part
    assert "No document was asked for yet." in part
    assert "every 2s" not in part
    asked(front.world, lot, Form.PDF)
    part = front.page("technician1", f"/documents/lots/{lot}", **{"hx-request": "true"}).text
    assert "every 2s" in part or "Ready" in part, "it looks again by itself until it is ready"


@pytest.mark.parametrize("who", ["nurse1", "assessor1", "admin1", "sponsor1", "physician1"])
def test_who_reads_no_batch_records_gets_none(front: Front, who: str) -> None:
    lot, number = a_lot(front.world), asked(front.world, a_lot(front.world))
    assert front.page(who, f"/documents/lots/{lot}").status_code == 403
    assert front.page(who, f"/documents/{number}").status_code == 403
    assert ask(front, lot, "pdf", who).status_code == 403


def test_bad_requests_are_no_faults(front: Front) -> None:
    lot = a_lot(front.world)
    assert ask(front, lot, "doc").status_code == 422
    assert ask(front, "LT019900000000", "pdf").status_code == 404
    assert front.page(READER, "/documents/lots/nothing").status_code == 404
    assert front.page(READER, "/documents/4711").status_code == 404
    assert front.page(READER, "/documents/x").status_code in (404, 422)
    no_token = front.client.post(
        f"/documents/lots/{lot}", data={"form": "pdf"}, headers={**front.cookie(READER), **OURS}
    )
    assert no_token.status_code == 403


# -- the line --------------------------------------------------------------------------------------------------------


def test_two_who_ask_at_once_get_one(world: World) -> None:
    lot, line = a_lot(world), threading.Barrier(8)
    numbers: list[int] = []

    def press() -> None:
        line.wait()
        numbers.append(asked(world, lot))

    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert numbers == [1] * 8
    assert asked(world, lot, language=Reader.RU) == 2
    assert asked(world, lot, form=Form.PDF) == 3
    worker_of(world).work_through()
    assert asked(world, lot) == 4, "what is ready is made anew: the record may have changed"


def test_it_is_not_ready_before_it_is(world: World, tmp_path: Path) -> None:
    number = asked(world, a_lot(world))
    client = TestClient(create_app(world.installation), base_url="https://testserver")  # nobody works the line
    front = Front(client, world)
    answer = front.page(READER, f"/documents/{number}")
    assert answer.status_code == 409
    assert "This document is not made yet." in answer.text


def test_a_process_that_ended_leaves_it_to_the_next(world: World) -> None:
    number = asked(world, a_lot(world), Form.PDF)
    world.installation.runner.outside(queue.begin)
    assert job_of(world, number).phase is JobPhase.MAKING
    later = worker_of(world)
    later.recover()
    assert job_of(world, number).phase is JobPhase.WAITING
    later.work_through()
    job = job_of(world, number)
    assert (job.phase, job.attempts_count) == (JobPhase.READY, 2)
    assert pages_of(world.installation.folder.fetch(str(job.digest)))


def test_another_servers_work_is_left_alone_for_a_while(world: World) -> None:
    number = asked(world, a_lot(world))
    world.installation.runner.outside(queue.begin)
    assert world.installation.runner.outside(lambda tx: queue.recover(tx, LEASE)) == 0
    world.wait(seconds=LEASE.total_seconds() + 1)
    assert world.installation.runner.outside(lambda tx: queue.recover(tx, LEASE)) == 1
    assert job_of(world, number).phase is JobPhase.WAITING


def test_what_cannot_be_made_is_given_up_and_does_not_hold_up_others(world: World) -> None:
    broken = asked(world, "LT019900000000")
    good = asked(world, a_lot(world))
    worker_of(world).work_through()
    job = job_of(world, broken)
    assert (job.phase, job.attempts_count, job.problem) == (JobPhase.FAILED, ATTEMPTS_MAX, "NotFound")
    assert job_of(world, good).phase is JobPhase.READY


def test_a_killed_printer_is_tried_again(world: World) -> None:
    """The process that sets the paper is killed in the middle of its work; the next one succeeds."""
    lot = long_record.make(world.installation.database, 300, 900_300)
    number, worker = asked(world, lot, Form.PDF), worker_of(world)
    making = threading.Thread(target=worker.work_through)
    making.start()
    until(lambda: worker._child is not None and worker._child.pid is not None)
    child = worker._child
    assert child is not None
    child.kill()
    making.join(PATIENCE_S)
    job = job_of(world, number)
    assert (job.phase, job.attempts_count, job.problem) == (JobPhase.READY, 2, None)


def test_stopping_breaks_it_off_without_a_fault(world: World) -> None:
    lot = long_record.make(world.installation.database, 600, 900_600)
    number, worker = asked(world, lot, Form.PDF), worker_of(world)
    worker.start()
    until(lambda: worker._child is not None and worker._child.pid is not None)
    worker.stop()
    job = job_of(world, number)
    assert (job.phase, job.problem) == (JobPhase.MAKING, None)
    again = worker_of(world)
    again.recover()
    again.work_through()
    assert job_of(world, number).phase is JobPhase.READY


def test_a_lost_document_says_so(front: Front) -> None:
    number = asked(front.world, a_lot(front.world))
    until(lambda: job_of(front.world, number).phase is JobPhase.READY)
    digest = str(job_of(front.world, number).digest)
    (front.world.installation.folder.files / digest[:2] / digest).unlink()
    assert front.page(READER, f"/documents/{number}").status_code == 404


# -- beside everybody's work -----------------------------------------------------------------------------------------


def test_scans_are_answered_while_three_hundred_pages_are_made(front: Front) -> None:
    """Not how fast: that they are answered at all before the document is ready, and commands too."""
    lot = long_record.make(front.world.installation.database, LONG_STEPS, 901_550)
    symbol = front.world.manifest["materials"][0]["lot"]
    token = front.bearer("technician1")
    assert ask(front, lot, "pdf").status_code == 303
    until(lambda: job_of(front.world, 1).phase is not JobPhase.WAITING)
    scanned = commanded = 0
    while job_of(front.world, 1).phase is JobPhase.MAKING:
        answer = front.client.post("/api/v1/scan", json={"symbol": symbol, "nonce": str(uuid.uuid4())}, headers=token)
        assert (answer.status_code, answer.json()["code"]) == (200, symbol)
        scanned += job_of(front.world, 1).phase is JobPhase.MAKING
        order = {"subject": a_lot(front.world), "title": "Beside the paper", "description": "Written meanwhile."}
        assert front.order("technician1", "quality/open_deviation", order).status_code == 200
        commanded += job_of(front.world, 1).phase is JobPhase.MAKING
        time.sleep(AS_PEOPLE_DO_S)
    assert scanned > 0
    assert commanded > 0
    job = job_of(front.world, 1)
    assert job.phase is JobPhase.READY
    pages = pages_of(front.page(READER, f"/documents/{job.id}").content)
    assert len(pages) >= 300
    assert f"{LONG_STEPS}." in "".join(pages[-8:])
    assert str(job.root) in pages[-1]


# -- on both databases -----------------------------------------------------------------------------------------------


def test_the_line_is_the_same_on_both_databases(database_url: str) -> None:
    make_tables(database_url)
    house = House(database_url)
    try:
        outside, person, lot = house.runner.outside, house.actor("qa").person, "LT012600000133"

        def ask_for(language: Reader) -> DocumentJob:
            job: DocumentJob = outside(lambda tx: queue.ask(tx, lot, Form.PDF, language, person))
            return job

        first = ask_for(Reader.EN)
        assert ask_for(Reader.EN).id == first.id
        second = ask_for(Reader.RU)
        begun = outside(queue.begin)
        assert (begun.id, begun.phase, begun.attempts_count) == (first.id, JobPhase.MAKING, 1)
        made = queue.Made("0" * 64, 12, 3, "1" * 64)
        outside(lambda tx: queue.finish(tx, begun, made))
        outside(lambda tx: queue.finish(tx, begun, queue.Made("2" * 64, 1, 1, "3" * 64)))
        assert outside(queue.begin).id == second.id
        assert outside(queue.begin) is None
        with house.read() as tx:
            newest, oldest = queue.jobs_of(tx, lot)
        assert (newest.phase, oldest.phase, oldest.digest) == (JobPhase.MAKING, JobPhase.READY, "0" * 64)
    finally:
        house.close()


def test_a_long_records_questions_are_understood_by_both_databases(database_url: str) -> None:
    """The questions that a bench and a document ask are understood by both."""
    make_tables(database_url)
    house = House(database_url)
    try:
        with house.read() as tx:
            lot: Any = SimpleNamespace(code="LT01", location="LC01", opened_at=tx.now, completed_at=None)
            assert batch_record.done_steps(tx, "LT01") == []
            assert batch_record.tally(tx, "LT01") == Tally(0, 0, 0, 0)
            assert batch_record.last_completed(tx, "LT01", "medium") is None
            assert manufacturing.environment_of(tx, lot) == []
            assert manufacturing.in_use(tx, "LT01", ContainerKind.VESSEL, 2) == []
    finally:
        house.close()
