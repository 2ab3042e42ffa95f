"""Fixtures of follow-up's tests."""

import pytest

from tests.factories import House
from tests.followup.story import Course


@pytest.fixture
def course(house: House) -> Course:
    """A house with an open study, its list committed."""
    return Course(house)
