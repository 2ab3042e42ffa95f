"""The pages of emergency access: who sees whose, and what stands on every page meanwhile."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cellchain.accounts.emergency import commands
from cellchain.main import create_app
from tests.bedside.browser import Front
from tests.bedside.world import World, played


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    world = World(played(tmp_path_factory.getbasetemp()), Path(tmp_path_factory.mktemp("emergency")) / "world")
    account = "The second nurse fell ill on the way."
    world.do("physician1", commands.break_glass, role="nurse", cause="nobody_on_duty", account=account)
    with TestClient(create_app(world.installation), base_url="https://testserver") as client:
        yield Front(client, world)
    world.close()


@pytest.mark.parametrize(
    ("who", "status"),
    [("physician1", 200), ("qa1", 200), ("admin1", 200), ("inspector1", 200), ("coordinator1", 404), ("nurse1", 403)],
)
def test_who_sees_it(front: Front, who: str, status: int) -> None:
    assert front.page(who, "/emergency/1").status_code == status


def test_others_see_their_own_alone(front: Front) -> None:
    assert 'href="/emergency/1"' in front.page("qa1", "/emergency").text
    assert 'href="/emergency/1"' not in front.page("coordinator1", "/emergency").text


def test_every_page_of_theirs_says_so_and_no_other(front: Front) -> None:
    for path in ("/", "/bedside", "/account"):
        assert "You work as nurse until" in front.page("physician1", path).text
    assert "You work as nurse until" not in front.page("qa1", "/").text


@pytest.mark.parametrize("who", ["qa1", "admin1"])
def test_today_says_it_to_whoever_watches(front: Front, who: str) -> None:
    assert "took a role in an emergency" in front.page(who, "/").text
    assert "took a role in an emergency" not in front.page("nurse1", "/").text
