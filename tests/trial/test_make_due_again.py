"""A bag that came back, and what bedside reports: the ways in which an assignment ends."""

from typing import Annotated, Any

import pytest
from pydantic import Field

from cellchain.custody.models import Return
from cellchain.identity.codes import Kind
from cellchain.identity.numbering import issue
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import REGISTRY, NoResult, Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.materials.models import Location
from cellchain.materials.rules import LocationKind, LocationPhase
from cellchain.trial import commands, invariants, queries
from cellchain.trial import edges as way
from cellchain.trial.lifecycles import AssignmentPhase
from tests.trial.story import Story, forbids, refuses


def test_the_infusion_waits_for_another_bag(story: Story) -> None:
    recipient, bag = story.assigned()
    story.house.do(commands.make_due_again, by=story.people.nurse, bag=bag, by_house=True)
    assert story.last_entry().event == "trial:infusion:due_again"
    with story.house.read() as tx:
        due = queries.due_infusion(tx, recipient, tx.now)
        assert queries.assignment_of(tx, bag) is None
        assert [edge.kind for edge in way.edges_from(tx, [bag])] == ["returned"]
        assert [finding for one in invariants.INVARIANTS for finding in one.check(tx)] == []
    assert due is not None
    assert (due.number, due.phase) == (1, "ordered")
    with refuses("bag.issued_before"):
        story.do(commands.assign_bag, by=story.people.technician, bag=bag, recipient=recipient)
    fresh = story.bag(story.content_for(recipient))
    story.do(commands.assign_bag, by=story.people.technician, bag=fresh, recipient=recipient)


def test_a_bag_that_was_nobodys_comes_back_without_consequence(story: Story) -> None:
    bag = story.bag("saline")
    story.house.do(commands.make_due_again, by=story.people.nurse, bag=bag, by_house=True)
    with story.house.read() as tx:
        assert queries.last_assignment_of(tx, bag) is None


def test_a_bag_that_came_back_is_nobodys_again_whatever_its_assignment_was(story: Story) -> None:
    """Also where its assignment had been released before the ward sent it back."""
    recipient, _ = story.assigned()
    bag = story.bag(story.content_for(recipient))

    def came_back(tx: CommandTx) -> None:
        place = issue(tx, Kind.LOCATION)
        tx.add(Location(code=place, name="Cold store", kind=LocationKind.STORE, phase=LocationPhase.OPEN))
        told: dict[str, Any] = {
            "returned_at": tx.now,
            "returned_by": tx.by.person,
            "temperature_mc": 5_000,
            "seal_intact": True,
        }
        tx.add(Return(bag=bag, location=place, reason="Fever", **told))

    story.house.runner.record_system("test:seeded", story.house.request_id(), came_back)
    with refuses("bag.issued_before"):
        story.do(commands.assign_bag, by=story.people.technician, bag=bag, recipient=recipient)


def test_nobody_runs_it_by_hand(story: Story) -> None:
    _recipient, bag = story.assigned()
    with forbids():
        story.do(commands.make_due_again, by=story.people.nurse, bag=bag)


class _Give(Order):
    bag: str
    infusion: Annotated[int, Field(ge=1)]


@pytest.fixture
def give() -> object:
    """A command as bedside's, that reports a bag given."""

    def give(tx: CommandTx, by: Actor, order: _Give) -> NoResult:
        commands.mark_infused(tx, order.infusion)
        commands.mark_assignment(tx, order.bag, AssignmentPhase.USED)
        return NoResult()

    give.__module__ = "cellchain.trial.test"
    registered = command(event="trial:test:given", permission="trial.read")(give)
    yield registered
    del REGISTRY["trial/give"]


def test_given_means_used_and_the_next_one_has_its_turn(story: Story, give: object) -> None:
    recipient, bag = story.assigned()
    infusion = story.infusion(recipient)
    story.do(give, by=story.people.nurse, bag=bag, infusion=infusion)
    with story.house.read() as tx:
        last = queries.last_assignment_of(tx, bag)
        assert queries.infusion_facts(tx, infusion).phase == "infused"
        assert queries.due_infusion(tx, recipient, tx.now) is None
        assert [edge.kind for edge in way.edges_to(tx, [recipient])] == ["infused"]
        assert [finding for one in invariants.INVARIANTS for finding in one.check(tx)] == []
    assert last is not None
    assert last.phase == "used"
    with refuses("infusion.phase"):
        story.do(give, by=story.people.nurse, bag=bag, infusion=infusion)
    second = story.infusion(recipient, 2)
    story.order(recipient, 2)
    with refuses("infusion.phase"):
        story.do(give, by=story.people.nurse, bag=bag, infusion=second)
