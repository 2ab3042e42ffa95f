"""Fixtures of ISBT 128."""

import pytest

from tests.factories import House
from tests.labels.licensed.site import Site


@pytest.fixture
def site(house: House) -> Site:
    """A site at which ISBT 128 is off."""
    return Site(house)
