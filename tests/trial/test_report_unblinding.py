"""Somebody who assesses outcomes learned an arm."""

from cellchain.trial import commands, queries
from tests.trial.story import Story, forbids, refuses


def test_it_is_recorded_who_and_how_and_not_what(story: Story) -> None:
    recipient = story.randomised()
    assessor = story.people.assessor.person
    story.do(
        commands.report_unblinding,
        by=story.people.coordinator,
        recipient=recipient,
        person=assessor,
        account="The bag stood in the corridor.",
    )
    entry = story.last_entry()
    assert entry.event == "trial:arm:unblinded"
    assert "corridor" not in entry.body
    with story.house.read() as tx:
        page = queries.recipient_page(tx, recipient, story.people.coordinator)
    assert [one.person for one in page.unblindings] == [assessor]


def test_there_has_to_be_an_arm(story: Story) -> None:
    with refuses("unblinding.no_arm"):
        story.do(
            commands.report_unblinding,
            by=story.people.coordinator,
            recipient=story.eligible(),
            person=story.people.assessor.person,
            account="Guessed.",
        )


def test_an_assessor_may_not(story: Story) -> None:
    recipient = story.randomised()
    with forbids():
        story.do(
            commands.report_unblinding,
            by=story.people.assessor,
            recipient=recipient,
            person=story.people.assessor.person,
            account="I saw it.",
        )
