"""How often something is cleaned."""

import pytest
from pydantic import ValidationError

from cellchain.kernel.errors import Forbidden
from cellchain.materials import commands, queries
from tests.materials.story import MaterialStory


def test_a_rhythm_is_set_and_taken_away(story: MaterialStory) -> None:
    code = story.equipment(clean_every_days=14)
    with story.house.read() as tx:
        assert queries.equipment_facts(tx, code).clean_every_days == 14
    story.do(commands.plan_cleaning, equipment=code)
    assert story.house.entries()[-1].event == "materials:equipment:cleaning_planned"
    with story.house.read() as tx:
        assert queries.equipment_facts(tx, code).clean_every_days is None


def test_within_a_year_and_by_who_may(story: MaterialStory) -> None:
    code = story.equipment()
    with pytest.raises(ValidationError):
        story.do(commands.plan_cleaning, equipment=code, clean_every_days=400)
    with pytest.raises(Forbidden):
        story.do(commands.plan_cleaning, by=story.house.actor("analyst"), equipment=code, clean_every_days=4)
