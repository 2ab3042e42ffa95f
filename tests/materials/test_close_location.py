import pytest

from cellchain.kernel.errors import Forbidden, Refused
from cellchain.materials import commands, queries
from tests.materials.story import MaterialStory


def test_a_closed_location_is_used_no_more(story: MaterialStory) -> None:
    code = story.do(commands.register_location, name="Old store", kind="store")["location"]
    answer = story.do(commands.close_location, by=story.qa, location=code, reason="The room is rebuilt.")
    with story.house.read() as tx, pytest.raises(Refused) as refusal:
        queries.open_location(tx, code)
    assert answer["phase"] == "closed"
    assert refusal.value.code == "location.closed"
    assert story.house.entries()[-1].event == "materials:location:closed"


def test_once(story: MaterialStory) -> None:
    code = story.do(commands.register_location, name="Old store", kind="store")["location"]
    story.do(commands.close_location, by=story.qa, location=code, reason="rebuilt")
    with pytest.raises(Refused) as refusal:
        story.do(commands.close_location, by=story.qa, location=code, reason="rebuilt")
    assert refusal.value.code == "location.phase"


def test_not_for_a_nurse(story: MaterialStory) -> None:
    code = story.do(commands.register_location, name="Old store", kind="store")["location"]
    with pytest.raises(Forbidden):
        story.do(commands.close_location, by=story.house.actor("nurse"), location=code, reason="rebuilt")
