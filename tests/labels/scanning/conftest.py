"""A desk whose station `bench-1` is enrolled."""

import pytest

from cellchain.accounts import commands as accounts
from cellchain.accounts.permissions import permissions_of
from cellchain.ledger.actor import Actor
from tests.factories import House

STATION = "bench-1"
BOSS = Actor("SYSTEM", permissions_of(["administrator"]), frozenset({"administrator"}))


@pytest.fixture
def stationed(house: House) -> House:
    """A house with two stations."""
    for name in (STATION, "ward-3"):
        house.do(accounts.enrol_station, by=BOSS, station=name, kind="bench", token_hash="0" * 64)
    return house
