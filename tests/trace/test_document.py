"""The batch record as a document: everything that the house knows of a lot, read back from the paper and compared."""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cellchain.kernel import canonical
from cellchain.ledger import merkle
from cellchain.ledger.registry import command_of
from cellchain.manufacturing import batch_record, commands, files
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.bench import shown_as
from cellchain.trace.documents import paper, record, sheets
from cellchain.trace.documents.worker import DocumentWorker
from cellchain.web.format import grouped
from cellchain.web.i18n import Voice
from tests.bedside.world import World, played
from tests.labels.pages import packed
from tests.trace.reading import pages_of

WHY = ("Две цифры переставлены: опечатка.", "The first correction was of the wrong vial.")
REMARK = "Окно шкафа запотело & <b>протёрто</b> ☂"
PDF = b"%PDF-1.4\nprint-out of the counter\n%%EOF\n"
LATE = timedelta(hours=2)
Told = dict[str, Any]


def run(
    world: World, who: str, function: Any, *, reason: str | None = None, late: timedelta | None = None, **fields: Any
) -> Told:
    """Run a command with a reason or afterwards."""
    order = command_of(function).order(**fields)
    at = None if late is None else world.clock.now() - late
    more = {"reason": reason, "happened_at": at}
    return world.installation.runner.do(function, order, world.actors[who], world.request_id(), **more)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A demonstration in which one lot's record was corrected, commented, attached to and read the room for."""
    made = World(played(tmp_path_factory.getbasetemp()), tmp_path_factory.mktemp("documents") / "world")
    yield made
    made.close()


def lot_of(world: World, kind: str, phase: str) -> str:
    """A lot of this kind that has come so far."""
    with world.installation.database.read() as tx:
        return next(one.code for one in manufacturing.lots(tx) if (one.kind, one.phase) == (kind, phase))


@pytest.fixture(scope="module")
def lot(world: World) -> str:
    """That lot."""
    code = lot_of(world, "product", "completed")
    with world.installation.database.read() as tx:
        page = batch_record.lot_page(tx, code)
    view = next(view for view in page.steps if any(one.title and one.unit for one in view.values))
    value = next(one for one in view.values if one.title and one.unit)
    number = value.id
    for reason, changed in zip(WHY, (value.value * 2, value.value), strict=True):
        told = run(world, "technician1", commands.correct_value, value=number, corrected=changed, reason=reason)
        number = told["value"]
    run(world, "technician2", commands.comment_step, step_record=view.id, comment=REMARK, late=LATE, reason="Late.")
    digest = files.receive(world.installation, world.actors["technician1"].person, PDF)
    run(world, "technician1", commands.attach_file, step_record=view.id, file=digest, name="Счётчик клеток.pdf")
    return code


def told(world: World, lot: str, language: str = "en") -> Told:
    """The record as JSON gives it, with the root of now."""
    installation = world.installation
    worker = DocumentWorker(installation.database, installation.runner, installation.folder, demonstration=True)
    with installation.database.read() as tx:
        found = record.told(tx, lot, Voice(language, tx.house.zone), demonstration=True)
        size, root = worker._root(tx)
    found["ledger"] = {"entries": size, "root": root}
    return dict(json.loads(record.as_json(found)))


def values_in(found: Told) -> list[Told]:
    return [value for step in found["steps"] for value in step["values"]]


# -- the data --------------------------------------------------------------------------------------------------------


def test_every_value_of_every_lot_is_in_it(world: World, lot: str) -> None:
    for one in world.manifest["lots"]:
        found = told(world, one["code"])
        with world.installation.database.read() as tx:
            page = batch_record.lot_page(tx, one["code"])
        given = {value["id"]: value for value in values_in(found)}
        current = [value for view in page.steps for value in view.values if value.phase == "current"]
        assert current
        assert given.keys() == {value.id for value in current}
        for value in current:
            kept = given[value.id]
            assert kept["value"] == f"{value.value:f}"
            assert kept["unit"] == value.unit
            assert kept["standing"] == value.standing
            assert kept["entered_by"] == value.entered_by
            assert datetime.fromisoformat(kept["event_at"]) == value.event_at
            assert datetime.fromisoformat(kept["entered_at"]) == value.entered_at
        assert [step["sequence"] for step in found["steps"]] == [view.sequence for view in page.steps]
        assert {row["code"] for row in found["containers"]} == {row.code for row in page.containers}


def test_a_changed_value_keeps_all_that_it_was(world: World, lot: str) -> None:
    [changed] = [value for value in values_in(told(world, lot)) if value["changes"]]
    first, second = changed["changes"]
    assert (first["new"], second["old"]) == (second["old"], first["new"])
    assert first["old"] == second["new"] == changed["value"]
    assert (first["why"], second["why"]) == WHY
    for change in (first, second):
        assert change["changed_by"] == world.actors["technician1"].person
        assert datetime.fromisoformat(change["changed_at"]) <= world.clock.now()


def test_comments_attachments_and_late_entries_are_marked(world: World, lot: str) -> None:
    found = told(world, lot)
    [note] = [note for step in found["steps"] for note in step["comments"]]
    assert (note["comment"], note["is_late"]) == (REMARK, True)
    [file] = [file for step in found["steps"] for file in step["attachments"]]
    assert (file["name"], file["sha256"]) == ("Счётчик клеток.pdf", hashlib.sha256(PDF).hexdigest())
    assert found["people"][note["entered_by"]]


def test_the_root_is_that_of_the_entries(world: World, lot: str) -> None:
    found = told(world, lot)
    hashes = [bytes.fromhex(entry.hash) for entry in world.entries()]
    assert found["ledger"] == {"entries": len(hashes), "root": merkle.root(hashes).hex()}


def test_master_record_clearance_deviations_labels_and_signatures(world: World) -> None:
    found = told(world, lot_of(world, "product", "closed"))
    assert found["master_record"]["version"] == 1
    assert len(found["master_record"]["text_sha256"]) == 64
    assert found["clearance"]["cleared_by"] != found["clearance"]["verified_by"]
    meanings = [one["meaning"] for one in found["signatures"]]
    assert meanings[0] == "I approve this master record for manufacturing"
    assert "I have checked this decision and agree to it" in meanings
    assert "I reject this lot: nothing of it may be used" in meanings
    assert found["labels"]["issued"]
    assert found["labels"]["account"]["difference"] == 0
    counted = [told(world, one["code"]) for one in world.manifest["lots"]]
    assert [one for one in counted if one["labels"]["reconciled_by"] in one["people"]]
    filled = [one for one in found["containers"] if one["cells_made_count"] is not None]
    assert filled
    assert all(one["came_from"] for one in filled)


def test_the_room_is_in_it_for_as_long_as_the_lot_was_open(world: World, lot: str) -> None:
    with world.installation.database.read() as tx:
        facts = manufacturing.lot_facts(tx, lot)
    assert facts.completed_at is not None
    since_then = world.clock.now() - facts.completed_at
    read: Told = {"location": facts.location, "kind": "temperature"}
    for late, value in ((timedelta(minutes=1), "20.1"), (-timedelta(minutes=1), "20.2")):
        run(world, "technician1", commands.record_environment, reason="L.", late=since_then + late, value=value, **read)
    run(world, "technician1", commands.record_environment, value="20.3", lot=lot, **read)
    found = [row["value"] for row in told(world, lot)["environment"]]
    assert {"20.1", "20.3"} <= set(found), "while it was open, and whatever was read for it"
    assert "20.2" not in found, "what was read afterwards is another lot's"


def test_nobody_who_receives_is_named(world: World) -> None:
    for one in world.manifest["lots"]:
        text = json.dumps(told(world, one["code"]))
        assert not [who["code"] for who in world.manifest["recipients"] if who["code"] in text]
        assert not [who["wristband"] for who in world.manifest["recipients"] if who["wristband"] in text]


# -- the paper -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_paper_says_everything_that_the_data_say(world: World, lot: str, language: str) -> None:
    found = told(world, lot, language)
    pages = pages_of(sheets.draw(found))
    text, voice = "".join(pages), Voice(language, world.installation.settings.zone)

    def stands(*words: str | None) -> None:
        for one in words:
            assert one is None or packed(one) in text, one

    for step in found["steps"]:
        stands(f"{step['sequence']}. {step['title']}", found["people"][step["performer"]])
        stands(voice.format.local(datetime.fromisoformat(step["started_at"])))
        for value in step["values"]:
            stands(value["title"], value["shown"], found["people"][value["entered_by"]])
            stands(voice.format.local(datetime.fromisoformat(value["event_at"])))
            stands(*(value[limit]["shown"] for limit in ("alert_limit", "action_limit") if value[limit]))
            for change in value["changes"]:
                stands(f"{change['old_shown']} (", change["new_shown"], change["why"])
                stands(found["people"][change["changed_by"]])
                stands(voice.format.local(datetime.fromisoformat(change["changed_at"])))
        for used in step["materials"]:
            stands(used["name"], grouped(used["lot"]), used["supplier_lot"])
        for used in step["equipment"]:
            stands(used["name"], grouped(used["equipment"]))
    for row in found["containers"]:
        stands(grouped(row["code"]), *(grouped(source["code"]) for source in row["came_from"]))
    for row in found["labels"]["issued"]:
        stands(grouped(row["code"]), grouped(row["target"]))
    for row in found["deviations"]:
        stands(row["number"], row["title"], row["conclusion"])
    for row in found["signatures"]:
        stands(found["people"][row["signer"]], row["meaning"], row["record_sha256"])
        stands(voice.format.local(datetime.fromisoformat(row["signed_at"])))
    stands(*found["people"].values(), grouped(found["lot"]["code"]), found["master_record"]["name"])


def test_cyrillic_changes_and_what_no_face_draws_are_readable(world: World, lot: str) -> None:
    found = told(world, lot, "ru")
    text = "".join(pages_of(sheets.draw(found)))
    assert packed(f"Причина: {WHY[0]}") in text
    assert packed(f"Причина: {WHY[1]}") in text
    assert packed("Окно шкафа запотело & <b>протёрто</b> [U+2602]") in text
    assert packed("Счётчик клеток.pdf") in text
    assert hashlib.sha256(PDF).hexdigest() in text
    assert packed("Поздняя запись") in text
    [changed] = [value for value in values_in(found) if value["changes"]]
    assert packed(changed["changes"][0]["new_shown"]) in text


@pytest.mark.parametrize(
    ("language", "numbered", "mark", "head"),
    [
        ("en", "Page {} of {}", "DEMONSTRATION: NOT FOR USE", "Batch record"),
        ("ru", "Страница {} из {}", "ДЕМОНСТРАЦИЯ: НЕ ДЛЯ ПРИМЕНЕНИЯ", "Протокол серии"),
    ],
)
def test_every_page_says_which_it_is_of_what(
    world: World, lot: str, language: str, numbered: str, mark: str, head: str
) -> None:
    found = told(world, lot, language)
    pages = pages_of(sheets.draw(found))
    assert len(pages) > 3
    for number, page in enumerate(pages, 1):
        assert packed(numbered.format(number, len(pages))) in page
        assert packed(f"{head} {grouped(lot)}") in page
        assert packed(mark) in page
        assert "UTC" in page
    assert found["ledger"]["root"] in pages[-1]
    assert not any(found["ledger"]["root"] in page for page in pages[:-1])
    real = pages_of(sheets.draw({**found, "demonstration": False}))
    assert not any(packed(mark) in page for page in real)


def test_equal_records_give_equal_paper(world: World, lot: str) -> None:
    found = told(world, lot)
    assert sheets.draw(found) == sheets.draw(json.loads(json.dumps(found)))


def test_a_lot_with_nothing_in_it_has_its_paper(world: World, lot: str) -> None:
    found = told(world, lot)
    empty: Told = {name: [] for name in ("steps", "containers", "growth", "environment", "deviations", "signatures")}
    bare = {**found, **empty, "clearance": None, "labels": {**found["labels"], "issued": [], "reconciled_by": None}}
    text = "".join(pages_of(sheets.draw(bare)))
    assert text.count(packed("None.")) == 7
    assert packed("Not reconciled yet.") in text


def test_a_text_as_long_as_it_may_be_fits(world: World, lot: str) -> None:
    found = told(world, lot)
    long = "слово " * 800
    for value in values_in(found):
        value["reason"] = long[:500]
    found["deviations"] = [
        {**dict.fromkeys(("severity", "assessed_by", "closed_by", "conclusion", "assessed_at", "closed_at")), **one}
        for one in [
            {
                "number": "DV-26-999",
                "title": "Long",
                "account": long,
                "phase_words": "Open",
                "assessment": long,
                "opened_by": found["lot"]["opened_by"],
                "opened_at": found["lot"]["opened_at"],
            }
        ]
    ]
    text = "".join(pages_of(sheets.draw(found)))
    assert text.count("слово") > 1_600


def test_what_is_written_cannot_become_markup() -> None:
    assert paper.safe('<font size="50">&amp;') == '&lt;font size="50"&gt;&amp;amp;'
    assert paper.safe("☂\U0001f600") == "[U+2602][U+1F600]"


def test_the_words_of_a_value_are_those_of_the_screen(world: World, lot: str) -> None:
    found = told(world, lot, "ru")
    with world.installation.database.read() as tx:
        page = batch_record.lot_page(tx, lot)
    voice = Voice("ru", world.installation.settings.zone)
    shown = {v.id: shown_as(v.title, voice, v.value).text(v.value) for s in page.steps for v in s.values if v.title}
    assert all(value["shown"] == shown[value["id"]] for value in values_in(found))
    assert found["made_at"] == canonical.moment(world.clock.now())


def test_the_folder_keeps_what_was_attached(world: World, lot: str) -> None:
    [file] = [file for step in told(world, lot)["steps"] for file in step["attachments"]]
    assert world.installation.folder.fetch(file["sha256"]) == PDF
    assert Path(world.installation.folder.files).is_dir()
