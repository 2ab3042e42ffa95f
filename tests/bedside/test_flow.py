"""While a bag runs: its rates, what a reaction does, who decides, who has it in care, what was given, what is late."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cellchain.bedside.infusions import commands, pages, queries
from cellchain.bedside.infusions.models import Infusion, Pause
from cellchain.bedside.infusions.rules import InfusionPhase, RateCause
from cellchain.kernel.errors import CellchainError
from cellchain.ledger.registry import command_of
from cellchain.notices.worker import NoticeWorker
from cellchain.quality import commands as quality
from cellchain.quality import queries as quality_queries
from cellchain.trace import overdue
from cellchain.trial import commands as trial
from cellchain.trial import queries as trial_queries
from tests.bedside.test_running import VITALS, phase_of
from tests.bedside.world import World, codes
from tests.trial.story import forbids, refuses

HELD = "The supplier warned of this lot."


def view_of(world: World, infusion: int) -> queries.InfusionView:
    """An infusion as its screen shows it."""
    with world.installation.database.read() as tx:
        return queries.infusion_view(tx, infusion)


def page_of(world: World, infusion: int, who: str = "nurse1", station: str | None = "bedside-1") -> pages.RunPage:
    """Its page, at a station."""
    with world.installation.database.read() as tx:
        return pages.run_page(tx, infusion, replace(world.actors[who], device=station))


def happened(world: World, minutes: float, who: str, function: Any, why: str | None = None, **order: Any) -> Any:
    """Something that happened so many minutes ago and is entered now."""
    call = world.call(who, function, command_of(function).order(**order))
    at = world.clock.now() - timedelta(minutes=minutes)
    return world.installation.runner.run(replace(call, happened_at=at, reason=why)).result()


def decided(world: World, infusion: int, choice: str, **other: Any) -> dict[str, Any]:
    """The physician decides about what stands against the bag now."""
    seen = " ".join(view_of(world, infusion).marks)
    fields = {"infusion": infusion, "choice": choice, "why": "Seen at the bed.", "seen": seen, **other}
    return world.do("physician1", commands.decide_running, **fields)


def expire(world: World, infusion: int) -> None:
    """Let the time of its bag pass."""
    world.clock.advance_to(view_of(world, infusion).expires_at + timedelta(seconds=1))


# -- the drip --------------------------------------------------------------------------------------------------------


def test_the_study_prescribes_and_the_screen_prompts(world: World) -> None:
    infusion = world.running()
    flow = view_of(world, infusion).flow
    assert (flow.rate_ml_h, flow.drops, flow.left_minutes) == (100, 33, 128)
    assert flow.next_rate is not None
    assert (flow.next_rate.rate_ml_h, flow.next_rate.in_minutes) == (200, 15)
    world.wait(minutes=15)
    assert view_of(world, infusion).flow.next_rate.in_minutes == 0  # type: ignore[union-attr]
    assert world.do("nurse2", commands.set_rate, infusion=infusion, rate_ml_h=200)["drops_per_minute"] == 67
    world.wait(minutes=30)
    view = view_of(world, infusion)
    assert (view.given_ul, view.flow.next_rate, view.left_minutes) == (125_000, None, 83)
    with world.installation.database.read() as tx:
        assert [rate.cause for rate in queries.rates(tx, infusion)] == [RateCause.START, RateCause.PRESCRIBED]


def test_a_rate_has_its_bounds(world: World) -> None:
    infusion = world.running()
    with refuses("infusion.rate_too_high"):
        world.do("nurse1", commands.set_rate, infusion=infusion, rate_ml_h=201)
    with refuses("infusion.rate_unchanged"):
        world.do("nurse1", commands.set_rate, infusion=infusion, rate_ml_h=100)
    with forbids():
        world.do("technician1", commands.set_rate, infusion=infusion, rate_ml_h=150)
    world.wait(minutes=20)
    happened(world, 5, "nurse1", commands.set_rate, infusion=infusion, rate_ml_h=150)
    with refuses("infusion.before_its_time"):
        happened(world, 6, "nurse1", commands.set_rate, infusion=infusion, rate_ml_h=200)
    world.do("nurse1", commands.stop_infusion, infusion=infusion, volume_given_ul=1, complete=False, why="Enough.")
    with refuses("infusion.ended"):
        world.do("nurse1", commands.set_rate, infusion=infusion, rate_ml_h=200)


# -- reactions -------------------------------------------------------------------------------------------------------


def reaction(world: World, infusion: int, action: str, grade: int = 2, **more: Any) -> dict[str, Any]:
    fields = {"infusion": infusion, "term": "Chills", "grade": grade, "action": action, **more}
    return world.do("nurse1", commands.report_reaction, **fields)


def test_an_action_does_what_it_says(world: World) -> None:
    infusion = world.running()
    world.wait(minutes=15)
    world.do("nurse1", commands.set_rate, infusion=infusion, rate_ml_h=200)
    with refuses("reaction.not_slower"):
        reaction(world, infusion, "slowed", rate_ml_h=200)
    assert reaction(world, infusion, "slowed")["acted"]
    flow = view_of(world, infusion).flow
    assert (flow.rate_ml_h, flow.next_rate) == (100, None), "nobody is told to raise what a reaction slowed"
    reaction(world, infusion, "slowed", rate_ml_h=40)
    assert view_of(world, infusion).flow.rate_ml_h == 40
    assert reaction(world, infusion, "paused")["acted"]
    assert phase_of(world, infusion) == InfusionPhase.PAUSED
    assert not reaction(world, infusion, "paused")["acted"]
    assert not reaction(world, infusion, "observed")["acted"]
    assert reaction(world, infusion, "stopped")["acted"]
    row = world.row(Infusion, infusion)
    assert (row.phase, row.volume_given_ul, row.computed_ul) == (InfusionPhase.STOPPED, None, 25_000)
    assert not reaction(world, infusion, "stopped")["acted"], "a reaction after the end is recorded all the same"


def test_what_a_stopped_bag_gave_is_stated_once(world: World) -> None:
    infusion = world.running()
    with refuses("infusion.not_ended"):
        world.do("nurse1", commands.state_volume, infusion=infusion, volume_given_ul=1_000)
    reaction(world, infusion, "stopped")
    with refuses("infusion.volume_missing"):
        world.do("nurse1", commands.dispose_bag, infusion=infusion)
    stated = {"infusion": infusion, "volume_given_ul": 10_000}
    with refuses("infusion.volumes_disagree"):
        world.do("nurse1", commands.state_volume, **stated, volume_left_ul=400_000)
    with refuses("infusion.more_than_bag"):
        world.do("nurse1", commands.state_volume, infusion=infusion, volume_given_ul=400_001)
    with forbids():
        world.do("physician1", commands.state_volume, **stated)
    told = world.do("nurse1", commands.state_volume, **stated, volume_left_ul=385_000, flush_ul=20_000)
    assert told == {"computed_ul": 0, "differs": False}
    with refuses("infusion.volume_stated"):
        world.do("nurse1", commands.state_volume, **stated)
    world.do("nurse1", commands.dispose_bag, infusion=infusion)
    assert view_of(world, infusion).volumes == queries.Volumes(0, 10_000, 385_000, 20_000, differs=False)


def test_a_volume_that_the_rates_do_not_give_is_told(world: World) -> None:
    infusion = world.running()
    world.wait(minutes=60)
    ended = {"infusion": infusion, "volume_given_ul": world.volume_of(infusion), "complete": True}
    with refuses("infusion.volumes_disagree"):
        world.do("nurse1", commands.stop_infusion, **ended, volume_left_ul=1)
    told = world.do("nurse1", commands.stop_infusion, **ended)
    assert told == {"computed_ul": 100_000, "differs": True}
    assert view_of(world, infusion).volumes.differs


@pytest.mark.parametrize("grade", [2, 3])
def test_a_severe_reaction_holds_every_bag_of_the_lot(world: World, grade: int) -> None:
    infusion = world.running()
    lot = world.bags("ready")[0]["lot"]
    sibling = next(one for one in world.bags("ready")[1:] if one["lot"] == lot)
    reaction(world, infusion, "paused", grade=grade)
    found = codes(world.check("nurse2", world.band(sibling["recipient"]), sibling["label"]))
    assert ("lot.on_hold" in found) == (grade >= 3)
    with world.installation.database.read() as tx:
        causes = [hold.cause for hold in quality_queries.holds_on(tx, lot) if hold.phase == "placed"]
    assert ("reaction" in causes) == (grade >= 3)


# -- something turns against it --------------------------------------------------------------------------------------


def test_the_physician_lets_it_go_on_and_a_new_hold_is_decided_anew(world: World) -> None:
    infusion = world.running()
    bag, symbol, _, band = world.ready()
    with refuses("infusion.nothing_to_decide"):
        decided(world, infusion, "go_on", seen="bag.on_hold")
    hold = world.do("qa1", quality.hold, subject=bag, reason=HELD)["hold"]
    world.do("nurse1", commands.pause, infusion=infusion)
    with refuses("infusion.decision_stale"):
        decided(world, infusion, "go_on", seen="bag.on_hold")
    with forbids():
        world.do("nurse1", commands.decide_running, infusion=infusion, choice="go_on", why=HELD, seen="x")
    before = world.size()
    decided(world, infusion, "go_on")
    assert json.loads(world.since(before)[0].body)["signature"] is not None
    view = view_of(world, infusion)
    assert (view.alarms, view.decided is not None) == ((), True)
    world.do("nurse1", commands.resume, infusion=infusion, wristband=band, bag=symbol)
    world.do("qa1", quality.lift_hold, hold=hold, reason="The warning was about another lot.")
    world.do("qa1", quality.hold, subject=bag, reason=HELD)
    assert view_of(world, infusion).alarms, "a hold that came after the decision is another one"
    world.do("nurse1", commands.pause, infusion=infusion)
    with refuses("infusion.stopped_meanwhile"):
        world.do("nurse1", commands.resume, infusion=infusion, wristband=band, bag=symbol)


def test_a_pause_of_the_study_is_decided_on_like_a_hold(world: World) -> None:
    """It is an alarm on every bag of the study that runs; a pause that comes after a decision is decided anew."""
    infusion = world.running()
    _, symbol, recipient, band = world.ready()
    with world.installation.database.read() as tx:
        study = trial_queries.study_of(tx, recipient).code
    world.do("physician1", trial.pause_study, study=study, why="Two severe reactions on one day.")
    assert [alarm.code for alarm in view_of(world, infusion).alarms] == ["infusion.study_paused"]
    world.do("nurse1", commands.pause, infusion=infusion)
    with refuses("infusion.stopped_meanwhile"):
        world.do("nurse1", commands.resume, infusion=infusion, wristband=band, bag=symbol)
    decided(world, infusion, "go_on")
    world.do("nurse1", commands.resume, infusion=infusion, wristband=band, bag=symbol)
    view = view_of(world, infusion)
    assert (view.alarms, view.phase) == ((), InfusionPhase.RUNNING)
    world.do("qa1", quality.hold, subject=world.ready()[0], reason=HELD)
    assert {alarm.code for alarm in view_of(world, infusion).alarms} == {"bag.on_hold", "infusion.study_paused"}


def test_the_physician_stops_it(world: World) -> None:
    infusion = world.running()
    world.do("qa1", quality.recall, root=world.bags("ready")[0]["lot"], reason=HELD)
    decided(world, infusion, "stop")
    assert phase_of(world, infusion) == InfusionPhase.STOPPED
    with refuses("infusion.ended"):
        world.do("physician1", commands.decide_running, infusion=infusion, choice="go_on", why=HELD, seen="x")


def test_a_bag_that_expires_while_it_runs(world: World) -> None:
    """An alarm; a deviation that opens by itself, once, by the clock; the physician's decision."""
    infusion = world.running()
    bag = world.ready()[0]
    expire(world, infusion)
    assert [reason.code for reason in view_of(world, infusion).alarms] == ["infusion.expired_while_running"]
    house = world.installation
    head: Any = None
    worker = NoticeWorker(house.database, house.runner, server=None, head=head, watch=overdue.WATCH)
    for _ in range(2):
        worker.look()
        world.wait(minutes=1)
    decided(world, infusion, "go_on")
    world.do(
        "nurse1", commands.stop_infusion, infusion=infusion, volume_given_ul=world.volume_of(infusion), complete=True
    )
    with house.database.read() as tx:
        rules = [one.rule for one in quality_queries.deviations_on(tx, bag)]
    assert rules.count("bedside:bag:expired_while_running") == 1


def test_an_expiry_that_only_the_end_tells_of(world: World) -> None:
    infusion = world.running()
    bag = world.ready()[0]
    expire(world, infusion)
    world.do(
        "nurse1", commands.stop_infusion, infusion=infusion, volume_given_ul=world.volume_of(infusion), complete=True
    )
    with world.installation.database.read() as tx:
        assert "bedside:bag:expired_while_running" in [one.rule for one in quality_queries.deviations_on(tx, bag)]


# -- another tablet --------------------------------------------------------------------------------------------------


def test_another_tablet_takes_it_over_with_one_scan(world: World) -> None:
    infusion = world.running()
    _, symbol, _, band = world.ready()
    scans = {"infusion": infusion, "wristband": band, "bag": symbol}
    with refuses("infusion.here_already"):
        world.do("nurse2", commands.take_over_infusion, **scans)
    world.actors["nurse2"] = replace(world.actors["nurse2"], device="bedside-2")
    assert page_of(world, infusion, station="bedside-2").elsewhere == "bedside-1"
    world.wait(minutes=15)
    with refuses("infusion.other_station"):
        world.do("nurse2", commands.set_rate, infusion=infusion, rate_ml_h=200)
    wrong = world.do("nurse2", commands.take_over_infusion, **{**scans, "bag": world.ready(1)[1]})
    assert wrong["code"] == "infusion.other_bag"
    assert page_of(world, infusion, station="bedside-2").elsewhere == "bedside-1", "it stays where it was"
    world.do("nurse2", commands.pause, infusion=infusion, kind="transfer")
    world.do("nurse2", commands.resume, **scans)
    assert page_of(world, infusion, station="bedside-2").elsewhere is None
    world.do("nurse2", commands.set_rate, infusion=infusion, rate_ml_h=200)
    world.do("nurse1", commands.take_over_infusion, **scans)
    assert world.row(Infusion, infusion).station == "bedside-1"
    with forbids():
        world.do("physician1", commands.take_over_infusion, **scans)


# -- times and gaps --------------------------------------------------------------------------------------------------


def test_what_is_entered_late_keeps_both_times_and_is_marked(world: World) -> None:
    infusion = world.running()
    bag = world.ready()[0]
    world.wait(minutes=40)
    happened(world, 20, "nurse1", commands.pause, "The network was away.", infusion=infusion)
    happened(world, 25, "nurse1", commands.record_observation, "The network was away.", bag=bag, **VITALS)
    happened(world, 3, "nurse1", commands.record_observation, bag=bag, **VITALS)
    row = world.every(queries.PAUSES, infusion=infusion)[0]
    assert isinstance(row, Pause)
    assert row.pause_entered_at - row.paused_at == timedelta(minutes=20)
    page = page_of(world, infusion)
    assert page.late == 2
    assert [point.late for point in page.view.points if point.observation is not None] == [True, False]
    assert page.view.ran_minutes == 20, "it stood from when it was paused, not from when that was entered"


def test_a_pause_moves_what_is_counted_from_the_end_and_gaps_are_told(world: World) -> None:
    infusion = world.running()
    at_end = next(point for point in view_of(world, infusion).points if point.code == "at_end")
    world.wait(minutes=30)
    world.do("nurse1", commands.pause, infusion=infusion)
    world.wait(minutes=30)
    later = next(point for point in view_of(world, infusion).points if point.code == "at_end")
    assert later.from_at - at_end.from_at >= timedelta(minutes=29)
    assert view_of(world, infusion).gaps == 2, "before the start, and at a quarter of an hour"
    due = view_of(world, infusion).due
    assert due is not None
    assert (due.code, due.state) == ("during", "now")


def test_nothing_that_a_screen_sends_is_a_fault(world: World) -> None:
    infusion = world.running()
    for fields in ({"rate_ml_h": 0}, {"rate_ml_h": 10**9}, {"rate_ml_h": "fast"}):
        with pytest.raises((CellchainError, ValueError)):
            world.do("nurse1", commands.set_rate, infusion=infusion, **fields)
