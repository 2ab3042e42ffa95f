"""Recording a consent."""

from cellchain.trial import commands, queries
from tests.trial.story import Story, forbids, refuses


def test_a_consent_stands_from_its_recording(story: Story) -> None:
    recipient = story.enrolled()
    with story.house.read() as tx:
        assert not queries.consent_given(tx, recipient)
    story.do(commands.record_consent, by=story.people.coordinator, recipient=recipient, version="2.0")
    assert story.last_entry().event == "trial:consent:given"
    with story.house.read() as tx:
        assert queries.consent_given(tx, recipient)


def test_a_newer_version_replaces_the_one_before(story: Story) -> None:
    recipient = story.consented()
    story.do(commands.record_consent, by=story.people.coordinator, recipient=recipient, version="3.0")
    with story.house.read() as tx:
        page = queries.recipient_page(tx, recipient, story.people.coordinator)
    assert [(consent.version, consent.phase) for consent in page.consents] == [
        ("2.0 of 12 Jan 2026", "replaced"),
        ("3.0", "given"),
    ]


def test_a_withdrawal_is_not_undone_by_a_form(story: Story) -> None:
    recipient = story.consented()
    story.do(commands.withdraw_consent, by=story.people.coordinator, recipient=recipient, account="Changed his mind.")
    with refuses("consent.left_study"):
        story.do(commands.record_consent, by=story.people.coordinator, recipient=recipient, version="3.0")


def test_a_technician_may_not(story: Story) -> None:
    with forbids():
        story.do(commands.record_consent, by=story.people.technician, recipient=story.enrolled(), version="2.0")
