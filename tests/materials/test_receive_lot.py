import pytest

from cellchain.kernel.errors import Forbidden, NotFound, Refused
from cellchain.materials import queries
from tests.materials.story import MaterialStory


def test_a_lot_arrives_in_quarantine(story: MaterialStory) -> None:
    lot = story.lot()
    with story.house.read() as tx:
        facts = queries.lot_facts(tx, lot)
        with pytest.raises(Refused) as refusal:
            queries.usable_lot(tx, lot)
    assert lot.startswith("ML")
    assert (facts.phase, facts.name, facts.supplier_lot) == ("quarantined", "Heparin 5000 IU/mL", "X-1")
    assert refusal.value.code == "material.quarantined"
    assert (story.house.entries()[-1].event, story.house.entries()[-1].subject) == ("materials:lot:received", lot)


def test_one_that_expires_today_is_still_received(story: MaterialStory) -> None:
    assert story.lot(days=0)


def test_an_expired_one_goes_back(story: MaterialStory) -> None:
    with pytest.raises(Refused) as refusal:
        story.lot(days=-1)
    assert refusal.value.code == "material.expired_on_arrival"


def test_of_an_unknown_material(story: MaterialStory) -> None:
    with pytest.raises(NotFound):
        story.lot(77)


def test_not_for_qa(story: MaterialStory) -> None:
    material = story.material()
    story.technician = story.qa
    with pytest.raises(Forbidden):
        story.lot(material)
