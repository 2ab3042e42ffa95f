"""A desk with printers."""

import pytest

from tests.factories import House
from tests.labels.printing.shop import Shop


@pytest.fixture
def shop(house: House) -> Shop:
    """A desk whose designs are approved and whose station is enrolled; no printer yet."""
    return Shop(house)
