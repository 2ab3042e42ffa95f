"""What a harvest did to a donor is reported when it is noticed, and lasts until somebody says that it is over."""

from datetime import timedelta
from typing import Any

import pytest

from cellchain.donors import aftercare, commands
from cellchain.kernel.errors import Forbidden, NotFound, Refused
from tests.donors.story import DonorStory
from tests.donors.test_record_screening import listen

HAEMATOMA = {"kind": "haematoma", "grade": 2, "action": "observed"}


@pytest.fixture
def donation(story: DonorStory) -> str:
    return str(story.harvest(story.eligible())["donation"])


def report(story: DonorStory, donation: str, *, hours_ago: float = 0, **fields: Any) -> dict[str, Any]:
    noticed_at = story.house.clock.now() - timedelta(hours=hours_ago)
    order = {"donation": donation, "noticed_at": noticed_at, "complication": {**HAEMATOMA, **fields}}
    return story.do(commands.report_complication, by=story.coordinator, **order)


def resolve(story: DonorStory, number: int, *, hours_ago: float = 0) -> dict[str, Any]:
    at = story.house.clock.now() - timedelta(hours=hours_ago)
    return story.do(commands.resolve_complication, by=story.physician, complication=number, resolved_at=at)


def test_reported_and_over(story: DonorStory, donation: str) -> None:
    heard = listen(story, "donors:complication:severe")
    answer = report(story, donation, note="Four centimetres.")
    assert (answer["donation"], answer["phase"]) == (donation, "open")
    assert "Four" not in story.house.entries()[-1].body
    story.house.clock.advance(timedelta(days=4))
    assert resolve(story, answer["complication"])["phase"] == "resolved"
    with story.house.read() as tx:
        [row] = aftercare.complications_of(tx, donation)
    assert (row.phase, row.resolved_at, row.visit) == ("resolved", story.house.clock.now(), None)
    assert heard == []


@pytest.mark.parametrize(("grade", "is_told"), [(2, False), (3, True), (5, True)])
def test_a_severe_one_is_told(story: DonorStory, donation: str, grade: int, is_told: bool) -> None:
    heard = listen(story, "donors:complication:severe")
    report(story, donation, grade=grade)
    assert bool(heard) == is_told


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"hours_ago": 3}, "complication.times"),
        ({"hours_ago": -1}, "complication.times"),
        ({"kind": "other"}, "complication.needs_words"),
    ],
)
def test_not_reported(story: DonorStory, donation: str, fields: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refusal:
        report(story, donation, **fields)
    assert refusal.value.code == code


def test_over_once_and_not_before_it_began(story: DonorStory, donation: str) -> None:
    number = report(story, donation)["complication"]
    for hours_ago in (1, -1):
        with pytest.raises(Refused) as refusal:
            resolve(story, number, hours_ago=hours_ago)
        assert refusal.value.code == "complication.resolved_times"
    resolve(story, number)
    with pytest.raises(Refused) as refusal:
        resolve(story, number)
    assert refusal.value.code == "complication.phase"
    with pytest.raises(NotFound):
        resolve(story, 99)


def test_not_for_technicians(story: DonorStory, donation: str) -> None:
    number = report(story, donation)["complication"]
    story.coordinator = story.physician = story.house.actor("technician")
    with pytest.raises(Forbidden):
        report(story, donation)
    with pytest.raises(Forbidden):
        resolve(story, number)
