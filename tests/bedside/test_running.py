"""An infusion on its way: vitals, a pause and the way back, a reaction, an end, and the bag's last way."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cellchain.bedside import commands as checks
from cellchain.bedside.downtime import commands as downtime
from cellchain.bedside.infusions import commands, queries
from cellchain.bedside.infusions.rules import InfusionPhase
from cellchain.bedside.models import Check, Infusion, Observation
from cellchain.followup.safety import queries as safety
from cellchain.identity.codes import Kind, issue
from cellchain.kernel.errors import Invalid
from cellchain.ledger.registry import command_of
from cellchain.quality import commands as quality
from tests.bedside.world import INSPECTION, World
from tests.trial.story import forbids, refuses

VITALS: dict[str, Any] = {
    "point": "during",
    "pulse_per_min": 80,
    "systolic_mmhg": 120,
    "diastolic_mmhg": 70,
    "breaths_per_min": 18,
    "temperature_mc": 36_700,
    "oxygen_percent": 95,
}


def phase_of(world: World, infusion: int) -> InfusionPhase:
    """The phase of an infusion."""
    return InfusionPhase(world.row(Infusion, infusion).phase)


# -- vital signs -----------------------------------------------------------------------------------------------------


def test_vitals_belong_to_the_infusion_of_the_bag(world: World) -> None:
    bag = world.ready()[0]
    before = world.do("nurse1", commands.record_observation, bag=bag, **{**VITALS, "point": "before"})
    infusion = world.running()
    during = world.do("nurse1", commands.record_observation, bag=bag, **VITALS)
    assert world.row(Observation, before["observation"]).infusion is None
    assert world.row(Observation, during["observation"]).infusion == infusion


def test_vitals_need_a_bag_and_two_pressures_in_order(world: World) -> None:
    bag = world.ready()[0]
    with refuses("observation.no_bag"):
        world.do("nurse1", commands.record_observation, bag=issue(Kind.BAG, 1, 2026, 999_999), **VITALS)
    with refuses("observation.pressures_swapped"):
        world.do("nurse1", commands.record_observation, bag=bag, **{**VITALS, "diastolic_mmhg": 121})
    with forbids():
        world.do("technician1", commands.record_observation, bag=bag, **VITALS)


# -- pause and resume ------------------------------------------------------------------------------------------------


def test_a_pause_and_the_way_back(world: World) -> None:
    infusion = world.running()
    _, symbol, _, band = world.ready()
    world.wait(minutes=20)
    world.do("nurse1", commands.pause, infusion=infusion, why="The line was changed.")
    assert phase_of(world, infusion) == InfusionPhase.PAUSED
    world.wait(minutes=10)
    world.do("nurse2", commands.resume, infusion=infusion, wristband=band, bag=symbol)
    assert phase_of(world, infusion) == InfusionPhase.RUNNING
    with world.installation.database.read() as tx:
        assert queries.infusion_view(tx, infusion).ran_minutes == 20


def test_resume_needs_the_right_pair(world: World) -> None:
    infusion = world.running()
    bag, symbol, recipient, band = world.ready()
    _, other_symbol, _, other_band = world.ready(1)
    world.do("nurse1", commands.pause, infusion=infusion)
    for wristband, scanned, code in (
        (other_band, symbol, "infusion.other_recipient"),
        (band, other_symbol, "infusion.other_bag"),
        (recipient, symbol, "check.not_a_wristband"),
        (band, bag, "check.not_a_bag_label"),
        ("", "", "check.wristband_unreadable"),
    ):
        stop = world.do("nurse1", commands.resume, infusion=infusion, wristband=wristband, bag=scanned)
        assert stop["code"] == code
        row = world.row(Check, stop["check"])
        assert (row.verdict, row.phase, row.infusion, row.intact) == ("STOP", "stopped", infusion, None)
    assert phase_of(world, infusion) == InfusionPhase.PAUSED


def test_only_what_runs_pauses_and_only_what_is_paused_resumes(world: World) -> None:
    infusion = world.running()
    _, symbol, _, band = world.ready()
    with refuses("infusion.phase"):
        world.do("nurse1", commands.resume, infusion=infusion, wristband=band, bag=symbol)
    world.do("nurse1", commands.pause, infusion=infusion)
    with refuses("infusion.phase"):
        world.do("nurse1", commands.pause, infusion=infusion)
    with forbids():
        world.do("technician1", commands.pause, infusion=infusion)
    with refuses("record.not_found"):
        world.do("nurse1", commands.pause, infusion=9_999)


# -- a reaction ------------------------------------------------------------------------------------------------------


def test_a_reaction_tells_quality_and_follow_up(world: World) -> None:
    infusion = world.running()
    bag, _, recipient, _ = world.ready()
    before = world.size()
    world.do("nurse2", commands.report_reaction, infusion=infusion, term="Chills", grade=2, action="slowed")
    entries = world.since(before)
    assert entries[0].event == "bedside:reaction:recorded"
    assert {json.loads(entry.body)["on_behalf"] for entry in entries[1:]} == {
        "bedside:reaction:reported -> quality/open_deviation_by_rule",
        "bedside:reaction:reported -> followup/report_by_reaction",
        "bedside:reaction:reported -> notices/notify",
    }
    assert any(entry.subject == bag for entry in entries)
    with world.installation.database.read() as tx:
        assert [event.grade for event in safety.events_of(tx, recipient)] == [2]


def test_who_may_report_a_reaction(world: World) -> None:
    infusion = world.running()
    fields: dict[str, Any] = {"infusion": infusion, "term": "Chills", "grade": 1, "action": "observed"}
    with forbids():
        world.do("coordinator1", commands.report_reaction, **fields)
    world.do("physician1", commands.report_reaction, **fields)
    with refuses("record.not_found"):
        world.do("nurse1", commands.report_reaction, **{**fields, "infusion": 9_999})


# -- the end ---------------------------------------------------------------------------------------------------------


def test_a_whole_bag(world: World) -> None:
    infusion = world.running()
    world.wait(minutes=120)
    before = world.size()
    world.do(
        "nurse1", commands.stop_infusion, infusion=infusion, volume_given_ul=world.volume_of(infusion), complete=True
    )
    assert phase_of(world, infusion) == InfusionPhase.COMPLETED
    assert [entry.event for entry in world.since(before)] == ["bedside:infusion:ended"]


def test_an_early_stop(world: World) -> None:
    infusion = world.running()
    fields: dict[str, Any] = {"infusion": infusion, "volume_given_ul": 90_000, "complete": False}
    with refuses("infusion.stop_needs_reason"):
        world.do("nurse1", commands.stop_infusion, **fields)
    world.do("nurse1", commands.stop_infusion, **fields, why="The recipient asked to stop.")
    assert phase_of(world, infusion) == InfusionPhase.STOPPED
    with refuses("infusion.phase"):
        world.do("nurse1", commands.stop_infusion, **fields, why="Again.")


@pytest.mark.parametrize(
    ("given_ul", "code"), [(400_001, "infusion.more_than_bag"), (300_000, "infusion.not_complete")]
)
def test_a_volume_that_cannot_be(world: World, given_ul: int, code: str) -> None:
    infusion = world.running()
    with refuses(code):
        world.do("nurse1", commands.stop_infusion, infusion=infusion, volume_given_ul=given_ul, complete=True)


def test_the_bag_is_disposed_of_once_and_after_the_end(world: World) -> None:
    infusion = world.running()
    with refuses("infusion.not_ended"):
        world.do("nurse1", commands.dispose_bag, infusion=infusion)
    world.do(
        "nurse1", commands.stop_infusion, infusion=infusion, volume_given_ul=world.volume_of(infusion), complete=True
    )
    world.do("nurse1", commands.dispose_bag, infusion=infusion)
    with refuses("infusion.disposed"):
        world.do("nurse1", commands.dispose_bag, infusion=infusion)


def test_a_hold_while_it_runs_is_an_alarm(world: World) -> None:
    infusion = world.running()
    world.do("qa1", quality.hold, subject=world.ready()[0], reason="The supplier warned of this lot.")
    with world.installation.database.read() as tx:
        assert queries.infusion_view(tx, infusion).alarms
    assert phase_of(world, infusion) == InfusionPhase.RUNNING, "the physician decides, not the machine"


def test_what_quality_stopped_meanwhile_does_not_flow_again(world: World) -> None:
    infusion = world.running()
    bag, symbol, _, band = world.ready()
    world.do("nurse1", commands.pause, infusion=infusion)
    hold = world.do("qa1", quality.hold, subject=bag, reason="The supplier warned of this lot.")["hold"]
    with refuses("infusion.stopped_meanwhile"):
        world.do("nurse1", commands.resume, infusion=infusion, wristband=band, bag=symbol)
    assert phase_of(world, infusion) == InfusionPhase.PAUSED
    world.do("qa2", quality.lift_hold, hold=hold, reason="The warning was about another lot.")
    world.do("nurse1", commands.resume, infusion=infusion, wristband=band, bag=symbol)
    assert phase_of(world, infusion) == InfusionPhase.RUNNING


# -- STOPs and downtime ----------------------------------------------------------------------------------------------


def test_a_stop_is_acknowledged_once_with_its_cause(world: World) -> None:
    _, symbol, _, band = world.ready()
    match = world.check("nurse1", band, symbol)["check"]
    stop = world.check("nurse1", world.ready(1)[3], symbol)["check"]
    with refuses("check.not_a_stop"):
        world.do("nurse1", checks.acknowledge_stop, check=match, cause="wrong_bag")
    world.do("nurse1", checks.acknowledge_stop, check=stop, cause="wrong_bag")
    world.do("nurse2", checks.acknowledge_stop, check=stop, cause="unknown")
    row = world.row(Check, stop)
    assert (row.cause, row.verdict) == ("wrong_bag", "STOP"), "the first word counts, the verdict stays"
    with forbids():
        world.do("qa1", checks.acknowledge_stop, check=stop, cause="unknown")


def test_downtime_is_declared(world: World) -> None:
    assert world.do("nurse1", downtime.declare_downtime, cause="The network was away.")["downtime"] == 1
    assert world.entries()[-1].event == "bedside:downtime:declared"
    with forbids():
        world.do("technician1", downtime.declare_downtime, cause="The network was away.")


# -- times -----------------------------------------------------------------------------------------------------------


def test_a_check_and_a_start_count_when_they_are_done(world: World) -> None:
    """Two scans of last night are no check now, whatever reason is given."""
    _, symbol, _, band = world.ready()
    fields = {"wristband": band, "bag": symbol, "inspection": INSPECTION}
    for function, order in (
        (checks.check, fields),
        (commands.start_infusion, {"wristband": band, "bag": symbol, "planned_minutes": 120}),
    ):
        call = world.call("nurse1", function, command_of(function).order(**order))
        late = replace(call, happened_at=world.clock.now() - timedelta(minutes=5), reason="Entered from paper.")
        with pytest.raises(Invalid, match=r"."):
            world.installation.runner.run(late).result()
        soon = replace(call, request_id=world.request_id(), happened_at=world.clock.now() - timedelta(seconds=30))
        assert "happened_at" not in world.installation.runner.run(soon).text


def test_nothing_happens_before_what_it_follows(world: World) -> None:
    infusion = world.running()
    _, symbol, _, band = world.ready()
    world.wait(minutes=20)

    def at(minutes: int, function: Any, **order: Any) -> None:
        model: Any = command_of(function).order
        call = world.call("nurse1", function, model(infusion=infusion, **order))
        when = world.clock.now() - timedelta(minutes=minutes)
        world.installation.runner.run(replace(call, happened_at=when, reason="Entered afterwards.")).result()

    pair = {"wristband": band, "bag": symbol}
    ends = {"volume_given_ul": world.volume_of(infusion), "complete": True}
    for function, order in (
        (commands.pause, {}),
        (commands.stop_infusion, ends),
        (commands.report_reaction, {"term": "Chills", "grade": 1, "action": "observed"}),
    ):
        with refuses("infusion.before_its_time"):
            at(21, function, **order)
    at(10, commands.pause)
    with refuses("infusion.before_its_time"):
        at(11, commands.resume, **pair)
    at(5, commands.resume, **pair)
    with refuses("infusion.before_its_time"):
        at(6, commands.stop_infusion, **ends)
    at(2, commands.stop_infusion, **ends)
    with refuses("infusion.before_its_time"):
        at(3, commands.dispose_bag)
    at(1, commands.dispose_bag)
