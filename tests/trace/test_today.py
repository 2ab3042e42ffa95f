"""Today is told to everybody by what they may do, over a real database."""

from datetime import timedelta

import pytest

from cellchain.accounts.permissions import permissions_of
from cellchain.accounts.rules import Role
from cellchain.ledger.actor import Actor
from cellchain.trace import situation, today
from tests.factories import House
from tests.trial.story import Story

ALL = Actor("PS012600090000", permissions_of(Role), frozenset(Role), "office-1")


@pytest.fixture
def story(house: House) -> Story:
    """A house with an open study and its list committed."""
    return Story(house)


@pytest.mark.parametrize("role", list(Role))
def test_everybody_has_a_today(story: Story, role: Role) -> None:
    with story.house.read() as tx:
        view = today.today(tx, Actor("PS012600090000", permissions_of([role]), frozenset([role])))
    assert str(view.headline).endswith(".")


def test_who_may_everything_sees_the_whole_chain(story: Story) -> None:
    with story.house.read() as tx:
        view = today.today(tx, ALL)
    ends = "screening", "marrow", "bags", "infusing", "recipients", "followup"
    assert set(ends) <= {stop.key for stop in view.chain}
    assert view.no_bag_ready


def test_an_assessor_learns_nothing_of_cells(story: Story) -> None:
    with story.house.read() as tx:
        view = today.today(tx, Actor("PS012600090000", permissions_of([Role.ASSESSOR])))
    assert {stop.key for stop in view.chain} == {"followup"}
    assert not view.clocks
    assert not view.no_bag_ready


def test_words_of_time(house: House) -> None:
    with house.read() as tx:
        assert situation.until(tx, tx.now + timedelta(minutes=22))[0] == "now"
        assert situation.until(tx, tx.now + timedelta(hours=5))[0] == "pend"
        assert situation.until(tx, tx.now - timedelta(minutes=1))[0] == "stop"
        today_here = tx.now.astimezone(tx.house.zone).date()
        assert str(situation.until(tx, today_here - timedelta(days=2))[1]) == "due, 2 d late"
        assert str(situation.until(tx, today_here)[1]) == "by, today"
