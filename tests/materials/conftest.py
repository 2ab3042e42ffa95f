"""Fixtures of the materials' tests."""

import pytest

from tests.factories import House
from tests.materials.story import MaterialStory


@pytest.fixture
def story(house: House) -> MaterialStory:
    """A house with empty shelves."""
    return MaterialStory(house)
