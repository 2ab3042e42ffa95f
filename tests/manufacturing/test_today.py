"""What Today says about a culture: what is due within a day, and what is late."""

from cellchain.accounts.permissions import permissions_of
from cellchain.accounts.rules import Role
from cellchain.ledger.actor import Actor
from cellchain.trace.needs import gathered
from tests.manufacturing.conftest import Plant

WHO = Actor("PS012600090000", permissions_of([Role.TECHNICIAN]), frozenset([Role.TECHNICIAN]))


def said(plant: Plant) -> dict[str, str]:
    """The sentences about time, and how each stands."""
    with plant.house.read() as tx:
        needs = gathered(tx, WHO)[1]
    return {str(need.sentence).split(" of batch")[0]: need.status for need in needs if need.at is not None}


def test_the_medium_and_the_harvest_come_up_in_time(plant: Plant) -> None:
    plant.seeded()
    assert "Change the medium" not in said(plant)
    plant.wait(hours=60)
    assert said(plant)["Change the medium"] == "pend"
    plant.wait(hours=11)
    assert said(plant)["Change the medium"] == "now"
    plant.wait(hours=2)
    assert said(plant)["Change the medium"] == "stop"
    assert "Harvest the culture" not in said(plant)
    plant.wait(days=10, hours=20)
    assert said(plant)["Harvest the culture"] == "pend"
    plant.wait(hours=4)
    assert said(plant)["Harvest the culture"] == "stop"
