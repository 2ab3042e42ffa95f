"""Releasing a bag from its recipient: two signatures, and only before the ward has it."""

import json

import pytest

from cellchain.accounts import commands as accounts
from cellchain.custody import queries as custody
from cellchain.ledger.registry import Reaction
from cellchain.trial import commands, invariants, queries
from cellchain.trial import edges as way
from cellchain.trial.commands.assignments import RELEASE_SIGNED, MakeAssignmentReleased
from tests.factories import House
from tests.trial.story import Story, forbids, refuses


@pytest.fixture
def story(house: House) -> Story:
    """A house in which a countersigned release takes effect, as main.py has it."""
    release = Reaction(
        "accounts:decision:countersigned",
        commands.make_assignment_released,
        lambda facts: (
            MakeAssignmentReleased(assignment=int(facts["subject"])) if facts["event"] == RELEASE_SIGNED else None
        ),
    )
    house.runner._reactions.setdefault(release.event, []).append(release)
    return Story(house)


def test_it_takes_effect_with_the_second_signature(story: Story) -> None:
    recipient, bag = story.assigned()
    signed = story.do(commands.release_assignment, by=story.people.qa, bag=bag)
    with story.house.read() as tx:
        assert queries.assignment_of(tx, bag) is not None
    story.do(accounts.countersign, by=story.people.second_qa, decision=signed["decision"])
    assert story.events()[-2:] == ["accounts:decision:countersigned", "trial:assignment:released"]
    entry = story.last_entry()
    assert entry.subject == bag
    assert json.loads(entry.body)["facts"]["bag"] == bag
    with story.house.read() as tx:
        assert queries.assignment_of(tx, bag) is None
        assert queries.infusion_facts(tx, story.infusion(recipient)).phase == "ordered"
        assert way.edges_from(tx, [bag]) == []
        assert [finding for one in invariants.INVARIANTS for finding in one.check(tx)] == []


def test_a_released_bag_may_be_assigned_again(story: Story) -> None:
    recipient, bag = story.assigned()
    signed = story.do(commands.release_assignment, by=story.people.qa, bag=bag)
    story.do(accounts.countersign, by=story.people.second_qa, decision=signed["decision"])
    again = story.do(commands.assign_bag, by=story.people.technician, bag=bag, recipient=recipient)
    assert again["phase"] == "live"


def test_one_person_is_not_two(story: Story) -> None:
    _recipient, bag = story.assigned()
    signed = story.do(commands.release_assignment, by=story.people.qa, bag=bag)
    with refuses("decision.own"):
        story.do(accounts.countersign, by=story.people.qa, decision=signed["decision"])
    with refuses("assignment.release_signed"):
        story.do(commands.release_assignment, by=story.people.second_qa, bag=bag)


def test_not_once_the_ward_has_it(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    _recipient, bag = story.assigned()
    signed = story.do(commands.release_assignment, by=story.people.qa, bag=bag)
    _other, second = story.assigned()
    monkeypatch.setattr(custody, "at_ward", lambda tx, bag: True)
    with refuses("assignment.at_ward"):
        story.do(commands.release_assignment, by=story.people.qa, bag=second)
    with refuses("assignment.at_ward"):
        story.do(accounts.countersign, by=story.people.second_qa, decision=signed["decision"])
    with story.house.read() as tx:
        assert queries.assignment_of(tx, bag) is not None


def test_an_unassigned_bag_has_nothing_to_release(story: Story) -> None:
    with refuses("assignment.none"):
        story.do(commands.release_assignment, by=story.people.qa, bag=story.bag("saline"))


def test_a_technician_may_not(story: Story) -> None:
    _recipient, bag = story.assigned()
    with forbids():
        story.do(commands.release_assignment, by=story.people.technician, bag=bag)
