import pytest

from cellchain.kernel.errors import Forbidden, Refused
from cellchain.materials import commands, queries
from tests.materials.story import MaterialStory


def test_a_material_is_known_by_name_and_trade_number(story: MaterialStory) -> None:
    number = story.material(gtin="4006381333931", storage="refrigerated")
    with story.house.read() as tx:
        facts = queries.material_by_gtin(tx, "04006381333931")
        assert queries.materials(tx) == [facts]
    assert facts is not None
    assert (facts.id, facts.kind, facts.storage) == (number, "anticoagulant", "refrigerated")
    assert story.house.entries()[-1].event == "materials:material:registered"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "material.name_taken"),
        ({"name": "Other", "gtin": "4006381333931"}, "material.gtin_taken"),
        ({"name": "Other", "gtin": "4006381333932"}, "material.bad_gtin"),
    ],
)
def test_refused(story: MaterialStory, fields: dict, code: str) -> None:
    story.material(gtin="4006381333931")
    with pytest.raises(Refused) as refusal:
        story.material(**fields)
    assert refusal.value.code == code


def test_not_for_a_nurse(story: MaterialStory) -> None:
    with pytest.raises(Forbidden):
        story.do(commands.register_material, by=story.house.actor("nurse"), name="Saline", kind="saline")
