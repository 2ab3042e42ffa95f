"""Ordering an infusion."""

import json
from typing import Any

from cellchain.trial import commands, queries
from tests.trial.story import STUDY, Story, forbids, refuses


def test_the_physician_signs_dose_and_weight(story: Story) -> None:
    recipient = story.planned()
    result = story.order(recipient, 1)
    assert (result["number"], result["phase"]) == (1, "ordered")
    body = json.loads(story.last_entry().body)
    assert body["event"] == "trial:infusion:ordered"
    assert body["subject"] == recipient
    assert body["signature"]["meaning"] == "I order this infusion for this recipient"
    with story.house.read() as tx:
        ordered = queries.infusion_facts(tx, story.infusion(recipient, 1))
    assert (ordered.dose_cells_count, ordered.weight_g) == (200_000_000, 80_000)
    assert ordered.ordered_by == story.people.physician.person


def test_the_order_is_the_same_in_both_arms(story: Story) -> None:
    doses = set()
    for _ in range(10):
        recipient = story.ordered()
        with story.house.read() as tx:
            doses.add(queries.infusion_facts(tx, story.infusion(recipient, 1)).dose_cells_count)
    assert doses == {STUDY.product.dose_cells_count}


def test_what_cannot_be_is_refused(story: Story) -> None:
    recipient = story.ordered()
    first, second = story.infusion(recipient, 1), story.infusion(recipient, 2)
    order: dict[str, Any] = {"by": story.people.physician, "weight_kg": "80"}
    with refuses("infusion.phase"):
        story.do(commands.order_infusion, **order, infusion=first, dose_cells_count=200_000_000)
    for dose in (179_999_999, 220_000_001):
        with refuses("infusion.dose"):
            story.do(commands.order_infusion, **order, infusion=second, dose_cells_count=dose)
    with refuses("record.not_found"):
        story.do(commands.order_infusion, **order, infusion=9_999, dose_cells_count=200_000_000)
    story.do(commands.discontinue_treatment, by=story.people.physician, recipient=recipient, account="Worse.")
    with refuses("recipient.not_on_treatment"):
        story.do(commands.order_infusion, **order, infusion=second, dose_cells_count=200_000_000)


def test_a_recipient_named_beside_it_is_its_own(story: Story) -> None:
    first, second = story.planned(), story.planned()
    order: dict[str, Any] = {"by": story.people.physician, "weight_kg": "80", "dose_cells_count": 200_000_000}
    with refuses("infusion.other_recipient"):
        story.do(commands.order_infusion, **order, recipient=second, infusion=story.infusion(first))
    assert story.do(commands.order_infusion, **order, recipient=first, infusion=story.infusion(first))["number"] == 1


def test_a_coordinator_may_not(story: Story) -> None:
    recipient = story.planned()
    with forbids():
        story.do(
            commands.order_infusion,
            by=story.people.coordinator,
            infusion=story.infusion(recipient),
            dose_cells_count=200_000_000,
            weight_kg="80",
        )
