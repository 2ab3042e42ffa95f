"""What scan and labels learn about lots and containers."""

from zoneinfo import ZoneInfo

import pytest

from cellchain.labels import design as designs
from cellchain.ledger.actor import Actor
from cellchain.ledger.describe import Description
from cellchain.ledger.describe import House as Handed
from cellchain.manufacturing import commands, describe, queries
from tests.manufacturing.conftest import Plant, refused

READER = Actor("PS012600000101", frozenset({"manufacturing.read"}))
OF_TRIAL = {"recipient", "chain_of_identity", "infusion"}
NOT_FOR_CONTROL = {"donation"}


def described(plant: Plant, code: str, actor: Actor | None = None) -> Description | None:
    with plant.house.read() as tx:
        return describe.describe(tx, code, actor or plant.technician)


def missing(plant: Plant, code: str, design: str) -> set[str]:
    """The fields that the design needs and manufacturing does not give."""
    plant.house.database.house = Handed(zone=ZoneInfo("Europe/Moscow"), site_name="Example Laboratory")
    with plant.house.read() as tx:
        if design == "infusion_bag":
            fields = queries.bag_label_fields(tx, code)
        else:
            data = describe.label(tx, code, design)
            assert data.group == queries.container_facts(tx, code).lot
            fields = dict(data.fields)
    assert all(fields.values())
    return set(designs.load(design).required_fields()) - {name.partition(".")[0] for name in fields} - {"label_code"}


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


def test_every_container_gives_its_label_what_the_design_needs(plant: Plant) -> None:
    assert missing(plant, plant.donation()["container"], "harvest_bag") == set()
    lot, vessels = plant.seeded()
    assert missing(plant, vessels[0], "vessel") == set()
    with plant.house.read() as tx:
        assert queries.place_among_siblings(tx, queries.container_facts(tx, vessels[1])) == (2, 2)
    tube = plant.harvest(lot, "bank", 5_000_000)["container"]
    assert missing(plant, tube, "container") == set()
    assert missing(plant, plant.bank()[1][0], "cryovial") == set()


def test_a_bag_wears_a_container_label_until_it_is_assigned(plant: Plant) -> None:
    lot, tube = plant.harvested_product()
    bag = plant.bag(lot, tube)["bag"]
    assert missing(plant, bag, "container") == set()
    assert missing(plant, bag, "infusion_bag") == OF_TRIAL
    with plant.house.read() as tx, refused("label.wrong_design"):
        describe.label(tx, bag, "infusion_bag")


def test_a_control_bag_has_a_label_without_a_donation(plant: Plant) -> None:
    lot = plant.open("control")
    plant.start(lot, "preparation")
    bag = plant.do(commands.prepare_control, lot=lot, saline=plant.lots["saline"])["bag"]
    assert missing(plant, bag, "container") == set()
    assert missing(plant, bag, "infusion_bag") - OF_TRIAL <= NOT_FOR_CONTROL
