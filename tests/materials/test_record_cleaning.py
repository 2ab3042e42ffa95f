"""The cleaning log."""

from datetime import timedelta
from typing import Any

import pytest

from cellchain.kernel.errors import Forbidden, NotFound
from cellchain.materials import commands, logbook, queries
from tests.materials.story import MaterialStory


def clean(story: MaterialStory, code: str, **more: Any) -> None:
    story.do(commands.record_cleaning, equipment=code, agent="Sporicide, lot 4", **more)


def test_it_stands_in_the_log_beside_the_rest(story: MaterialStory) -> None:
    code = story.in_service()
    clean(story, code, occasion="after_spill")
    with story.house.read() as tx:
        lines = logbook.upkeep_of(tx, code)
        assert queries.equipment_facts(tx, code).cleaned_at == tx.now
    assert sorted(line.what.template for line in lines) == ["Calibrated", "Cleaned", "Qualified"]
    assert story.house.entries()[-1].event == "materials:equipment:cleaned"


def test_it_is_due_again_after_its_rhythm(story: MaterialStory) -> None:
    code = story.in_service()
    story.do(commands.plan_cleaning, equipment=code, clean_every_days=7)
    with story.house.read() as tx:
        assert queries.cleaning_due(tx) == []
    clean(story, code)
    story.house.clock.advance(timedelta(days=6))
    with story.house.read() as tx:
        assert queries.cleaning_due(tx) == []
    story.house.clock.advance(timedelta(days=1))
    with story.house.read() as tx:
        assert [facts.code for facts in queries.cleaning_due(tx)] == [code]
    clean(story, code)
    with story.house.read() as tx:
        assert queries.cleaning_due(tx) == []


def test_not_an_unknown_one_and_not_by_anybody(story: MaterialStory) -> None:
    with pytest.raises(NotFound):
        clean(story, "EQ012600007735")
    with pytest.raises(Forbidden):
        clean(story, story.equipment(), by=story.house.actor("nurse"))
