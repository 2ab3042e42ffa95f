"""What the whole house does about a doubt: a deviation opens by itself, and a mix-up holds everything of the lot."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cellchain.demo import lab
from cellchain.demo.stage import CAST, Stage
from cellchain.manufacturing import commands as manufacturing
from cellchain.manufacturing.counts import commands as counts
from cellchain.materials import commands as materials
from cellchain.quality import queries as quality
from tests.bedside.world import World, played
from tests.races.morning import rows

SEEN = {"viability_permille": 940, "confluence_permille": 850, "volume_ul": 90_000}


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Iterator[World]:
    """The demonstration, with the whole table of reactions."""
    made = World(played(tmp_path_factory.getbasetemp()), tmp_path / "world")
    yield made
    made.close()


@pytest.fixture
def stage(world: World) -> Stage:
    members = {member.username: member for member in CAST}
    return Stage(world.installation, world.clock, world.random, world.clock.now(), world.actors, members)


def rooms_of(world: World) -> lab.Lab:
    taken = {row["location"] for row in rows(world, "manufacturing_lot", phase="open")}
    place = world.do("technician1", materials.register_location, name="Bench 9", kind="bench")["location"]
    assert place not in taken
    supplies: dict[str, str] = {}
    for row in rows(world, "materials_lot", phase="accepted"):
        kind = rows(world, "materials_material", id=str(row["material"]))[0]["kind"]
        if row["expires_on"] > world.clock.now().date():
            supplies.setdefault(kind, row["code"])
    return lab.Lab(
        places={"Bench 9": place},
        records={str(row["kind"]): row["id"] for row in rows(world, "manufacturing_master_record")},
        # The first of a kind: a later one is overdue.
        equipment={str(row["kind"]): row["code"] for row in reversed(rows(world, "materials_equipment"))},
        supplies=supplies,
    )


def growing(world: World, stage: Stage) -> tuple[lab.Lab, str]:
    """A product lot whose cells were thawed and seeded a moment ago."""
    rooms = rooms_of(world)
    bank = next(one["code"] for one in world.manifest["lots"] if one["kind"] == "bank")
    lot = lab.open_lot(stage, rooms, "product", "Bench 9", [bank])
    vial = rows(world, "manufacturing_container", kind="cryovial", phase="stored", lot=bank)[0]["code"]
    thawed = {"recovered_count": 8_800_000, "viability_permille": 940, "volume_ul": 10_000}
    tube = lab.step(stage, rooms, lot, "thaw", manufacturing.thaw, vial=vial, **thawed)["container"]
    lab._seed(stage, rooms, lot, tube, vessels_count=4, cells_per_vessel_count=1_900_000)
    return rooms, lot


def test_cells_that_grew_too_fast_are_held(world: World, stage: Stage) -> None:
    rooms, lot = growing(world, stage)
    world.wait(days=2)
    # 7.6 million to 450 million in two days.
    tube = lab._harvest(stage, rooms, lot, harvested_count=450_000_000, volume_ul=90_000)
    bag = lab.fill_bag(stage, rooms, lot, tube)
    with world.installation.database.read() as tx:
        opened = quality.deviations_on(tx, lot)
        held = quality.holds_on(tx, lot)
        standing = quality.standing(tx, bag, world.clock.now())
    # Faster than cells can be is unlike every other lot, too.
    assert {row.rule for row in opened} == {"manufacturing:mixup:suspected"}
    assert "times a day, at most 2 are possible." in " ".join(row.description for row in opened)
    assert [(row.cause, row.phase) for row in held] == [("mix_up", "placed")]
    assert "lot.on_hold" in {code for code, _ in standing.reasons}


def test_a_volume_that_nobody_can_explain(world: World, stage: Stage) -> None:
    _, lot = growing(world, stage)
    left = rows(world, "manufacturing_container", kind="tube", lot=lot, phase="in_use")[0]
    found = {"container": left["code"], "found_ul": 0, "reason": "It was empty."}
    assert world.do("technician1", manufacturing.discard, **found)["is_off"]
    with world.installation.database.read() as tx:
        opened = quality.deviations_on(tx, lot)
        held = quality.holds_on(tx, lot)
    assert [row.rule for row in opened] == ["manufacturing:balance:off"]
    assert held == []


def test_a_count_that_scatters(world: World, stage: Stage) -> None:
    rooms, lot = growing(world, stage)
    world.wait(days=5)
    stage.do("technician1", manufacturing.start_step, lot=lot, step="passage")
    runs = [{"live_count": 100, "dead_count": 2}, {"live_count": 200, "dead_count": 2}]
    counter: dict[str, Any] = {"equipment": rooms.equipment["counter"], "dilution": 1, "chamber_nl": 100}
    stage.do("technician1", counts.record_count, lot=lot, runs=runs, **counter)
    with world.installation.database.read() as tx:
        assert quality.deviations_on(tx, lot) == [], "whoever sees that a count scatters counts once more"
    fields: dict[str, Any] = {"confluence_permille": 850, "volume_ul": 60_000, "area_cm2": 636, "medium_ul": 120_000}
    seeded: dict[str, Any] = {"vessels_count": 10, "cells_per_vessel_count": 2_100_000}
    stage.do("technician1", manufacturing.passage, lot=lot, **fields, **seeded)
    with world.installation.database.read() as tx:
        assert [row.rule for row in quality.deviations_on(tx, lot)] == ["manufacturing:count:scattered"]
