from datetime import timedelta

import pytest

from cellchain.kernel.errors import Forbidden, Refused
from cellchain.ledger.models import Signature
from cellchain.materials import commands, queries
from cellchain.materials.rules import MaterialKind
from tests.materials.story import MaterialStory


def test_an_accepted_lot_may_be_used(story: MaterialStory) -> None:
    lot = story.accepted()
    with story.house.read() as tx:
        facts = queries.usable_lot(tx, lot, MaterialKind.ANTICOAGULANT)
        signature = tx.get(Signature, 1)
    assert (facts.phase, facts.accepted_by, facts.accepted_at) == ("accepted", story.qa.person, story.house.clock.now())
    assert signature.meaning == "I accept this material lot for use in manufacturing"
    assert story.house.entries()[-1].event == "materials:lot:accepted"


def test_not_by_who_received_it(story: MaterialStory) -> None:
    story.technician = story.qa = story.house.actor("technician", "qa")
    lot = story.lot()
    with pytest.raises(Refused) as refusal:
        story.do(commands.accept_lot, lot=lot)
    assert refusal.value.code == "material.accepter_received_it"


def test_not_once_it_expired(story: MaterialStory) -> None:
    lot = story.lot(days=1)
    story.house.clock.advance(timedelta(days=2))
    with pytest.raises(Refused) as refusal:
        story.do(commands.accept_lot, lot=lot)
    assert refusal.value.code == "material.expired"


def test_not_twice(story: MaterialStory) -> None:
    lot = story.accepted()
    with pytest.raises(Refused) as refusal:
        story.do(commands.accept_lot, lot=lot)
    assert refusal.value.code == "material.phase"


def test_not_for_a_technician(story: MaterialStory) -> None:
    lot = story.lot()
    with pytest.raises(Forbidden):
        story.do(commands.accept_lot, by=story.technician, lot=lot)
