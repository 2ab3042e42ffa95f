"""What was done under emergency access bears a sign on paper, in the data and on the page, which say what it means."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from cellchain.accounts import queries as people
from cellchain.accounts.emergency import commands as emergency
from cellchain.accounts.permissions import permissions_of
from cellchain.bedside.infusions import commands as infusions
from cellchain.bedside.infusions.models import Infusion
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call
from cellchain.main import create_app
from cellchain.manufacturing import batch_record, commands
from cellchain.manufacturing import queries as manufacturing
from cellchain.trace.certificates import record as certificates
from cellchain.trace.certificates import sheets as certificate_sheets
from cellchain.trace.documents import record, sheets
from cellchain.trace.documents.emergencies import acts_in
from cellchain.trace.documents.rules import Form, JobPhase, Reader
from cellchain.trace.models import DocumentJob
from cellchain.web.i18n import Voice
from tests.bedside.browser import Front
from tests.bedside.world import World, played
from tests.labels.pages import packed
from tests.trace.reading import pages_of

BEFORE, SAID = "The cabinet was wiped before.", "The door stood open for a minute."
ROOT = {"entries": 1, "root": "0" * 64, "checkpoint": "none"}
WHY = {"role": "technician", "cause": "nobody_on_duty", "account": "Both technicians were called to the other house."}


def under(world: World, who: str, number: int, role: str) -> Actor:
    """Somebody as their session is while they hold a role that they took."""
    actor = world.actors[who]
    roles = actor.roles | {role}
    return Actor(actor.person, permissions_of(roles), roles, actor.device, None, number)


def did(world: World, by: Actor, function: Any, *, reason: str | None = None, **fields: Any) -> dict[str, Any]:
    """One act of theirs, as the runner writes it."""
    command = command_of(function)
    call = Call(command, command.order(**fields), by, world.request_id(), reason)
    return world.installation.runner.run(call).result()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(played(tmp_path_factory.getbasetemp()), Path(tmp_path_factory.mktemp("signs")) / "world")
    yield made
    made.close()


@pytest.fixture(scope="module")
def lot(world: World) -> str:
    """A lot with a comment by an analyst who took the role of a technician, and one that they wrote before."""
    with world.installation.database.read() as tx:
        code = next(one.code for one in manufacturing.lots(tx) if (one.kind, one.phase) == ("product", "completed"))
        step = batch_record.lot_page(tx, code).steps[-1]
    did(world, world.actors["technician2"], commands.comment_step, step_record=step.id, comment=BEFORE)
    number = int(world.do("analyst1", emergency.break_glass, **WHY)["emergency"])
    did(world, under(world, "analyst1", number, "technician"), commands.comment_step, step_record=step.id, comment=SAID)
    world.do("analyst1", emergency.end_emergency, emergency=number)
    return code


def told(world: World, lot: str, language: str = "en") -> dict[str, Any]:
    """The record as JSON gives it."""
    with world.installation.database.read() as tx:
        found = record.told(tx, lot, Voice(language, tx.house.zone), demonstration=True)
    return {**json.loads(record.as_json(found)), "ledger": ROOT}


def text_of(found: dict[str, Any]) -> str:
    return "".join(pages_of(sheets.draw(found)))


@pytest.mark.parametrize(
    ("language", "sign", "words"),
    [
        ("en", "[E1]", ("Done under emergency access", "Nobody on duty", "Not reviewed yet", "as what")),
        ("ru", "[Э1]", ("Сделано в экстренном доступе", "Ещё не рассмотрено")),
    ],
)
def test_the_paper_marks_the_act_and_says_what_the_sign_means(
    world: World, lot: str, language: str, sign: str, words: tuple[str, ...]
) -> None:
    text = text_of(told(world, lot, language))
    assert [word for word in words if packed(word) not in text] == []
    name = display(world, "analyst1")
    assert packed(f"{SAID}” {name} {sign}" if language == "en" else f"{SAID}» {name} {sign}") in text
    assert text.count(packed(sign)) == 2  # beside the act, and in the note
    assert packed(WHY["account"]) not in text


def test_what_the_same_person_or_another_did_otherwise_bears_no_sign(world: World, lot: str) -> None:
    found = told(world, lot)
    (one,) = found["emergency"]
    assert one["person"] == world.actors["analyst1"].person
    assert len(one["acts"]) == 1
    assert packed(f"{BEFORE}” {display(world, 'technician2')}, ") in text_of(found)


def test_the_note_says_how_the_review_ended(world: World, lot: str) -> None:
    assessed = {"finding": "justified", "assessment": "Both colleagues were away, and the bag could not wait."}
    world.do("qa1", emergency.review_emergency, emergency=1, **assessed)
    found = told(world, lot)
    assert found["emergency"][0]["review"] == "Reviewed: justified"
    assert found["people"][world.actors["qa1"].person] == display(world, "qa1")
    text = text_of(found)
    assert packed("Reviewed: justified") in text
    assert packed("Not reviewed yet") not in text


def test_a_lot_without_such_an_act_has_no_note(world: World, lot: str) -> None:
    other = next(one["code"] for one in world.manifest["lots"] if one["code"] != lot)
    found = told(world, other)
    assert found["emergency"] == []
    assert packed("Done under emergency access") not in text_of(found)


def test_a_certificate_bears_the_sign_beside_who_measured(world: World, lot: str) -> None:
    """The parts of a certificate are drawn with the same pen: here a result is told as entered under the access."""
    with world.installation.database.read() as tx:
        voice = Voice("en", tx.house.zone)
        job = DocumentJob(
            id=1,
            lot=lot,
            form=Form.ANALYSIS,
            language=Reader.EN,
            phase=JobPhase.WAITING,
            requested_by="",
            requested_at=tx.now,
            attempts_count=0,
        )
        found = certificates.told(tx, job, voice, demonstration=True, address="https://house.example")
    assert found["emergency"] == []
    row = found["stages"][0]["results"][0]
    one = {**told(world, lot)["emergency"][0], "number": 7, "person": row["entered_by"], "acts": [row["entered_at"]]}
    found |= {
        "emergency": [one],
        "ledger": ROOT,
        "seal": {"name": "House", "sha256": "0" * 64, "until": row["entered_at"]},
    }
    text = "".join(pages_of(certificate_sheets.draw(found)))
    assert text.count(packed("[E7]")) >= 2
    assert packed("Done under emergency access") in text
    plain = "".join(pages_of(certificate_sheets.draw({**found, "emergency": []})))
    assert packed("[E7]") not in plain
    assert packed("Done under emergency access") not in plain


def test_the_page_of_the_lot_marks_it_too(world: World, lot: str) -> None:
    with TestClient(create_app(world.installation), base_url="https://testserver") as client:
        front = Front(client, world)
        page = front.page("qa1", f"/manufacturing/lots/{lot}").text
        assert page.count("[E1]") == 2
        assert "Done under emergency access" in page
        other = next(one["code"] for one in world.manifest["lots"] if one["code"] != lot)
        assert "Done under emergency access" not in front.page("qa1", f"/manufacturing/lots/{other}").text


def test_the_record_of_an_infusion_marks_it_too(world: World) -> None:
    number = int(world.do("physician1", emergency.break_glass, **{**WHY, "role": "nurse"})["emergency"])
    row = world.row(Infusion, world.running())
    by = under(world, "physician1", number, "nurse")
    did(world, by, infusions.pause, infusion=row.id, kind="clamped", why="The line is flushed.")
    with TestClient(create_app(world.installation), base_url="https://testserver") as client:
        page = Front(client, world).page("nurse1", f"/bedside/infusions/{row.id}").text
    assert page.count(f"[E{number}]") == 2
    assert "Done under emergency access" in page


def test_who_stands_beside_which_moment() -> None:
    at, person = "2026-03-02T08:00:00.000000Z", "PS0126900000AB"
    found = {"a": person, "at": at, "b": [{"c": {"by": person, "when": "2026-03-02"}}], "d": {"at": at, "note": "PS"}}
    assert list(acts_in(found)) == [(person, datetime.fromisoformat(at))]


def display(world: World, who: str) -> str:
    with world.installation.database.read() as tx:
        return people.display_name(tx, world.actors[who].person)
