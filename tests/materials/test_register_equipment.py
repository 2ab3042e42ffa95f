import pytest

from cellchain.kernel.errors import Forbidden, Refused
from cellchain.materials import commands, queries
from tests.materials.story import MaterialStory


def test_new_equipment_is_out_of_service(story: MaterialStory) -> None:
    code = story.equipment()
    with story.house.read() as tx:
        facts = queries.equipment_facts(tx, code)
        with pytest.raises(Refused) as refusal:
            queries.usable_equipment(tx, code, tx.now.date())
    assert code.startswith("EQ")
    assert (facts.phase, facts.calibration_due) == ("out_of_service", None)
    assert refusal.value.code == "equipment.out_of_service"
    assert story.house.entries()[-1].event == "materials:equipment:registered"


def test_names_are_unique(story: MaterialStory) -> None:
    story.equipment()
    with pytest.raises(Refused) as refusal:
        story.equipment(serial="another")
    assert refusal.value.code == "equipment.name_taken"


def test_one_machine_is_registered_once(story: MaterialStory) -> None:
    story.equipment()
    with pytest.raises(Refused) as refusal:
        story.equipment("INC-2", serial="S-INC-1")
    assert refusal.value.code == "record.taken"


def test_not_for_qa(story: MaterialStory) -> None:
    with pytest.raises(Forbidden):
        story.do(commands.register_equipment, by=story.qa, name="INC-1", kind="incubator", serial="S")
