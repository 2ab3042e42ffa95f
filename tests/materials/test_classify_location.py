"""The class of a clean room."""

import pytest

from cellchain.kernel.errors import Forbidden, NotFound
from cellchain.materials import commands, queries
from tests.materials.story import MaterialStory


def test_it_is_set_with_the_place_or_later(story: MaterialStory) -> None:
    place = story.do(commands.register_location, name="Room 4", kind="room", room_class="B")["location"]
    with story.house.read() as tx:
        assert queries.location_facts(tx, place).room_class == "B"
    story.do(commands.classify_location, by=story.qa, location=place, room_class="C")
    assert story.house.entries()[-1].event == "materials:location:classified"
    with story.house.read() as tx:
        assert queries.location_facts(tx, place).room_class == "C"


def test_by_qa_alone(story: MaterialStory) -> None:
    place = story.do(commands.register_location, name="Room 4", kind="room")["location"]
    with pytest.raises(Forbidden):
        story.do(commands.classify_location, location=place, room_class="C")
    with pytest.raises(NotFound):
        story.do(commands.classify_location, by=story.qa, location="LC012600007773")
