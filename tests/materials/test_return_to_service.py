from datetime import timedelta

import pytest

from cellchain.kernel.errors import Forbidden, Refused
from cellchain.materials import commands, queries
from tests.materials.story import MaterialStory


def test_calibrated_equipment_returns(story: MaterialStory) -> None:
    code = story.in_service()
    with story.house.read() as tx:
        assert queries.usable_equipment(tx, code, tx.now.date()).phase == "in_service"
    assert story.house.entries()[-1].event == "materials:equipment:returned_to_service"


def test_a_scanner_needs_no_calibration(story: MaterialStory) -> None:
    code = story.equipment("SCAN-1", "scanner")
    assert story.do(commands.return_to_service, by=story.qa, equipment=code)["phase"] == "in_service"


def test_not_without_a_calibration(story: MaterialStory) -> None:
    code = story.equipment()
    with pytest.raises(Refused) as refusal:
        story.do(commands.return_to_service, by=story.qa, equipment=code)
    assert refusal.value.code == "equipment.not_calibrated"


def test_not_with_an_old_calibration(story: MaterialStory) -> None:
    code = story.in_service(days=5)
    story.do(commands.take_out_of_service, equipment=code, reason="door seal")
    story.house.clock.advance(timedelta(days=6))
    with pytest.raises(Refused) as refusal:
        story.do(commands.return_to_service, by=story.qa, equipment=code)
    assert refusal.value.code == "equipment.calibration_overdue"


def test_not_twice(story: MaterialStory) -> None:
    code = story.in_service()
    with pytest.raises(Refused) as refusal:
        story.do(commands.return_to_service, by=story.qa, equipment=code)
    assert refusal.value.code == "equipment.phase"


def test_not_for_a_technician(story: MaterialStory) -> None:
    code = story.equipment()
    with pytest.raises(Forbidden):
        story.do(commands.return_to_service, by=story.technician, equipment=code)
