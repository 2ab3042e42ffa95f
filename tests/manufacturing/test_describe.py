"""What scan and labels learn about lots and containers."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cellchain.identity.codes import Kind, issue, preview_label
from cellchain.labels import design as designs
from cellchain.labels import render
from cellchain.ledger.actor import Actor
from cellchain.ledger.describe import Description
from cellchain.manufacturing import commands, describe, queries
from tests.manufacturing.conftest import Plant, refused

READER = Actor("PS012600000101", frozenset({"manufacturing.read"}))
LABEL = str(preview_label(1, 2026))
OF_TRIAL = {
    "recipient": issue(Kind.RECIPIENT, 1, 2026, 14),
    "chain_of_identity": issue(Kind.CHAIN_OF_IDENTITY, 1, 2026, 14),
    "infusion.en": "3 of 8",
    "infusion.ru": "3 из 8",
}


def described(plant: Plant, code: str, actor: Actor | None = None) -> Description | None:
    with plant.house.read() as tx:
        return describe.describe(tx, code, actor or plant.technician)


def fields_of(plant: Plant, code: str, design: str) -> dict[str, str]:
    """What manufacturing gives for a label."""
    here: dict[str, Any] = {"zone": ZoneInfo("Europe/Moscow"), "site_name": "Example Laboratory"}
    plant.house.database.house = replace(plant.house.database.house, **here)
    with plant.house.read() as tx:
        if design == "infusion_bag":
            return queries.bag_label_fields(tx, code)
        data = describe.label(tx, code, design)
        assert data.group == queries.container_facts(tx, code).lot
        return dict(data.fields)


def prints(plant: Plant, code: str, design: str, **more: str) -> None:
    """The label draws in each of its languages: every field is there, and every text fits its box."""
    found = designs.load(design)
    fields = {**fields_of(plant, code, design), **more, "label_code": LABEL}
    for language in found.languages:
        assert render.pdf(found, fields, language=language).startswith(b"%PDF")


def test_a_lot_says_what_it_is_and_what_comes_next(plant: Plant) -> None:
    lot = plant.open("control")
    found = described(plant, lot)
    assert found is not None
    assert (found.kind, found.phase, found.href) == ("lot", "open", f"/manufacturing/lots/{lot}")
    assert str(found.title) == "Control lot: Saline control, 400 mL"
    assert found.actions[0].href == f"/bench/{lot}"
    plant.do(commands.discard_batch, lot=lot, reason="Opened by mistake.")
    found = described(plant, lot)
    assert found is not None
    assert found.actions == ()


def test_a_container_says_what_is_inside(plant: Plant) -> None:
    lot, vessels = plant.seeded()
    found = described(plant, vessels[0])
    assert found is not None
    assert (found.kind, str(found.title)) == ("container", "Culture vessel P0")
    assert {action.path for action in found.actions} == {"manufacturing/discard", "labels/print_label"}
    reader = described(plant, vessels[0], READER)
    assert reader is not None
    assert reader.actions == ()
    tube = described(plant, plant.harvest(lot, "bank", 5_000_000)["container"])
    assert tube is not None
    assert str(tube.title) == "Tube, MSC"


def test_an_assessor_learns_nothing(plant: Plant) -> None:
    lot = plant.open("control")
    assert described(plant, lot, plant.house.actor("assessor")) is None


@pytest.mark.parametrize("code", ["LT012600999999", "CT012600999999", "BG012600999999"])
def test_an_unknown_code_is_nothing(plant: Plant, code: str) -> None:
    assert described(plant, code) is None


def test_every_container_wears_its_label(plant: Plant) -> None:
    prints(plant, plant.donation()["container"], "harvest_bag")
    lot, vessels = plant.seeded()
    prints(plant, vessels[0], "vessel")
    assert fields_of(plant, vessels[1], "vessel")["vessel.en"] == "vessel 2 of 2"
    tube = plant.harvest(lot, "bank", 5_000_000)["container"]
    prints(plant, tube, "tube")
    with plant.house.read() as tx, refused("label.wrong_design"):
        describe.label(tx, tube, "container")
    prints(plant, plant.bank()[1][0], "cryovial")


def test_a_bag_wears_a_container_label_until_it_is_assigned(plant: Plant) -> None:
    lot, tube = plant.harvested_product()
    bag = plant.bag(lot, tube)["bag"]
    prints(plant, bag, "container")
    prints(plant, bag, "partial_bag")
    least = fields_of(plant, bag, "partial_bag")
    assert (least["bag_code"], least["lot"], least["passage"]) == (bag, lot, "P1")
    assert least["product_code"].split()[-1] == "01"
    prints(plant, bag, "infusion_bag", **OF_TRIAL)
    fields = fields_of(plant, bag, "infusion_bag")
    assert fields["dose.en"] == "2.00\u00a0×\u00a010⁸ viable cells"
    assert fields["expires_local.ru"].endswith(" МСК")
    with plant.house.read() as tx, refused("label.wrong_design"):
        describe.label(tx, bag, "infusion_bag")


def test_a_control_bag_says_that_it_holds_no_cells(plant: Plant) -> None:
    lot = plant.open("control")
    plant.start(lot, "preparation")
    bag = plant.do(commands.prepare_control, lot=lot, saline=plant.lots["saline"])["bag"]
    prints(plant, bag, "container")
    prints(plant, bag, "partial_bag")
    assert not any(name.startswith("biohazard") for name in fields_of(plant, bag, "container"))
    fields = fields_of(plant, bag, "infusion_bag")
    assert fields["dose.en"] == "No cells"
    assert "donation" not in fields
