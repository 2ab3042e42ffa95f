"""Cancelling an order."""

from cellchain.trial import commands, queries
from tests.trial.story import Story, forbids, refuses


def test_the_infusion_stays_planned(story: Story) -> None:
    recipient = story.ordered()
    infusion = story.infusion(recipient)
    assert story.do(commands.cancel_order, by=story.people.physician, infusion=infusion)["phase"] == "planned"
    assert story.last_entry().event == "trial:infusion:order_cancelled"
    with story.house.read() as tx:
        facts = queries.infusion_facts(tx, infusion)
    assert (facts.ordered_by, facts.dose_cells_count, facts.weight_g) == (None, None, None)


def test_not_once_a_bag_is_assigned(story: Story) -> None:
    recipient, _bag = story.assigned()
    with refuses("infusion.phase"):
        story.do(commands.cancel_order, by=story.people.physician, infusion=story.infusion(recipient))


def test_a_nurse_may_not(story: Story) -> None:
    with forbids():
        story.do(commands.cancel_order, by=story.people.nurse, infusion=story.infusion(story.ordered()))
