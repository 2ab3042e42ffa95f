"""What a scan of a lot, equipment or a location answers, and what their labels say."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from cellchain.kernel.errors import Refused
from cellchain.labels import design, render
from cellchain.materials import commands, describe
from tests.materials.story import MaterialStory


def test_each_answers_with_what_may_be_done(story: MaterialStory) -> None:
    arrived, accepted = story.lot(), story.accepted(1)
    machine = story.equipment()
    place = story.do(commands.register_location, name="Store 1", kind="store")["location"]
    with story.house.read() as tx:
        answers = {code: describe.describe(tx, code, story.qa) for code in (arrived, accepted, machine, place)}
        assert describe.describe(tx, arrived, story.house.actor("nurse")) is None
        assert describe.describe(tx, "ML012600007755", story.qa) is None
    said = {
        code: (found.kind, found.phase, found.href, [action.path for action in found.actions])
        for code, found in answers.items()
        if found is not None
    }
    assert said == {
        arrived: (
            "material_lot",
            "quarantined",
            f"/materials/lots/{arrived}",
            ["materials/accept_lot", "materials/attach_certificate", "materials/reject_lot", "materials/recall_lot"],
        ),
        accepted: (
            "material_lot",
            "accepted",
            f"/materials/lots/{accepted}",
            [
                "materials/quarantine_lot",
                "materials/count_stock",
                "materials/attach_certificate",
                "materials/recall_lot",
            ],
        ),
        machine: (
            "equipment",
            "out_of_service",
            f"/materials/equipment/{machine}",
            ["materials/record_calibration", "materials/record_qualification", "materials/return_to_service"],
        ),
        place: (
            "location",
            "open",
            f"/materials/locations/{place}",
            ["materials/classify_location", "materials/close_location"],
        ),
    }


@pytest.mark.parametrize("language", ["en", "ru", "both"])
def test_labels_print(story: MaterialStory, language: design.Language) -> None:
    story.house.database.house = replace(story.house.database.house, zone=ZoneInfo("Europe/Moscow"))
    lot, machine = story.accepted(), story.equipment()
    place = story.do(commands.register_location, name="Store 1", kind="store")["location"]
    for code, name in ((lot, "material_lot"), (machine, "equipment"), (place, "location")):
        with story.house.read() as tx:
            data = describe.label(tx, code, name)
        assert data.symbol == code
        fields = {**data.fields, "label_code": code}
        assert render.pdf(design.load(name), fields, language=language, preview=False, demonstration=True)


def test_no_other_design(story: MaterialStory) -> None:
    lot = story.lot()
    with story.house.read() as tx, pytest.raises(Refused) as refusal:
        describe.label(tx, lot, "infusion_bag")
    assert refusal.value.code == "material.label_design"
