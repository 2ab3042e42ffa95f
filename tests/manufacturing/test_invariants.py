"""The checks find what is broken behind the back of the commands."""

import sqlite3

import pytest

from cellchain.manufacturing.invariants import INVARIANTS
from tests.manufacturing.conftest import Plant

CHECKS = {found.name.removeprefix("manufacturing."): found.check for found in INVARIANTS}
TURNED_ROUND = (
    "INSERT INTO manufacturing_container_source (id, child, parent, kind, volume_ul, at) "
    "SELECT 9999, parent, child, kind, 0, at FROM manufacturing_container_source WHERE kind = 'seeded' LIMIT 1"
)


def tampered(plant: Plant, *statements: str) -> None:
    """Write past the runner, as somebody with the file in hand would."""
    link = sqlite3.connect(plant.house.database.engine.url.database or "")
    link.execute("PRAGMA ignore_check_constraints = ON")
    for statement in statements:
        link.execute(statement)
    link.commit()
    link.close()


@pytest.mark.parametrize(
    ("check", "statement", "words"),
    [
        (
            "no_cycle",
            TURNED_ROUND,
            "is its own source",
        ),
        (
            "not_overdrawn",
            "UPDATE manufacturing_container_source SET cells_count = 50000000000 WHERE kind = 'seeded'",
            "and gave 100000000000",
        ),
        (
            "not_overdrawn",
            "UPDATE manufacturing_container_source SET volume_ul = 60001 WHERE kind = 'separated'",
            "held 60000 uL and gave 60001",
        ),
        (
            "sources",
            "DELETE FROM manufacturing_container_source WHERE kind = 'separated'",
            "holds cells from nowhere",
        ),
        (
            "second_person",
            "UPDATE manufacturing_step_record SET verifier = performer WHERE sequence = 1",
            "was verified by its performer",
        ),
        (
            "second_person",
            "UPDATE manufacturing_line_clearance SET verified_by = cleared_by",
            "was verified by who cleared the line",
        ),
    ],
)
def test_it_names_what_is_broken(plant: Plant, check: str, statement: str, words: str) -> None:
    plant.seeded()
    with plant.house.read() as tx:
        assert CHECKS[check](tx) == []
    tampered(plant, statement)
    with plant.house.read() as tx:
        found = CHECKS[check](tx)
    assert any(words in finding for finding in found), found


def test_it_finds_a_division_given_twice(plant: Plant) -> None:
    plant.bank(vials=2)
    tampered(plant, "UPDATE manufacturing_container SET donation = NULL, division = 1 WHERE kind = 'cryovial'")
    with plant.house.read() as tx:
        assert any("are both division 1" in finding for finding in CHECKS["divisions"](tx))


def test_it_finds_two_open_lots_at_one_place(plant: Plant) -> None:
    first, second = plant.open("control"), plant.open("control")
    tampered(
        plant,
        "DROP INDEX uq_manufacturing_lot_open_location",
        f"UPDATE manufacturing_lot SET location = (SELECT location FROM manufacturing_lot WHERE code = '{first}')",
    )
    with plant.house.read() as tx:
        (finding,) = CHECKS["one_lot"](tx)
    assert first in finding
    assert second in finding
