"""UNDO at the bench: a new entry within a minute; the old one stays readable and counts no more."""

from dataclasses import replace
from typing import Any

import pytest

from cellchain.ledger.registry import Reaction
from cellchain.manufacturing import commands, undo
from cellchain.manufacturing.rules import steps
from cellchain.manufacturing.rules.definition import Standing
from cellchain.materials import queries as stock
from tests.manufacturing.conftest import Plant, forbidden, refused


def preparing(plant: Plant) -> str:
    lot = plant.open("control")
    plant.start(lot, "preparation")
    return lot


def last(plant: Plant) -> int:
    return plant.house.entries()[-1].seq


def used(plant: Plant, lot: str) -> int:
    plant.do(commands.use_material, lot=lot, material=plant.lots["bag"])
    return last(plant)


def running(plant: Plant, lot: str) -> Any:
    found = plant.page(lot).running
    assert found is not None
    return found


def test_a_material_is_taken_back_and_counts_no_more(plant: Plant) -> None:
    lot = preparing(plant)
    entry = used(plant, lot)
    answer = plant.do(commands.undo, entry=entry)
    assert answer == {"lot": lot, "entry": entry, "what": plant.lots["bag"]}
    assert plant.events()[-1] == "manufacturing:entry:undone"
    step = running(plant, lot)
    assert (step.materials, [one.code for one in step.undone]) == ((), [plant.lots["bag"]])
    assert "bag" in step.missing.materials
    with plant.house.read() as tx:
        assert stock.uses_for(tx, lot) == []
        assert stock.edges_from(tx, [plant.lots["bag"]]) == []
        assert [use.lot for use in stock.undone_for(tx, lot)] == [plant.lots["bag"]]
    used(plant, lot)
    assert len(running(plant, lot).materials) == 1


def test_a_machine_is_taken_back(plant: Plant) -> None:
    lot = preparing(plant)
    plant.do(commands.use_equipment, lot=lot, equipment=plant.equipment["cabinet"])
    plant.do(commands.undo, entry=last(plant))
    step = running(plant, lot)
    assert (step.equipment, [one.code for one in step.undone]) == ((), [plant.equipment["cabinet"]])
    assert "cabinet" in step.missing.equipment


def test_a_value_is_taken_back_and_may_be_entered_again(plant: Plant) -> None:
    lot = plant.open("bank", plant.donation()["donation"])
    plant.start(lot, "receipt")
    plant.do(commands.record_value, lot=lot, parameter="marrow_volume", value="61.5")
    plant.do(commands.undo, entry=last(plant))
    step = running(plant, lot)
    assert step.current("marrow_volume") is None
    assert [str(value.phase) for value in step.values] == ["undone"]
    plant.do(commands.record_value, lot=lot, parameter="marrow_volume", value="60")
    assert running(plant, lot).current("marrow_volume").value == 60


def test_a_value_outside_its_limit_stays(plant: Plant) -> None:
    plant.house.runner._reactions["manufacturing:limit:breached"] = [
        Reaction("manufacturing:limit:breached", commands.close_batch, lambda facts: None)
    ]
    lot = plant.open("bank", plant.donation()["donation"])
    plant.start(lot, "receipt")
    plant.do(commands.record_value, lot=lot, parameter="bag_intact", value=0)
    with refused("undo.outside_limit"):
        plant.do(commands.undo, entry=last(plant))
    for standing in (None, Standing.WITHIN, Standing.ALERT):
        steps.may_undo_value(standing)


def test_a_minute_later_it_is_too_late(plant: Plant) -> None:
    entry = used(plant, preparing(plant))
    plant.wait(seconds=61)
    with refused("undo.too_late"):
        plant.do(commands.undo, entry=entry)


@pytest.mark.parametrize("other", ["person", "station"])
def test_somebody_else_and_another_station_do_not_take_it_back(plant: Plant, other: str) -> None:
    entry = used(plant, preparing(plant))
    who = plant.verifier if other == "person" else replace(plant.technician, device="bench-2")
    with refused("undo.not_here"):
        plant.do(commands.undo, by=who, entry=entry)


def test_a_completed_step_stays_as_it_is(plant: Plant) -> None:
    lot = preparing(plant)
    plant.do(commands.prepare_control, lot=lot, saline=plant.lots["saline"])
    plant.do(commands.use_equipment, lot=lot, equipment=plant.equipment["cabinet"])
    plant.do(commands.record_value, lot=lot, parameter="clear", value=1)
    plant.label(lot)
    plant.leave_out_samples(lot)
    entry = used(plant, lot)
    plant.do(commands.complete_step, lot=lot)
    with refused("step.none_running"):
        plant.do(commands.undo, entry=entry)


def test_the_step_before_stays_while_the_next_one_runs(plant: Plant) -> None:
    lot = plant.open("bank", plant.donation()["donation"])
    plant.step(lot, "bank", "receipt", bag_intact=1, marrow_volume="60.0")
    [entry] = [one.seq for one in plant.house.entries() if one.event == "manufacturing:value:recorded"][-1:]
    plant.start(lot, "separation")
    with refused("undo.step_completed"):
        plant.do(commands.undo, entry=entry)


def test_it_is_taken_back_once(plant: Plant) -> None:
    entry = used(plant, preparing(plant))
    plant.do(commands.undo, entry=entry)
    with refused("undo.done_already"):
        plant.do(commands.undo, entry=entry)


def test_other_entries_are_not_undone(plant: Plant) -> None:
    preparing(plant)
    with refused("undo.nothing"):
        plant.do(commands.undo, entry=last(plant))


def test_the_bench_offers_the_newest_that_still_stands(plant: Plant) -> None:
    lot = preparing(plant)

    def offered() -> int | None:
        with plant.house.read() as tx:
            found = undo.last_of(tx, lot, running(plant, lot), plant.technician, "en")
        return None if found is None else found.entry

    assert offered() is None
    first = used(plant, lot)
    plant.do(commands.use_equipment, lot=lot, equipment=plant.equipment["cabinet"])
    second = last(plant)
    assert offered() == second
    plant.do(commands.undo, entry=second)
    assert offered() == first
    plant.wait(seconds=61)
    assert offered() is None


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    entry = used(plant, preparing(plant))
    forbidden(plant, commands.undo, entry=entry)
