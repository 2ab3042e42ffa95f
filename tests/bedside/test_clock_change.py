"""An infusion over the night in which clocks are put back, told over the real commands; and over 29 February, by rule.

An hour comes twice on the wall: what happened is in order all the same, and event time stands beside entry time.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient

from cellchain.bedside.infusions import commands as infusions
from cellchain.bedside.infusions import queries, rules
from cellchain.bedside.infusions.models import Pause
from cellchain.bedside.infusions.rules import Halt, Rate
from cellchain.demo import play
from cellchain.main import create_app
from cellchain.platform.config import Settings
from cellchain.trial.definition import Anchor, Vitals, Words
from tests.bedside.browser import Front
from tests.bedside.test_flow import happened, page_of, view_of
from tests.bedside.test_running import VITALS
from tests.bedside.world import World
from tests.trial.story import refuses

BERLIN = "Europe/Berlin"
# 01:30 by summer time; at 03:00, an hour and a half later, it is 02:00 again.
EVENING, BACK = datetime(2027, 10, 30, 23, 30, tzinfo=UTC), datetime(2027, 10, 31, 1, 0, tzinfo=UTC)


@pytest.fixture
def night(tmp_path: Path) -> Iterator[World]:
    """The demonstration, whose story ends at a site in Berlin, in the night in which clocks are put back."""
    play(Settings(data_dir=tmp_path / "played", password_cost="cheap", site_timezone=BERLIN), 1, EVENING)
    made = World(tmp_path / "played", tmp_path / "world", zone=BERLIN)
    yield made
    made.close()


def on_the_wall(world: World) -> str:
    """What a clock at the site shows."""
    return f"{world.clock.now().astimezone(ZoneInfo(BERLIN)):%H:%M}"


def test_an_infusion_in_the_hour_that_comes_twice(night: World) -> None:
    infusion = night.running()
    bag, symbol, _, band = night.ready()
    began = night.clock.now()
    assert on_the_wall(night) == "01:31"
    night.wait(minutes=15)
    night.do("nurse1", infusions.set_rate, infusion=infusion, rate_ml_h=200)
    night.wait(minutes=60)  # 02:46, for the first time
    night.do("nurse2", infusions.record_observation, bag=bag, **VITALS)
    assert on_the_wall(night) == "02:46"
    night.wait(minutes=20)  # 02:06, for the second time
    assert (on_the_wall(night), night.clock.now() > BACK) == ("02:06", True)

    # The clamp was closed at 02:51 of summer time; the network was away, so that it is entered later.
    happened(night, 15, "nurse1", infusions.pause, infusion=infusion, why="The arm was swollen.")
    night.wait(minutes=10)
    night.do("nurse1", infusions.resume, infusion=infusion, wristband=band, bag=symbol)
    assert on_the_wall(night) == "02:16", "by the wall, it flowed again before it was paused"
    night.wait(minutes=20)
    with refuses("infusion.before_its_time"):
        happened(night, 40, "nurse2", infusions.pause, "Found on the form.", infusion=infusion)
    happened(night, 18, "nurse1", infusions.set_rate, "The network was away.", infusion=infusion, rate_ml_h=150)

    view = view_of(night, infusion)
    paused = night.every(queries.PAUSES, infusion=infusion)[0]
    assert isinstance(paused, Pause)
    assert paused.pause_entered_at - paused.paused_at == timedelta(minutes=15)
    assert paused.resumed_at is not None
    assert paused.resumed_at - paused.paused_at == timedelta(minutes=25)
    assert view.ran_minutes == 125 - 25
    assert view.given_ul == (15 * 100 + (65 + 2) * 200 + 18 * 150) * 1_000 // 60
    assert [point.state for point in view.points][:3] == ["late", "late", "ok"]
    tells_it_in_order(night, infusion, began)

    night.wait(minutes=60)
    ended: dict[str, Any] = {"infusion": infusion, "volume_given_ul": night.volume_of(infusion), "complete": True}
    told = night.do("nurse1", infusions.stop_infusion, **ended)
    assert told == {"computed_ul": night.volume_of(infusion), "differs": False}


def tells_it_in_order(world: World, infusion: int, began: datetime) -> None:
    """By what happened first, with the zone beside each time; late is what was entered late, and nothing else."""
    course = page_of(world, infusion).course
    assert [event.at for event in course] == sorted(event.at for event in course)
    assert course[0].at == began
    late = [(str(event.text), (event.entered_at - event.at).seconds // 60) for event in course if event.entered_at]
    assert late == [("Drip set to 150 mL/h, set by hand", 18)], "a quarter of an hour is not late yet"
    with TestClient(create_app(world.installation), base_url="https://testserver") as client:
        page = Front(client, world).page("nurse1", f"/bedside/infusions/{infusion}").text
    shown = re.findall(r"<time datetime=\"[^\"]+\">(\d\d:\d\d \w+)</time> <b>(\w+)", page.replace("\u00a0", " "))
    assert ("02:51 CEST", "Paused") in shown
    assert ("02:16 CET", "Resumed") in shown


def test_an_infusion_over_the_leap_day() -> None:
    """From 28 February into the 29th, and on into March: minutes stay minutes, and rounds keep their time."""
    title = Words(en="Hourly", ru="Ежечасно")
    round_ = Vitals(code="during", title=title, anchor=Anchor.START, from_minutes=45, until_minutes=75)
    for night in (datetime(2028, 2, 28, 22, 30, tzinfo=UTC), datetime(2028, 2, 29, 22, 30, tzinfo=UTC)):
        until = night + timedelta(minutes=150)
        halt = Halt(night + timedelta(minutes=60), night + timedelta(minutes=90))
        assert rules.ran_seconds(night, until, [halt]) == 120 * 60
        assert rules.given_ul([Rate(night, 200)], [halt], until, 400_000) == 400_000
        [point] = queries.vitals_points([round_], night, until, [], night + timedelta(minutes=80))
        assert (point.state, point.until_at.astimezone(UTC)) == ("late", night + timedelta(minutes=75))
    crossed = datetime(2028, 2, 28, 23, 59, tzinfo=UTC) + timedelta(minutes=1)
    assert (crossed.month, crossed.day) == (2, 29)
    assert rules.is_late(crossed - timedelta(minutes=16), crossed, 15)
    assert not rules.is_late(crossed - timedelta(minutes=15), crossed, 15)
