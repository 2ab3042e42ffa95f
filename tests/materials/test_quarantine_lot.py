import json

import pytest

from cellchain.kernel.errors import Forbidden, Refused
from cellchain.materials import commands, queries
from tests.materials.story import MaterialStory


def test_a_quarantined_lot_is_out_of_use_until_accepted_again(story: MaterialStory) -> None:
    lot = story.accepted()
    story.do(commands.quarantine_lot, by=story.qa, lot=lot, reason="The supplier warns of particles.")
    with story.house.read() as tx:
        line = queries.lot_line(tx, lot)
    assert line.lot.quarantine_reason == "The supplier warns of particles."
    assert line.problem is not None
    assert line.problem[0] == "material.quarantined"
    entry = story.house.entries()[-1]
    assert entry.event == "materials:lot:quarantined"
    assert json.loads(entry.body)["facts"] == {"lot": lot, "used_for": []}
    assert "particles" not in entry.body
    story.do(commands.accept_lot, lot=lot)
    with story.house.read() as tx:
        assert queries.lot_line(tx, lot).problem is None


def test_only_an_accepted_one(story: MaterialStory) -> None:
    lot = story.lot()
    with pytest.raises(Refused) as refusal:
        story.do(commands.quarantine_lot, by=story.qa, lot=lot, reason="doubt")
    assert refusal.value.code == "material.phase"


def test_not_for_a_technician(story: MaterialStory) -> None:
    lot = story.accepted()
    with pytest.raises(Forbidden):
        story.do(commands.quarantine_lot, by=story.technician, lot=lot, reason="doubt")
