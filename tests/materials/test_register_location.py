import pytest

from cellchain.kernel.errors import Forbidden, Refused
from cellchain.materials import commands, queries
from tests.materials.story import MaterialStory


def test_a_location_is_open(story: MaterialStory) -> None:
    code = story.do(commands.register_location, name="Grade B room", kind="room")["location"]
    with story.house.read() as tx:
        facts = queries.open_location(tx, code)
        assert queries.locations(tx) == [facts]
    assert (facts.name, facts.kind, facts.phase) == ("Grade B room", "room", "open")
    assert story.house.entries()[-1].event == "materials:location:registered"


def test_names_are_unique(story: MaterialStory) -> None:
    story.do(commands.register_location, name="Grade B room", kind="room")
    with pytest.raises(Refused) as refusal:
        story.do(commands.register_location, name="Grade B room", kind="store")
    assert refusal.value.code == "location.name_taken"


def test_not_for_a_nurse(story: MaterialStory) -> None:
    with pytest.raises(Forbidden):
        story.do(commands.register_location, by=story.house.actor("nurse"), name="Ward 5", kind="ward")
