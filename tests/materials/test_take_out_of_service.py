import pytest

from cellchain.kernel.errors import Forbidden, Refused
from cellchain.materials import commands, queries
from tests.materials.story import MaterialStory


def test_nobody_uses_it(story: MaterialStory) -> None:
    code = story.in_service()
    story.do(commands.take_out_of_service, equipment=code, reason="The door does not close.")
    with story.house.read() as tx:
        line = queries.equipment_line(tx, code)
    assert line.problem is not None
    assert line.problem[0] == "equipment.out_of_service"
    assert line.equipment.out_of_service_reason == "The door does not close."
    assert story.house.entries()[-1].event == "materials:equipment:taken_out_of_service"


def test_not_twice(story: MaterialStory) -> None:
    code = story.equipment()
    with pytest.raises(Refused) as refusal:
        story.do(commands.take_out_of_service, equipment=code, reason="broken")
    assert refusal.value.code == "equipment.phase"


def test_not_for_a_nurse(story: MaterialStory) -> None:
    code = story.in_service()
    with pytest.raises(Forbidden):
        story.do(commands.take_out_of_service, by=story.house.actor("nurse"), equipment=code, reason="broken")
