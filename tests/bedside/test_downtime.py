"""A downtime from its declaration to the last form entered late: by two people, with both times, marked for good."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from cellchain.bedside import queries
from cellchain.bedside.downtime import commands, rules
from cellchain.bedside.downtime import queries as downtimes
from cellchain.bedside.downtime.models import Downtime, PaperBag, PaperEntry
from cellchain.bedside.downtime.rules import BagFate, DowntimePhase, How, PaperTimes
from cellchain.bedside.infusions.rules import InfusionPhase
from cellchain.bedside.models import Infusion
from cellchain.bedside.watch import queries as watch
from cellchain.composition.tables import INVARIANTS
from cellchain.custody import wards
from cellchain.identity.codes import Kind, issue
from cellchain.kernel.errors import NotFound, Refused
from cellchain.ledger.registry import command_of
from cellchain.materials import queries as materials
from cellchain.materials.commands.places import register_location
from cellchain.quality import queries as quality
from tests.bedside.world import INSPECTION, World, codes
from tests.trial.story import forbids, refuses

ENTRIES = select(PaperEntry).order_by(col(PaperEntry.id))
INFUSIONS = select(Infusion).order_by(col(Infusion.id))
PAPER_BAGS = select(PaperBag).order_by(col(PaperBag.id))


def late(world: World, who: str, function: Any, at: datetime, **fields: Any) -> dict[str, Any]:
    """Somebody enters afterwards what happened at a time."""
    call = world.call(who, function, command_of(function).order(**fields))
    return world.installation.runner.run(replace(call, happened_at=at, reason="The network was away.")).result()


def away(world: World, minutes: int = 90) -> tuple[datetime, dict[str, Any]]:
    """The system was away for so long until just now; gives when that began, and what its end said."""
    began = world.clock.now()
    world.wait(minutes=minutes)
    number = late(world, "nurse1", commands.declare_downtime, began, cause="The network was away.")["downtime"]
    return began, world.do("nurse2", commands.end_downtime, downtime=number)


def form(world: World, began: datetime, number: int = 0, **other: Any) -> dict[str, Any]:
    """What stands on the form of a ready bag that was given."""
    bag, _, recipient, _ = world.ready(number)
    told: dict[str, Any] = {
        "bag": bag,
        "recipient": recipient,
        "started_by": world.actors["nurse1"].person,
        "other_checker": world.actors["nurse2"].person,
        "compared": True,
        "inspection": INSPECTION,
        "checked_at": began + timedelta(minutes=5),
        "started_at": began + timedelta(minutes=10),
        "planned_minutes": 120,
        "how": "running",
        "witness": world.badge("nurse2"),
    }
    return {**told, **other}


def enter(world: World, began: datetime, number: Any = 0, **other: Any) -> dict[str, Any]:
    """Two people enter a form."""
    return world.do("nurse1", commands.enter_paper_infusion, **form(world, began, number, **other))


# -- declared and ended ------------------------------------------------------------------------------------------------


def test_declared_ended_and_what_it_left_open(world: World) -> None:
    began, ended = away(world)
    row = world.row(Downtime, ended["downtime"])
    assert (row.began_at, row.declared_by, row.end_told_by) == (
        began,
        world.actors["nurse1"].person,
        world.actors["nurse2"].person,
    )
    assert row.phase == DowntimePhase.ENDED
    left = {one.bag for one in world.every(PAPER_BAGS)}
    assert ended["to_enter"] == len(left)
    assert {one["code"] for one in world.bags("ready")} <= left
    assert {one["code"] for one in world.bags("infused")} & left == set()


def test_what_was_left_open_is_stopped_until_it_is_said(world: World) -> None:
    _, symbol, _, band = world.ready()
    world.checked()
    away(world, minutes=10)
    assert codes(world.check("nurse1", band, symbol)) == ["check.paper_open"]
    with refuses("infusion.needs_two_checks"):
        world.start("nurse1", band, symbol)
    world.do("nurse1", commands.settle_bag, bag=symbol, witness=world.badge("nurse2"))
    assert world.check("nurse1", band, symbol)["verdict"] == "MATCH"


def test_one_with_its_end_in_it_and_nothing_on_the_ward(world: World) -> None:
    now = world.clock.now()
    before = now - timedelta(days=3)
    told = {"cause": "A drill.", "ended_at": before + timedelta(hours=1)}
    done = late(world, "nurse1", commands.declare_downtime, before, **told)
    assert done["to_enter"] == 0
    assert world.row(Downtime, done["downtime"]).phase == DowntimePhase.CLOSED
    with refuses("downtime.times"):
        late(world, "nurse1", commands.declare_downtime, before, cause="A drill.", ended_at=before - timedelta(hours=1))


def test_an_end_comes_once_and_from_a_nurse(world: World) -> None:
    number = away(world)[1]["downtime"]
    with refuses("downtime.phase"):
        world.do("nurse1", commands.end_downtime, downtime=number)
    with forbids():
        world.do("technician1", commands.end_downtime, downtime=number)
    second = away(world, minutes=5)[1]
    assert second["to_enter"] == 0, "what one downtime left open stays open under that one"


# -- entered late ------------------------------------------------------------------------------------------------------


def test_entered_late_by_two_with_both_times(world: World) -> None:
    began, ended = away(world)
    before = world.size()
    done = enter(world, began)
    assert done["found"] == []
    infusion = world.row(Infusion, done["infusion"])
    assert infusion.phase == InfusionPhase.RUNNING
    assert infusion.started_at == began + timedelta(minutes=10)
    assert {infusion.first_checker, infusion.second_checker} == {world.actors[n].person for n in ("nurse1", "nurse2")}
    entry, *_ = world.since(before)
    assert entry.event == "bedside:infusion:entered_late"
    said = json.loads(entry.body)
    assert datetime.fromisoformat(said["happened_at"]) == began + timedelta(minutes=10)
    assert entry.at == world.clock.now()
    assert '"late":true' in entry.body
    assert all(world.actors[name].person in entry.body for name in ("nurse1", "nurse2"))
    [paper] = world.every(ENTRIES)
    assert (paper.entered_at, paper.entered_by, paper.witness) == (
        world.clock.now(),
        world.actors["nurse1"].person,
        world.actors["nurse2"].person,
    )
    assert "check.already_infused" in codes(world.check("nurse1", world.ready()[3], world.ready()[1]))
    with refuses("paper.not_awaited"):
        enter(world, began)
    for number in range(1, ended["to_enter"]):
        waiting = next(one for one in world.every(PAPER_BAGS) if one.fate == BagFate.TO_ENTER)
        label = next(one["label"] for one in world.manifest["bags"] if one["code"] == waiting.bag)
        assert world.row(Downtime, ended["downtime"]).phase == DowntimePhase.ENDED, number
        world.do("nurse2", commands.settle_bag, bag=label, witness=world.badge("nurse1"))
    assert world.row(Downtime, ended["downtime"]).phase == DowntimePhase.CLOSED
    with world.installation.database.read() as tx:
        assert [found for one in INVARIANTS for found in one.check(tx)] == []


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"witness": "nurse1"}, "paper.same_person"),
        ({"witness": "technician1"}, "paper.unknown_witness"),
        ({"how": "complete"}, "paper.end"),
        ({"how": "complete", "ended": 80}, "paper.volume"),
        ({"how": "complete", "ended": 80, "volume_given_ul": 10_000}, "infusion.not_complete"),
        ({"how": "stopped", "ended": 80, "volume_given_ul": 10_000}, "infusion.stop_needs_reason"),
        ({"checked": 20}, "paper.order"),
        ({"checked": -30, "started": -20}, "paper.outside"),
        ({"other_checker": "PS012600009999"}, ""),
    ],
)
def test_what_is_not_entered(world: World, other: dict[str, Any], code: str) -> None:
    began, _ = away(world)
    if "witness" in other:
        other = {**other, "witness": world.badge(other["witness"])}
    times = {"ended": "ended_at", "checked": "checked_at", "started": "started_at"}
    told = {
        times.get(name, name): began + timedelta(minutes=value) if name in times else value
        for name, value in other.items()
    }
    if code:
        with refuses(code):
            enter(world, began, **told)
    else:
        with pytest.raises(ValueError, match="other_checker"):
            enter(world, began, **told)
    assert world.every(ENTRIES) == []


def test_an_end_on_paper(world: World) -> None:
    began, _ = away(world, minutes=200)
    with world.installation.database.read() as tx:
        state = queries.bag_state(tx, world.ready()[0])
    assert state is not None
    ended: dict[str, Any] = {
        "how": "complete",
        "ended_at": began + timedelta(minutes=140),
        "volume_given_ul": state.volume_ul,
    }
    infusion = world.row(Infusion, enter(world, began, **ended)["infusion"])
    assert (infusion.phase, infusion.ended_at) == (InfusionPhase.COMPLETED, began + timedelta(minutes=140))
    early = {**ended, "how": "stopped", "volume_given_ul": 90_000, "why": "A rigor."}
    assert world.row(Infusion, enter(world, began, 1, **early)["infusion"]).phase == InfusionPhase.STOPPED


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        ("somebody else's bag", "check.wrong_recipient"),
        ("one person alone", "paper.one_checker"),
        ("not compared", "paper.not_compared"),
        ("leaking", "check.bag_damaged"),
    ],
)
def test_what_happened_is_recorded_whatever_speaks_against_it(world: World, wrong: str, found: str) -> None:
    """Paper stops nobody. The truth goes in, QA hears of it, and the bag is not given again."""
    began, _ = away(world)
    bag, symbol, _, band = world.ready()
    others: dict[str, dict[str, Any]] = {
        "somebody else's bag": {"recipient": world.ready(1)[2]},
        "one person alone": {"other_checker": world.actors["nurse1"].person},
        "not compared": {"compared": False},
        "leaking": {"inspection": {**INSPECTION, "intact": False}},
    }
    done = enter(world, began, **others[wrong])
    assert found in done["found"]
    assert (done["infusion"] is None) == (wrong in ("somebody else's bag", "one person alone"))
    with world.installation.database.read() as tx:
        opened = [one for one in quality.deviations_on(tx, bag) if one.rule == "bedside:paper:disagreed"]
    assert len(opened) == 1
    assert found in opened[0].facts["found"]
    assert {"check.already_infused", "check.bag_not_usable"} & set(codes(world.check("nurse1", band, symbol)))


def test_a_bag_is_given_on_paper_or_by_the_system_and_never_both(world: World) -> None:
    """What was entered from paper is not started, whoever has checked; what was started is not entered from paper."""
    started, other, _, other_band = world.checked(1)
    world.start("nurse1", other_band, other)
    bag, symbol, _, band = world.checked()
    began, ended = away(world, minutes=10)
    left = {one.bag for one in world.every(PAPER_BAGS) if one.downtime == ended["downtime"]}
    assert (bag in left, started in left) == (True, False)
    times = {"checked_at": began, "started_at": began + timedelta(minutes=1)}
    with refuses("paper.not_awaited"):
        enter(world, began, 1, **times)
    enter(world, began, **times)
    with refuses("infusion.changed_since_check"):
        world.start("nurse1", band, symbol)
    assert "check.already_infused" in codes(world.check("nurse1", band, symbol))
    given = [one.bag for one in world.every(INFUSIONS)]
    assert (given.count(bag), given.count(started)) == (1, 1)


def test_a_copy_of_the_form_settles_nothing(world: World) -> None:
    """Its symbols are the codes of bag and recipient: they name, and identify nothing."""
    away(world)
    bag, _, _, _ = world.ready()
    with refuses("paper.label"):
        world.do("nurse1", commands.settle_bag, bag=bag, witness=world.badge("nurse2"))
    with refuses("paper.same_person"):
        world.do("nurse1", commands.settle_bag, bag=world.ready()[1], witness=world.badge("nurse1"))
    with forbids():
        world.do("physician1", commands.settle_bag, bag=world.ready()[1], witness=world.badge("nurse1"))


def test_times_over_the_change_of_the_clocks() -> None:
    """Times are UTC: an hour that the wall clock shows twice, and a leap day, are ordinary minutes."""
    for began in ("2026-10-25T00:30:00+00:00", "2028-02-28T23:30:00+00:00"):
        start = datetime.fromisoformat(began)
        times = PaperTimes(start, start + timedelta(minutes=10), start + timedelta(hours=2))
        end = start + timedelta(hours=3)
        rules.times_fit(times, How.COMPLETE, start, end, end)
        with pytest.raises(Refused):
            rules.times_fit(PaperTimes(start, end, start + timedelta(hours=2)), How.COMPLETE, start, end, end)


# -- of one ward -------------------------------------------------------------------------------------------------------


def ward_of(world: World) -> str:
    """The ward that has the ready bags."""
    with world.installation.database.read() as tx:
        return next(one.location for one in wards.bags_at_wards(tx) if one.subject == world.ready()[0])


def other_ward(world: World) -> str:
    """A ward that has no bag."""
    return str(world.do("technician1", register_location, name="Ward 9", kind="ward")["location"])


def away_at(world: World, ward: str, minutes: int) -> tuple[datetime, dict[str, Any]]:
    """The system was away at one ward for so long until just now."""
    began = world.clock.now()
    world.wait(minutes=minutes)
    told = {"cause": "The network was away.", "ward": ward}
    number = late(world, "nurse1", commands.declare_downtime, began, **told)["downtime"]
    return began, world.do("nurse2", commands.end_downtime, downtime=number)


def test_a_downtime_of_one_ward_leaves_its_own_bags_open(world: World) -> None:
    """What the ward beside it has is checked and given by the system, and its paper is refused."""
    began, ended = away_at(world, other_ward(world), 1)
    row = world.row(Downtime, ended["downtime"])
    assert (ended["to_enter"], row.phase) == (0, DowntimePhase.CLOSED)
    with refuses("paper.not_awaited"):
        enter(world, began)
    _, symbol, _, band = world.ready()
    assert world.check("nurse1", band, symbol)["verdict"] == "MATCH"

    began, ended = away_at(world, ward_of(world), 12)
    assert {one["code"] for one in world.bags("ready")} <= {one.bag for one in world.every(PAPER_BAGS)}
    assert codes(world.check("nurse1", band, symbol)) == ["check.paper_open"]
    assert enter(world, began)["infusion"] is not None


def test_only_a_ward_works_on_paper(world: World) -> None:
    with world.installation.database.read() as tx:
        bench = next(one.code for one in materials.locations(tx) if one.name == "Bench 1")
        listed = dict(downtimes.listed_wards(tx))
    assert ward_of(world) in listed
    assert bench not in listed
    with refuses("downtime.not_a_ward"):
        world.do("nurse1", commands.declare_downtime, cause="A drill.", ward=bench)
    with pytest.raises(NotFound):
        world.do("nurse1", commands.declare_downtime, cause="A drill.", ward=issue(Kind.LOCATION, 1, 2026, 999_999))


def test_a_bag_that_waits_unverified_says_that_its_ward_works_on_paper(world: World) -> None:
    def on_paper() -> set[bool]:
        with world.installation.database.read() as tx:
            return {one.on_paper for one in watch.unverified(tx)}

    assert on_paper() == {False}
    world.do("nurse1", commands.declare_downtime, cause="A drill.", ward=other_ward(world))
    assert on_paper() == {False}
    world.do("nurse1", commands.declare_downtime, cause="A drill.", ward=ward_of(world))
    assert on_paper() == {True}
