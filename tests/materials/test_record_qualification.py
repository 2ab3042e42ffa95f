"""Equipment is found fit for its use where it stands."""

from datetime import timedelta

import pytest

from cellchain.kernel.errors import Forbidden, NotFound, Refused
from cellchain.materials import commands, queries
from tests.materials.story import MaterialStory


def test_without_one_an_incubator_stays_out_of_service(story: MaterialStory) -> None:
    code = story.equipment()
    story.do(commands.record_calibration, equipment=code, due_on=story.today(100), certificate="K-1")
    with pytest.raises(Refused) as refusal:
        story.do(commands.return_to_service, by=story.qa, equipment=code)
    assert refusal.value.code == "equipment.not_qualified"
    answer = story.do(commands.record_qualification, equipment=code, due_on=story.today(50), report="Q-1")
    assert answer["qualification_due"] == story.today(50).isoformat()
    assert story.house.entries()[-1].event == "materials:equipment:qualified"
    assert story.do(commands.return_to_service, by=story.qa, equipment=code)["phase"] == "in_service"


def test_overdue_it_is_refused_by_name(story: MaterialStory) -> None:
    code = story.in_service("INC-7", days=10)
    story.do(commands.record_calibration, equipment=code, due_on=story.today(900), certificate="K-2")
    story.house.clock.advance(timedelta(days=376))
    with story.house.read() as tx:
        with pytest.raises(Refused) as refusal:
            queries.usable_equipment(tx, code, tx.now.date())
        assert [facts.code for facts in queries.equipment_due(tx)] == [code]
    assert refusal.value.code == "equipment.qualification_overdue"
    assert "INC-7" in str(refusal.value.text)


def test_a_counter_is_calibrated_alone(story: MaterialStory) -> None:
    code = story.equipment("CC-1", "counter")
    story.do(commands.record_calibration, equipment=code, due_on=story.today(100), certificate="K-1")
    assert story.do(commands.return_to_service, by=story.qa, equipment=code)["phase"] == "in_service"


def test_the_next_one_comes_after_this_one(story: MaterialStory) -> None:
    with pytest.raises(Refused) as refusal:
        story.do(commands.record_qualification, equipment=story.equipment(), due_on=story.today(), report="Q-1")
    assert refusal.value.code == "qualification.due_before_done"


def test_not_an_unknown_one_and_not_by_anybody(story: MaterialStory) -> None:
    with pytest.raises(NotFound):
        story.do(commands.record_qualification, equipment="EQ012600007735", due_on=story.today(9), report="Q-1")
    fields = {"equipment": story.equipment(), "due_on": story.today(9), "report": "Q-1"}
    with pytest.raises(Forbidden):
        story.do(commands.record_qualification, by=story.house.actor("nurse"), **fields)
