"""Two versions of a master record side by side: as a rule, as a page, as data."""

from cellchain.manufacturing import commands
from cellchain.manufacturing.rules.comparison import Change, compare
from cellchain.manufacturing.rules.definition import parse
from tests.manufacturing.conftest import CONTROL_RECORD, Plant
from tests.manufacturing.pages import client, words

CHANGED = (
    CONTROL_RECORD.replace("shelf_life_minutes = 360", "shelf_life_minutes = 300")
    .replace("low = 390", "low = 395")
    .replace('materials = ["saline", "bag"]', 'materials = ["saline"]')
    .replace("amounts = { saline = 0, bag = 1 }", "amounts = { saline = 0 }")
    .replace("target = 400\n", "")
)
ADDED = """
[[steps]]
key = "inspection"
title = { en = "Inspect the bag", ru = "Осмотреть пакет" }
phase = "dose"
verified = false
"""


def changes(before: str, after: str) -> dict[tuple[str, str], tuple[Change, str | None, str | None]]:
    parts = compare(parse(before), parse(after))
    return {(line.part, line.line): (line.change, line.before, line.after) for part in parts for line in part.changed}


def test_each_line_that_differs_is_found() -> None:
    assert changes(CONTROL_RECORD, CHANGED) == {
        ("", "shelf_life_minutes"): (Change.CHANGED, "360", "300"),
        ("preparation", "materials"): (Change.CHANGED, "saline, bag", "saline"),
        ("preparation", "amounts.bag"): (Change.REMOVED, "1", None),
        ("preparation", "parameters.volume.target"): (Change.REMOVED, "400", None),
        ("preparation", "parameters.volume.action.low"): (Change.CHANGED, "390", "395"),
    }


def test_a_step_may_come_and_go() -> None:
    parts = compare(parse(CONTROL_RECORD), parse(CONTROL_RECORD + ADDED))
    assert [(part.part, part.change) for part in parts if part.changed] == [("inspection", Change.ADDED)]
    parts = compare(parse(CONTROL_RECORD + ADDED), parse(CONTROL_RECORD))
    assert [(part.part, part.change) for part in parts if part.changed] == [("inspection", Change.REMOVED)]


def test_a_version_is_the_same_as_itself() -> None:
    assert changes(CHANGED, CHANGED) == {}


def drafted(plant: Plant, text: str) -> int:
    return int(plant.do(commands.draft_master_record, by=plant.qa, source=text)["master_record"])


def test_the_page_marks_each_change_with_a_word_and_a_shape(plant: Plant) -> None:
    old, new = plant.records["control"], drafted(plant, CHANGED + ADDED)
    browser = client(plant)
    assert f"/compare/{old}" in browser.get(f"/manufacturing/master-records/{new}").text
    page = browser.get(f"/manufacturing/master-records/{new}/compare/{old}").text
    said = words(page)
    assert "differ between version 1 and version 2." in said
    assert "Volume: Action limit, lowChanged390395" in said
    assert "Inspect the bagAdded" in said
    assert "Volume: TargetTaken away400not there" in said
    assert "<del>390</del>" in page
    assert "<ins>395</ins>" in page
    assert {"#s-changed", "#s-added", "#s-removed"} <= {part.split('"')[0] for part in page.split("icons.svg")}
    again = words(browser.get(f"/manufacturing/master-records/{old}/compare/{new}").text)
    assert "between version 1 and version 2." in again


def test_the_same_text_twice_is_the_same(plant: Plant) -> None:
    old, new = plant.records["control"], drafted(plant, CONTROL_RECORD)
    said = words(client(plant).get(f"/manufacturing/master-records/{new}/compare/{old}").text)
    assert "Version 1 and version 2 are the same." in said


def test_the_comparison_as_data(plant: Plant) -> None:
    old, new = plant.records["control"], drafted(plant, CHANGED)
    found = client(plant).get(f"/api/v1/master-records/{old}/compare/{new}").json()
    assert (found["before"], found["after"], len(found["changes"])) == (1, 2, 5)
    line = {"step": "", "line": "shelf_life_minutes", "change": "changed", "before": "360", "after": "300"}
    assert line in found["changes"]
    whole = client(plant).get(f"/api/v1/master-records/{new}").json()
    assert (whole["version"], whole["phase"], whole["definition"]["shelf_life_minutes"]) == (2, "draft", 300)


def test_two_records_are_not_compared(plant: Plant) -> None:
    browser = client(plant)
    one, other = plant.records["control"], plant.records["bank"]
    assert browser.get(f"/manufacturing/master-records/{one}/compare/{other}").status_code == 404
    assert browser.get(f"/api/v1/master-records/{one}/compare/999999").status_code == 404
    assert client(plant, plant.house.actor("assessor")).get(f"/api/v1/master-records/{one}").status_code == 403


def test_the_comparison_speaks_russian(plant: Plant) -> None:
    old, new = plant.records["control"], drafted(plant, CHANGED)
    said = words(client(plant, language="ru").get(f"/manufacturing/master-records/{new}/compare/{old}").text)
    assert "Объём" in said
    assert "Changed" not in said
