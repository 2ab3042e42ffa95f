import pytest

from cellchain.kernel.errors import Forbidden, Refused
from cellchain.materials import commands, queries
from tests.materials.story import MaterialStory


def test_a_rejected_lot_is_out_of_use_for_good(story: MaterialStory) -> None:
    lot = story.lot()
    story.do(commands.reject_lot, lot=lot, reason="The certificate is of another lot.")
    with story.house.read() as tx:
        line = queries.lot_line(tx, lot)
    assert line.problem is not None
    assert (line.lot.phase, line.problem[0]) == ("rejected", "material.rejected")
    assert story.house.entries()[-1].event == "materials:lot:rejected"
    with pytest.raises(Refused) as refusal:
        story.do(commands.accept_lot, lot=lot)
    assert refusal.value.code == "material.phase"


def test_an_accepted_one_is_quarantined_first(story: MaterialStory) -> None:
    lot = story.accepted()
    with pytest.raises(Refused) as refusal:
        story.do(commands.reject_lot, lot=lot, reason="doubt")
    assert refusal.value.code == "material.phase"


def test_not_for_a_technician(story: MaterialStory) -> None:
    lot = story.lot()
    with pytest.raises(Forbidden):
        story.do(commands.reject_lot, by=story.technician, lot=lot, reason="doubt")
