"""The batch record as a document: everything that the house knows of a lot, read back from the paper and compared."""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cellchain.kernel import canonical
from cellchain.ledger import merkle, uploads
from cellchain.ledger.registry import command_of
from cellchain.manufacturing import batch_record, commands
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.bench import shown_as
from cellchain.materials import queries as materials
from cellchain.quality import commands as decisions
from cellchain.quality import queries as quality
from cellchain.trace.documents import paper, record, sheets
from cellchain.trace.documents.worker import DocumentWorker
from cellchain.web.format import grouped
from cellchain.web.i18n import Voice
from tests.bedside.world import World, played
from tests.labels.pages import packed
from tests.trace.reading import pages_of

EMPTIED = ("steps", "containers", "growth", "samples", "environment", "holds", "deviations", "signatures")
WHY = ("Две цифры переставлены: опечатка.", "The first correction was of the wrong vial.")
REMARK = "Окно шкафа запотело & <b>протёрто</b> ☂"
PDF = b"%PDF-1.4\nprint-out of the counter\n%%EOF\n"
LATE = timedelta(hours=2)
PERSON = "PS012500000149"
HELD = {
    "cause_words": "Temperature",
    "reason": "Холодильник <1> потеплел.",
    "phase_words": "Lifted",
    "placed_by": PERSON,
    "placed_at": "2026-11-24T07:30:00Z",
    "lifted_by": PERSON,
    "lifted_at": "2026-11-24T09:30:00Z",
    "lift_reason": "В норме.",
}
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
    digest = uploads.receive(world.installation, world.actors["technician1"].person, PDF)
    file = {"name": "Счётчик клеток.pdf", "sha256": digest}
    run(world, "technician1", commands.attach_file, step_record=view.id, file=file)
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


def counts_in(found: Told) -> list[Told]:
    return [count for step in found["steps"] for count in step["counts"]]


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


def test_every_count_is_in_it_with_each_of_its_chambers(world: World, lot: str) -> None:
    found = told(world, lot)
    with world.installation.database.read() as tx:
        views = batch_record.lot_page(tx, lot).steps
    kept = [count for view in views for count in view.counts]
    assert kept
    for count, said in zip(kept, counts_in(found), strict=True):
        assert (said["live_per_ml"], said["total_per_ml"]) == (count.live_per_ml, count.total_per_ml)
        assert (said["viability_permille"], said["cv_permille"]) == (count.viability_permille, count.scatter_permille)
        assert [run["live_count"] for run in said["runs"]] == [run.live_count for run in count.runs]
        for run in said["runs"]:
            per_ml = Decimal(run["live_count"]) * Decimal(run["dilution"]) * 1_000_000 / run["chamber_nl"]
            assert run["live_per_ml"] == round(per_ml)


def test_a_computed_value_says_what_it_was_computed_from(world: World, lot: str) -> None:
    [value] = [one for one in values_in(told(world, lot)) if one["parameter"] == "doublings"][:1]
    assert value["computed"]["formula"] == "doublings"
    assert value["computed"]["of_words"] == "Viable cells seeded, Viable cells harvested"
    entered = [one for one in values_in(told(world, lot)) if one["parameter"] == "confluence"]
    assert entered[0]["computed"] is None


def test_the_book_of_every_container_adds_up(world: World, lot: str) -> None:
    for one in told(world, lot)["containers"]:
        book = one["balance"]
        out = [book[name] for name in ("drawn", "sampled", "wasted", "given", "left")]
        assert book["made"]["volume_ul"] == sum(part["volume_ul"] for part in out)
        if one["cells_made_count"] is not None:
            assert one["cells_made_count"] + book["grown_count"] == sum(part["cells_count"] for part in out)
        lost = sum(loss["volume_ul"] for loss in book["losses"])
        assert lost == sum(book[name]["volume_ul"] for name in ("sampled", "wasted", "given"))


def test_samples_results_and_material_amounts_are_those_of_their_rooms(world: World, lot: str) -> None:
    found = told(world, lot)
    with world.installation.database.read() as tx:
        samples, results = quality.samples_of(tx, lot), quality.results_of(tx, lot)
        amounts = {use.id: use.amount_milli for use in materials.uses_for(tx, lot)}
    assert [one["code"] for one in found["samples"]] == [one.code for one in samples]
    said = {result["id"]: result for one in found["samples"] for result in one["results"]}
    assert said.keys() == {one.id for one in results}
    for one in results:
        assert (said[one.id]["value"], said[one.id]["phase"]) == (one.value, one.phase)
        assert said[one.id]["limit"] == one.limit.document()
    used = {use["id"]: use["amount_milli"] for step in found["steps"] for use in step["materials"]}
    assert amounts.items() <= used.items()
    assert any(amounts.values())


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
    assert meanings[:2] == ["I have reviewed this master record", "I approve this master record for manufacturing"]
    assert "I have checked this decision and agree to it" in meanings
    assert "I reject this lot: nothing of it may be used" in meanings
    assert found["labels"]["issued"]
    assert found["labels"]["account"]["difference"] == 0
    counted = [told(world, one["code"]) for one in world.manifest["lots"]]
    assert [one for one in counted if one["labels"]["reconciled_by"] in one["people"]]
    filled = [one for one in found["containers"] if one["cells_made_count"] is not None]
    assert filled
    assert all(one["came_from"] for one in filled)


def test_whoever_closed_a_deviation_signed_it_in_the_record_of_its_lot(world: World, lot: str) -> None:
    with world.installation.database.read() as tx:
        thing = manufacturing.containers_of(tx, lot)[0].code
    for subject in (thing, lot):
        made = run(
            world, "technician1", decisions.open_deviation, subject=subject, title="Drop", description="Wiped at once."
        )
        number = {"deviation": made["deviation"]}
        run(world, "qa1", decisions.assess_deviation, **number, severity="minor", assessment="Nothing was touched.")
        world.do("qa2", decisions.close_deviation, **number, conclusion="The floor was cleaned.")
        closed = [
            (one["signer"], one["subject"])
            for one in told(world, lot)["signatures"]
            if one["event"] == "quality:deviation:closed"
        ]
        assert closed.count((world.actors["qa2"].person, subject)) == 1


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
    cells, share = voice.format.cells, voice.format.percent_tenths

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
            if value["computed"]:
                stands(value["computed"]["of_words"])
        for count in step["counts"]:
            stands(cells(count["live_per_ml"]), cells(count["total_per_ml"]), grouped(count["equipment"]))
            stands(share(count["viability_permille"]), share(count["cv_permille"]), count["reason"])
            stands(count["file_name"], count["file_sha256"], found["people"][count["counted_by"]])
            for run in count["runs"]:
                stands(cells(run["live_per_ml"]), cells(run["dead_per_ml"]))
        for used in step["materials"]:
            stands(used["name"], grouped(used["lot"]), used["supplier_lot"])
            if used["amount_milli"]:
                stands(voice.format.amount(used["amount_milli"], used["unit"]))
        for used in step["equipment"]:
            stands(used["name"], grouped(used["equipment"]))
    for row in found["containers"]:
        stands(grouped(row["code"]), *(grouped(source["code"]) for source in row["came_from"]))
        for name in ("made", "drawn", "left"):
            stands(voice.format.millilitres(row["balance"][name]["volume_ul"]) if row["balance"][name] else None)
        for loss in row["balance"]["losses"]:
            stands(loss["reason"], loss["kind_words"].lower(), voice.format.millilitres(loss["volume_ul"]))
        for check in row["balance"]["checks"]:
            stands(voice.format.millilitres(check["found"]) if check["quantity"] == "volume" else cells(check["found"]))
    for row in found["samples"]:
        stands(grouped(row["code"]), grouped(row["container"]), voice.format.millilitres(row["volume_ul"]))
        for result in row["results"]:
            stands(result["title"], result["shown"], result["limit_shown"], result["stands"], result["reason"])
    for row in found["environment"]:
        stands(row["kind_words"], row["shown"], row["comment"], found["people"][row["recorded_by"]])
        stands(*(row[limit]["shown"] for limit in ("alert_limit", "action_limit") if row[limit]))
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


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_recount_a_counters_file_and_a_corrected_result_stay_beside_what_counts(
    world: World, lot: str, language: str
) -> None:
    found = told(world, lot, language)
    step = next(step for step in found["steps"] if step["counts"])
    [first] = step["counts"]
    run = {"live_count": None, "dead_count": None, "dilution": None, "chamber_nl": None}
    again = {
        "sequence": 2,
        "cv_permille": 312,
        "is_scattered": True,
        "reason": "Камеры разошлись.",
        "file_name": "Счётчик & <b>.csv",
        "file_sha256": "5c" * 32,
        "runs": [{**one, **run} for one in first["runs"]],
    }
    step["counts"].append({**first, **again})
    sample = next(one for one in found["samples"] if one["results"])
    result = sample["results"][0]
    corrected = {"phase": "corrected", "shown": "17,3", "stands": "Corrected", "reason": None}
    sample["results"] = [{**result, **corrected}, {**result, "reason": "Перепутана кювета."}]
    loss = {"kind_words": "Wasted", "cells_count": 12, "volume_ul": 3_500, "at": found["made_at"], "by": PERSON}
    check = {"quantity": "volume", "quantity_words": "Volume", "expected": 7_200, "found": 6_300, "is_off": True}
    book = found["containers"][0]["balance"]
    book["losses"].append({**loss, "reason": "Пролито."})
    book["checks"].append({**check, "error_permille": 20, "at": found["made_at"], "by": PERSON})
    found["holds"] = [HELD]
    text, show = "".join(pages_of(sheets.draw(found))), Voice(language, world.installation.settings.zone).format
    for one in (again["reason"], again["file_name"], again["file_sha256"], show.percent_tenths(312)):
        assert packed(str(one)) in text, one
    for one in ("17,3", result["shown"], "Перепутана кювета.", "Пролито.", show.millilitres(3_500), HELD["reason"]):
        assert packed(one) in text, one
    assert packed(show.millilitres(6_300)) in text
    assert packed({"en": "Recount", "ru": "Пересчёт"}[language]) in text
    assert packed({"en": "First count", "ru": "Первый подсчёт"}[language]) in text


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
    empty: Told = {name: [] for name in EMPTIED}
    bare = {**found, **empty, "clearance": None, "labels": {**found["labels"], "issued": [], "reconciled_by": None}}
    text = "".join(pages_of(sheets.draw(bare)))
    # The labels and the balance say it too; a part about holds is left out.
    assert text.count(packed("None.")) == len(EMPTIED) + 2 - 1
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
