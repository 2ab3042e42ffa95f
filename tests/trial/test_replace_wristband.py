"""Replacing a wristband, by two people."""

from cellchain.identity.codes import Kind, issue
from cellchain.trial import commands, invariants, queries
from tests.trial.story import Story, forbids, refuses


def test_the_old_band_is_void_at_once(story: Story) -> None:
    recipient = story.randomised()
    with story.house.read() as tx:
        old = queries.live_wristband(tx, recipient)
    result = story.do(
        commands.replace_wristband,
        by=story.people.nurse,
        recipient=recipient,
        witness=story.badge(story.people.second_nurse),
    )
    assert result["replaced"] == old
    assert story.last_entry().event == "trial:wristband:replaced"
    with story.house.read() as tx:
        assert queries.live_wristband(tx, recipient) == result["wristband"]
        replaced = queries.recipient_by_wristband(tx, old or "")
        assert [finding for one in invariants.INVARIANTS for finding in one.check(tx)] == []
    assert replaced is not None
    assert not replaced.live


def test_the_witness_scans_a_badge_of_their_own(story: Story) -> None:
    recipient = story.randomised()
    badge = story.badge(story.people.second_nurse)
    story.do(commands.replace_wristband, by=story.people.nurse, recipient=recipient, witness=f"]C1{badge}")
    with story.house.read() as tx:
        page = queries.recipient_page(tx, recipient, story.people.nurse)
    assert [band.witness for band in page.wristbands] == [None, story.people.second_nurse.person]
    with refuses("wristband.same_person"):
        own = story.badge(story.people.nurse)
        story.do(commands.replace_wristband, by=story.people.nurse, recipient=recipient, witness=own)


def test_it_takes_another_person_and_somebody_in_the_study(story: Story) -> None:
    recipient = story.randomised()
    nurse, second = story.people.nurse, story.people.second_nurse
    for nobody in (second.person, issue(Kind.PERSON, 1, 2026, 999_999), "garbage"):
        with refuses("wristband.unknown_witness"):
            story.do(commands.replace_wristband, by=nurse, recipient=recipient, witness=nobody)
    with refuses("wristband.not_in_study"):
        story.do(commands.replace_wristband, by=nurse, recipient=story.eligible(), witness=story.badge(second))


def test_a_technician_may_not(story: Story) -> None:
    with forbids():
        story.do(
            commands.replace_wristband,
            by=story.people.technician,
            recipient=story.randomised(),
            witness=story.people.nurse.person,
        )
