"""Values against their limits."""

import json
from decimal import Decimal

from cellchain.ledger.registry import Reaction
from cellchain.manufacturing import commands
from cellchain.manufacturing.rules.definition import Standing
from tests.manufacturing.conftest import Plant, forbidden, refused


def receipt(plant: Plant) -> str:
    lot = plant.open("bank", plant.donation()["donation"])
    plant.start(lot, "receipt")
    return lot


def test_it_keeps_a_value_in_whole_numbers(plant: Plant) -> None:
    lot = receipt(plant)
    recorded = plant.do(commands.record_value, lot=lot, parameter="marrow_volume", value="61.5")
    assert recorded["standing"] == "within"
    running = plant.page(lot).running
    assert running is not None
    value = running.current("marrow_volume")
    assert value is not None
    assert (value.value, value.unit, value.standing) == (Decimal("61.5"), "mL", Standing.WITHIN)
    assert plant.events()[-1] == "manufacturing:value:recorded"


def test_outside_an_alert_limit_it_needs_a_comment(plant: Plant) -> None:
    lot = receipt(plant)
    with refused("value.comment_needed"):
        plant.do(commands.record_value, lot=lot, parameter="marrow_volume", value=25)
    recorded = plant.do(
        commands.record_value, lot=lot, parameter="marrow_volume", value=25, reason="The harvest was stopped early."
    )
    assert recorded["standing"] == "alert"


def test_outside_an_action_limit_others_are_told(plant: Plant) -> None:
    lot = receipt(plant)
    told: list[dict[str, object]] = []
    plant.house.runner._reactions["manufacturing:limit:breached"] = [
        Reaction("manufacturing:limit:breached", commands.close_batch, lambda facts: told.append(dict(facts)))
    ]
    recorded = plant.do(commands.record_value, lot=lot, parameter="bag_intact", value=0)
    assert recorded["standing"] == "action"
    assert told[0]["parameter"] == "bag_intact"
    assert (told[0]["lot"], told[0]["value"], told[0]["low"], told[0]["high"]) == (lot, "0", "1", None)
    assert len(plant.page(lot).outside) == 1


def test_it_is_entered_once(plant: Plant) -> None:
    lot = receipt(plant)
    plant.do(commands.record_value, lot=lot, parameter="bag_intact", value=1)
    with refused("value.already"):
        plant.do(commands.record_value, lot=lot, parameter="bag_intact", value=1)


def test_it_is_asked_for_and_not_finer_than_asked(plant: Plant) -> None:
    lot = receipt(plant)
    with refused("value.unknown_parameter"):
        plant.do(commands.record_value, lot=lot, parameter="temperature", value=1)
    with refused("value.too_fine"):
        plant.do(commands.record_value, lot=lot, parameter="marrow_volume", value="61.55")


def test_it_belongs_to_a_running_step(plant: Plant) -> None:
    with refused("step.none_running"):
        plant.do(commands.record_value, lot=plant.open("control"), parameter="volume", value=400)


def test_a_late_entry_keeps_both_times(plant: Plant) -> None:
    lot = receipt(plant)
    plant.wait(hours=2)
    happened_at = plant.house.clock.now().replace(hour=plant.house.clock.now().hour - 1)
    plant.do(
        commands.record_value,
        lot=lot,
        parameter="bag_intact",
        value=1,
        reason="Written down after the round.",
        happened_at=happened_at,
    )
    running = plant.page(lot).running
    assert running is not None
    value = running.current("bag_intact")
    assert value is not None
    assert value.is_late
    assert value.event_at == happened_at


def test_the_comment_stands_in_no_entry(plant: Plant) -> None:
    lot = receipt(plant)
    words = "The donor felt faint after two pulls."
    plant.do(commands.record_value, lot=lot, parameter="marrow_volume", value=25, reason=words)
    assert all(words not in json.dumps(entry.body) for entry in plant.house.entries())


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    forbidden(plant, commands.record_value, lot=plant.open("control"), parameter="volume", value=400)
