"""Assigning a bag."""

from datetime import timedelta

from cellchain.identity.codes import Kind, issue
from cellchain.trial import commands, invariants, queries
from cellchain.trial import edges as way
from tests.trial.story import Story, forbids, refuses


def test_the_bag_is_tied_to_chain_of_identity_and_infusion(story: Story) -> None:
    recipient = story.ordered()
    bag = story.bag(story.content_for(recipient))
    result = story.do(commands.assign_bag, by=story.people.technician, bag=bag, recipient=recipient)
    assert (result["number"], result["total"], result["phase"]) == (1, 8, "live")
    entry = story.last_entry()
    assert (entry.event, entry.subject) == ("trial:bag:assigned", bag)
    with story.house.read() as tx:
        tie = queries.assignment_of(tx, bag)
        facts = queries.recipient_facts(tx, recipient)
        due = queries.due_infusion(tx, recipient, tx.now)
        edges = way.edges_from(tx, [bag])
        assert way.edges_to(tx, [recipient]) == edges
        assert [finding for one in invariants.INVARIANTS for finding in one.check(tx)] == []
    assert tie is not None
    assert (tie.recipient, tie.chain_of_identity, tie.number) == (recipient, facts.chain_of_identity, 1)
    assert due is not None
    assert due.phase == "assigned"
    assert [(edge.source, edge.target, edge.kind) for edge in edges] == [(bag, recipient, "assigned")]


def test_the_wrong_arm_is_refused_in_both_directions_and_not_named(story: Story) -> None:
    arms: set[str] = set()
    while len(arms) < 2:
        recipient = story.ordered()
        arms.add(story.content_for(recipient))
        bag = story.bag(story.other_content(recipient))
        with refuses("bag.wrong_arm"):
            story.do(commands.assign_bag, by=story.people.technician, bag=bag, recipient=recipient)
        entry = story.last_entry()
        assert entry.event == "trial:bag:assigned:refused"
        assert "saline" not in entry.body
        assert "MSC-" not in entry.body


def test_a_bag_is_one_recipients_alone(story: Story) -> None:
    first, bag = story.assigned()
    second = story.ordered()
    with refuses("bag.assigned"):
        story.do(commands.assign_bag, by=story.people.technician, bag=bag, recipient=second)
    other = story.bag(story.content_for(first))
    with refuses("infusion.phase"):
        story.do(commands.assign_bag, by=story.people.technician, bag=other, recipient=first)


def test_the_bag_has_to_be_filled_fresh_ours_and_of_the_dose(story: Story) -> None:
    recipient = story.ordered()
    content = story.content_for(recipient)
    by = story.people.technician
    old = story.bag(content, keeps=timedelta(0))
    for bag, code in (
        (old, "bag.expired"),
        (story.bag(content, phase="discarded"), "bag.not_filled"),
        (story.bag(content, study="OTHER"), "bag.other_study"),
        (issue(Kind.BAG, 1, 2026, 999_999), "bag.unknown"),
    ):
        with refuses(code):
            story.do(commands.assign_bag, by=by, bag=bag, recipient=recipient)


def test_a_bag_with_another_dose_is_refused(story: Story) -> None:
    recipient = story.ordered()
    while story.content_for(recipient) != "msc":
        recipient = story.ordered()
    for count in (179_999_999, 220_000_001):
        with refuses("bag.dose"):
            bag = story.bag("msc", cells_count=count)
            story.do(commands.assign_bag, by=story.people.technician, bag=bag, recipient=recipient)


def test_only_the_infusion_that_is_due(story: Story) -> None:
    by = story.people.technician
    planned = story.planned()
    with refuses("infusion.phase"):
        story.do(commands.assign_bag, by=by, bag=story.bag(story.content_for(planned)), recipient=planned)
    unplanned = story.randomised()
    with refuses("infusion.none_left"):
        story.do(commands.assign_bag, by=by, bag=story.bag(story.content_for(unplanned)), recipient=unplanned)
    ordered = story.ordered()
    story.house.clock.advance(timedelta(days=8))
    with refuses("infusion.window_closed"):
        story.do(commands.assign_bag, by=by, bag=story.bag(story.content_for(ordered)), recipient=ordered)


def test_not_before_its_window(story: Story) -> None:
    recipient = story.randomised()
    later = story.house.clock.now().date() + timedelta(days=10)
    story.do(commands.plan_infusions, by=story.people.coordinator, recipient=recipient, first_on=later)
    story.order(recipient)
    with refuses("infusion.not_yet"):
        bag = story.bag(story.content_for(recipient))
        story.do(commands.assign_bag, by=story.people.technician, bag=bag, recipient=recipient)


def test_nobody_off_treatment(story: Story) -> None:
    recipient = story.ordered()
    bag = story.bag(story.content_for(recipient))
    story.do(commands.withdraw_consent, by=story.people.coordinator, recipient=recipient, account="Tired of it.")
    with refuses("recipient.not_on_treatment"):
        story.do(commands.assign_bag, by=story.people.technician, bag=bag, recipient=recipient)


def test_a_nurse_may_not(story: Story) -> None:
    recipient = story.ordered()
    with forbids():
        bag = story.bag(story.content_for(recipient))
        story.do(commands.assign_bag, by=story.people.nurse, bag=bag, recipient=recipient)
