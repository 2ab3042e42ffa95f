"""Two people at once, on both databases: one effect each, and a readable refusal where there is room for one."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import pytest

from cellchain.accounts import passwords
from cellchain.kernel.errors import CellchainError
from cellchain.trial import commands, invariants
from tests.factories import House, make_tables
from tests.trial.story import Story


@pytest.fixture
def story(database_url: str) -> Iterator[Story]:
    """A story over a database of its own."""
    passwords.configure("cheap")
    make_tables(database_url)
    house = House(database_url)
    yield Story(house)
    house.close()


def _at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each act gave, or the code of what refused it."""
    said: list[Any] = []

    def run(act: Callable[[], Any]) -> None:
        try:
            said.append(act())
        except CellchainError as error:
            said.append(error.code)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def _hold(story: Story) -> None:
    with story.house.read() as tx:
        assert [finding for one in invariants.INVARIANTS for finding in one.check(tx)] == []


def test_sixteen_randomisations_at_once_reveal_sixteen_rows_in_order(story: Story) -> None:
    by = story.people.coordinator
    waiting = [story.eligible() for _ in range(16)]
    acts = [partial(story.do, commands.randomise, by=by, recipient=code) for code in waiting]
    assert sorted(said["row"] for said in _at_once(acts)) == list(range(1, 17))
    randomised = [entry for entry in story.house.entries() if entry.event == "trial:recipient:randomised"]
    assert [json.loads(entry.body)["facts"]["row"] for entry in randomised] == list(range(1, 17))
    _hold(story)


def test_one_recipient_is_randomised_once(story: Story) -> None:
    by, recipient = story.people.coordinator, story.eligible()
    said = _at_once([partial(story.do, commands.randomise, by=by, recipient=recipient)] * 3)
    assert [one["row"] for one in said if isinstance(one, dict)] == [1]
    assert [one for one in said if isinstance(one, str)] == ["recipient.phase", "recipient.phase"]
    _hold(story)


def test_one_bag_goes_to_one_of_two(story: Story) -> None:
    by, first, second = story.people.technician, story.ordered(), story.ordered()
    while story.content_for(second) != story.content_for(first):
        second = story.ordered()
    bag = story.bag(story.content_for(first))
    acts = [partial(story.do, commands.assign_bag, by=by, bag=bag, recipient=code) for code in (first, second)]
    said = _at_once(acts)
    assert [one["phase"] for one in said if isinstance(one, dict)] == ["live"]
    assert {one for one in said if isinstance(one, str)} <= {"bag.assigned", "record.taken"}
    _hold(story)
