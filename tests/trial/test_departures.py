"""Leaving treatment or the study: discontinued, withdrawn, lost, died."""

from datetime import timedelta
from typing import Any

import pytest

from cellchain.trial import commands, invariants, queries
from tests.trial.story import Story, forbids, refuses

WAYS = [
    (commands.discontinue_treatment, "discontinued", "trial:treatment:discontinued"),
    (commands.withdraw_consent, "withdrawn", "trial:consent:withdrawn"),
    (commands.lose_to_follow_up, "lost", "trial:recipient:lost"),
    (commands.record_death, "died", "trial:recipient:died"),
]


@pytest.mark.parametrize(("verb", "phase", "event"), WAYS)
def test_what_is_planned_and_ordered_is_cancelled(story: Story, verb: Any, phase: str, event: str) -> None:
    recipient = story.ordered()
    result = story.do(verb, by=story.people.physician, recipient=recipient, account="Words about a person.")
    assert result == {"recipient": recipient, "phase": phase, "cancelled": 8}
    entry = story.last_entry()
    assert entry.event == event
    assert "Words about" not in entry.body
    with story.house.read() as tx:
        assert queries.due_infusion(tx, recipient, tx.now) is None
        assert {one.phase for one in queries.plan_of(tx, recipient)} == {"cancelled"}
        assert queries.consent_given(tx, recipient) == (phase != "withdrawn")
        assert [finding for one in invariants.INVARIANTS for finding in one.check(tx)] == []


@pytest.mark.parametrize(("verb", "phase", "event"), WAYS)
def test_an_assigned_bag_ends_by_its_own_way(story: Story, verb: Any, phase: str, event: str) -> None:
    recipient, bag = story.assigned()
    result = story.do(verb, by=story.people.physician, recipient=recipient, account="Worse.")
    assert result["cancelled"] == 7
    with story.house.read() as tx:
        assert queries.assignment_of(tx, bag) is not None
        assert queries.due_infusion(tx, recipient, tx.now) is None
    story.house.do(commands.make_due_again, by=story.people.nurse, bag=bag, by_house=True)
    with story.house.read() as tx:
        assert {one.phase for one in queries.plan_of(tx, recipient)} == {"cancelled"}
        assert queries.assignment_of(tx, bag) is None
        assert [finding for one in invariants.INVARIANTS for finding in one.check(tx)] == []


def test_impossible_orders_are_refused(story: Story) -> None:
    by = story.people.physician
    with refuses("recipient.phase"):
        story.do(commands.discontinue_treatment, by=by, recipient=story.eligible(), account="Never began.")
    withdrawn = story.enrolled()
    story.do(commands.withdraw_consent, by=by, recipient=withdrawn, account="Changed her mind.")
    for verb in (commands.withdraw_consent, commands.lose_to_follow_up, commands.discontinue_treatment):
        with refuses("recipient.phase"):
            story.do(verb, by=by, recipient=withdrawn, account="Again.")


def test_a_death_is_recorded_after_a_withdrawal_and_once(story: Story) -> None:
    by = story.people.physician
    recipient = story.randomised()
    story.do(commands.withdraw_consent, by=by, recipient=recipient, account="Tired.")
    died_at = story.house.clock.now() - timedelta(days=2)
    story.house.do(
        commands.record_death,
        by=by,
        recipient=recipient,
        account="At home.",
        happened_at=died_at,
        reason="Told by his family today.",
    )
    with story.house.read() as tx:
        page = queries.recipient_page(tx, recipient, by)
    assert [(one.kind, one.account) for one in page.departures] == [("withdrawn", "Tired."), ("died", "At home.")]
    assert page.departures[-1].happened_at == died_at
    with refuses("recipient.phase"):
        story.do(commands.record_death, by=by, recipient=recipient, account="Twice.")


@pytest.mark.parametrize(("verb", "phase", "event"), WAYS)
def test_a_technician_may_not(story: Story, verb: Any, phase: str, event: str) -> None:
    with forbids():
        story.do(verb, by=story.people.technician, recipient=story.randomised(), account="No.")
