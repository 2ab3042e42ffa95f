"""What a verdict's page says later: when its time is over, and when its reason does not stand any more."""

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from cellchain.bedside.infusions import commands as infusions
from cellchain.main import create_app
from cellchain.quality import commands as quality
from tests.bedside.browser import Front
from tests.bedside.world import World, codes


@pytest.fixture
def front(world: World) -> Iterator[Front]:
    """The application's door."""
    with TestClient(create_app(world.installation), base_url="https://testserver") as client:
        yield Front(client, world)


def shown(front: Front, check: object) -> str:
    """The page of a check, as the nurse sees it."""
    answer = front.get("nurse1", f"/bedside/checks/{check}")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_a_first_check_says_until_when_and_then_that_it_is_over(front: Front, world: World) -> None:
    _, symbol, _, band = world.ready()
    check = world.check("nurse1", band, symbol)["check"]
    assert "checks alone, by" in shown(front, check)
    world.wait(minutes=20)
    page = shown(front, check)
    assert "This check is over." in page
    assert "checks alone, by" not in page


def test_a_match_is_not_drawn_after_its_time(front: Front, world: World) -> None:
    _, symbol, _, band = world.ready()
    world.check("nurse1", band, symbol)
    check = world.check("nurse2", band, symbol)["check"]
    assert "MATCH" in shown(front, check)
    world.wait(minutes=20)
    page = shown(front, check)
    assert "MATCH" not in page
    assert "This check is over." in page


def test_a_match_is_not_drawn_once_something_speaks_against_it(front: Front, world: World) -> None:
    """Loaded again within its time: the hold that came in between takes the word and the button away."""
    bag, symbol, _, band = world.ready()
    world.check("nurse1", band, symbol)
    check = world.check("nurse2", band, symbol)["check"]
    assert "Start infusion" in shown(front, check)
    hold = world.do("qa1", quality.hold, subject=bag, reason="The supplier warned of this lot.")["hold"]
    page = shown(front, check)
    assert "This match is no longer shown." in page
    assert "Something changed since the check:" in page
    assert "Start infusion" not in page
    world.do("qa1", quality.lift_hold, hold=hold, reason="Another lot was meant.")
    assert "Start infusion" in shown(front, check)


def test_a_check_that_was_used_is_over(front: Front, world: World) -> None:
    _, symbol, _, band = world.ready()
    world.check("nurse1", band, symbol)
    check = world.check("nurse2", band, symbol)["check"]
    world.start("nurse1", band, symbol)
    page = shown(front, check)
    assert "MATCH" not in page
    assert "An infusion was started with it" in page


def test_a_stop_stays_readable_when_its_reason_is_gone(front: Front, world: World) -> None:
    infusion = world.running()
    _, symbol, _, band = world.ready()
    check = world.check("nurse1", band, symbol)
    assert "check.infusion_running" in codes(check)
    assert "does not stand any more" not in shown(front, check["check"])
    world.wait(minutes=20)
    world.do(
        "nurse1", infusions.stop_infusion, infusion=infusion, volume_given_ul=world.volume_of(infusion), complete=True
    )
    page = shown(front, check["check"])
    assert "STOP" in page
    assert "It was stopped then: Another infusion runs. That does not stand any more." in page
