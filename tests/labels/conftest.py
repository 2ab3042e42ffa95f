"""A desk with a printer and a scanner."""

import pytest

from tests.factories import House
from tests.labels.story import Desk


@pytest.fixture
def desk(house: House) -> Desk:
    """A desk whose designs are approved."""
    made = Desk(house)
    made.approve()
    return made
