"""An infusion that is not given in its window."""

from datetime import date, timedelta

from cellchain.trial import commands, queries
from tests.trial.story import Story, forbids, refuses


def test_the_next_one_has_its_turn(story: Story) -> None:
    recipient = story.ordered(1)
    story.do(commands.miss_infusion, by=story.people.coordinator, infusion=story.infusion(recipient, 1))
    assert story.last_entry().event == "trial:infusion:missed"
    story.house.clock.advance(timedelta(days=7))
    with story.house.read() as tx:
        due = queries.due_infusion(tx, recipient, tx.now)
    assert due is not None
    assert due.number == 2


def test_a_missed_one_may_still_be_moved(story: Story) -> None:
    recipient = story.planned()
    infusion = story.infusion(recipient, 1)
    story.do(commands.miss_infusion, by=story.people.coordinator, infusion=infusion)
    moved = story.do(commands.reschedule, by=story.people.coordinator, infusion=infusion, due_on=date(2026, 3, 6))
    assert moved["phase"] == "planned"


def test_not_while_a_bag_is_assigned(story: Story) -> None:
    recipient, _bag = story.assigned()
    with refuses("infusion.phase"):
        story.do(commands.miss_infusion, by=story.people.coordinator, infusion=story.infusion(recipient))


def test_a_nurse_may_not(story: Story) -> None:
    with forbids():
        story.do(commands.miss_infusion, by=story.people.nurse, infusion=story.infusion(story.planned()))
