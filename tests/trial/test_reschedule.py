"""Moving an infusion."""

from datetime import date

from cellchain.trial import commands, queries
from tests.trial.story import Story, forbids, refuses


def test_the_window_moves_along(story: Story) -> None:
    recipient = story.planned()
    infusion = story.infusion(recipient, 1)
    story.do(commands.reschedule, by=story.people.coordinator, infusion=infusion, due_on=date(2026, 3, 5))
    assert story.last_entry().event == "trial:infusion:rescheduled"
    with story.house.read() as tx:
        facts = queries.infusion_facts(tx, infusion)
    assert (facts.due_on, facts.window_from, facts.window_until) == (
        date(2026, 3, 5),
        date(2026, 3, 2),
        date(2026, 3, 12),
    )


def test_the_order_of_the_plan_is_kept(story: Story) -> None:
    recipient = story.planned()
    by = story.people.coordinator
    with refuses("infusion.date_out_of_range"):
        story.do(commands.reschedule, by=by, infusion=story.infusion(recipient, 1), due_on=date(2026, 3, 1))
    with refuses("infusion.out_of_order"):
        story.do(commands.reschedule, by=by, infusion=story.infusion(recipient, 1), due_on=date(2026, 3, 9))
    with refuses("infusion.out_of_order"):
        story.do(commands.reschedule, by=by, infusion=story.infusion(recipient, 3), due_on=date(2026, 3, 4))


def test_an_ordered_one_is_cancelled_first(story: Story) -> None:
    recipient = story.ordered()
    with refuses("infusion.phase"):
        story.do(
            commands.reschedule,
            by=story.people.coordinator,
            infusion=story.infusion(recipient),
            due_on=date(2026, 3, 5),
        )


def test_a_technician_may_not(story: Story) -> None:
    with forbids():
        story.do(
            commands.reschedule,
            by=story.people.technician,
            infusion=story.infusion(story.planned()),
            due_on=date(2026, 3, 5),
        )
