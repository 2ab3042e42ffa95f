from datetime import timedelta
from typing import Any

import pytest

from cellchain.kernel import canonical
from cellchain.kernel.errors import Forbidden, Refused
from cellchain.materials import commands, queries
from tests.materials.story import MaterialStory


def test_a_calibration_says_until_when_it_holds(story: MaterialStory) -> None:
    code = story.equipment()
    answer = story.do(commands.record_calibration, equipment=code, due_on=story.today(365), certificate="K-1")
    with story.house.read() as tx:
        (calibration,) = queries.calibrations_of(tx, code)
    assert answer["calibration_due"] == story.today(365).isoformat()
    assert (calibration.done_at, calibration.due_on) == (story.house.clock.now(), story.today(365))
    assert story.house.entries()[-1].event == "materials:equipment:calibrated"


def test_out_of_tolerance_it_leaves_service_and_its_past_is_in_doubt(story: MaterialStory) -> None:
    code = story.in_service()
    calibrated_at = story.house.clock.now()
    heard: list[dict[str, Any]] = []

    class Ear:
        def order(self, facts: Any) -> None:
            heard.append(dict(facts))

    reactions: Any = story.house.runner._reactions
    reactions["materials:equipment:out_of_tolerance"] = [Ear()]
    story.house.clock.advance(timedelta(days=300))
    answer = story.do(commands.record_calibration, equipment=code, outcome="out_of_tolerance", certificate="K-2")
    assert (answer["phase"], answer["calibration_due"]) == ("out_of_service", None)
    assert heard == [{"subject": code, "equipment": code, "since": canonical.moment(calibrated_at)}]
    with pytest.raises(Refused) as refusal:
        story.do(commands.return_to_service, by=story.qa, equipment=code)
    assert refusal.value.code == "equipment.not_calibrated"


def test_the_day_until_which_it_holds(story: MaterialStory) -> None:
    code = story.equipment()
    for due_on, refused in ((None, "calibration.needs_due_day"), (story.today(), "calibration.due_before_done")):
        with pytest.raises(Refused) as refusal:
            story.do(commands.record_calibration, equipment=code, due_on=due_on, certificate="K-1")
        assert refusal.value.code == refused


def test_not_for_a_nurse(story: MaterialStory) -> None:
    code = story.equipment()
    with pytest.raises(Forbidden):
        story.do(
            commands.record_calibration,
            by=story.house.actor("nurse"),
            equipment=code,
            due_on=story.today(9),
            certificate="K-1",
        )
