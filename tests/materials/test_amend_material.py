"""What the catalogue says of a material is put right, with a reason; what it said before stays in the ledger."""

from typing import Any

import pytest

from cellchain.kernel.errors import CellchainError, Forbidden, NotFound, Refused
from cellchain.materials import commands, queries
from cellchain.materials.rules import Storage
from tests.materials.story import MaterialStory

GTIN, OTHER_GTIN = "4006381333931", "4012345123456"
REASON = "The supplier's audit asks for it."


def amend(story: MaterialStory, material: int, *, why: str | None = REASON, by: Any = None, **fields: Any) -> None:
    given = {"name": "Heparin 5000 IU/mL", "storage": "room", "gtin": GTIN, "needs_certificate": False, **fields}
    story.house.do(commands.amend_material, by=by or story.qa, reason=why, material=material, **given)


@pytest.fixture
def material(story: MaterialStory) -> int:
    return story.material(gtin=GTIN)


def test_a_certificate_is_asked_for_from_now_on(story: MaterialStory, material: int) -> None:
    accepted, waiting = story.accepted(material), story.lot(material)
    amend(story, material, needs_certificate=True)
    entry = story.house.entries()[-1]
    assert (entry.event, entry.subject) == ("materials:material:amended", str(material))
    with pytest.raises(Refused) as refusal:
        story.do(commands.accept_lot, lot=waiting)
    assert refusal.value.code == "material.no_certificate"
    with story.house.read() as tx:
        assert queries.lot_facts(tx, accepted).phase == "accepted"
    amend(story, material, needs_certificate=False)
    story.do(commands.accept_lot, lot=waiting)


def test_name_storage_and_trade_number_are_put_right(story: MaterialStory, material: int) -> None:
    amend(story, material, name="Heparin 5000", storage="refrigerated", gtin=OTHER_GTIN)
    with story.house.read() as tx:
        facts = queries.material_by_gtin(tx, OTHER_GTIN.rjust(14, "0"))
        assert facts is not None
        assert (facts.id, facts.name, facts.storage) == (material, "Heparin 5000", Storage.REFRIGERATED)
        assert queries.material_by_gtin(tx, GTIN.rjust(14, "0")) is None
    amend(story, material, name="Heparin 5000", storage="refrigerated", gtin=None)
    with story.house.read() as tx:
        assert [one.gtin for one in queries.materials(tx)] == [None]


@pytest.mark.parametrize(
    ("fields", "why", "code"),
    [
        ({}, REASON, "material.unchanged"),
        ({"needs_certificate": True}, None, "material.reason_needed"),
        ({"name": "Saline"}, REASON, "material.name_taken"),
        ({"gtin": "4006381333932"}, REASON, "material.bad_gtin"),
        ({"gtin": OTHER_GTIN}, REASON, "material.gtin_taken"),
    ],
)
def test_refused(story: MaterialStory, material: int, fields: dict[str, Any], why: str | None, code: str) -> None:
    story.material("Saline", "saline", gtin=OTHER_GTIN)
    with pytest.raises(CellchainError) as refusal:
        amend(story, material, why=why, **fields)
    assert refusal.value.code == code


def test_only_quality_amends_and_only_what_is_there(story: MaterialStory, material: int) -> None:
    with pytest.raises(Forbidden):
        amend(story, material, by=story.technician, needs_certificate=True)
    with pytest.raises(NotFound):
        amend(story, 999, needs_certificate=True)
