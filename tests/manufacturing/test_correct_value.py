"""A correction keeps the original and needs a reason."""

from decimal import Decimal

from cellchain.manufacturing import commands, queries
from tests.manufacturing.conftest import Plant, forbidden, refused

WHY = "Two digits were exchanged."


def recorded(plant: Plant) -> tuple[str, int, int]:
    """A verified step, with the number of its record and of a value."""
    lot = plant.open("bank", plant.donation()["donation"])
    number = plant.start(lot, "receipt")
    plant.supply(lot, "bank", "receipt")
    plant.do(commands.record_value, lot=lot, parameter="bag_intact", value=1)
    value = plant.do(commands.record_value, lot=lot, parameter="marrow_volume", value=45)["value"]
    plant.finish(lot, number)
    return lot, number, int(value)


def test_it_keeps_the_original_and_is_verified_again(plant: Plant) -> None:
    lot, number, value = recorded(plant)
    plant.do(commands.correct_value, value=value, corrected=54, reason=WHY)
    view = plant.page(lot).steps[0]
    current = view.current("marrow_volume")
    assert current is not None
    assert (current.value, current.reason) == (Decimal("54.0"), WHY)
    assert [old.value for old in view.corrected(current)] == [Decimal("45.0")]
    assert (view.phase, view.verifier) == ("completed", None)
    assert plant.events()[-1] == "manufacturing:value:corrected"
    plant.do(commands.verify_step, by=plant.verifier, step_record=number)


def test_whoever_corrected_does_not_verify(plant: Plant) -> None:
    _, number, value = recorded(plant)
    plant.do(commands.correct_value, by=plant.verifier, value=value, corrected=54, reason=WHY)
    with refused("step.verifier_performed"):
        plant.do(commands.verify_step, by=plant.verifier, step_record=number)


def test_it_needs_a_reason(plant: Plant) -> None:
    _, _, value = recorded(plant)
    with refused("value.reason_needed"):
        plant.do(commands.correct_value, value=value, corrected=54)


def test_what_was_corrected_is_not_corrected_again(plant: Plant) -> None:
    _, _, value = recorded(plant)
    plant.do(commands.correct_value, value=value, corrected=54, reason=WHY)
    with refused("value.phase"):
        plant.do(commands.correct_value, value=value, corrected=55, reason=WHY)


def test_it_is_no_finer_than_the_parameter(plant: Plant) -> None:
    _, _, value = recorded(plant)
    with refused("value.too_fine"):
        plant.do(commands.correct_value, value=value, corrected="54.55", reason=WHY)


def test_nothing_is_corrected_in_a_closed_record(plant: Plant) -> None:
    lot, number, value = recorded(plant)
    plant.do(commands.discard_batch, lot=lot, reason="The marrow was clotted.")
    with refused("lot.record_closed"):
        plant.do(commands.correct_value, value=value, corrected=54, reason=WHY)
    with refused("lot.record_closed"):
        plant.do(commands.verify_step, by=plant.verifier, step_record=number)


def test_whoever_corrected_had_a_hand_in_the_lot(plant: Plant) -> None:
    lot, _, value = recorded(plant)
    third = plant.house.actor("technician", number=3)
    plant.do(commands.correct_value, by=third, value=value, corrected=54, reason=WHY)
    with plant.house.read() as tx:
        assert third.person in queries.people_who_made(tx, lot)


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    _, _, value = recorded(plant)
    forbidden(plant, commands.correct_value, value=value, corrected=54, reason=WHY)
