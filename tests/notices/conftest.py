"""A desk where people are told of things."""

import pytest

from tests.accounts.conftest import office
from tests.factories import House
from tests.notices.desk import Desk

__all__ = ["desk", "office"]


@pytest.fixture
def desk(house: House) -> Desk:
    """A house with a mail server, four people in it, and nothing told yet."""
    return Desk(house)
