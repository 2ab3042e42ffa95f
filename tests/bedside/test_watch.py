"""A bag that a ward took over and nobody verifies: ward, laboratory and QA are told in turn, whatever restarts."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from cellchain.bedside.watch import queries, rules
from cellchain.bedside.watch.rules import Level, Patience, Told
from cellchain.main import notice_worker
from cellchain.notices import commands as notices
from cellchain.notices.models import Notice
from tests.bedside.world import INSPECTION, World

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PATIENCE = Patience(timedelta(minutes=60), timedelta(minutes=30))
RAISED = select(Notice).order_by(col(Notice.id))


def at(minutes: int) -> datetime:
    """So many minutes after the ward took the bag over."""
    return NOON + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("minutes", "told", "level"),
    [
        (59, [], None),
        (60, [], Level.WARD),
        (600, [], Level.WARD),  # however long nobody looked, nobody is skipped
        (89, [Told(at(60))], None),
        (90, [Told(at(60))], Level.LABORATORY),
        # An acknowledgement gives one more step, and silences nothing.
        (90, [Told(at(60), at(80))], None),
        (110, [Told(at(60), at(80))], Level.LABORATORY),
        (120, [Told(at(60)), Told(at(90))], Level.QA),
        (999, [Told(at(60)), Told(at(90)), Told(at(120))], None),
    ],
)
def test_who_is_told_when(minutes: int, told: list[Told], level: Level | None) -> None:
    assert rules.next_level(NOON, told, PATIENCE, at(minutes)) == level


def raised(world: World, bag: str) -> list[str]:
    """The kinds of notice on a bag that the watch raised, in their order."""
    return [row.kind for row in world.every(RAISED) if row.subject == bag and row.kind.startswith("unverified")]


def look(world: World) -> None:
    """One look of a worker that has just started: nothing is remembered but what the database holds."""
    notice_worker(world.installation, demonstration=True).look()


def test_told_in_turn_and_over_restarts(world: World) -> None:
    """The bags of the demonstration stand on the ward since a while. One of them is checked, the others wait."""
    with world.installation.database.read() as tx:
        waiting = {one.bag: one for one in queries.unverified(tx)}
    bag, symbol, recipient, band = world.ready()
    other = world.ready(1)[0]
    assert {bag, other} <= set(waiting)
    assert waiting[bag].recipient == recipient
    world.check("nurse1", band, symbol)
    due = waiting[other].since + timedelta(minutes=61)
    world.clock.advance(max(timedelta(0), due - world.clock.now()))
    for _ in range(2):
        look(world)
    assert raised(world, bag) == [], "it was verified"
    assert raised(world, other) == ["unverified_ward"], "told once, however often somebody looks"

    world.wait(minutes=20)
    number = next(row.id for row in world.every(RAISED) if (row.kind, row.subject) == ("unverified_ward", other))
    world.do("nurse2", notices.acknowledge, notice=number)
    world.wait(minutes=15)
    look(world)
    assert raised(world, other) == ["unverified_ward"], "the nurse who said so has half an hour"
    world.wait(minutes=16)
    look(world)
    assert raised(world, other) == ["unverified_ward", "unverified_laboratory"]
    world.wait(minutes=31)
    look(world)
    look(world)
    assert raised(world, other) == ["unverified_ward", "unverified_laboratory", "unverified_qa"]


def test_a_stop_verifies_nothing_and_a_match_ends_it(world: World) -> None:
    bag, symbol, _, band = world.ready()

    def waits() -> bool:
        with world.installation.database.read() as tx:
            return bag in {one.bag for one in queries.unverified(tx)}

    world.check("nurse1", band, symbol, inspection={**INSPECTION, "intact": False})
    assert waits()
    world.check("nurse1", band, symbol)
    assert not waits()


def test_what_expired_or_ran_waits_no_longer(world: World) -> None:
    world.running()
    with world.installation.database.read() as tx:
        found = {one.bag for one in queries.unverified(tx)}
    assert world.ready()[0] not in found
    world.wait(hours=10)
    with world.installation.database.read() as tx:
        assert {one["code"] for one in world.bags("ready")} & {one.bag for one in queries.unverified(tx)} == set()
