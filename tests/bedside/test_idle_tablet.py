"""An open tablet locks by idling, and a running infusion is watched on: a hold still reaches whoever stands there."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from cellchain.bedside.infusions.models import Infusion
from cellchain.main import create_app
from cellchain.quality import commands as quality
from tests.bedside.browser import OURS, Front
from tests.bedside.world import World

IDLE_MINUTES = 31


@pytest.fixture
def front(world: World) -> Iterator[Front]:
    with TestClient(create_app(world.installation), base_url="https://testserver") as client:
        yield Front(client, world)


@pytest.fixture
def run(world: World) -> str:
    """The address of an infusion that has just begun."""
    return f"/bedside/infusions/{world.running()}"


def test_its_own_questions_keep_nobody_signed_in(front: Front, world: World, run: str) -> None:
    assert front.page("nurse1", run).status_code == 200
    for _ in range(IDLE_MINUTES):
        assert front.page("nurse1", f"{run}?watching=1").status_code == 200
        world.wait(minutes=1)
    watched = front.page("nurse1", f"{run}?watching=1")
    assert watched.status_code == 200
    assert "so it is locked" in watched.text
    assert "Infusion is running" in watched.text
    opened = front.page("nurse1", run)
    assert opened.status_code == 303
    assert opened.headers["location"].startswith("/sign-in?next=")


def test_a_hold_reaches_a_tablet_that_idled(front: Front, world: World, run: str) -> None:
    front.page("nurse1", run)
    world.wait(minutes=IDLE_MINUTES)
    bag = world.row(Infusion, int(run.rsplit("/", 1)[1])).bag
    world.do("qa1", quality.hold, subject=bag, reason="For the test.")
    assert "Pause the infusion." in front.page("nurse1", f"{run}?watching=1").text


@pytest.mark.parametrize("path", ["/", "/bedside", "/bedside/infusions", "/account", "{run}/emergency", "{run}/scan"])
def test_nothing_else_is_watched(front: Front, world: World, run: str, path: str) -> None:
    front.page("nurse1", run)
    world.wait(minutes=IDLE_MINUTES)
    answer = front.page("nurse1", f"{path.format(run=run)}?watching=1")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=")


def test_an_act_of_an_idle_tablet_waits_for_its_person(front: Front, world: World, run: str) -> None:
    front.page("nurse1", run)
    csrf = front.csrf("nurse1")
    world.wait(minutes=IDLE_MINUTES)
    sent = front.client.post(
        "/bedside/acts/pause?watching=1",
        data={"csrf": csrf, "kind": "clamped", "infusion": run.rsplit("/", 1)[1]},
        headers={**front.cookie("nurse1"), **OURS, "accept": "application/json"},
        follow_redirects=False,
    )
    assert sent.status_code in (303, 401), sent.text
    assert world.row(Infusion, int(run.rsplit("/", 1)[1])).phase == "running"
