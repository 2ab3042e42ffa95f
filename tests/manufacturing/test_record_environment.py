"""Readings of the clean room."""

import pytest
from pydantic import ValidationError

from cellchain.identity.codes import Kind, issue
from cellchain.kernel.errors import NotFound
from cellchain.manufacturing import commands
from tests.manufacturing.conftest import Plant, forbidden


def test_it_is_kept_in_tenths(plant: Plant) -> None:
    place = plant.location()
    plant.do(commands.record_environment, location=place, kind="temperature", value="20.5")
    assert plant.events()[-1] == "manufacturing:environment:recorded"
    assert '"value":205' in plant.house.entries()[-1].body


def test_a_location_is_known_and_a_value_is_bounded(plant: Plant) -> None:
    with pytest.raises(NotFound):
        plant.do(
            commands.record_environment, location=issue(Kind.LOCATION, 1, 2026, 9999), kind="temperature", value=20
        )
    with pytest.raises(ValidationError):
        plant.do(commands.record_environment, location=plant.location(), kind="temperature", value="20.55")


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    forbidden(plant, commands.record_environment, location=plant.location(), kind="humidity", value=40)
