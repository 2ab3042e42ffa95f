"""What Today says about stores, machines and cultures: to who looks after them, and gone when it is done."""

from datetime import timedelta

import pytest

from cellchain.accounts.permissions import permissions_of
from cellchain.accounts.rules import Role
from cellchain.ledger.actor import Actor
from cellchain.materials import commands
from cellchain.trace.needs import gathered
from cellchain.trace.situation import Need
from tests.factories import House
from tests.materials.story import MaterialStory


@pytest.fixture
def story(house: House) -> MaterialStory:
    """A house with a store."""
    return MaterialStory(house)


def needs(story: MaterialStory, role: Role = Role.TECHNICIAN) -> dict[str, Need]:
    """What this role is waited for with, by its sentence."""
    who = Actor("PS012600090000", permissions_of([role]), frozenset([role]))
    with story.house.read() as tx:
        return {str(need.sentence): need for need in gathered(tx, who)[1]}


def test_a_low_material_is_ordered(story: MaterialStory) -> None:
    heparin = story.material("Heparin")
    story.do(commands.set_stock_limits, material=heparin, low="100")
    assert needs(story)["Order Heparin."].status == "stop"
    lot = story.lot(heparin, amount="90")
    story.do(commands.accept_lot, lot=lot)
    need = needs(story)["Order Heparin."]
    assert (need.status, str(need.detail)) == ("warn", "90 IU are left, it is ordered at 100 IU.")
    assert "Order Heparin." not in needs(story, Role.ANALYST)
    story.do(commands.count_stock, lot=lot, counted="101", reason="Found one more")
    assert "Order Heparin." not in needs(story)


def test_a_lot_that_ends_is_used_first_and_then_taken_out(story: MaterialStory) -> None:
    heparin = story.material("Heparin")
    lot = story.accepted(heparin, days=10)
    assert needs(story)["Use Heparin first, it ends soon."].href == f"/materials/lots/{lot}"
    story.house.clock.advance(timedelta(days=12))
    assert "Take expired Heparin out of the store." in needs(story)
    story.do(commands.recall_lot, lot=lot, reason="Thrown away")
    assert not needs(story)


def test_a_calibration_and_a_qualification_are_due_by_name(story: MaterialStory) -> None:
    code = story.in_service("INC-7", days=20)
    need = needs(story)["Have INC-7 calibrated."]
    assert (need.status, need.href) == ("pend", f"/materials/equipment/{code}")
    story.house.clock.advance(timedelta(days=21))
    assert needs(story, Role.QA)["Have INC-7 calibrated."].status == "stop"
    story.do(commands.record_calibration, equipment=code, due_on=story.today(900), certificate="K-2")
    assert not needs(story)
    story.house.clock.advance(timedelta(days=350))
    assert "Have INC-7 qualified." in needs(story)


def test_a_cleaning_is_due_to_who_cleans(story: MaterialStory) -> None:
    code = story.in_service("INC-7")
    story.do(commands.plan_cleaning, equipment=code, clean_every_days=7)
    story.do(commands.record_cleaning, equipment=code, agent="Sporicide, lot 4")
    assert not needs(story)
    story.house.clock.advance(timedelta(days=8))
    assert needs(story)["Clean INC-7."].status == "warn"
    assert "Clean INC-7." not in needs(story, Role.QA)
