"""The stopping rules: what each counts, and when one is met."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cellchain.followup.safety import stopping
from cellchain.followup.safety.lifecycles import Relatedness
from cellchain.followup.safety.stopping import Counted
from cellchain.trial.definition import StoppingRule, Words

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
POSSIBLE, UNLIKELY = Relatedness.POSSIBLE, Relatedness.UNLIKELY


def rule(**other: Any) -> StoppingRule:
    return StoppingRule(code="rule", title=Words(en="A rule", ru="Правило"), **{"count": 2, "grade_least": 3, **other})


def event(number: int = 1, **other: Any) -> Counted:
    fields: dict[str, Any] = {
        "id": number,
        "recipient": f"RC{number}",
        "grade": 3,
        "serious": True,
        "relatedness": (POSSIBLE, None),
        "onset_at": NOW,
        "infused_at": NOW - timedelta(days=3),
    }
    return Counted(**{**fields, **other})


@pytest.mark.parametrize(
    ("other", "does"),
    [
        ({}, True),
        ({"grade": 2}, False),
        ({"serious": False}, False),
        ({"relatedness": (UNLIKELY, None)}, False),
        ({"relatedness": (UNLIKELY, POSSIBLE)}, True),
        ({"relatedness": (POSSIBLE, UNLIKELY)}, True),
        ({"relatedness": (None, None)}, False),
    ],
)
def test_what_counts(other: dict[str, Any], does: bool) -> None:
    assert stopping.counts(rule(), event(**other)) is does


def test_what_nobody_judged_counts_where_the_rule_says_so() -> None:
    careful = rule(counts_unassessed=True)
    assert stopping.counts(careful, event(relatedness=(None, None)))
    assert not stopping.counts(careful, event(relatedness=(UNLIKELY, None)))


@pytest.mark.parametrize(("days", "does"), [(30, True), (31, False)])
def test_soon_after_an_infusion(days: int, does: bool) -> None:
    assert stopping.counts(rule(days_of_infusion=30), event(infused_at=NOW - timedelta(days=days))) is does
    assert not stopping.counts(rule(days_of_infusion=30), event(infused_at=None))


def test_several_events_of_one_recipient_count_once_where_people_count() -> None:
    same = [event(1, recipient="RC1"), event(2, recipient="RC1")]
    assert stopping.tally(rule(), same).met
    assert not stopping.tally(rule(counts_recipients=True), same).met


def test_the_event_that_makes_it_so_meets_the_rule_once() -> None:
    found = stopping.newly_met([rule()], None, event(2), [event(1)])
    assert found is not None
    assert (found.rule.code, found.reached, [one.id for one in found.events]) == ("rule", 2, [1, 2])
    assert stopping.newly_met([rule()], event(2), event(2, grade=4), [event(1)]) is None
    assert stopping.newly_met([rule()], None, event(2), []) is None


def test_a_judgement_can_meet_a_rule() -> None:
    before = event(2, relatedness=(None, None))
    assert stopping.newly_met([rule()], before, event(2), [event(1)]) is not None
