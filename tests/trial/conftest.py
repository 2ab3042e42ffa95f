"""Fixtures of the trial's tests."""

import pytest

from tests.factories import House
from tests.trial.story import Story


@pytest.fixture
def story(house: House) -> Story:
    """A house with an open study and its list committed."""
    return Story(house)
