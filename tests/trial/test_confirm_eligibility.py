"""The physician's signed eligibility."""

import json
from datetime import date

import pytest

from cellchain.trial import commands, queries
from tests.trial.story import BASELINE, STUDY, Story, answers, forbids, refuses


def test_every_criterion_answered_and_every_limit_held(story: Story) -> None:
    recipient = story.measured()
    result = story.do(commands.confirm_eligibility, by=story.people.physician, recipient=recipient, answers=answers())
    assert result["phase"] == "eligible"
    body = json.loads(story.last_entry().body)
    assert body["event"] == "trial:eligibility:confirmed"
    assert body["signature"]["signer"] == story.people.physician.person
    with story.house.read() as tx:
        page = queries.recipient_page(tx, recipient, story.people.physician)
    assert page.decision is not None
    assert page.decision.definition_hash == STUDY.hash
    assert {check.limit.code: check.holds for check in page.checks} == {
        "age": True,
        "fvc": True,
        "dlco": True,
        "fvc_decline": True,
        "dlco_decline": True,
        "no_obstruction": True,
    }


def test_nothing_is_left_unanswered_and_nothing_excludes(story: Story) -> None:
    recipient = story.measured()
    for given, code in (
        (answers()[:-1], "eligibility.unanswered"),
        (answers(diagnosis=False), "eligibility.not_met"),
        (answers(malignancy=True), "eligibility.excluded"),
        (answers(favourite_colour=True), "order.invalid"),
        ([*answers(), answers()[0]], "order.invalid"),
    ):
        with refuses(code):
            story.do(commands.confirm_eligibility, by=story.people.physician, recipient=recipient, answers=given)


@pytest.mark.parametrize(
    "figures",
    [
        {"fvc_predicted_permille": 399},
        {"dlco_predicted_permille": 199},
        {"fvc_before_litres": "2.56"},  # fell by 9.8 %
        {"dlco_before_mmol": "3.46"},  # fell by 9.8 %
        {"fev1_litres": "1.61"},  # 0.697 of FVC
    ],
)
def test_a_figure_outside_its_limit_refuses(story: Story, figures: dict[str, object]) -> None:
    recipient = story.measured(**figures)
    with refuses("eligibility.outside_limit"):
        story.do(commands.confirm_eligibility, by=story.people.physician, recipient=recipient, answers=answers())


@pytest.mark.parametrize(
    ("born", "eligible"),
    [(date(2006, 2, 20), True), (date(2006, 2, 21), False), (date(1945, 2, 21), True), (date(1945, 2, 20), False)],
)
def test_age_is_counted_at_the_baseline(story: Story, born: date, eligible: bool) -> None:
    recipient = story.enrolled(born=born)
    story.do(commands.record_consent, by=story.people.coordinator, recipient=recipient, version="2.0")
    story.do(commands.record_baseline, by=story.people.physician, recipient=recipient, **BASELINE)
    order = {"recipient": recipient, "answers": answers()}
    if eligible:
        assert story.do(commands.confirm_eligibility, by=story.people.physician, **order)["phase"] == "eligible"
        return
    with refuses("eligibility.outside_limit"):
        story.do(commands.confirm_eligibility, by=story.people.physician, **order)


def test_exactly_ten_percent_is_not_more_than_ten(story: Story) -> None:
    recipient = story.measured(fvc_litres="2.25", fvc_before_litres="2.50", fev1_litres="1.80")
    with refuses("eligibility.outside_limit"):
        story.do(commands.confirm_eligibility, by=story.people.physician, recipient=recipient, answers=answers())


def test_in_its_order(story: Story) -> None:
    with refuses("consent.missing"):
        story.do(commands.confirm_eligibility, by=story.people.physician, recipient=story.enrolled(), answers=answers())
    with refuses("baseline.missing"):
        story.do(
            commands.confirm_eligibility, by=story.people.physician, recipient=story.consented(), answers=answers()
        )
    with refuses("recipient.phase"):
        story.do(commands.confirm_eligibility, by=story.people.physician, recipient=story.eligible(), answers=answers())


def test_a_coordinator_may_not(story: Story) -> None:
    with forbids():
        story.do(
            commands.confirm_eligibility, by=story.people.coordinator, recipient=story.measured(), answers=answers()
        )
