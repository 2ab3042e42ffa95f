"""A supplier calls a lot back."""

from typing import Any

import pytest

from cellchain.kernel.errors import Forbidden, Refused
from cellchain.materials import commands, queries
from tests.materials.story import MaterialStory


def recall(story: MaterialStory, lot: str, **more: Any) -> dict[str, Any]:
    return story.do(commands.recall_lot, lot=lot, reason="The supplier's letter 12", **more)


def test_it_is_used_no_more(story: MaterialStory) -> None:
    for lot in (story.accepted(story.material("Heparin A")), story.lot(story.material("Heparin B"))):
        assert recall(story, lot)["phase"] == "recalled"
        entry = story.house.entries()[-1]
        assert (entry.event, entry.subject) == ("materials:lot:recalled", lot)
        with story.house.read() as tx, pytest.raises(Refused) as refusal:
            queries.usable_lot(tx, lot)
        assert refusal.value.code == "material.recalled"


def test_once_and_for_good(story: MaterialStory) -> None:
    lot = story.accepted()
    recall(story, lot)
    for function, fields in (
        (commands.recall_lot, {"reason": "Again"}),
        (commands.quarantine_lot, {"reason": "Again", "by": story.qa}),
        (commands.accept_lot, {}),
    ):
        with pytest.raises(Refused) as refusal:
            story.do(function, lot=lot, **fields)
        assert refusal.value.code == "material.phase"


def test_by_qa_alone(story: MaterialStory) -> None:
    lot = story.accepted()
    with pytest.raises(Forbidden):
        recall(story, lot, by=story.technician)
