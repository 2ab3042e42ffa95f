"""Fixtures of the donors' tests."""

import pytest

from tests.donors.story import DonorStory
from tests.factories import House


@pytest.fixture
def story(house: House) -> DonorStory:
    """A house in which donors come and go."""
    return DonorStory(house)
